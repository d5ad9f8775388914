package transport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// action is what a request of long polling says.
type action struct {
	Action    string          `json:"action"`
	ActionID  int64           `json:"action_id"`
	EventID   int64           `json:"event_id"`
	SessionID string          `json:"session_id"`
	Payload   json.RawMessage `json:"payload"`
}

// pollServer answers requests of long polling as a test wants it to. Each
// connection to it is a pipe.
type pollServer struct {
	t      *testing.T
	answer func(w http.ResponseWriter, r *http.Request, a action)

	mu      sync.Mutex
	actions []action
}

func (s *pollServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var a action
	if err := json.Unmarshal(text, &a); err != nil || r.Method != http.MethodPost || r.URL.Path != "/v2/poll" {
		s.t.Errorf("%s %s: %s", r.Method, r.URL, text)
	}
	s.mu.Lock()
	s.actions = append(s.actions, a)
	s.mu.Unlock()
	s.answer(w, r, a)
}

// seen returns the actions that have come.
func (s *pollServer) seen(name string) (seen []action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.actions {
		if a.Action == name {
			seen = append(seen, a)
		}
	}
	return seen
}

// pipeListener accepts pipes.
type pipeListener struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
		return nil, errors.New("nobody listens")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pollTo serves long polling in memory until the end of the test, and returns a
// dialer that goes there.
func pollTo(t *testing.T, handler http.Handler) *transport.Dialer {
	listener := newPipeListener()
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Only then does the server notice when the client goes away.
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		handler.ServeHTTP(w, r)
	})}
	var served sync.WaitGroup
	served.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		_ = server.Close()
		served.Wait()
	})
	d := dialer("http://poll.test")
	d.Direct, d.Mode, d.Dial = true, transport.PollOnly, listener.dial
	return d
}

// say answers with a text.
func say(w http.ResponseWriter, text string) { _, _ = io.WriteString(w, text) }

// created is the answer to create_session.
const created = `[{"event":"session_created","session_id":"s","event_id":1}]`

// hang waits until the client has gone away.
func hang(r *http.Request) { <-r.Context().Done() }

// pause waits, unless the client goes away.
func pause(r *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	}
}

// mustReceive receives a message.
func mustReceive(t *testing.T, conn transport.Conn) *wire.Message {
	t.Helper()
	for {
		m, err := conn.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if m != nil {
			return m
		}
	}
}

// bubble runs a test in which time passes at once.
func bubble(t *testing.T, test func(t *testing.T)) { t.Helper(); synctest.Test(t, test) }

func TestPollExchange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &pollServer{t: t}
		s.answer = func(w http.ResponseWriter, r *http.Request, a action) {
			switch {
			case a.Action == "create_session":
				say(w, created)
			case a.Action == "resume_session" && a.EventID == 1:
				say(w, `[{"event":"a","event_id":2,"payload":[9007199254740993]},{"event":"b","event_id":3}]`)
			case a.Action == "resume_session":
				hang(r)
			default:
				say(w, `[{"event":"reply","event_id":4,"action_id":7}]`)
			}
		}
		conn := connect(t, pollTo(t, s))
		if !transport.Polls(conn) {
			t.Fatal("it isn't long polling")
		}
		transmit(conn, &wire.Outgoing{Name: "create_session", Params: []byte(`{"a":1}`)})
		var got []string
		for range 3 {
			m := mustReceive(t, conn)
			got = append(got, fmt.Sprintf("%s %d %s", m.Name, m.EventID, m.Payload))
		}
		if want := "session_created 1 [],a 2 [[9007199254740993]],b 3 []"; strings.Join(got, ",") != want {
			t.Fatalf("got %q", got)
		}
		conn.Queue(&wire.Outgoing{Name: "resume_session", EventID: 3})
		transmit(conn, &wire.Outgoing{Name: "act", ActionID: 7, Payload: [][]byte{[]byte(`[1]`)}})
		if m := mustReceive(t, conn); m.Name != "reply" || m.ActionID != 7 {
			t.Fatalf("got %+v", m)
		}
		act := s.seen("act")
		if len(act) != 1 || act[0].SessionID != "s" || string(act[0].Payload) != "[1]" {
			t.Fatalf("sent %+v", act)
		}
		for _, poll := range s.seen("resume_session") {
			if poll.SessionID != "s" {
				t.Fatalf("polled with %+v", poll)
			}
		}
	})
}

