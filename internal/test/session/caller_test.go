package session_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// callServer answers calls as a test wants it to, however wrong that is, and
// notes what it was asked.
type callServer struct {
	*httptest.Server
	answer http.HandlerFunc

	mu       sync.Mutex
	requests []callRequest
}

// callRequest is a request with its body, which is decompressed.
type callRequest struct {
	*http.Request
	body string
}

// newCallServer starts a server whose answers are the bodies of a media type, one
// after the other; the last one again and again.
func newCallServer(t *testing.T, answer http.HandlerFunc) *callServer {
	t.Helper()
	s := &callServer{answer: answer}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *callServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(body)
	}
	text, _ := io.ReadAll(body)
	s.mu.Lock()
	s.requests = append(s.requests, callRequest{r, string(text)})
	s.mu.Unlock()
	s.answer(w, r)
}

// seen returns the requests so far.
func (s *callServer) seen() []callRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// says answers everything with the same body.
func says(media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		_, _ = io.WriteString(w, body)
	}
}

// events makes a protobuf body.
func events(frames ...[]string) string {
	var body []byte
	for _, event := range frames {
		var parts [][]byte
		for _, part := range event[1:] {
			parts = append(parts, []byte(part))
		}
		body = wire.AppendProtobufEvent(body, []byte(event[0]), parts...)
	}
	return string(body)
}

// impatientRetry doesn't wait for long.
var impatientRetry = ninchat.Retry{First: time.Millisecond, Max: 2 * time.Millisecond}

