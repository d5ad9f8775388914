package ninchat

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
	"github.com/ninchat-community/ninchat/internal/mailbox"
	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// Session is a user's presence in the service: see the package documentation.
// It is an [api.Invoker], and has the methods of an [api.Client] over itself.
// All methods may be called concurrently, and after the session has ended.
type Session struct {
	api.Client

	config  Config
	secrets *secrets
	saver   *saver
	trace   *tracer
	dialer  *transport.Dialer
	// dialing is held by the goroutine that uses dialer.
	dialing chan struct{}

	mailbox mailbox.Mailbox[engine.Input]
	engine  *engine.Engine  // used by the mailbox's work only
	link    *transport.Link // used by the mailbox's work only
	timer   *time.Timer
	// armed is when timer fires; used by the mailbox's work only.
	armed time.Time
	// queued says that messages wait for link to be flushed; used by the
	// mailbox's work only.
	queued bool
	// filled says that the queue of events has been full; used by the mailbox's work
	// only.
	filled bool

	stream     stream
	dispatcher dispatcher
	state      stateBoard
	// slots has an element for each call that is on its way.
	slots chan struct{}

	// ctx ends with the session. It is the parent of what its goroutines use.
	ctx    context.Context
	cancel context.CancelFunc
	// tasks counts the goroutines.
	tasks sync.WaitGroup
	// created is closed when the session is online for the first time.
	created chan struct{}
	// ended is closed when the session has ended.
	ended chan struct{}
	// err is why; it is set before the state becomes Closed.
	err error
	// left says that the session goes on on the server, and last is its token at
	// that moment; they were set before ended was closed.
	left bool
	last Token
	// stopLogin ends what looks for a login; used by the mailbox's work only.
	stopLogin context.CancelFunc
	// asking is held by the goroutine that runs Config.LoginFunc.
	asking chan struct{}

	mu          sync.Mutex
	sessionID   api.Secret
	credentials Credentials
	// home is the host that the server asked to be used; host is the same until
	// it was tried.
	home, host string
	place      engine.Place
	login      source
	// lost is why a session was lost last, nil if none was.
	lost  error
	stats engine.Stats
}

func newSession(config Config, dialer *transport.Dialer, unlock func()) *Session {
	s := &Session{
		config:  config,
		secrets: newSecrets(&config),
		dialer:  dialer,
		dialing: make(chan struct{}, 1),
		asking:  make(chan struct{}, 1),
		engine:  engine.New(engineConfig(config)),
		slots:   make(chan struct{}, config.MaxCalls),
		created: make(chan struct{}),
		ended:   make(chan struct{}),
	}
	s.config.Logger = s.secrets.Logger(config.Logger, s.loggerPanicked)
	s.trace = newTracer(s)
	s.saver = newSaver(s, unlock)
	// As a function it doesn't show what is in the session.
	s.Client = api.NewClient(api.InvokerFunc(s.Invoke))
	// The session outlives the context that it was opened with.
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.mailbox.Init(s.work)
	s.stream.init(&config)
	s.dispatcher.init(s)
	s.state.init()
	s.login = source{login: config.Login, ask: config.LoginFunc}
	s.continueToken()
	return s
}

func engineConfig(config Config) engine.Config {
	return engine.Config{
		RetryFirst:  100 * time.Millisecond,
		RetryMax:    time.Minute,
		Settled:     5 * time.Second,
		Answer:      20 * time.Second,
		KeepAlive:   45 * time.Second,
		Silence:     90 * time.Second,
		Probe:       10 * time.Second,
		Gap:         500 * time.Millisecond,
		AckDelay:    2 * time.Second,
		AckCount:    256,
		QueueEvents: config.QueueEvents,
		Pause:       5 * time.Second,
		QueueBytes:  config.QueueBytes,
		Discard:     config.DiscardEvents,
		Close:       config.CloseTimeout,
		Random:      rand.Float64,
		Claim:       config.OnCredentials != nil || config.TokenStore != nil,
		Resume:      resumeToken(config.Token),
	}
}

// SessionID returns the id of the session, which changes when a lost session is
// replaced by a new one.
// It is as good as a password: whoever has it can take the session over.
func (s *Session) SessionID() api.Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessionID
}

// UserID returns the id of the session's user.
func (s *Session) UserID() string { return s.Credentials().UserID }

// Credentials returns what is needed to log in as the session's user again.
// Keep them for a user that this session created: there is no other way to get
// them.
func (s *Session) Credentials() Credentials {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.credentials
}

// Done returns a channel that is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.ended }

// Err returns why the session has ended: nil if it hasn't, or was closed by
// Close or Drain.
func (s *Session) Err() error {
	if s.State() != Closed {
		return nil
	}
	return s.err
}