// A reply must not be lost when it comes by the poll before the request of its
// action has been answered, be it that it never is.
func TestDefect8ReplyBeatsAnswer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		acted := make(chan struct{})
		s := &pollServer{t: t}
		s.answer = func(w http.ResponseWriter, r *http.Request, a action) {
			switch {
			case a.Action == "create_session":
				say(w, created)
			case a.Action == "resume_session" && a.EventID == 1:
				<-acted
				say(w, `[{"event":"reply","event_id":2,"action_id":1}]`)
			case a.ActionID == 1:
				close(acted)
				hang(r)
			case a.Action == "resume_session":
				hang(r)
			default:
				say(w, `[{"event":"reply","event_id":3,"action_id":2}]`)
			}
		}
		conn := connect(t, pollTo(t, s))
		transmit(conn, &wire.Outgoing{Name: "create_session"})
		mustReceive(t, conn)
		conn.Queue(&wire.Outgoing{Name: "first", ActionID: 1})
		transmit(conn, &wire.Outgoing{Name: "second", ActionID: 2})
		began := time.Now()
		if m := mustReceive(t, conn); m.ActionID != 1 {
			t.Fatalf("got %+v", m)
		}
		conn.Queue(&wire.Outgoing{Name: "resume_session", EventID: 2})
		if m := mustReceive(t, conn); m.ActionID != 2 {
			t.Fatalf("got %+v", m)
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Fatalf("the second action waited for %v", d)
		}
	})
}

// Actions go one at a time, in order.
func TestPollActionsInOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var busy sync.Mutex
		s := &pollServer{t: t}
		s.answer = func(w http.ResponseWriter, r *http.Request, a action) {
			if a.Action == "resume_session" {
				hang(r)
				return
			}
			if !busy.TryLock() {
				t.Error("two actions at a time")
			}
			time.Sleep(10 * time.Millisecond)
			busy.Unlock()
			if a.Action == "create_session" {
				say(w, created)
				return
			}
			say(w, `[]`)
		}
		conn := connect(t, pollTo(t, s))
		transmit(conn, &wire.Outgoing{Name: "create_session"})
		mustReceive(t, conn)
		for id := range int64(20) {
			transmit(conn, &wire.Outgoing{Name: "act", ActionID: id + 1})
		}
		for range 20 {
			if m, err := conn.Receive(); m != nil || err != nil {
				t.Fatal(m, err)
			}
		}
		for i, a := range s.seen("act") {
			if a.ActionID != int64(i+1) {
				t.Fatalf("action %d is the one with the id %d", i, a.ActionID)
			}
		}
	})
}

// While events aren't handled, polls would bring the same ones.
func TestPollWaitsForHandling(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &pollServer{t: t}
		s.answer = func(w http.ResponseWriter, r *http.Request, a action) {
			switch {
			case a.Action == "resume_session" && a.EventID < 5:
				say(w, `[{"event":"e","event_id":5}]`)
			case a.Action == "resume_session":
				hang(r)
			default:
				say(w, `[]`)
			}
		}
		conn := connect(t, pollTo(t, s))
		transmit(conn, &wire.Outgoing{Name: "resume_session", SessionID: "s", EventID: 4})
		received := make(chan int)
		go func() {
			n := 0
			for {
				m, err := conn.Receive()
				if err != nil {
					received <- n
					return
				}
				if m != nil {
					n++
				}
			}
		}()
		time.Sleep(time.Minute)
		polls := len(s.seen("resume_session"))
		if polls < 10 || polls > 14 {
			t.Errorf("polled %d times within a minute in which nothing was handled", polls)
		}
		conn.Queue(&wire.Outgoing{Name: "resume_session", EventID: 5})
		synctest.Wait()
		if seen := s.seen("resume_session"); len(seen) != polls+1 || seen[polls].EventID != 5 {
			t.Errorf("then it polled %+v", seen[polls:])
		}
		shut(conn)
		if n := <-received; n != polls {
			t.Errorf("received %d messages of %d polls", n, polls)
		}
	})
}