// newCaller makes a Caller of a user, which is closed when the test ends.
func newCaller(t *testing.T, config ninchat.CallerConfig) *ninchat.Caller {
	t.Helper()
	if config.HTTPClient == nil && config.Proxy == nil {
		config.Proxy = noProxy
	}
	if config.Auth == (ninchat.CallerAuth{}) {
		config.Auth = ninchat.UserAuth("u", "s3cret")
	}
	if config.Retry == (ninchat.Retry{}) {
		config.Retry = impatientRetry
	}
	config.Timeout = patience
	if config.HTTPClient == nil {
		config.ConnectTimeout = patience
	}
	c, err := ninchat.NewCaller(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func action(t *testing.T, name string, params any, payload ...string) *api.Action {
	t.Helper()
	a, err := api.NewAction(name, params)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range payload {
		a.Payload = append(a.Payload, []byte(part))
	}
	return a
}

// What goes to the server.
func TestCallerRequest(t *testing.T) {
	srv := newCallServer(t, says("application/json", `{"event":"pong"}`))
	byUser := newCaller(t, ninchat.CallerConfig{Address: srv.URL})
	byIdentity := newCaller(t, ninchat.CallerConfig{
		Address: srv.URL, Auth: ninchat.IdentityAuth("email", "a@b", "s3cret"),
		CompressFrom: 100, Header: http.Header{"User-Agent": {"test"}, "X-Y": {"1", "2"}},
	})
	message := map[string]any{"channel_id": "c", "message_type": "t"}
	long := strings.Repeat("x", 100)
	tests := map[string]struct {
		caller          *ninchat.Caller
		action          *api.Action
		media, encoding string
		body            string
	}{
		"no payload":   {byUser, action(t, "describe_channel", map[string]any{"channel_id": "c"}), "application/json", "", `{"action":"describe_channel","caller_id":"u","caller_auth":"s3cret","channel_id":"c"}`},
		"nothing":      {byUser, action(t, "ping", nil), "application/json", "", `{"action":"ping","caller_id":"u","caller_auth":"s3cret"}`},
		"JSON payload": {byUser, action(t, "send_message", message, `{"text":"<ä>"}`), "application/json", "", `{"action":"send_message","action_id":1,"caller_id":"u","caller_auth":"s3cret","payload":{"text":"<ä>"},"channel_id":"c","message_type":"t"}`},
		"two parts":    {byUser, action(t, "send_message", nil, `{}`, "\xff\x00"), "application/octet-stream", "", "\x4e" + `{"action":"send_message","action_id":1,"caller_id":"u","caller_auth":"s3cret"}` + "\x02{}\x02\xff\x00"},
		"by identity":  {byIdentity, action(t, "ping", nil), "application/json", "", `{"action":"ping","caller_type":"email","caller_name":"a@b","caller_auth":"s3cret"}`},
		"compressed":   {byIdentity, action(t, "x", map[string]any{"y": long}), "application/json", "gzip", `{"action":"x","caller_type":"email","caller_name":"a@b","caller_auth":"s3cret","y":"` + long + `"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.caller.Invoke(t.Context(), test.action, nil); err != nil {
				t.Fatal(err)
			}
			requests := srv.seen()
			r := requests[len(requests)-1]
			if r.Method != "POST" || r.URL.Path != "/v2/call" || r.URL.RawQuery != "" {
				t.Errorf("%s %s", r.Method, r.URL)
			}
			if r.body != test.body || r.Header.Get("Content-Type") != test.media || r.Header.Get("Content-Encoding") != test.encoding {
				t.Errorf("got %s, %q:\n%q\nwant %s, %q:\n%q", r.Header.Get("Content-Type"), r.Header.Get("Content-Encoding"), r.body, test.media, test.encoding, test.body)
			}
			if accept := r.Header.Get("Accept"); accept != "application/json, application/x-protobuf, application/octet-stream" {
				t.Errorf("Accept: %s", accept)
			}
			agent, extra := "ninchat-go-community/0.1", []string(nil)
			if test.caller == byIdentity {
				agent, extra = "test", []string{"1", "2"}
			}
			if r.Header.Get("User-Agent") != agent || !slices.Equal(r.Header["X-Y"], extra) {
				t.Errorf("headers %v", r.Header)
			}
		})
	}
}

// All forms that an answer may have.
func TestCallerAnswers(t *testing.T) {
	const found, one, two = `{"event":"history_results","history_length":2}`,
		`{"event":"message_received","history_length":1,"message_id":"1"}`, `{"event":"message_received","history_length":0,"message_id":"2"}`
	octets := func(frames ...string) (body string) {
		for _, frame := range frames {
			body = string(wire.AppendOctets([]byte(body), []byte(frame)))
		}
		return body
	}
	tests := map[string]struct {
		media, body string
		want        []string
	}{
		"JSON array":       {"application/json", "[" + found + "," + one + "," + two + "]", []string{found, one, two}},
		"JSON object":      {"application/json; charset=utf-8", two, []string{two}},
		"JSON payload":     {"application/json", `[{"event":"message_received","payload":[1,{"a":9007199254740993}]}]`, []string{`{"event":"message_received"}|[1,{"a":9007199254740993}]`}},
		"protobuf":         {"application/x-protobuf", events([]string{found}, []string{one, "a", "\xff"}, []string{two, ""}), []string{found, one + "|a|\xff", two + "|"}},
		"octet-stream":     {"application/octet-stream", octets(two), []string{two}},
		"octets, payloads": {"application/octet-stream", octets(found, `{"event":"message_received","frames":2}`, "x", "y"), []string{found, `{"event":"message_received","frames":2}|x|y`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			srv := newCallServer(t, says(test.media, test.body))
			var got []string
			err := newCaller(t, ninchat.CallerConfig{Address: srv.URL}).Invoke(t.Context(), &api.Action{Name: "load_history"}, func(e *api.Event) bool {
				text := string(e.Header)
				for _, part := range e.Payload {
					text += "|" + string(part)
				}
				got = append(got, text)
				return true
			})
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %q, %v\nwant %q", got, err, test.want)
			}
		})
	}
}

// An answer that is compressed, whether the HTTP client undoes that or not.
func TestCallerCompressedAnswer(t *testing.T) {
	body := `{"event":"pong","x":"` + strings.Repeat("x", 10000) + `"}`
	srv := newCallServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, body)
		_ = z.Close()
	})
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	for name, client := range map[string]*http.Client{"own": nil, "of the application": {Transport: transport}} {
		event, err := newCaller(t, ninchat.CallerConfig{Address: srv.URL, HTTPClient: client}).Call(t.Context(), action(t, "ping", nil))
		if err != nil || string(event.Header) != body {
			t.Errorf("%s: %v", name, err)
		}
		// What the body becomes is what counts.
		_, err = newCaller(t, ninchat.CallerConfig{Address: srv.URL, HTTPClient: client, Limits: ninchat.Limits{Answer: 5000}}).Call(t.Context(), action(t, "ping", nil))
		if !errors.Is(err, ninchat.ErrAnswerTooLong) {
			t.Errorf("%s: limit: %v", name, err)
		}
	}
	if n := len(srv.seen()); n != 4 {
		t.Errorf("%d requests: an answer that is too long was asked for again", n)
	}
}

// Typed methods, with one reply and with many.
func TestCallerTyped(t *testing.T) {
	srv := newCallServer(t, says("application/x-protobuf", events(
		[]string{`{"event":"history_results","channel_id":"c","history_length":1}`},
		[]string{`{"event":"message_received","history_length":0,"message_id":"m","message_type":"t","message_time":1.5}`, "x", "\xff"},
	)))
	c := newCaller(t, ninchat.CallerConfig{Address: srv.URL})
	count := 0
	for reply, err := range c.LoadHistory(t.Context(), api.LoadHistory{ChannelID: new("c")}) {
		if err != nil {
			t.Fatal(err)
		}
		if m := reply.MessageReceived; m != nil && (m.MessageID != "m" || string(bytes.Join(m.Payload, []byte("|"))) != "x|\xff") {
			t.Errorf("got %+v", m)
		}
		count++
	}
	if count != 2 {
		t.Errorf("%d replies", count)
	}
	for range c.LoadHistory(t.Context(), api.LoadHistory{ChannelID: new("c")}) {
		break
	}
	if _, err := c.DescribeChannel(t.Context(), api.DescribeChannel{ChannelID: "c"}); err == nil {
		t.Error("the wrong event was taken for a reply")
	}
	srv.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
	none := &api.Action{Name: "example", Rule: api.RuleNone}
	if event, err := c.Call(t.Context(), none); event != nil || err != nil {
		t.Errorf("an action without a reply: %v, %v", event, err)
	}
}

// Actions that are refused before anything is sent.
func TestCallerActionErrors(t *testing.T) {
	srv := newCallServer(t, says("application/json", `{"event":"access_found"}`))
	c := newCaller(t, ninchat.CallerConfig{Address: srv.URL, Limits: ninchat.Limits{Header: 1000, Parts: 1, Part: 5, Total: 5}})
	nobody, err := ninchat.NewCaller(ninchat.CallerConfig{Address: srv.URL, Proxy: noProxy})
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	for name, test := range map[string]struct {
		caller *ninchat.Caller
		action *api.Action
		text   string
	}{
		"nil":            {c, nil, "nil"},
		"no name":        {c, &api.Action{}, "no name"},
		"create_session": {c, action(t, "create_session", nil), "needs a session"},
		"resume_session": {c, action(t, "resume_session", nil), "needs a session"},
		"update_session": {c, action(t, "update_session", nil), "needs a session"},
		"close_session":  {c, action(t, "close_session", nil), "needs a session"},
		"nobody":         {nobody, action(t, "join_channel", map[string]any{"channel_id": "c"}), "needs credentials"},
		"not an object":  {c, &api.Action{Name: "x", Params: jsontext.Value("[]")}, "object"},
		"envelope":       {c, action(t, "x", map[string]any{"action_id": 1}), "action_id"},
		"credentials":    {c, action(t, "x", map[string]any{"caller_auth": "x"}), "caller_auth"},
		"payload":        {c, action(t, "x", map[string]any{"payload": 1}), "payload"},
		"long":           {c, action(t, "x", map[string]any{"y": strings.Repeat("x", 1000)}), "limit"},
		"part":           {c, action(t, "x", nil, "123456"), "limit"},
		"parts":          {c, action(t, "x", nil, "1", "2"), "limit"},
	} {
		err := test.caller.Invoke(t.Context(), test.action, nil)
		if refused, ok := errors.AsType[*ninchat.ActionError](err); !ok || !strings.Contains(refused.Error(), test.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(srv.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
	if _, err := nobody.Call(t.Context(), action(t, "describe_access", map[string]any{"access_key": "k"})); err != nil {
		t.Errorf("an action that needs nobody: %v", err)
	}
	if body := srv.seen()[0].body; strings.Contains(body, "caller") {
		t.Errorf("nobody sent %s", body)
	}
}

// Many calls at once, and closing while some are on their way.
func TestCallerConcurrent(t *testing.T) {
	arrived := make(chan struct{}, 8)
	srv := newCallServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Wait") != "" {
			arrived <- struct{}{}
			<-r.Context().Done()
			return
		}
		says("application/json", `{"event":"pong"}`)(w, r)
	})
	c := newCaller(t, ninchat.CallerConfig{Address: srv.URL})
	var tasks sync.WaitGroup
	for i := range 32 {
		tasks.Go(func() {
			// Calling back in is allowed.
			err := c.Invoke(t.Context(), action(t, "ping", nil), func(*api.Event) bool {
				if _, err := c.Ping(t.Context(), api.Ping{}); err != nil {
					t.Error(err)
				}
				return i%2 == 0
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	tasks.Wait()
	waiting := newCaller(t, ninchat.CallerConfig{Address: srv.URL, Header: http.Header{"X-Wait": {"1"}}})
	for range 8 {
		tasks.Go(func() {
			if _, err := waiting.Ping(context.Background(), api.Ping{}); !errors.Is(err, ninchat.ErrClosed) {
				t.Errorf("a call that was on its way: %v", err)
			}
		})
	}
	for range 8 {
		<-arrived
	}
	for range 2 {
		if err := waiting.Close(); err != nil {
			t.Error(err)
		}
	}
	tasks.Wait()
	if _, err := waiting.Ping(t.Context(), api.Ping{}); !errors.Is(err, ninchat.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	// What the server hasn't noticed yet.
	srv.CloseClientConnections()
}

// A context ends calls, with its cause.
func TestCallerContext(t *testing.T) {
	arrived := make(chan struct{})
	srv := newCallServer(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	c := newCaller(t, ninchat.CallerConfig{Address: srv.URL})
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-arrived
		cancel(cause)
	}()
	if _, err := c.Ping(ctx, api.Ping{}); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Ping(ctx, api.Ping{}); !errors.Is(err, cause) {
		t.Errorf("after the end: %v", err)
	}
	if n := len(srv.seen()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestCallerConfigErrors(t *testing.T) {
	for name, test := range map[string]struct {
		config ninchat.CallerConfig
		field  string
	}{
		"scheme":          {ninchat.CallerConfig{Address: "ftp://x"}, "Address"},
		"query":           {ninchat.CallerConfig{Address: "https://x/y?z"}, "Address"},
		"timeout":         {ninchat.CallerConfig{Timeout: -1}, "Timeout"},
		"connect timeout": {ninchat.CallerConfig{ConnectTimeout: -1}, "ConnectTimeout"},
		"limits":          {ninchat.CallerConfig{Limits: ninchat.Limits{Answer: -1}}, "Limits"},
		"retry":           {ninchat.CallerConfig{Retry: ninchat.Retry{Attempts: -1}}, "Retry"},
		"two clients":     {ninchat.CallerConfig{HTTPClient: &http.Client{}, Proxy: noProxy}, "HTTPClient"},
		"no token":        {ninchat.CallerConfig{Auth: ninchat.UserAuth("u", "")}, "Auth"},
		"no user":         {ninchat.CallerConfig{Auth: ninchat.UserAuth("", "s3cret")}, "Auth"},
		"no type":         {ninchat.CallerConfig{Auth: ninchat.IdentityAuth("", "n", "s3cret")}, "Auth"},
		"no name":         {ninchat.CallerConfig{Auth: ninchat.IdentityAuth("email", "", "s3cret")}, "Auth"},
		"both":            {ninchat.CallerConfig{Auth: ninchat.CallerAuth{UserID: "u", IdentityType: "email", IdentityName: "n", Auth: "s3cret"}}, "Auth"},
		"not UTF-8":       {ninchat.CallerConfig{Auth: ninchat.UserAuth("u\xff", "s3cret")}, "Auth"},
	} {
		c, err := ninchat.NewCaller(test.config)
		if wrong, ok := errors.AsType[*ninchat.ConfigError](err); !ok || wrong.Field != test.field || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

func BenchmarkCaller(b *testing.B) {
	for _, size := range []int{0, 1000, 100000} {
		b.Run(strconv.Itoa(size)+" bytes", func(b *testing.B) {
			srv := httptest.NewServer(says("application/x-protobuf", events([]string{`{"event":"message_received","message_id":"m","message_type":"t","message_time":1.5}`, strings.Repeat("x", size)})))
			defer srv.Close()
			c, err := ninchat.NewCaller(ninchat.CallerConfig{Address: srv.URL, Auth: ninchat.UserAuth("u", "s3cret"), Proxy: noProxy, CompressFrom: -1})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			message := api.SendMessage{ChannelID: new("c"), MessageType: "t", Payload: [][]byte{bytes.Repeat([]byte("x"), size)}}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.SendMessage(b.Context(), message); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