// Stats are counters of a session since it was opened. See the documentation of
// each for what it counts.
type Stats struct {
	// Connections counts connections; SessionsLost lost sessions.
	Connections, SessionsLost int64
	// ActionsSent counts actions, ActionsRepeated those among them that were
	// sent again because the answer was missing.
	ActionsSent, ActionsRepeated int64
	// EventsReceived counts events, EventsDuplicate those among them that had
	// been received before and were dropped.
	EventsReceived, EventsDuplicate int64
	// EventsMissing counts the places in the stream with an [EventsMissing], and
	// EventsTooLate the events that came after the stream had been told that they
	// are missing.
	EventsMissing, EventsTooLate int64
	// EventsPostponed counts events that weren't kept, mostly because the queue
	// was full, and which the server was asked for again.
	EventsPostponed int64
	// EventsDropped counts events that belong to a connection rather than to
	// the session and were dropped because the queue was full. They are lost.
	EventsDropped int64
	// Pauses counts how often reading stopped because the queue was full.
	Pauses int64
	// LateReplies counts replies to calls that had been given up.
	LateReplies int64
	// EventsQueued and BytesQueued are the events that haven't been handled, and
	// what they take: those that wait, those that a handler is busy with, and
	// those that haven't been acknowledged.
	EventsQueued, BytesQueued int
	// EventsHandled counts the events that handlers are done with.
	EventsHandled int64
	// CallbacksPending is the number of callbacks of Start that haven't been
	// called for the last time, and CallbackBytes what the replies that wait for
	// callbacks take.
	CallbacksPending, CallbackBytes int
	// Panics counts the functions of the application that panicked: callbacks,
	// handlers, and those of the Config. The session went on.
	Panics int64
	// CallsPending is the number of actions that are on their way.
	CallsPending int
	// LongPolling says that the latest connection is one for long polling.
	LongPolling bool
}

// Stats returns the session's counters.
func (s *Session) Stats() Stats {
	s.mu.Lock()
	e := s.stats
	s.mu.Unlock()
	d := &s.dispatcher
	d.mu.Lock()
	defer d.mu.Unlock()
	return Stats{
		EventsHandled:    d.handled,
		CallbacksPending: d.calls,
		CallbackBytes:    d.bytes,
		Panics:           d.panics,

		Connections:     e.Connections,
		SessionsLost:    e.SessionsLost,
		ActionsSent:     e.Actions,
		ActionsRepeated: e.Repeated,
		EventsReceived:  e.Events,
		EventsDuplicate: e.Duplicates,
		EventsMissing:   e.Missing,
		EventsTooLate:   e.TooLate,
		EventsPostponed: e.Skipped,
		EventsDropped:   e.Dropped,
		Pauses:          e.Pauses,
		LateReplies:     e.Late,
		EventsQueued:    e.Queued,
		BytesQueued:     e.QueuedBytes,
		CallsPending:    e.Pending,
		LongPolling:     e.Polls,
	}
}

// toEvent makes an event of a message.
func toEvent(m *wire.Message) *api.Event {
	return &api.Event{Name: m.Name, ID: m.EventID, ActionID: m.ActionID, Header: m.Text, Payload: m.Payload}
}

// Reconnect tells the session that the network may have come back or changed, as an
// operating system says when a computer wakes up or joins another network. Without
// it, the session finds that out by itself, which may take a minute or two.
//
// If the session waits to try again, it tries now, unless the server has asked by
// Retry-After to be left alone for longer; an attempt that has been going on
// for a second is begun anew. If it is online, it checks the connection: unless the
// server answers within five seconds, it makes a new one. A session that is being
// created is left alone, and so is one that has been closed.
//
// Reconnect doesn't wait. It may be called at any time, from anywhere, and as often
// as one likes: connections are checked at most once a second, and attempts that it
// leads to back off as others do, from one second up to a minute, until a connection
// has lasted for five seconds.
func (s *Session) Reconnect() { s.mailbox.Post(engine.Input{Kind: engine.Hint}) }

// String says whose session it is, and what it is doing. It has nothing secret in it;
// nor has any other way of formatting or logging a session.
func (s *Session) String() string {
	return fmt.Sprintf("%v session of user %q", s.State(), s.secrets.Text(s.UserID()))
}

// Format writes what String returns, whatever the verb.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue returns what String returns.
func (s *Session) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String names the server. It has nothing secret in it; nor has any other way of
// formatting or logging a Caller.
func (c *Caller) String() string { return "caller of " + c.config.Address }

// Format writes what String returns, whatever the verb.
func (c *Caller) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// LogValue returns what String returns.
func (c *Caller) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Format writes the name and the id of the action, whatever the verb.
func (p *Prepared) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "prepared %s %d", p.call.Name, p.ActionID())
}
