package session_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/test/deserted"
)

// hijacked answers with bytes, whatever they are, and closes the connection.
func hijacked(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

// status answers with a status.
func status(code int, media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// Answers that can't be used. The action changes something, so that nothing is
// tried again.
func TestCallerBadAnswers(t *testing.T) {
	const pong = `{"event":"channel_parted"}`
	long := strings.Repeat("x", 2000)
	tests := map[string]struct {
		answer http.HandlerFunc
		text   string
		// code is that of an HTTPError, 0 for other errors.
		code int
	}{
		"503 with JSON":         {status(503, "application/json", pong), "HTTP status 503", 503},
		"404 with HTML":         {status(404, "text/html", "<p>"), "HTTP status 404", 404},
		"202 with JSON":         {status(202, "application/json", pong), "HTTP status 202", 202},
		"HTML":                  {says("text/html", "<html>"), "Content-Type", 200},
		"JSON as text":          {says("text/plain", pong), "Content-Type", 200},
		"no type":               {says("", pong), "Content-Type", 200},
		"a bad type":            {says("application/json;;", pong+"x"), "", 200},
		"empty":                 {says("application/json", ""), "no events", 200},
		"an empty array":        {says("application/json", "[]"), "no events", 200},
		"no content":            {status(204, "", ""), "no events", 204},
		"not JSON":              {says("application/json", "<html>"), "can't be read", 200},
		"JSON cut off":          {says("application/json", "["+`{"event":`), "can't be read", 200},
		"no event":              {says("application/json", `{"a":1}`), "can't be read", 200},
		"event of a wrong type": {says("application/json", `{"event":1}`), "can't be read", 200},
		"not protobuf":          {says("application/x-protobuf", "\xff"), "can't be read", 200},
		"protobuf cut off":      {says("application/x-protobuf", events([]string{pong})[:10]), "can't be read", 200},
		"not octets":            {says("application/octet-stream", "\xff"), "can't be read", 200},
		"a long answer":         {says("application/json", `{"event":"channel_parted","x":"`+long+long+`"}`), "too long", 0},
		"a long header":         {says("application/json", `{"event":"channel_parted","x":"`+long+`"}`), "can't be read", 200},
		"not HTTP":              {hijacked("SSH-2.0-OpenSSH_9.9" + long + "\r\n"), "malformed HTTP", 0},
		"nothing":               {hijacked(""), "EOF", 0},
		"body cut off":          {hijacked("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n" + pong), "EOF", 0},
		"chunk cut off":         {hijacked("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + pong[:5]), "EOF", 0},
		"not compressed":        {hijacked("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 26\r\n\r\n" + pong), "gzip", 0},
		"compressed otherwise":  {hijacked("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: br\r\nContent-Length: 26\r\n\r\n" + pong), "Content-Encoding", 0},
		"endless headers":       {hijacked("HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+long+"\r\n", 100)), "header", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			srv := newCallServer(t, test.answer)
			c := newCaller(t, ninchat.CallerConfig{Address: srv.URL, Limits: ninchat.Limits{Header: 1500, Answer: 3000}})
			err := c.Invoke(t.Context(), action(t, "part_channel", map[string]any{"channel_id": "c"}), func(e *api.Event) bool {
				t.Errorf("got %s", e.Header)
				return true
			})
			failed, ok := errors.AsType[*ninchat.CallError](err)
			if !ok || !failed.Sent || failed.Attempts != 1 || failed.Action != "part_channel" || failed.Address != srv.URL || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v", err)
			}
			if len(err.Error()) > 600 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
			answer, ok := errors.AsType[*ninchat.HTTPError](err)
			if ok != (test.code != 0) || ok && answer.Code != test.code {
				t.Errorf("got %#v", answer)
			}
			if n := len(srv.seen()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// What the server refuses.
func TestCallerRefusals(t *testing.T) {
	const refusal = `{"event":"error","error_type":"access_denied","error_reason":"no"}`
	for name, answer := range map[string]http.HandlerFunc{
		"JSON object": says("application/json", refusal),
		"JSON array":  says("application/json", "["+refusal+`,{"event":"channel_parted"}]`),
		"protobuf":    says("application/x-protobuf", events([]string{refusal})),
	} {
		_, err := newCaller(t, ninchat.CallerConfig{Address: newCallServer(t, answer).URL}).PartChannel(t.Context(), api.PartChannel{ChannelID: "c"})
		if refused, ok := errors.AsType[*api.Error](err); !ok || refused.Type != api.ErrAccessDenied || refused.Reason != "no" || refused.Action != "part_channel" {
			t.Errorf("%s: %v", name, err)
		}
		if _, ok := errors.AsType[*ninchat.CallError](err); ok {
			t.Errorf("%s: a refusal isn't a failed call: %v", name, err)
		}
	}
	// An error event with a status of its own says why, and the call failed.
	srv := newCallServer(t, status(401, "application/json", refusal))
	_, err := newCaller(t, ninchat.CallerConfig{Address: srv.URL}).Ping(t.Context(), api.Ping{})
	answer, ok := errors.AsType[*ninchat.HTTPError](err)
	if !ok || answer.Code != 401 || !errors.Is(err, api.ErrAccessDenied) {
		t.Errorf("401: %v", err)
	}
	// An error that doesn't come first ends the call where it comes.
	srv = newCallServer(t, says("application/json", `[{"event":"history_results","history_length":1},`+refusal+`]`))
	count := 0
	err = newCaller(t, ninchat.CallerConfig{Address: srv.URL}).Invoke(t.Context(), &api.Action{Name: "load_history"}, func(*api.Event) bool {
		count++
		return true
	})
	if count != 1 || !errors.Is(err, api.ErrAccessDenied) {
		t.Errorf("an error in the middle: %d events, %v", count, err)
	}
}

// An event whose payload is beyond the limits is reported with what is left.
func TestCallerDamage(t *testing.T) {
	srv := newCallServer(t, says("application/x-protobuf", events([]string{`{"event":"file_sent","file_id":"f"}`, "123456"})))
	c := newCaller(t, ninchat.CallerConfig{Address: srv.URL, Limits: ninchat.Limits{Part: 5}})
	_, err := c.Call(t.Context(), action(t, "send_file", nil, "x"))
	if damage, ok := errors.AsType[*ninchat.DamageError](err); !ok || !strings.Contains(string(damage.Event.Header), `"f"`) {
		t.Errorf("got %v", err)
	}
	// Messages that are missing are noticed, too.
	srv = newCallServer(t, says("application/json", `[{"event":"history_results","history_length":2},{"event":"message_received","history_length":1}]`))
	err = newCaller(t, ninchat.CallerConfig{Address: srv.URL}).Invoke(t.Context(), action(t, "load_history", nil), nil)
	if _, ok := errors.AsType[*ninchat.CallError](err); !ok || !strings.Contains(err.Error(), "incomplete") {
		t.Errorf("got %v", err)
	}
}

// Redirects aren't followed: what is in the request is for nobody else.
func TestCallerRedirects(t *testing.T) {
	other := newCallServer(t, says("application/json", `{"event":"pong"}`))
	for _, code := range []int{301, 302, 303, 307, 308} {
		srv := newCallServer(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/v2/call", code)
		})
		for _, client := range []*http.Client{nil, srv.Client()} {
			_, err := newCaller(t, ninchat.CallerConfig{Address: srv.URL, HTTPClient: client}).Ping(t.Context(), api.Ping{})
			if answer, ok := errors.AsType[*ninchat.HTTPError](err); !ok || answer.Code != code {
				t.Errorf("%d: %v", code, err)
			}
		}
		if len(srv.seen()) != 2 {
			t.Errorf("%d: %d requests", code, len(srv.seen()))
		}
	}
	if n := len(other.seen()); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

// What is tried again, and what isn't.
func TestCallerRetry(t *testing.T) {
	const harmless, harmful = "describe_channel", "part_channel"
	ok := says("application/json", `{"event":"pong"}`)
	unavailable := status(503, "text/plain", "")
	asks := func(seconds string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", seconds)
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	tests := map[string]struct {
		action   string
		answers  []http.HandlerFunc
		requests int
		ok       bool
	}{
		"503 once":         {harmless, []http.HandlerFunc{unavailable, ok}, 2, true},
		"503 three times":  {harmless, []http.HandlerFunc{unavailable, unavailable, unavailable, ok}, 4, true},
		"503 for ever":     {harmless, []http.HandlerFunc{unavailable}, 4, false},
		"503, harmful":     {harmful, []http.HandlerFunc{unavailable, ok}, 1, false},
		"unknown action":   {"x", []http.HandlerFunc{unavailable, ok}, 1, false},
		"cut off":          {harmless, []http.HandlerFunc{hijacked("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"), ok}, 2, true},
		"dropped":          {harmless, []http.HandlerFunc{hijacked(""), ok}, 2, true},
		"dropped, harmful": {harmful, []http.HandlerFunc{hijacked(""), ok}, 1, false},
		"400":              {harmless, []http.HandlerFunc{status(400, "", ""), ok}, 1, false},
		"not JSON":         {harmless, []http.HandlerFunc{says("application/json", "x"), ok}, 1, false},
		"an error event":   {harmless, []http.HandlerFunc{says("application/json", `{"event":"error","error_type":"internal"}`), ok}, 1, false},
		"asked to wait":    {harmless, []http.HandlerFunc{asks("0"), ok}, 2, true},
		"for too long":     {harmless, []http.HandlerFunc{asks("1"), ok}, 1, false},
		"for some time":    {harmless, []http.HandlerFunc{asks("soon"), ok}, 2, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var srv *callServer
			srv = newCallServer(t, func(w http.ResponseWriter, r *http.Request) {
				test.answers[min(len(srv.seen()), len(test.answers))-1](w, r)
			})
			c := newCaller(t, ninchat.CallerConfig{Address: srv.URL})
			err := c.Invoke(t.Context(), action(t, test.action, nil), nil)
			if (err == nil) != test.ok || len(srv.seen()) != test.requests {
				t.Errorf("%d requests, %v", len(srv.seen()), err)
			}
			if failed, ok := errors.AsType[*ninchat.CallError](err); ok && (failed.Attempts != test.requests || !failed.Sent) {
				t.Errorf("got %+v", failed)
			}
			for _, r := range srv.seen() {
				if r.body != srv.seen()[0].body {
					t.Errorf("the body became %s", r.body)
				}
			}
		})
	}
}

// A request that a kept connection may have taken isn't repeated, and the next one
// gets a new connection.
func TestCallerKeptConnection(t *testing.T) {
	var srv *callServer
	srv = newCallServer(t, func(w http.ResponseWriter, r *http.Request) {
		if len(srv.seen()) == 2 {
			hijacked("")(w, r)
			return
		}
		says("application/json", `{"event":"channel_parted"}`)(w, r)
	})
	c := newCaller(t, ninchat.CallerConfig{Address: srv.URL})
	part := action(t, "part_channel", nil)
	if err := c.Invoke(t.Context(), part, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Invoke(t.Context(), part, nil); err == nil || len(srv.seen()) != 2 {
		t.Errorf("%d requests, %v", len(srv.seen()), err)
	}
	if err := c.Invoke(t.Context(), part, nil); err != nil {
		t.Error(err)
	}
}

// Whatever the action does, it is tried again if there was no connection.
func TestCallerNotSent(t *testing.T) {
	srv := newCallServer(t, says("application/json", `{"event":"channel_parted"}`))
	dials := 0
	fails := func(times int, err error) func(ctx context.Context, network, address string) (net.Conn, error) {
		dials = 0
		return func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials++; dials <= times {
				return nil, err
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	}
	anything := errors.New("no route")
	c := newCaller(t, ninchat.CallerConfig{Address: srv.URL, Dial: fails(3, anything)})
	if _, err := c.PartChannel(t.Context(), api.PartChannel{ChannelID: "c"}); err != nil || dials != 4 {
		t.Errorf("%d dials, %v", dials, err)
	}
	c = newCaller(t, ninchat.CallerConfig{Address: srv.URL, Dial: fails(9, anything)})
	_, err := c.PartChannel(t.Context(), api.PartChannel{ChannelID: "c"})
	if failed, ok := errors.AsType[*ninchat.CallError](err); !ok || failed.Sent || failed.Attempts != 4 || !errors.Is(err, anything) || dials != 4 {
		t.Errorf("%d dials, %v", dials, err)
	}
	// The same with a client of the application, which says it by its errors.
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	for address, client := range map[string]*http.Client{
		"http://" + deserted.Address(t): {Transport: transport},
		"http://localhost:1":            {Transport: refusing{&net.DNSError{Err: "no such host", Name: "localhost"}}},
	} {
		_, err = newCaller(t, ninchat.CallerConfig{Address: address, HTTPClient: client}).PartChannel(t.Context(), api.PartChannel{ChannelID: "c"})
		if failed, ok := errors.AsType[*ninchat.CallError](err); !ok || failed.Sent || failed.Attempts != 4 {
			t.Errorf("%s: %v", address, err)
		}
	}
	client := &http.Client{Transport: refusing{anything}}
	_, err = newCaller(t, ninchat.CallerConfig{Address: srv.URL, HTTPClient: client}).PartChannel(t.Context(), api.PartChannel{ChannelID: "c"})
	if failed, ok := errors.AsType[*ninchat.CallError](err); !ok || !failed.Sent || failed.Attempts != 1 {
		t.Errorf("an error that says nothing: %v", err)
	}
}

// refusing is an HTTP transport that fails.
type refusing struct{ err error }

func (r refusing) RoundTrip(*http.Request) (*http.Response, error) { return nil, r.err }

// A certificate that isn't trusted, or a server without TLS, won't get better.
func TestCallerTLS(t *testing.T) {
	srv := httptest.NewUnstartedServer(says("application/json", `{"event":"pong"}`))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	_, err := newCaller(t, ninchat.CallerConfig{Address: srv.URL}).Ping(t.Context(), api.Ping{})
	failed, ok := errors.AsType[*ninchat.CallError](err)
	if _, verification := errors.AsType[*tls.CertificateVerificationError](err); !ok || !verification || failed.Sent || failed.Attempts != 1 {
		t.Errorf("got %v", err)
	}
	trust := srv.Client().Transport.(*http.Transport).TLSClientConfig
	if _, err := newCaller(t, ninchat.CallerConfig{Address: srv.URL, TLS: trust}).Ping(t.Context(), api.Ping{}); err != nil {
		t.Error(err)
	}
	plain := newCallServer(t, says("application/json", `{"event":"pong"}`))
	_, err = newCaller(t, ninchat.CallerConfig{Address: strings.Replace(plain.URL, "http:", "https:", 1)}).Ping(t.Context(), api.Ping{})
	if failed, ok := errors.AsType[*ninchat.CallError](err); !ok || failed.Attempts != 1 || failed.Sent || !strings.Contains(err.Error(), "doesn't speak TLS") {
		t.Errorf("got %v", err)
	}
}

// pipes is a listener whose connections are in memory.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// How long is waited, on a clock of the test's own.
func TestCallerTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Duration
		stall, begin := false, time.Now()
		// requests says when requests have come since it was called last.
		requests := func() []time.Duration {
			mu.Lock()
			defer mu.Unlock()
			seen := at
			at = nil
			return seen
		}
		ln := make(pipes)
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			mu.Lock()
			at = append(at, time.Since(begin))
			stall := stall
			mu.Unlock()
			if stall {
				<-r.Context().Done()
				return
			}
			w.WriteHeader(http.StatusServiceUnavailable)
		})}
		go func() { _ = srv.Serve(ln) }()
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			near, far := net.Pipe()
			select {
			case ln <- far:
				return near, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		config := ninchat.CallerConfig{
			Address: "http://localhost", Dial: dial, Proxy: noProxy, Auth: ninchat.UserAuth("u", "s3cret"),
			Retry: ninchat.Retry{Attempts: 6, First: time.Second, Max: 4 * time.Second},
		}
		c, err := ninchat.NewCaller(config)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.DescribeChannel(t.Context(), api.DescribeChannel{ChannelID: "c"})
		seen := requests()
		if err == nil || len(seen) != 6 {
			t.Fatalf("%d requests, %v", len(seen), err)
		}
		for i, most := range []time.Duration{1, 2, 4, 4, 4} {
			most *= time.Second
			if wait := seen[i+1] - seen[i]; wait < most/2 || wait > most {
				t.Errorf("wait %d took %v, not between %v and %v", i, wait, most/2, most)
			}
		}
		// A server that doesn't answer.
		mu.Lock()
		stall = true
		mu.Unlock()
		start := time.Now()
		_, err = c.PartChannel(t.Context(), api.PartChannel{ChannelID: "c"})
		if took := time.Since(start); took != 15*time.Second || len(requests()) != 1 || !strings.Contains(err.Error(), "CallerConfig.Timeout") {
			t.Errorf("%v, %v", took, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		start = time.Now()
		_, err = c.DescribeChannel(ctx, api.DescribeChannel{ChannelID: "c"})
		if took := time.Since(start); took != 20*time.Second || !errors.Is(err, context.DeadlineExceeded) || len(requests()) != 2 {
			t.Errorf("%v, %v", took, err)
		}
		// Waiting ends with Close.
		mu.Lock()
		stall = false
		mu.Unlock()
		go func() {
			time.Sleep(500 * time.Millisecond)
			_ = c.Close()
		}()
		start = time.Now()
		_, err = c.DescribeChannel(t.Context(), api.DescribeChannel{ChannelID: "c"})
		if took := time.Since(start); took != 500*time.Millisecond || !errors.Is(err, ninchat.ErrClosed) {
			t.Errorf("%v, %v", took, err)
		}
		// Connecting takes no longer than it may, and ends with Close, too.
		config.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		config.Retry.Attempts = 1
		if c, err = ninchat.NewCaller(config); err != nil {
			t.Fatal(err)
		}
		start = time.Now()
		_, err = c.PartChannel(t.Context(), api.PartChannel{ChannelID: "c"})
		if failed, ok := errors.AsType[*ninchat.CallError](err); !ok || failed.Sent || time.Since(start) != 10*time.Second {
			t.Errorf("%v, %v", time.Since(start), err)
		}
		_ = c.Close()
		close(ln)
		_ = srv.Close()
	})
}

// Secrets don't go where others could read them.
func TestCallerUnencrypted(t *testing.T) {
	proxy := func(address string) func(*http.Request) (*url.URL, error) {
		return func(*http.Request) (*url.URL, error) { return url.Parse(address) }
	}
	throughProxy := &http.Client{Transport: &http.Transport{Proxy: proxy("http://proxy.test")}}
	user := ninchat.UserAuth("u", "s3cret")
	for name, test := range map[string]struct {
		config ninchat.CallerConfig
		ok     bool
	}{
		"TLS":                            {ninchat.CallerConfig{Auth: user}, true},
		"clear":                          {ninchat.CallerConfig{Address: "http://ninchat.test", Auth: user}, false},
		"clear, by identity":             {ninchat.CallerConfig{Address: "http://ninchat.test", Auth: ninchat.IdentityAuth("email", "n", "s3cret")}, false},
		"clear, nobody":                  {ninchat.CallerConfig{Address: "http://ninchat.test"}, true},
		"nearly loopback":                {ninchat.CallerConfig{Address: "http://localhost.test", Auth: user}, false},
		"localhost":                      {ninchat.CallerConfig{Address: "http://localhost:1", Auth: user}, true},
		"127.0.0.2":                      {ninchat.CallerConfig{Address: "http://127.0.0.2", Auth: user}, true},
		"::1":                            {ninchat.CallerConfig{Address: "http://[::1]:1", Auth: user}, true},
		"loopback of a proxy":            {ninchat.CallerConfig{Address: "http://localhost", Proxy: proxy("http://proxy.test"), Auth: user}, false},
		"loopback of a proxy, by client": {ninchat.CallerConfig{Address: "http://localhost", HTTPClient: throughProxy, Auth: user}, false},
		"proxy on loopback":              {ninchat.CallerConfig{Address: "http://localhost", Proxy: proxy("http://127.0.0.1:1"), Auth: user}, true},
		"TLS through a proxy":            {ninchat.CallerConfig{Proxy: proxy("http://proxy.test"), Auth: user}, true},
	} {
		c, err := ninchat.NewCaller(test.config)
		if (err == nil) != test.ok || err != nil && !errors.Is(err, ninchat.ErrUnencrypted) {
			t.Errorf("%s: %v", name, err)
		}
		if c != nil {
			_ = c.Close()
		}
	}
	// Secrets among the parameters are no better.
	c, err := ninchat.NewCaller(ninchat.CallerConfig{Address: "http://ninchat.test", Proxy: noProxy, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no network")
	}, Retry: ninchat.Retry{Attempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.DescribeAccess(t.Context(), api.DescribeAccess{AccessKey: "s3cret"})
	if _, ok := errors.AsType[*ninchat.ActionError](err); !ok || !errors.Is(err, ninchat.ErrUnencrypted) {
		t.Errorf("got %v", err)
	}
	if _, err = c.DescribeConn(t.Context(), api.DescribeConn{}); err == nil || errors.Is(err, ninchat.ErrUnencrypted) {
		t.Errorf("nothing secret: %v", err)
	}
}

// Neither logs nor errors have secrets in them, whatever goes wrong.
func TestCallerSecrets(t *testing.T) {
	const secret = "s3cret"
	log := &lockedBuffer{}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	answers := []http.HandlerFunc{
		says("application/json", `{"event":"channel_found"}`), status(503, "text/html", secret), says("text/"+secret, secret),
		says("application/json", secret), says("application/json", `{"event":"`+secret), hijacked("HTTP/1.1 200 OK\r\n\r\n"), hijacked(secret),
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+secret, http.StatusTemporaryRedirect)
		},
	}
	var failures []string
	for _, answer := range answers {
		srv := newCallServer(t, answer)
		for _, auth := range []ninchat.CallerAuth{ninchat.UserAuth("u", secret), ninchat.IdentityAuth("email", "n", secret)} {
			c := newCaller(t, ninchat.CallerConfig{Address: srv.URL, Auth: auth, Logger: logger})
			if err := c.Invoke(t.Context(), action(t, "describe_channel", map[string]any{"access_key": secret}), nil); err != nil {
				failures = append(failures, err.Error())
			}
		}
	}
	if len(failures) != 2*len(answers)-2 {
		t.Errorf("%d failures: %q", len(failures), failures)
	}
	if text := log.String(); !strings.Contains(text, "action=describe_channel") || !strings.Contains(text, "level=WARN") {
		t.Errorf("the log: %s", text)
	}
	for _, text := range append(failures, log.String()) {
		if strings.Contains(text, secret) {
			t.Errorf("a secret is in %s", text)
		}
	}
	wrong := slog.AnyValue(ninchat.UserAuth("u", secret)).String()
	if strings.Contains(wrong, secret) {
		t.Errorf("shown as %s", wrong)
	}
}
