package server

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ninchat-community/ninchat/server/internal/budget"
	"github.com/ninchat-community/ninchat/server/internal/clock"
	"github.com/ninchat-community/ninchat/server/internal/damage"
	"github.com/ninchat-community/ninchat/server/internal/thumbnail"
)

// hub has the state of a server. One mutex guards all of it, down to the event
// buffers; it is never held while bytes are read or written, or while code of
// the user runs.
type hub struct {
	config *Config
	log    *slog.Logger
	clock  clock.Clock
	pulse  clock.Pulse
	done   map[string]performer

	mu     sync.Mutex
	closed bool
	// failed means that the store has failed.
	failed bool
	// leaving means that no connections are accepted any more.
	leaving bool
	// active counts the goroutines of connections, requests and timers.
	active sync.WaitGroup

	secrets    secrets
	masterKeys masterKeys
	ids        messageIDs
	conns      map[*conn]struct{}
	// parting are connections that have ended, except that what they have coming is
	// still being written.
	parting map[*conn]struct{}
	pollers map[*poller]struct{}
	// remains are what can still be fetched of sessions that have ended.
	remains  map[string]*poller
	sessions map[string]*session
	users    map[string]*user
	channels map[string]*channel
	realms   map[string]*realm
	queues   map[string]*queue
	// formerQueues are those that have been deleted, but are remembered because of
	// their audiences.
	formerQueues map[string]*queue
	// audiences are those that wait, are being served, or are remembered.
	audiences map[string]*audience
	// realmNames has the realms by realmNameKey, unless they have no name.
	realmNames map[string]*realm
	identities map[identityKey]*identity
	accesses   map[digest]*access
	tags       map[string]*tag
	tracks     []Track
	files      map[string]*file
	// fileBytes is the size of all files.
	fileBytes int64
	icons     map[string]*icon
	studio    *thumbnail.Studio
	outbox    outbox
	guesses   guesses
	// mails counts the mails to addresses.
	mails guesses
	// doomed are sessions whose buffers have overflowed. They are ended when
	// the lock is released, so that nothing changes under an action's feet.
	doomed []*session
	// notes are for the log, which is code of the user: it is written to after
	// the lock has been released.
	notes  []note
	faults plan
	// heldUp are the faults of requests that are being answered.
	heldUp map[*damage.Fault]struct{}
	stats  Stats
	// empty is closed when there are no connections, nil if nobody waits for
	// that.
	empty   chan struct{}
	batches batches
	// keeper gathers what is to be kept, nil if nothing is.
	keeper *keeper

	// ending is over when the server closes.
	ending context.Context
	cancel context.CancelFunc
	// requests counts the HTTP requests with actions that are being answered,
	// and bodies what they take.
	requests atomic.Int64
	bodies   budget.Budget
	// messages is what WebSocket messages take until their actions have been done.
	messages budget.Budget
	// outgoing is what is being written.
	outgoing budget.Budget
	// webs counts the connections by HTTP.
	webs atomic.Int64
}

func newHub(config *Config) (*hub, error) {
	ending, cancel := context.WithCancel(context.Background())
	h := &hub{
		config:       config,
		log:          config.Logger,
		clock:        clockOf(config.Clock),
		done:         performers(),
		secrets:      newSecrets(),
		masterKeys:   newMasterKeys(),
		conns:        make(map[*conn]struct{}),
		parting:      make(map[*conn]struct{}),
		pollers:      make(map[*poller]struct{}),
		heldUp:       make(map[*damage.Fault]struct{}),
		remains:      make(map[string]*poller),
		bodies:       budget.Budget{Limit: int64(config.Limits.Bodies)},
		outgoing:     budget.Budget{Limit: int64(config.Limits.Outgoing)},
		messages:     budget.Budget{Limit: int64(config.Limits.Messages)},
		ending:       ending,
		cancel:       cancel,
		sessions:     make(map[string]*session),
		users:        make(map[string]*user),
		channels:     make(map[string]*channel),
		realms:       make(map[string]*realm),
		queues:       make(map[string]*queue),
		formerQueues: make(map[string]*queue),
		audiences:    make(map[string]*audience),
		realmNames:   make(map[string]*realm),
		identities:   make(map[identityKey]*identity),
		accesses:     make(map[digest]*access),
		tags:         make(map[string]*tag),
		files:        make(map[string]*file),
		icons:        make(map[string]*icon),
		studio:       thumbnail.NewStudio(config.Limits.Pixels, int64(config.Limits.Decoding), config.Stall, ending.Done()),
	}
	return h, h.startKeeping()
}

