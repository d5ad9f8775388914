package session_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// Long polling that goes well asks for nothing twice, and doesn't ask often.
func TestLongPollIsFrugal(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		r := newRoomBy(t, srv, ninchat.LongPollOnly)
		if !r.alice.Stats().LongPolling || srv.Stats().Connections != 0 {
			t.Fatal("it isn't long polling")
		}
		before := srv.Stats().Polls
		var wg sync.WaitGroup
		wg.Go(func() { hear(t, r.bob, 100) })
		for _, text := range numbers(100) {
			r.say(t, text)
			time.Sleep(time.Second)
		}
		wg.Wait()
		// An action and a poll of Alice's, and a poll of Bob's, for each message.
		if n := srv.Stats().Polls - before; n > 310 {
			t.Errorf("%d requests for 100 messages", n)
		}
		if n := r.alice.Stats().EventsDuplicate + r.bob.Stats().EventsDuplicate; n != 0 {
			t.Errorf("%d events were received twice", n)
		}
		before = srv.Stats().Polls
		time.Sleep(time.Hour)
		if n := srv.Stats().Polls - before; n > 150 {
			t.Errorf("two idle sessions made %d requests within an hour", n)
		}
		if r.alice.State() != ninchat.Online || r.alice.Stats().Connections != 1 {
			t.Errorf("after an idle hour: %v, %+v", r.alice.State(), r.alice.Stats())
		}
	})
}

// A handler that makes calls while its event isn't handled yet gets the replies.
func TestLongPollCallsInLoop(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		r := newRoomBy(t, srv, ninchat.LongPollOnly)
		for _, text := range numbers(5) {
			r.say(t, text)
		}
		began, heard := time.Now(), 0
		for event, err := range r.bob.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.bob.Ping(t.Context(), api.Ping{}); err != nil {
				t.Fatal(err)
			}
			if _, ok := content(t, event); ok {
				heard++
			}
			if heard == 5 {
				break
			}
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Fatalf("it took %v", d)
		}
	})
}

// Payloads that aren't objects, and integers that no floating-point number holds,
// arrive as they are.
func TestDefect8LongPollPayloads(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		r := newRoomBy(t, srv, ninchat.LongPollOnly)
		send := func(messageType, payload string) {
			t.Helper()
			_, err := r.alice.SendMessage(t.Context(), api.SendMessage{ChannelID: &r.channel, MessageType: messageType, Payload: [][]byte{[]byte(payload)}})
			if err != nil {
				t.Fatal(err)
			}
		}
		compose := `[{"element":"button","id":"a","label":"Yes"},{"element":"button","id":"b","label":"No"}]`
		send("ninchat.com/ui/compose", compose)
		send("example.com/plain", `{"n":9007199254740993,"f":1.10}`)
		send("example.com/plain", `"text"`)
		for _, want := range []string{compose, `{"n":9007199254740993,"f":1.10}`, `"text"`} {
			event := nextNamed(t, r.bob, "message_received")
			for isInfo(t, event) {
				event = nextNamed(t, r.bob, "message_received")
			}
			if len(event.Payload) != 1 || string(event.Payload[0]) != want {
				t.Fatalf("payload %q, want %s", event.Payload, want)
			}
		}
	})
}

// isInfo reports whether an event is a message that the server makes.
func isInfo(t *testing.T, event *api.Event) bool {
	t.Helper()
	m, ok, err := api.As[*api.MessageReceived](event)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	return strings.HasPrefix(m.MessageType, "ninchat.com/info/")
}

// What long polling can't carry is refused at once, and nothing else suffers.
func TestDefect8PartsAreRefused(t *testing.T) {
	for name, payload := range map[string][][]byte{
		"several parts": {[]byte(`{}`), []byte(`{}`)},
		"not JSON":      {[]byte("hello")},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
				r := newRoomBy(t, srv, ninchat.LongPollOnly)
				message := api.SendMessage{ChannelID: &r.channel, MessageType: "example.com/plain", Payload: payload}
				_, err := r.alice.SendMessage(t.Context(), message)
				checkRefusedPayload(t, err)
				action, err := message.Action()
				if err != nil {
					t.Fatal(err)
				}
				_, err = r.alice.Send(action)
				checkRefusedPayload(t, err)
				r.say(t, "0")
				if got := hear(t, r.bob, 1); got[0] != "0" {
					t.Fatalf("heard %q", got)
				}
			})
		})
	}
}

