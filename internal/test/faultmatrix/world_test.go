package faultmatrix_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

func TestMain(m *testing.M) {
	// Toxiproxy has a logger of its own beside the one that it is given.
	zerolog.SetGlobalLevel(zerolog.Disabled)
	// It leaves goroutines behind, too, when a toxic has ended a connection.
	const toxiproxy = "github.com/Shopify/toxiproxy/v2"
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(toxiproxy+".(*ToxicLink).read"),
		goleak.IgnoreAnyFunction(toxiproxy+".(*ToxicLink).write"),
		goleak.IgnoreAnyFunction(toxiproxy+"/toxics.(*ToxicStub).Run"))
}

// world is a server, a user whose sessions suffer, and a peer who doesn't.
type world struct {
	*testing.T
	kept    *ninchattest.Store
	network *network
	config  ninchat.Config
	user    server.User
	peer    *ninchat.Session
	channel string
	fault   fault
	// transport is that of the user's sessions.
	transport transport

	mu  sync.Mutex
	srv *ninchattest.Server
}

// newWorld makes a world, within a bubble.
func newWorld(t *testing.T, f fault, transport transport) *world {
	w := &world{T: t, fault: f, transport: transport, kept: ninchattest.NewStore()}
	w.srv = newServer(t, w.kept)
	w.network = newNetwork(w.dialServer)
	t.Cleanup(func() {
		w.network.cutAll(nil)
		w.network.tasks.Wait()
		w.checkPatience()
	})
	w.user = w.addUser("User")
	w.config = ninchat.Config{
		Address: "http://localhost",
		Dial:    w.network.dial,
		Proxy:   func(*http.Request) (*url.URL, error) { return nil, nil },
		Login:   ninchat.ExistingUser(w.user.ID, w.user.Auth),
	}
	transport.set(&w.config)
	if f.tls {
		w.secure()
	}
	peer := w.addUser("Peer")
	w.peer = w.open(ninchat.Config{
		Address: "http://localhost",
		Dial:    w.dialServer,
		Proxy:   w.config.Proxy,
		Login:   ninchat.ExistingUser(peer.ID, peer.Auth),
	})
	created, err := w.peer.CreateChannel(t.Context(), api.CreateChannel{})
	if err != nil {
		t.Fatal(err)
	}
	w.channel = created.ChannelID
	if _, err := w.peer.AddMember(t.Context(), api.AddMember{ChannelID: &w.channel, UserID: w.user.ID}); err != nil {
		t.Fatal(err)
	}
	return w
}

// dialServer connects to the server that there is at the moment.
func (w *world) dialServer(ctx context.Context, kind, address string) (net.Conn, error) {
	w.mu.Lock()
	srv := w.srv
	w.mu.Unlock()
	return srv.DialContext(ctx, kind, address)
}

func (w *world) addUser(name string) server.User {
	user, err := w.srv.AddUser(server.User{Attrs: api.UserAttrs{Name: api.Set(name)}})
	if err != nil {
		w.Fatal(err)
	}
	return user
}

// secure puts TLS between the session and the network.
func (w *world) secure() {
	authority, err := server.NewAuthority()
	if err != nil {
		w.Fatal(err)
	}
	w.network.tls = authority.TLSConfig()
	w.config.Address = "https://localhost"
	w.config.TLS = &tls.Config{RootCAs: authority.Pool()}
}

// open opens a session that is closed in the end.
func (w *world) open(config ninchat.Config) *ninchat.Session {
	w.Helper()
	s, err := ninchat.Open(w.Context(), config)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if err := s.Close(); err != nil {
			w.Error(err)
		}
	})
	return s
}

// listener hears what is said in the channel.
type listener struct {
	mu    sync.Mutex
	heard []string
	// slow is how long it takes to handle a message.
	slow time.Duration
	// lost counts the losses of the session.
	lost int
	done chan struct{}
	more chan struct{}
}

// listen reads the events of a session in the background, until it ends.
func (w *world) listen(s *ninchat.Session) *listener {
	return w.listenSlowly(s, 0)
}

// listenSlowly takes some time to handle each event.
func (w *world) listenSlowly(s *ninchat.Session, slow time.Duration) *listener {
	l := &listener{slow: slow, done: make(chan struct{}), more: make(chan struct{}, 1)}
	go func() {
		defer close(l.done)
		for event, err := range s.Events(context.Background()) {
			if err != nil {
				return
			}
			l.hear(w, event)
			time.Sleep(l.slow)
		}
	}()
	return l
}

