package transport_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat/internal/test/deserted"
	"github.com/ninchat-community/ninchat/internal/transport"
)

func TestDiscoveryRound(t *testing.T) {
	b := newBackend(t)
	b.start()
	b.hosts = []string{deserted.Address(t), b.host(), deserted.Address(t)}
	d := dialer(b.URL)
	for attempt, want := range []struct {
		refused     bool
		discoveries int32
	}{{true, 1}, {false, 1}, {true, 1}, {true, 2}, {false, 2}} {
		conn, err := d.Connect(t.Context(), false)
		if errors.Is(err, syscall.ECONNREFUSED) != want.refused || (conn == nil) != want.refused {
			t.Errorf("attempt %d: %v", attempt, err)
		}
		if conn != nil {
			shut(conn)
		}
		if got := b.discoveries.Load(); got != want.discoveries {
			t.Errorf("attempt %d: discovered %d times", attempt, got)
		}
	}
}

func TestRediscovery(t *testing.T) {
	b := newBackend(t).start()
	b.hosts = []string{b.host(), deserted.Address(t)}
	d := dialer(b.URL)
	for range 2 {
		conn, err := d.Connect(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		shut(conn)
	}
	if got := b.discoveries.Load(); got != 2 {
		t.Errorf("discovered %d times", got)
	}
}

func TestDirectNeedsNoDiscovery(t *testing.T) {
	b := newBackend(t).start()
	d := dialer(b.URL)
	d.Direct = true
	d.Prefer(deserted.Address(t))
	shut(connect(t, d))
	if got := b.discoveries.Load(); got != 0 {
		t.Errorf("discovered %d times", got)
	}
}

func TestPreferredHost(t *testing.T) {
	b, preferred := newBackend(t).start(), newBackend(t).start()
	d := dialer(b.URL)
	d.Prefer("not a host")
	d.Prefer(preferred.host())
	d.Prefer("user@host/path")
	connect(t, d)
	if len(preferred.requests) != 1 || b.discoveries.Load() != 0 {
		t.Error("the preferred host wasn't used first")
	}
	connect(t, d)
	if len(preferred.requests) != 1 || len(b.requests) != 1 {
		t.Error("the preferred host was used twice")
	}
	// Discovering again forgets it.
	d.Prefer(preferred.host())
	for _, rediscover := range []bool{true, false} {
		conn, err := d.Connect(t.Context(), rediscover)
		if err != nil {
			t.Fatal(err)
		}
		shut(conn)
	}
	if len(preferred.requests) != 1 || len(b.requests) != 3 {
		t.Error("the preferred host was used after discovering again")
	}
}

func TestDiscoveryRequest(t *testing.T) {
	b := newBackend(t)
	got := make(chan *http.Request, 1)
	b.discover = func(w http.ResponseWriter, r *http.Request) {
		got <- r
		// Compressed and without a length, as some proxies make it.
		w.Header().Set("Content-Encoding", "gzip")
		w.(http.Flusher).Flush()
		z := gzip.NewWriter(w)
		_, _ = fmt.Fprintf(z, `{"other":{"x":[1]},"hosts":[%q]}`, b.host())
		_ = z.Close()
	}
	b.start()
	d := dialer(b.URL)
	d.Header = http.Header{"User-Agent": {"test/1"}, "X-Extra": {"a", "b"}}
	connect(t, d)
	r := <-got
	if r.Method != http.MethodGet || r.URL.String() != "/v2/endpoint" || r.Host != b.host() {
		t.Errorf("%s %s at %s", r.Method, r.URL, r.Host)
	}
	if r.Header.Get("User-Agent") != "test/1" || !cmp.Equal(r.Header["X-Extra"], []string{"a", "b"}) {
		t.Errorf("header %v", r.Header)
	}
	if !cmp.Equal(d.Header, http.Header{"User-Agent": {"test/1"}, "X-Extra": {"a", "b"}}) {
		t.Errorf("the caller's header was changed: %v", d.Header)
	}
}

func TestDiscoveryFails(t *testing.T) {
	text := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		}
	}
	tests := map[string]struct {
		answer http.HandlerFunc
		status int
		reason string
	}{
		"not found":       {text(404, `{"hosts":["a"]}`), 404, "404 Not Found"},
		"overload":        {text(503, `{"hosts":["a"]}`), 503, "503 Service Unavailable"},
		"another success": {text(202, `{"hosts":["a"]}`), 202, "202 Accepted"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, 302, "302 Found"},
		"an unknown status": {text(599, ""), 599, "599"},
		"HTML":              {text(200, "<html><body>Hello"), 0, "isn't a JSON object"},
		"nothing":           {text(200, ""), 0, "isn't a JSON object"},
		"no hosts":          {text(200, `{}`), 0, "no array of hosts"},
		"too long":          {text(200, `{"hosts":["a"],"x":"`+strings.Repeat("x", 64<<10)+`"}`), 0, "too long"},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := io.WriteString(w, strings.Repeat(" ", 1000)); err != nil {
					return
				}
			}
		}, 0, "too long"},
		"long header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 128<<10))
		}, 0, "exceeded"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"hosts":["a"]}`)
		}, 0, "unexpected EOF"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t)
			b.discover = test.answer
			b.start()
			conn, err := dialer(b.URL).Connect(t.Context(), false)
			if err == nil {
				shut(conn)
				t.Fatal("no error")
			}
			status, _ := errors.AsType[*transport.StatusError](err)
			if (status != nil) != (test.status != 0) || status != nil && status.Code != test.status {
				t.Errorf("status %v", status)
			}
			for _, part := range []string{test.reason, "discover hosts at " + b.host()} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q doesn't say %q", err, part)
				}
			}
		})
	}
}

// Garbled HTTP is an error like any other.
func TestDiscoveryGarbled(t *testing.T) {
	for _, answer := range []string{
		"SSH-2.0-OpenSSH_9.6\r\n",
		"HTTP/1.1 abc\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxy",
		strings.Repeat("HTTP/1.1 103 Early Hints\r\nX-Hint: hint\r\n\r\n", 5000),
	} {
		synctest.Test(t, func(t *testing.T) {
			d := dialer("http://peer.test")
			d.Dial = answering(t, answer)
			conn, err := d.Connect(t.Context(), false)
			if err == nil {
				shut(conn)
			}
			if err == nil || strings.Contains(err.Error(), "timed out") {
				t.Errorf("%.80q: %v", answer, err)
			}
		})
	}
}

// A dialer that fails to discover tries to discover again.
func TestDiscoveryIsRepeated(t *testing.T) {
	b := newBackend(t)
	b.discover = func(w http.ResponseWriter, _ *http.Request) {
		if b.discoveries.Load() == 1 {
			w.WriteHeader(500)
			return
		}
		_, _ = fmt.Fprintf(w, `{"hosts":[%q]}`, b.host())
	}
	b.start()
	d := dialer(b.URL)
	if _, err := d.Connect(t.Context(), false); err == nil {
		t.Error("no error")
	}
	connect(t, d)
}

// Nothing of an attempt that was given up is left, whatever it was doing.
func TestDiscoveryTimesOut(t *testing.T) {
	stalls := map[string]func(*testing.T) func(context.Context, string, string) (net.Conn, error){
		"connecting": func(*testing.T) func(context.Context, string, string) (net.Conn, error) {
			return func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		},
		"without an answer": func(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
			return answering(t, "")
		},
		"in the header": func(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
			return answering(t, "HTTP/1.1 200 OK\r\nContent-")
		},
		"in the body": func(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
			return answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
		},
	}
	for name, stall := range stalls {
		for _, scheme := range []string{"http", "https"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := dialer(scheme + "://peer.test")
					d.Dial = stall(t)
					d.Timeout = 10 * time.Second
					start := time.Now()
					_, err := d.Connect(t.Context(), false)
					if err == nil || !strings.HasSuffix(err.Error(), "timed out") || time.Since(start) != d.Timeout {
						t.Errorf("after %v: %v", time.Since(start), err)
					}
				})
			})
			t.Run(name+" "+scheme+", cancelled", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := dialer(scheme + "://peer.test")
					d.Dial = stall(t)
					enough := errors.New("enough")
					ctx, cancel := context.WithCancelCause(t.Context())
					time.AfterFunc(time.Second, func() { cancel(enough) })
					start := time.Now()
					_, err := d.Connect(ctx, false)
					if !errors.Is(err, enough) || time.Since(start) != time.Second {
						t.Errorf("after %v: %v", time.Since(start), err)
					}
				})
			})
		}
	}
}

func TestParseDiscovery(t *testing.T) {
	many := strings.Repeat(`"a",`, 999)
	for text, want := range map[string][]string{
		`{"hosts":["api.ninchat.com"]}`:                        {"api.ninchat.com"},
		` {"x":null,"hosts":["a:1","B_-2.c:65535"]} `:          {"a:1", "B_-2.c:65535"},
		`{"hosts":["127.0.0.1","[::1]","[2001:db8::1]:8080"]}`: {"127.0.0.1", "[::1]", "[2001:db8::1]:8080"},
		`{"hosts":["\u0061"]}`:                                 {"a"},
		`{"hosts":["` + strings.Repeat("a", 253) + `:1"]}`:     {strings.Repeat("a", 253) + ":1"},
	} {
		got, err := transport.ParseDiscovery([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	if got, err := transport.ParseDiscovery([]byte(`{"hosts":[` + many + `"b"]}`)); err != nil || len(got) != 64 {
		t.Errorf("%d hosts, %v", len(got), err)
	}
	for _, text := range []string{
		``, `null`, `[]`, `"a"`, `{`, `{"hosts":["a"]}x`, `{"hosts":["a"],"hosts":["b"]}`, "{\"hosts\":[\"\xff\"]}",
		`{}`, `{"Hosts":["a"]}`, `{"hosts":null}`, `{"hosts":[]}`, `{"hosts":"a"}`, `{"hosts":{"a":1}}`, `{"hosts":[1]}`, `{"hosts":[["a"]]}`, `{"hosts":["a",null]}`,
	} {
		if got, err := transport.ParseDiscovery([]byte(text)); err == nil {
			t.Errorf("%s: %v", text, got)
		}
	}
	for _, host := range []string{
		"", " ", "a b", "a\n", "a\r\nX-Header: 1", "\x00", "https://a", "//a", "a/", "a/b", "a?b", "a#b", "u@a", "u:p@a", "%61", "a%20b",
		":80", "a:0", "a:65536", "a:-1", "a:x", "a:1:2", "::1", "[::1", "::1]", "[a]", "[127.0.0.1]", "[fe80::1%25eth0]", "[]", "a,b", "<a>", `"`, "ä.example",
		strings.Repeat("a", 10_000),
	} {
		text := fmt.Appendf(nil, `{"hosts":["good",%q]}`, host)
		got, err := transport.ParseDiscovery(text)
		if err == nil {
			t.Errorf("%q: %v", host, got)
		} else if len(err.Error()) > 1500 {
			t.Errorf("%.20q: an error of %d bytes", host, len(err.Error()))
		}
	}
}

