package faultmatrix_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// toxicWorld has real sockets, TLS, and toxiproxy between the session and the
// server.
type toxicWorld struct {
	*testing.T
	srv *ninchattest.Server
	// proxy is the one that new connections go through, and poisoned says that it
	// has toxics.
	proxy    *toxiproxy.Proxy
	poisoned bool
	// at is where the proxy listens, nil while it doesn't.
	at      atomic.Pointer[string]
	config  ninchat.Config
	peer    *ninchat.Session
	channel string
}

// toxin is what toxiproxy does for a while. With no toxics it cuts everything.
type toxin struct {
	name   string
	toxics []string
	// passes says that everything gets through in the end. It lasts then.
	passes bool
}

func toxins() []toxin {
	return []toxin{
		{name: "cut"},
		{name: "reset", toxics: []string{
			`{"type":"reset_peer","stream":"upstream","attributes":{"timeout":0}}`,
			`{"type":"reset_peer","stream":"downstream","attributes":{"timeout":0}}`,
		}},
		{name: "stall", toxics: []string{
			`{"type":"timeout","stream":"upstream","attributes":{"timeout":0}}`,
			`{"type":"timeout","stream":"downstream","attributes":{"timeout":0}}`,
		}},
		{name: "half a stall", toxics: []string{`{"type":"timeout","stream":"downstream","attributes":{"timeout":0}}`}},
		{name: "slow", passes: true, toxics: []string{
			`{"type":"latency","stream":"upstream","attributes":{"latency":5,"jitter":4}}`,
			`{"type":"bandwidth","stream":"downstream","attributes":{"rate":100}}`,
		}},
		{name: "sliced", passes: true, toxics: []string{
			`{"type":"slicer","stream":"upstream","attributes":{"average_size":20,"size_variation":15,"delay":10}}`,
			`{"type":"slicer","stream":"downstream","attributes":{"average_size":20,"size_variation":15,"delay":10}}`,
		}},
		{name: "byte-limited", toxics: []string{
			`{"type":"limit_data","stream":"upstream","attributes":{"bytes":4000}}`,
			`{"type":"limit_data","stream":"downstream","attributes":{"bytes":6000}}`,
		}},
		{name: "slow close", toxics: []string{`{"type":"slow_close","stream":"downstream","attributes":{"delay":200}}`}},
	}
}

func newToxicWorld(t *testing.T, transport transport) *toxicWorld {
	t.Helper()
	w := &toxicWorld{T: t, srv: ninchattest.New(t, ninchattest.WithTLS())}
	w.renew()
	t.Cleanup(func() { w.proxy.Stop() })
	w.config = w.login("User")
	w.config.Dial = func(ctx context.Context, kind, _ string) (net.Conn, error) {
		at := w.at.Load()
		if at == nil {
			return nil, syscall.ECONNREFUSED
		}
		return new(net.Dialer).DialContext(ctx, kind, *at)
	}
	transport.set(&w.config)
	w.peer = w.open(w.login("Peer"))
	created, err := w.peer.CreateChannel(t.Context(), api.CreateChannel{})
	if err != nil {
		t.Fatal(err)
	}
	w.channel = created.ChannelID
	if _, err := w.peer.AddMember(t.Context(), api.AddMember{ChannelID: &w.channel, UserID: *w.config.Login.UserID}); err != nil {
		t.Fatal(err)
	}
	return w
}

// renew puts a proxy without toxics in the place of the one before, which lets go of
// its connections. It has a port of its own: somebody else may have got one that
// another proxy had. Toxics are never taken off again: if one of the connections ends
// just then, toxiproxy waits for itself.
func (w *toxicWorld) renew() {
	w.Helper()
	old := w.proxy
	toxic := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	w.proxy, w.poisoned = toxiproxy.NewProxy(toxic, "ninchat", "127.0.0.1:0", w.srv.Host()), false
	if err := w.proxy.Start(); err != nil {
		w.Fatal(err)
	}
	at := w.proxy.Listen
	w.at.Store(&at)
	if old != nil {
		old.Stop()
	}
}

func (w *toxicWorld) login(name string) ninchat.Config {
	w.Helper()
	user, err := w.srv.AddUser(server.User{Attrs: api.UserAttrs{Name: api.Set(name)}})
	if err != nil {
		w.Fatal(err)
	}
	return ninchat.Config{
		Address: w.srv.URL(),
		TLS:     w.srv.TLSClientConfig(),
		Proxy:   func(*http.Request) (*url.URL, error) { return nil, nil },
		Login:   ninchat.ExistingUser(user.ID, user.Auth),

		OpenTimeout: patience,
	}
}

// patience is for what takes some seconds unless the machine stands still.
const patience = 5 * time.Minute

// close closes a session, and waits until nothing is left of it. That it takes no
// longer than Config.CloseTimeout is tested by clocks that don't run on while the
// machine stands still.
func (w *toxicWorld) close(s *ninchat.Session) {
	w.Helper()
	err := s.Close()
	for errors.Is(err, ninchat.ErrCloseTimeout) {
		err = s.Close()
	}
	if err != nil {
		w.Error(err)
	}
}