func (l *listener) hear(w *world, event *api.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if event.Name == ninchat.EventSessionLost {
		l.lost++
	}
	m, ok, err := api.As[*api.MessageReceived](event)
	if err != nil {
		w.Error(err)
	}
	if ok && m.MessageType == messageType {
		l.heard = append(l.heard, string(m.Payload[0]))
		select {
		case l.more <- struct{}{}:
		default:
		}
	}
}

func (l *listener) all() (heard []string, lost int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.heard), l.lost
}

// await waits until count messages were heard, or the limit has passed.
func (l *listener) await(count int, limit time.Duration) []string {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		if heard, _ := l.all(); len(heard) >= count {
			// One too many would come soon.
			time.Sleep(time.Second)
			heard, _ = l.all()
			return heard
		}
		select {
		case <-l.more:
		case <-timer.C:
			heard, _ := l.all()
			return heard
		}
	}
}

const messageType = "example.com/count"

// say sends a message and waits for the answer.
func (w *world) say(s *ninchat.Session, text string) error {
	_, err := s.SendMessage(w.Context(), w.message(text))
	return err
}

func (w *world) message(text string) api.SendMessage {
	return api.SendMessage{ChannelID: &w.channel, MessageType: messageType, Payload: [][]byte{[]byte(text)}}
}

// history is what the server has.
func (w *world) history() []string {
	w.Helper()
	var texts []string
	for reply, err := range w.peer.LoadHistory(w.Context(), api.LoadHistory{
		ChannelID:     &w.channel,
		MessageTypes:  []string{messageType},
		HistoryOrder:  new(int64(1)),
		HistoryLength: new(int64(1000)),
	}) {
		if err != nil {
			w.Fatal(err)
		}
		if m := reply.MessageReceived; m != nil {
			texts = append(texts, string(m.Payload[0]))
		}
	}
	return texts
}

// strike has the fault happen, and heals the network when it is over.
func (w *world) strike() {
	w.fault.strike(w)
	if w.fault.lasts > 0 {
		w.network.tasks.Go(func() {
			time.Sleep(w.fault.lasts)
			w.network.heal()
		})
	}
}

// settled checks that the session is as docs/faults.md says, at the time that it
// says: it ended, which it then returns true for, or it works.
func (w *world) settled(s *ninchat.Session, struck time.Time) (ended bool) {
	w.Helper()
	if w.fault.ends != "" {
		select {
		case <-s.Done():
			if err := s.Err(); !errors.Is(err, w.fault.ends) {
				w.Fatalf("the session ended with %v", err)
			}
			return true
		case <-time.After(time.Second):
		}
		w.Fatalf("the session goes on, %v", s.State())
	}
	if w.fault.told {
		time.Sleep(time.Until(struck.Add(w.fault.lasts)))
		s.Reconnect()
	}
	ctx, cancel := context.WithDeadline(w.Context(), struck.Add(w.fault.back))
	defer cancel()
	for change := range s.States(ctx) {
		if change.State == ninchat.Online {
			break
		}
		if change.State == ninchat.Closed {
			w.Fatalf("the session ended: %v", change.Err)
		}
	}
	if _, err := s.Call(ctx, &api.Action{Name: "ping"}); err != nil {
		w.Fatalf("%v after the fault, %v: %v", time.Since(struck), s.State(), err)
	}
	return false
}

// leftNothing checks that nothing of the user is left on the server once the
// session was closed.
func (w *world) leftNothing() {
	w.Helper()
	w.network.heal()
	time.Sleep(10 * time.Minute)
	if sessions := w.srv.Stats().Sessions; sessions != 1 {
		w.Errorf("%d sessions are left, beside the peer's", sessions-1)
	}
}

// restart ends the server without a word, and begins another one with what the
// first one kept.
func (w *world) restart() {
	_ = w.srv.Close()
	srv := newServer(w.T, w.kept)
	w.mu.Lock()
	w.srv = srv
	w.mu.Unlock()
}

func newServer(t *testing.T, kept *ninchattest.Store) *ninchattest.Server {
	return ninchattest.New(t, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) { c.Store = kept }))
}

// numbers are the texts of count messages.
func numbers(count int) []string {
	texts := make([]string, count)
	for i := range texts {
		texts[i] = fmt.Sprint(i)
	}
	return texts
}

// inBubble runs a cell of the matrix.
func inBubble(t *testing.T, f fault, transport transport, test func(w *world)) {
	synctest.Test(t, func(t *testing.T) { test(newWorld(t, f, transport)) })
}