// FuzzParseDiscovery checks that a host that is accepted can be put into a
// request and into an address, and is nothing else.
func FuzzParseDiscovery(f *testing.F) {
	for _, seed := range []string{`{"hosts":["a","b:1","[::1]:80"]}`, `{"hosts":[]}`, `{"hosts":["u@a/b?c#d"]}`, `{"hosts":[null]}`, `<html>`, `{"hosts":["[::1%25a]"]}`, `{"hosts":["a:"]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		hosts, err := transport.ParseDiscovery(text)
		if err != nil {
			return
		}
		if len(hosts) == 0 || len(hosts) > 64 {
			t.Fatalf("%d hosts", len(hosts))
		}
		for _, host := range hosts {
			if strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`/?#@%"<>,`, r) }) || len(host) > 300 {
				t.Errorf("host %q", host)
			}
			address := host
			if _, _, err := net.SplitHostPort(host); err != nil {
				address = host + ":1"
			}
			name, port, err := net.SplitHostPort(address)
			if err != nil || name == "" {
				t.Errorf("host %q: name %q, port %q: %v", host, name, port, err)
			}
		}
	})
}

// Again goes back to the host that was connected to last, once.
func TestAgain(t *testing.T) {
	first, second := newBackend(t).start(), newBackend(t).start()
	first.hosts = []string{first.host(), second.host(), deserted.Address(t)}
	d := dialer(first.URL)
	d.Again() // there is none yet
	for attempt, want := range []struct {
		again         bool
		first, second int
	}{{false, 1, 0}, {true, 2, 0}, {false, 2, 1}, {true, 2, 2}} {
		if want.again {
			d.Again()
		}
		shut(connect(t, d))
		if len(first.requests) != want.first || len(second.requests) != want.second {
			t.Errorf("attempt %d: %d and %d connections", attempt, len(first.requests), len(second.requests))
		}
	}
	// A host that couldn't be connected to isn't one.
	if _, err := d.Connect(t.Context(), false); err == nil {
		t.Error("connected to a dead host")
	}
	d.Again()
	connect(t, d)
	if len(second.requests) != 3 || first.discoveries.Load() != 1 {
		t.Errorf("%d connections, discovered %d times", len(second.requests), first.discoveries.Load())
	}
}

// Discovery that was given up leaves no dialling behind.
func TestDiscoveryWaitsForDialling(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := dialer("http://slow.test")
		d.Timeout = time.Second
		var dialling atomic.Int32
		d.Dial = func(context.Context, string, string) (net.Conn, error) {
			dialling.Add(1)
			defer dialling.Add(-1)
			time.Sleep(2 * time.Second)
			return nil, errors.New("too late")
		}
		_, err := d.Connect(t.Context(), false)
		if err == nil || dialling.Load() != 0 {
			t.Errorf("dialling goes on after %v", err)
		}
	})
}