func checkRefusedPayload(t *testing.T, err error) {
	t.Helper()
	refused, ok := errors.AsType[*ninchat.ActionError](err)
	if !ok || refused.Action != "send_message" || !errors.Is(err, ninchat.ErrPollPayload) {
		t.Fatalf("error is %v", err)
	}
}

func TestLongPollBinaryPayload(t *testing.T) {
	var posted atomic.Value
	srv := ninchattest.New(t)
	c := travelling(ninchat.LongPollOnly, discarding(config(srv, "Alice")))
	tripper := &http.Transport{}
	defer tripper.CloseIdleConnections()
	c.HTTPClient = &http.Client{Transport: tripperFunc(func(r *http.Request) (*http.Response, error) {
		if r.Body != nil {
			var a struct {
				Action  string
				Payload []string
			}
			body, _ := r.GetBody()
			if json.NewDecoder(body).Decode(&a) == nil && a.Action == "update_user" {
				posted.Store(a.Payload)
			}
		}
		return tripper.RoundTrip(r)
	})}
	s := open(t, c)
	// It isn't a picture, which the server says.
	_, err := s.UpdateUser(t.Context(), api.UpdateUser{PayloadAttrs: []string{"icon"}, Payload: [][]byte{{0, 255}}})
	if refused, ok := errors.AsType[*api.Error](err); err != nil && !ok {
		t.Fatal(refused, err)
	}
	if got, _ := posted.Load().([]string); !slices.Equal(got, []string{"AP8="}) {
		t.Fatalf("posted %q", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

type tripperFunc func(*http.Request) (*http.Response, error)

func (f tripperFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Calls with several replies, and joining, which has two.
func TestLongPollReplies(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		r := newRoomBy(t, srv, ninchat.LongPollOnly)
		for _, text := range numbers(20) {
			r.say(t, text)
		}
		if got := historyTexts(t, r); !slices.Equal(got, numbers(20)) {
			t.Fatalf("the history has %q", got)
		}
		carol := open(t, travelling(ninchat.LongPollOnly, discarding(config(srv, "Carol"))))
		joined, err := carol.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &r.channel})
		if err != nil {
			t.Fatal(err)
		}
		if joined.ChannelJoined == nil || joined.ChannelJoined.ChannelID != r.channel {
			t.Fatalf("joined: %+v", joined)
		}
	})
}

// restrictive is a front of a server that lets no WebSockets through while it is
// told not to.
func restrictive(t *testing.T, srv *ninchattest.Server) (dial func(context.Context, string, string) (net.Conn, error), refuses *atomic.Bool) {
	refuses = &atomic.Bool{}
	refuses.Store(true)
	target, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuses.Load() && r.URL.Path == "/v2/socket" {
			http.Error(w, "<html>no</html>", http.StatusForbidden)
			return
		}
		proxy := httputil.NewSingleHostReverseProxy(target)
		proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	address := front.Listener.Addr().String()
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}, refuses
}

// A session gets through a proxy that refuses WebSockets. When it is given
// another chance, it is a WebSocket again, and the same session.
func TestLongPollFallback(t *testing.T) {
	srv := ninchattest.New(t)
	c := discarding(config(srv, "Alice"))
	dial, _ := restrictive(t, srv)
	c.Dial = dial
	s := open(t, c)
	if _, err := s.Ping(t.Context(), api.Ping{}); err != nil || !s.Stats().LongPolling {
		t.Fatalf("error %v, %+v", err, s.Stats())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c.Transport = ninchat.WebSocketOnly
	c.Login.UserAttrs = nil
	if s, err := ninchat.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "403") {
		t.Fatalf("WebSocketOnly gives %v, %v", s, err)
	}
}

// After a while a session that polls is given a WebSocket, and goes on. Messages
// that come meanwhile aren't lost.
func TestLongPollUpgrade(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		var refuses atomic.Bool
		refuses.Store(true)
		c := config(srv, "Bob")
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := srv.DialContext(ctx, network, address)
			return &picky{Conn: conn, refuses: &refuses}, err
		}
		r := newRoom(t, srv)
		bob := open(t, c)
		if _, err := bob.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &r.channel}); err != nil {
			t.Fatal(err)
		}
		if !bob.Stats().LongPolling {
			t.Fatal("no long polling")
		}
		id := bob.SessionID()
		var wg sync.WaitGroup
		wg.Go(func() {
			for _, text := range numbers(100) {
				r.say(t, text)
				time.Sleep(20 * time.Second)
			}
		})
		wg.Go(func() {
			time.Sleep(5 * time.Minute)
			refuses.Store(false)
		})
		if got := hear(t, bob, 100); !slices.Equal(got, numbers(100)) {
			t.Fatalf("heard %q", got)
		}
		wg.Wait()
		if stats := bob.Stats(); stats.LongPolling || stats.SessionsLost != 0 || bob.SessionID() != id {
			t.Fatalf("session %q after %q, %+v", bob.SessionID(), id, stats)
		}
	})
}

