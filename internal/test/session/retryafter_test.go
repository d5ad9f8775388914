package session_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// front stands before a server. While it is busy, it answers requests for one path
// itself.
type front struct {
	path   string
	status int
	// header is what else it says, with line breaks.
	header string
	// tasks counts its goroutines.
	tasks sync.WaitGroup

	mu   sync.Mutex
	busy int
	// at is when each request came.
	at []time.Time
}

// before puts the front before what dial connects to.
func (f *front) before(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		near, ours := net.Pipe()
		f.tasks.Go(func() {
			defer ours.Close()
			var read bytes.Buffer
			request, err := http.ReadRequest(bufio.NewReaderSize(io.TeeReader(ours, &read), 16))
			if err != nil {
				return
			}
			if f.answers(request) {
				_, _ = io.Copy(io.Discard, request.Body)
				_, _ = fmt.Fprintf(ours, "HTTP/1.1 %d No\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n", f.status, f.header)
				return
			}
			// The context is that of dialling, which is over.
			far, err := dial(context.WithoutCancel(ctx), network, address)
			if err != nil {
				return
			}
			defer far.Close()
			f.tasks.Go(func() {
				defer ours.Close()
				_, _ = io.Copy(ours, far)
			})
			_, _ = io.Copy(far, io.MultiReader(&read, ours))
		})
		return near, nil
	}
}

func (f *front) answers(request *http.Request) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = append(f.at, time.Now())
	if !strings.HasPrefix(request.URL.Path, f.path) || f.busy == 0 {
		return false
	}
	f.busy--
	return true
}

// quiet returns how long it was left alone at most between two requests.
func (f *front) quiet() (longest time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range len(f.at) - 1 {
		longest = max(longest, f.at[i+1].Sub(f.at[i]))
	}
	return longest
}

// Someone in front of the server who is busy, or asks for patience, is asked again,
// and not before the time that they say.
func TestRetryAfterAtOpening(t *testing.T) {
	seconds := func(time.Time) string { return "Retry-After: 7\r\n" }
	dates := func(now time.Time) string {
		// The server's clock is another one.
		now = now.Add(-100 * time.Hour).UTC()
		return "Date: " + now.Format(http.TimeFormat) + "\r\nRetry-After: " + now.Add(7*time.Second).Format(http.TimeFormat) + "\r\n"
	}
	date := func(now time.Time) string {
		return "Retry-After: " + now.UTC().Add(7*time.Second).Format(http.TimeFormat) + "\r\n"
	}
	nothing := func(time.Time) string { return "" }
	nonsense := func(time.Time) string { return "Retry-After: soon\r\n" }
	far := func(time.Time) string { return "Retry-After: 31536000\r\n" }
	further := func(time.Time) string { return "Retry-After: 99999999999999999999\r\n" }
	const soon, later, never = 0, 7 * time.Second, 5 * time.Minute
	routes := []struct {
		path string
		by   ninchat.Transport
	}{
		{"/v2/endpoint", ninchat.AutoTransport},
		{"/v2/endpoint", ninchat.LongPollOnly},
		{"/v2/socket", ninchat.WebSocketOnly},
		{"/v2/socket", ninchat.AutoTransport},
		{"/v2/poll", ninchat.LongPollOnly},
	}
	tests := []struct {
		name   string
		status int
		header func(time.Time) string
		wait   time.Duration
	}{
		{"408", 408, seconds, later},
		{"425", 425, seconds, later},
		{"429", 429, seconds, later},
		{"500", 500, seconds, later},
		{"503", 503, seconds, later},
		{"401", 401, seconds, later},
		{"403", 403, seconds, later},
		{"404 with a date", 404, date, later},
		{"429 with dates", 429, dates, later},
		{"503 with a date", 503, date, later},
		{"408 with nothing", 408, nothing, soon},
		{"425 with nothing", 425, nothing, soon},
		{"429 with nothing", 429, nothing, soon},
		{"429 with nonsense", 429, nonsense, soon},
		{"429 for a year", 429, far, never},
		{"503 for ever", 503, further, never},
	}
	for _, route := range routes {
		for _, test := range tests {
			t.Run(fmt.Sprintf("%s by %v: %s", route.path, route.by, test.name), func(t *testing.T) {
				inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
					f := &front{path: route.path, status: test.status, header: test.header(time.Now()), busy: 1}
					t.Cleanup(f.tasks.Wait)
					c := travelling(route.by, config(srv, "Alice"))
					c.Dial, c.OpenTimeout = f.before(srv.DialContext), time.Hour
					s := open(t, c)
					if s.Stats().LongPolling != (route.by == ninchat.LongPollOnly) {
						t.Errorf("long polling is %v", s.Stats().LongPolling)
					}
					if quiet := f.quiet(); quiet < test.wait || quiet > test.wait+time.Second {
						t.Errorf("it was left alone for %v", quiet)
					}
				})
			})
		}
	}
}

// It is the same for a session that there is.
func TestRetryAfterInSession(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		path := "/v2/socket"
		if srv.by == ninchat.LongPollOnly {
			path = "/v2/poll"
		}
		f := &front{path: path, status: http.StatusTooManyRequests, header: "Retry-After: 100\r\n"}
		t.Cleanup(f.tasks.Wait)
		c := config(srv, "Alice")
		c.Dial = f.before(srv.DialContext)
		s := open(t, c)
		synctest.Wait() // for the poll to cut
		f.mu.Lock()
		f.busy, f.at = 2, nil
		f.mu.Unlock()
		srv.Faults().Cut(server.Match{UserID: s.UserID()})
		began := time.Now()
		if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
		// By long polling, the poll and the action may be refused at the same time.
		took := time.Since(began)
		together := srv.by == ninchat.LongPollOnly && took >= 100*time.Second && took <= 105*time.Second
		if !together && (took < 200*time.Second || took > 210*time.Second) {
			t.Errorf("the session was back after %v", took)
		}
	})
}

// A call without a session is patient, too, unless it would take too long.
func TestRetryAfterOfCalls(t *testing.T) {
	for name, header := range map[string]string{
		"seconds": "Retry-After: 3\r\n",
		"dates":   "Date: Sat, 01 Jan 2000 10:00:00 GMT\r\nRetry-After: Sat, 01 Jan 2000 10:00:03 GMT\r\n",
	} {
		for _, status := range []int{408, 425, 429, 503} {
			t.Run(fmt.Sprintf("%d, %s", status, name), func(t *testing.T) {
				inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
					f := &front{path: "/v2/call", status: status, header: header, busy: 1}
					t.Cleanup(f.tasks.Wait)
					alice, err := srv.AddUser(server.User{})
					if err != nil {
						t.Fatal(err)
					}
					c, err := ninchat.NewCaller(ninchat.CallerConfig{Address: srv.URL(), Auth: ninchat.UserAuth(alice.ID, alice.Auth), Dial: f.before(srv.DialContext), Proxy: noProxy})
					if err != nil {
						t.Fatal(err)
					}
					defer c.Close()
					began := time.Now()
					if _, err := c.DescribeUser(t.Context(), api.DescribeUser{UserID: &alice.ID}); err != nil {
						t.Error(err)
					}
					if took := time.Since(began); took < 3*time.Second || took > 4*time.Second {
						t.Errorf("it took %v", took)
					}
				})
			})
		}
	}
}