func (w *toxicWorld) open(config ninchat.Config) *ninchat.Session {
	w.Helper()
	s, err := ninchat.Open(w.Context(), config)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { w.close(s) })
	return s
}

// poison lets a toxin work on everything that happens meanwhile, and afterwards too
// if it lasts.
func (w *toxicWorld) poison(x toxin, meanwhile func()) {
	w.Helper()
	switch {
	case x.toxics == nil:
		w.at.Store(nil)
		w.proxy.Stop()
	case !w.poisoned:
		w.add(x.toxics)
	}
	meanwhile()
	if !x.passes {
		w.renew()
	}
}

// add has the proxy work on the connections that there are, and on new ones.
func (w *toxicWorld) add(toxics []string) {
	w.Helper()
	w.poisoned = true
	for i, toxic := range toxics {
		text := fmt.Sprintf(`{"name":"toxic%d",`, i) + strings.TrimPrefix(toxic, "{")
		if _, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(text)); err != nil {
			w.Fatal(err)
		}
	}
}

func (w *toxicWorld) message(text string) api.SendMessage {
	return api.SendMessage{ChannelID: &w.channel, MessageType: messageType, Payload: [][]byte{[]byte(text)}}
}

// say sends messages from one to another without waiting for answers.
func (w *toxicWorld) say(s *ninchat.Session, texts []string) {
	w.Helper()
	for _, text := range texts {
		action, err := w.message(text).Action()
		if err != nil {
			w.Fatal(err)
		}
		if _, err := s.Send(action); err != nil {
			w.Fatal(err)
		}
	}
}

// hear reads messages until it has as many as are wanted, or one more would be
// too much of a wait.
func (w *toxicWorld) hear(s *ninchat.Session, want []string) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	var heard []string
	for event, err := range s.Events(ctx) {
		if err != nil {
			w.Fatalf("heard %d messages: %v", len(heard), err)
		}
		m, ok, err := api.As[*api.MessageReceived](event)
		if err != nil {
			w.Fatal(err)
		}
		// The answers to what the session itself sends are of no interest.
		if ok && m.MessageType == messageType && event.ActionID == 0 {
			if heard = append(heard, string(m.Payload[0])); len(heard) == len(want) {
				break
			}
		}
	}
	for i := range want {
		if heard[i] != want[i] {
			w.Fatalf("heard %q instead of %q", heard[i], want[i])
		}
	}
}

// The faults of real networks, by toxiproxy, while messages flow in both
// directions, while a session is created, and while it is closed.
func TestToxiproxy(t *testing.T) {
	for _, transport := range transports() {
		for _, x := range toxins() {
			t.Run(transport.name+"/"+x.name, func(t *testing.T) {
				t.Parallel()
				t.Run("exchanging", func(t *testing.T) { newToxicWorld(t, transport).exchanging(x) })
				t.Run("creating", func(t *testing.T) { newToxicWorld(t, transport).creating(x) })
				t.Run("closing", func(t *testing.T) { newToxicWorld(t, transport).closing(x) })
			})
		}
	}
}

// exchanging has both sides send to each other, and everything arrive.
func (w *toxicWorld) exchanging(x toxin) {
	s := w.open(w.config)
	texts := numbers(300)
	var listening sync.WaitGroup
	listening.Go(func() { w.hear(w.peer, texts) })
	listening.Go(func() { w.hear(s, texts) })
	for i := 0; i < len(texts); i += 100 {
		w.say(s, texts[i:i+50])
		w.say(w.peer, texts[i:i+50])
		w.poison(x, func() {
			w.say(s, texts[i+50:i+100])
			w.say(w.peer, texts[i+50:i+100])
			// The peer's calls get through.
			if _, err := w.peer.Call(w.Context(), &api.Action{Name: "ping"}); err != nil {
				w.Error(err)
			}
		})
	}
	listening.Wait()
	if _, err := s.Call(w.Context(), &api.Action{Name: "ping"}); err != nil {
		w.Error(err)
	}
}

// creating has a session opened while the toxin is at work.
func (w *toxicWorld) creating(x toxin) {
	type result struct {
		s   *ninchat.Session
		err error
	}
	opened := make(chan result, 1)
	w.poison(x, func() {
		tried := make(chan struct{})
		var once sync.Once
		config := w.config
		dial := config.Dial
		config.Dial = func(ctx context.Context, kind, address string) (net.Conn, error) {
			conn, err := dial(ctx, kind, address)
			once.Do(func() { close(tried) })
			return conn, err
		}
		go func() {
			s, err := ninchat.Open(w.Context(), config)
			opened <- result{s, err}
		}()
		<-tried
	})
	r := <-opened
	if r.err != nil {
		w.Fatal(r.err)
	}
	w.close(r.s)
}

// closing has a session closed with calls on their way.
func (w *toxicWorld) closing(x toxin) {
	s := w.open(w.config)
	var calls sync.WaitGroup
	w.poison(x, func() {
		for range 10 {
			calls.Go(func() {
				for {
					_, err := s.Call(w.Context(), &api.Action{Name: "ping"})
					if errors.Is(err, ninchat.ErrClosed) {
						return
					}
					if err != nil {
						w.Error(err)
						return
					}
				}
			})
		}
		w.close(s)
		calls.Wait()
	})
}