// picky is a connection that cuts requests for WebSockets while it is told to.
type picky struct {
	net.Conn
	refuses *atomic.Bool
}

func (c *picky) Write(p []byte) (int, error) {
	if c.refuses.Load() && strings.Contains(string(p), "GET /v2/socket") {
		_ = c.Close()
	}
	return c.Conn.Write(p)
}

// A call that long polling can't carry, and that was made while there was a
// WebSocket, ends when there is none any more.
func TestLongPollInsteadOfSocket(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		var refuses atomic.Bool
		c := discarding(config(srv, "Alice"))
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := srv.DialContext(ctx, network, address)
			return &picky{Conn: conn, refuses: &refuses}, err
		}
		s := open(t, c)
		channel, err := s.CreateChannel(t.Context(), api.CreateChannel{})
		if err != nil {
			t.Fatal(err)
		}
		refuses.Store(true)
		srv.Faults().Cut(server.Match{})
		synctest.Wait()
		_, err = s.SendMessage(t.Context(), api.SendMessage{ChannelID: &channel.ChannelID, MessageType: "example.com/plain", Payload: [][]byte{[]byte("hello")}})
		checkRefusedPayload(t, err)
		if _, err := s.Ping(t.Context(), api.Ping{}); err != nil || !s.Stats().LongPolling {
			t.Fatal(err, s.Stats())
		}
	})
}

// Hosts that are dead, silent or lying are passed over, by each transport.
func TestBadHosts(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
			front := ninchattest.New(t, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) {
				c.Hosts = []string{"dead.test", "silent.test", "html.test", "elsewhere.test", "good.test"}
			}))
			var mu sync.Mutex
			var tried []string
			var peers sync.WaitGroup
			c := travelling(by, discarding(config(srv, "Alice")))
			c.OpenTimeout = 5 * time.Minute
			c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				mu.Lock()
				tried = append(tried, address)
				mu.Unlock()
				switch address {
				case "dead.test:80":
					return nil, errors.New("dead")
				case "silent.test:80":
					return answeringPeer(&peers, ""), nil
				case "html.test:80":
					return answeringPeer(&peers, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"), nil
				case "elsewhere.test:80":
					return answeringPeer(&peers, "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://evil.test/\r\nContent-Length: 0\r\n\r\n"), nil
				case "good.test:80":
					return srv.DialContext(ctx, network, address)
				default:
					return front.DialContext(ctx, network, address)
				}
			}
			s := open(t, c)
			if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			got := slices.Compact(slices.Clone(tried[1:]))
			mu.Unlock()
			want := []string{"dead.test:80", "silent.test:80", "html.test:80", "elsewhere.test:80", "good.test:80"}
			if !slices.Equal(got, want) {
				t.Fatalf("tried %q", got)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			peers.Wait()
		})
	})
}

// answeringPeer is a connection to somebody who gives one answer to anything.
func answeringPeer(tasks *sync.WaitGroup, answer string) net.Conn {
	near, far := net.Pipe()
	tasks.Go(func() {
		defer far.Close()
		buffer := make([]byte, 4096)
		for n := 0; ; n++ {
			if _, err := far.Read(buffer); err != nil {
				return
			}
			if n == 0 {
				_, _ = far.Write([]byte(answer))
			}
		}
	})
	return near
}

// Errors that trying again doesn't mend end opening by long polling, too.
func TestLongPollHopeless(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer srv.Close()
	for _, by := range []ninchat.Transport{ninchat.AutoTransport, ninchat.LongPollOnly} {
		s, err := ninchat.Open(t.Context(), ninchat.Config{Address: srv.URL, Direct: true, Proxy: noProxy, Transport: by, OpenTimeout: time.Hour})
		if err == nil || !strings.Contains(err.Error(), "403 Forbidden") {
			t.Fatalf("%v gives %v, %v", by, s, err)
		}
	}
}

func TestBadTransport(t *testing.T) {
	_, err := ninchat.Open(t.Context(), ninchat.Config{Transport: 7})
	if wrong, ok := errors.AsType[*ninchat.ConfigError](err); !ok || wrong.Field != "Transport" {
		t.Fatalf("error is %v", err)
	}
}