func (h *hub) lock() { h.mu.Lock() }

// unlock ends the sessions that overflowed meanwhile, has the store take what has
// changed, and releases the lock.
func (h *hub) unlock() {
	for _, n := range h.release() {
		h.log.Log(context.Background(), n.level, n.text, n.args...)
	}
}

// release is unlock, without what is to be logged afterwards. It releases the lock
// also if it panics.
func (h *hub) release() (notes []note) {
	defer h.mu.Unlock()
	for len(h.doomed) > 0 {
		s := h.doomed[0]
		h.doomed = h.doomed[1:]
		h.overflow(s)
	}
	h.doomed = nil
	h.keeper.seal()
	notes, h.notes = h.notes, nil
	return notes
}

// note is a line for the log.
type note struct {
	level slog.Level
	text  string
	args  []any
}

// note has something logged when the lock is released.
func (h *hub) note(level slog.Level, text string, args ...any) {
	h.notes = append(h.notes, note{level, text, args})
}

// do runs f with the state locked, unless the server has been closed or its store has
// failed. It is for timers.
func (h *hub) do(f func()) {
	h.watch(func() {
		if !h.failed {
			f()
		}
	})
}

// watch is like do, also when the store has failed: clients have to go then. It is for
// timers of connections.
func (h *hub) watch(f func()) {
	if !h.occupy() {
		return
	}
	defer h.active.Done()
	defer h.guard(nil)
	h.lock()
	defer h.unlock()
	if !h.closed {
		f()
	}
}

// occupy counts a goroutine that closing has to wait for, and that must call
// active.Done in the end. It returns false if that would be too late.
func (h *hub) occupy() bool {
	h.lock()
	defer h.unlock()
	if !h.closed {
		h.active.Add(1)
	}
	return !h.closed
}

// guard is deferred where a panic, which would be a mistake of the server, is to
// cost no more than one connection, if any.
func (h *hub) guard(c *conn) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		// The way to end a request without an answer.
		panic(p)
	}
	h.defect(fmt.Errorf("ninchat: server: panic: %v", p), debug.Stack())
	if c != nil {
		c.cut()
	}
}

// defect reports what should be impossible.
func (h *hub) defect(err error, stack []byte) {
	h.log.Error("defect", "error", err, "stack", string(stack))
	if h.config.OnDefect != nil {
		h.config.OnDefect(err)
	}
}

// close ends everything at once. The error says why something hasn't been kept.
func (h *hub) close() error {
	h.lock()
	h.closed = true
	conns := h.allConns()
	h.unlock()
	defer h.hurry()()
	h.cancel()
	for _, c := range conns {
		c.cut()
	}
	h.active.Wait()
	h.awaitMails()
	err := h.stopKeeping()
	h.stopTimers()
	return err
}

// shutdown ends the connections in the polite way: with what they have coming,
// and a close frame that tells clients to look for another server.
func (h *hub) shutdown() (empty <-chan struct{}) {
	h.lock()
	defer h.unlock()
	h.leaving = true
	for c := range h.conns {
		c.close(closeGoingAway, "the server shuts down")
	}
	for p := range h.pollers {
		p.wake()
	}
	if h.empty == nil {
		h.empty = make(chan struct{})
	}
	empty = h.empty
	h.noteEmpty()
	return empty
}

func (h *hub) noteEmpty() {
	if h.empty != nil && len(h.conns) == 0 && len(h.parting) == 0 {
		close(h.empty)
		h.empty = nil
	}
}

// allConns are the connections, and those that are only written to.
func (h *hub) allConns() []*conn {
	return slices.AppendSeq(slices.Collect(maps.Keys(h.conns)), maps.Keys(h.parting))
}

// stopTimers lets the memory go: a pending timer would keep it.
func (h *hub) stopTimers() {
	h.lock()
	defer h.mu.Unlock()
	h.restTimers()
}

func (h *hub) restTimers() {
	h.faults.random.stop()
	for _, s := range h.sessions {
		s.stopTimer()
	}
	for p := range h.pollers {
		p.timer.Stop()
	}
	for _, u := range h.users {
		u.stopTimer()
	}
	for _, ch := range h.channels {
		ch.stopTimers()
	}
	for _, q := range h.queues {
		q.table.stop()
	}
	for _, a := range h.audiences {
		a.stopTimer()
	}
}