// A server that answers at once with nothing isn't asked all the time.
func TestPollBacksOff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &pollServer{t: t, answer: func(w http.ResponseWriter, _ *http.Request, _ action) { say(w, `[]`) }}
		conn := connect(t, pollTo(t, s))
		transmit(conn, &wire.Outgoing{Name: "resume_session", SessionID: "s", EventID: 4})
		began := time.Now()
		for range 20 {
			if m, err := conn.Receive(); m != nil || err != nil {
				t.Fatal(m, err)
			}
		}
		if d := time.Since(began); d < 30*time.Second {
			t.Errorf("20 polls within %v", d)
		}
	})
}

// Nor is one that answers at once with an event without an id, such as that the session
// is lost.
func TestPollOfTheSame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &pollServer{t: t, answer: func(w http.ResponseWriter, _ *http.Request, _ action) {
			say(w, `[{"event":"error","error_type":"session_not_found"}]`)
		}}
		conn := connect(t, pollTo(t, s))
		transmit(conn, &wire.Outgoing{Name: "resume_session", SessionID: "s", EventID: 4})
		began := time.Now()
		for range 20 {
			mustReceive(t, conn)
		}
		if d := time.Since(began); d < 900*time.Millisecond {
			t.Errorf("20 polls within %v", d)
		}
	})
}

// What comes with the answer to an action out of turn is left to the poll.
func TestPollAnswersOvertake(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &pollServer{t: t}
		s.answer = func(w http.ResponseWriter, r *http.Request, a action) {
			switch {
			case a.Action == "act":
				say(w, `[{"event":"later","event_id":7},{"event":"pong"}]`)
			case a.EventID == 4:
				time.Sleep(time.Second)
				say(w, `[{"event":"sooner","event_id":5},{"event":"sooner","event_id":6},{"event":"later","event_id":7}]`)
			default:
				hang(r)
			}
		}
		conn := connect(t, pollTo(t, s))
		conn.Queue(&wire.Outgoing{Name: "resume_session", SessionID: "s", EventID: 4})
		transmit(conn, &wire.Outgoing{Name: "act", ActionID: 1})
		var got []string
		for range 4 {
			m := mustReceive(t, conn)
			got = append(got, fmt.Sprint(m.Name, m.EventID))
		}
		if want := "pong0 sooner5 sooner6 later7"; strings.Join(got, " ") != want {
			t.Fatalf("got %v", got)
		}
	})
}

// Whatever is wrong with an answer, it is an error, in time.
func TestDefect11PollAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   func(error) bool
	}{
		"503 with JSON": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503); say(w, created) }, isStatus(503)},
		"404":           {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, isStatus(404)},
		"204":           {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, isStatus(204)},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://evil.test/", http.StatusTemporaryRedirect)
		}, isStatus(307)},
		"HTML":           {func(w http.ResponseWriter, _ *http.Request) { say(w, "<html>Sign in!</html>") }, isMalformed},
		"truncated JSON": {func(w http.ResponseWriter, _ *http.Request) { say(w, created[:20]) }, isMalformed},
		"object":         {func(w http.ResponseWriter, _ *http.Request) { say(w, created[1:len(created)-1]) }, isMalformed},
		"wrong types":    {func(w http.ResponseWriter, _ *http.Request) { say(w, `[{"event":1}]`) }, isMalformed},
		"nothing":        {func(w http.ResponseWriter, _ *http.Request) { say(w, `[]`) }, isMalformed},
		"cut":            {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, isAny},
		"half": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			say(w, created)
		}, isAny},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat(" ", 4096)); err != nil {
					return
				}
			}
		}, func(err error) bool { return strings.Contains(err.Error(), "too long") }},
		"endless header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 1<<20))
			say(w, created)
		}, isAny},
		"slow": {func(_ http.ResponseWriter, r *http.Request) { hang(r) }, isTimeout},
		"slow body": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				say(w, " ")
				_ = http.NewResponseController(w).Flush()
				pause(r, time.Second)
			}
		}, isTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := pollTo(t, test.answer)
				d.Limits.Answer = 1 << 16
				conn := connect(t, d)
				began := time.Now()
				transmit(conn, &wire.Outgoing{Name: "create_session"})
				m, err := conn.Receive()
				if err == nil || !test.want(err) || !strings.Contains(err.Error(), "poll.test") {
					t.Errorf("got %v, %v", m, err)
				}
				if d := time.Since(began); d > 80*time.Second {
					t.Errorf("after %v", d)
				}
			})
		})
	}
}

func isAny(error) bool { return true }

func isStatus(code int) func(error) bool {
	return func(err error) bool {
		status, ok := errors.AsType[*transport.StatusError](err)
		return ok && status.Code == code
	}
}

func isMalformed(err error) bool {
	e, ok := errors.AsType[*wire.Error](err)
	return ok && e.Kind == wire.Malformed
}

func isTimeout(err error) bool { return strings.Contains(err.Error(), "timed out") }

// An action that isn't answered ends the connection, so that another one can do
// better. A poll may take longer.
func TestPollTimeouts(t *testing.T) {
	for name, test := range map[string]struct {
		slow string
		want time.Duration
	}{
		"an action": {"act", 15 * time.Second},
		"a poll":    {"resume_session", 75 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := &pollServer{t: t, answer: func(w http.ResponseWriter, r *http.Request, a action) {
					if a.Action == test.slow {
						hang(r)
					}
					if a.Action == "resume_session" {
						pause(r, 50*time.Second)
					}
					say(w, `[]`)
				}}
				conn := connect(t, pollTo(t, s))
				conn.Queue(&wire.Outgoing{Name: "resume_session", SessionID: "s"})
				transmit(conn, &wire.Outgoing{Name: "act", ActionID: 1})
				began := time.Now()
				for {
					if _, err := conn.Receive(); err != nil {
						if !isTimeout(err) || time.Since(began) != test.want {
							t.Errorf("after %v: %v", time.Since(began), err)
						}
						return
					}
				}
			})
		})
	}
}

// Closing sends what ends the session, though not for ever.
func TestPollClose(t *testing.T) {
	for name, stuck := range map[string]bool{"in time": false, "stuck": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := &pollServer{t: t, answer: func(w http.ResponseWriter, r *http.Request, a action) {
					if stuck || a.Action == "resume_session" {
						hang(r)
					}
					say(w, `[]`)
				}}
				d := pollTo(t, s)
				d.Linger = time.Second
				conn := connect(t, d)
				conn.Queue(&wire.Outgoing{Name: "resume_session", SessionID: "s"})
				conn.Flush(false)
				synctest.Wait()
				conn.Queue(&wire.Outgoing{Name: "delete_user", ActionID: 1})
				conn.Queue(&wire.Outgoing{Name: "close_session"})
				conn.Close()
				conn.Close()
				began := time.Now()
				if _, err := conn.Receive(); err == nil {
					t.Error("received something after Close")
				}
				conn.Wait()
				if closed := len(s.seen("close_session")); !stuck && closed != 1 || stuck && time.Since(began) != time.Second {
					t.Errorf("close_session came %d times, and it took %v", closed, time.Since(began))
				}
				conn.Queue(&wire.Outgoing{Name: "act"})
				conn.Flush(false)
			})
		})
	}
}

// What will be sent again on another connection isn't sent any more on one that
// is given up, or it would come in the wrong order.
func TestPollGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &pollServer{t: t, answer: func(w http.ResponseWriter, r *http.Request, a action) {
			if a.Action == "resume_session" || a.ActionID == 1 {
				hang(r)
			}
			say(w, `[]`)
		}}
		conn := connect(t, pollTo(t, s))
		conn.Queue(&wire.Outgoing{Name: "resume_session", SessionID: "s"})
		transmit(conn, &wire.Outgoing{Name: "act", ActionID: 1})
		synctest.Wait()
		for _, o := range []wire.Outgoing{{Name: "act", ActionID: 2}, {Name: "once"}, {Name: "ping"}, {Name: "act", ActionID: 3}} {
			transmit(conn, &o)
		}
		began := time.Now()
		shut(conn)
		if len(s.seen("once")) != 1 || len(s.seen("act")) != 1 || len(s.seen("ping")) != 0 || time.Since(began) != 0 {
			t.Fatalf("after %v: %+v", time.Since(began), s.actions)
		}
	})
}

// A connection on which nothing is asked for is closed before the server does that: an
// action that goes out just then would be lost, and the connection with it.
func TestPollClosesIdleConnections(t *testing.T) {
	bubble(t, func(t *testing.T) {
		polled := make(chan struct{})
		s := &pollServer{t: t, answer: func(w http.ResponseWriter, r *http.Request, a action) {
			if a.Action == "resume_session" {
				close(polled)
				hang(r)
			}
			// Or else the poll might take the connection of the action.
			<-polled
			say(w, `[]`)
		}}
		d := pollTo(t, s)
		open := countOpen(d)
		conn := connect(t, d)
		conn.Queue(&wire.Outgoing{Name: "resume_session", SessionID: "s"})
		transmit(conn, &wire.Outgoing{Name: "act", ActionID: 1})
		synctest.Wait()
		if n := open.Load(); n != 2 {
			t.Fatalf("%d connections, for a poll and an action", n)
		}
		time.Sleep(30 * time.Second)
		if n := open.Load(); n != 1 {
			t.Errorf("%d connections, for a poll, after half a minute", n)
		}
	})
}

// A client of the caller's does the requests, without what would harm them.
func TestPollHTTPClient(t *testing.T) {
	s := &pollServer{t: t, answer: func(w http.ResponseWriter, r *http.Request, a action) {
		if a.Action == "resume_session" {
			hang(r)
		}
		if r.Header.Get("X-Test") != "yes" {
			t.Error("the header is missing")
		}
		say(w, created)
	}}
	server := httptest.NewServer(s)
	defer server.Close()
	// Polls and actions are requested by different goroutines.
	var requests atomic.Int32
	d := dialer(server.URL)
	d.Direct, d.Mode, d.Header = true, transport.PollOnly, http.Header{"X-Test": {"yes"}}
	d.Dial = nil
	tripper := &http.Transport{}
	defer tripper.CloseIdleConnections()
	d.HTTPClient = &http.Client{Timeout: time.Nanosecond, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		requests.Add(1)
		return tripper.RoundTrip(r)
	})}
	conn := connect(t, d)
	transmit(conn, &wire.Outgoing{Name: "create_session"})
	if m := mustReceive(t, conn); m.Name != "session_created" || requests.Load() == 0 {
		t.Fatalf("%+v, %d requests", m, requests.Load())
	}
	shut(conn)
	if d.HTTPClient.Timeout != time.Nanosecond || d.HTTPClient.CheckRedirect != nil {
		t.Fatal("the caller's client was changed")
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A poll that was under way when an action was answered may have been answered
// before the action was done. The next one isn't put off for long then, although
// events wait to be handled.
func TestPollUnderWayWhenActionIsAnswered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const way = 500 * time.Millisecond
		var done atomic.Bool
		s := &pollServer{t: t}
		s.answer = func(w http.ResponseWriter, r *http.Request, a action) {
			answer := `[]`
			switch {
			case a.Action != "resume_session":
				done.Store(true)
				say(w, answer)
				return
			case done.Load():
				answer = `[{"event":"e","event_id":5},{"event":"reply","event_id":6,"action_id":1}]`
			default:
				answer = `[{"event":"e","event_id":5}]`
			}
			pause(r, way)
			say(w, answer)
		}
		conn := connect(t, pollTo(t, s))
		transmit(conn, &wire.Outgoing{Name: "resume_session", SessionID: "s", EventID: 4})
		// The event isn't handled: polls become rare.
		for range 12 {
			mustReceive(t, conn)
		}
		polls := len(s.seen("resume_session"))
		for len(s.seen("resume_session")) == polls {
			time.Sleep(way / 5)
		}
		began := time.Now()
		transmit(conn, &wire.Outgoing{Name: "act", ActionID: 1})
		for mustReceive(t, conn).ActionID != 1 {
		}
		if took := time.Since(began); took > 4*way {
			t.Errorf("the reply came after %v", took)
		}
	})
}

// What Dial is asked for belongs to the connection: nothing of it goes on, or
// begins, after Wait has returned.
func TestPollWaitsForDialling(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &pollServer{t: t, answer: func(_ http.ResponseWriter, r *http.Request, _ action) { hang(r) }}
		d := pollTo(t, s)
		dial := d.Dial
		var dialling atomic.Int32
		d.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			dialling.Add(1)
			defer dialling.Add(-1)
			time.Sleep(time.Second)
			return dial(context.WithoutCancel(ctx), network, address)
		}
		open := countOpen(d)
		conn := connect(t, d)
		transmit(conn, &wire.Outgoing{Name: "resume_session", SessionID: "s", EventID: 4})
		synctest.Wait()
		if n := dialling.Load(); n != 1 {
			t.Fatalf("dialling %d times", n)
		}
		shut(conn)
		if n := dialling.Load(); n != 0 {
			t.Errorf("dialling goes on")
		}
		if n := open.Load(); n != 0 {
			t.Errorf("%d connections are open", n)
		}
	})
}
