package server_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// encode makes JSON text, with sorted members.
func encode(value any) string {
	text, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

var wireHTTP = []wireItem{
	{1, "no HTTP/2", func(t *testing.T) {
		srv := ninchattest.New(t, ninchattest.WithTLS())
		for _, offered := range [][]string{nil, {"h2", "http/1.1"}, {"http/1.1", "h2"}} {
			config := srv.TLSClientConfig()
			config.NextProtos = offered
			nc, err := tls.Dial("tcp", srv.Host(), config)
			if err != nil {
				t.Fatal(err)
			}
			if got := nc.ConnectionState().NegotiatedProtocol; got != "" && got != "http/1.1" {
				t.Errorf("of %q, %q was selected", offered, got)
			}
			// The same connection can become a WebSocket.
			dialer := ws.Dialer{}
			if _, _, err := dialer.Upgrade(nc, &url.URL{Scheme: "wss", Host: srv.Host(), Path: "/v2/socket"}); err != nil {
				t.Errorf("upgrade after offering %q: %v", offered, err)
			}
			_ = nc.Close()
		}
		transport := srv.Transport()
		transport.ForceAttemptHTTP2 = true
		defer transport.CloseIdleConnections()
		resp, err := (&http.Client{Transport: transport}).Get(srv.URL() + "/v2/endpoint")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.ProtoMajor != 1 || resp.StatusCode != 200 {
			t.Errorf("got %s %s", resp.Proto, resp.Status)
		}
	}},
	{2, "discovery", func(t *testing.T) {
		for _, test := range []struct {
			hosts []string
			want  []string
		}{
			{nil, []string{"localhost:80"}},
			{[]string{"a.example", "b.example:8443"}, []string{"a.example", "b.example:8443"}},
		} {
			srv := start(t, func(c *server.Config) { c.Hosts = test.hosts })
			resp, text := request(t, srv, "GET", "/v2/endpoint")
			var answer struct {
				Hosts []string `json:"hosts"`
			}
			if err := json.Unmarshal([]byte(text), &answer); err != nil || encode(answer.Hosts) != encode(test.want) {
				t.Errorf("got %s, %v", text, err)
			}
			if got := resp.Header.Get("Content-Type"); got != "application/json" || resp.StatusCode != 200 {
				t.Errorf("got %s %s", resp.Status, got)
			}
			_, script := request(t, srv, "GET", "/v2/endpoint?callback=NinchatClient.f_1")
			if script != "NinchatClient.f_1("+text+");" {
				t.Errorf("got %s", script)
			}
		}
	}},
	{3, "polls by POST and by GET, whatever the type", bubble(func(t *testing.T) {
		srv := start(t)
		c := pollGuest(t, srv)
		action := func(id int) string {
			return fmt.Sprintf(`{"action":"ping","action_id":%d,"session_id":%q}`, id, c.sessionID)
		}
		for i, contentType := range []string{"", "text/plain", "text/plain;charset=UTF-8", "application/json", "application/x-www-form-urlencoded"} {
			// A body of unknown length is chunked.
			body := io.MultiReader(strings.NewReader(action(i + 1)))
			req, err := http.NewRequest("POST", c.url, body)
			if err != nil {
				t.Fatal(err)
			}
			if contentType != "" {
				req.Header.Set("Content-Type", contentType)
			}
			resp, err := c.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if string(text) != "[]" || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%q: got %s %v %s", contentType, resp.Status, resp.Header, text)
			}
			expect(t, only(t, c.poll()), fmt.Sprintf(`{"event":"pong","action_id":%d}`, i+1))
		}
		_, text := c.get(url.Values{"data": {action(9)}, "callback": {"f"}})
		if text != "f([]);" {
			t.Errorf("got %s", text)
		}
		_, text = c.get(url.Values{"data": {c.resume("")}, "callback": {"f"}})
		if !strings.HasPrefix(text, `f([{"event":"pong","action_id":9,`) {
			t.Errorf("got %s", text)
		}
	})},
	{4, "errors of polls have status 200", func(t *testing.T) {
		c := pollGuest(t, start(t))
		for body, want := range map[string]string{
			"":                  "request_malformed",
			"no JSON":           "request_malformed",
			`[]`:                "request_malformed",
			`{"action":"ping"}`: "session_not_found",
			`{"action":"resume_session","session_id":"forged"}`: "session_not_found",
			`{"action":"fly","session_id":"forged"}`:            "session_not_found",
			`{"action":"create_session"}`:                       "request_malformed",
			`{"action":"create_session","message_types":[],"identity_type":"email","identity_name":"x@example.com","identity_auth":"x"}`: "identity_not_found",
		} {
			// post checks the status.
			expect(t, only(t, c.post(body)), `{"event":"error","error_type":"`+want+`","event_id":"<absent>"}`)
		}
	}},
	{5, "calls by POST", func(t *testing.T) {
		srv := start(t)
		for body, want := range map[string]string{
			`{"action":"describe_conn"}`: `{"event":"conn_found"}`,
			`{"action":"create_user"}`:   `{"event":"user_created"}`,
			`{"action":"describe_user"}`: `{"event":"error","error_type":"access_denied"}`,
			`{`:                          `{"event":"error","error_type":"request_malformed"}`,
		} {
			resp, text := post(t, srv, "/v2/call", body, "Accept", "application/json", "Content-Type", "application/json")
			expect(t, event{members: object(t, text), header: text}, want)
			if got := resp.Header.Get("Content-Type"); got != "application/json" || resp.StatusCode != 200 {
				t.Errorf("%s: got %s %s", body, resp.Status, got)
			}
		}
	}},
	{6, "preflights", func(t *testing.T) {
		srv := start(t, func(c *server.Config) { c.Origins = []string{"https://shop.example"} })
		for path, method := range map[string]string{"/v2/endpoint": "GET", "/v2/poll": "POST", "/v2/call": "POST"} {
			origin := []string{"Origin", "https://shop.example"}
			resp, body := request(t, srv, "OPTIONS", path, append(origin,
				"Access-Control-Request-Method", method, "Access-Control-Request-Headers", "content-type,x-user-agent")...)
			if resp.StatusCode < 200 || resp.StatusCode > 299 || body != "" {
				t.Errorf("%s: got %s %s", path, resp.Status, body)
			}
			for name, want := range map[string]string{
				"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "",
				"Access-Control-Allow-Headers": "X-User-Agent, Content-Type", "Access-Control-Allow-Methods": "GET, POST",
			} {
				if got := resp.Header.Get(name); got != want {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
			// What follows can be read by the page, too.
			resp, _ = post(t, srv, path, `{"action":"describe_conn"}`, append(origin, "X-User-Agent", "x", "Content-Type", "application/json")...)
			if method == "GET" {
				resp, _ = request(t, srv, "GET", path, append(origin, "X-User-Agent", "x")...)
			}
			if got := resp.Header.Get("Access-Control-Allow-Origin"); resp.StatusCode != 200 || got != "*" {
				t.Errorf("%s: got %s, %q", path, resp.Status, got)
			}
		}
	}},
	{7, "the client parameter", overBoth(func(t *testing.T, tr transport) {
		srv := start(t, func(c *server.Config) { c.Strict = true })
		p := tr.login(t, srv, `,"client":"ninchat-js/1.0 (a browser)"`)
		expect(t, p.call(`{"action":"describe_user"}`), `{"event":"user_found"}`)
	})},
	{8, "answers before clients give up", overBoth(func(t *testing.T, tr transport) {
		began := time.Now()
		srv := start(t)
		request(t, srv, "GET", "/v2/endpoint")
		p := tr.guest(t, srv)
		_, _ = post(t, srv, "/v2/call", `{"action":"describe_conn"}`)
		if d := time.Since(began); d != 0 {
			t.Errorf("discovery, a session and a call took %v", d)
		}
		if poller, ok := p.(*poller); ok {
			answer := poller.pollLater()
			synctest.Wait()
			poller.send(`{"action":"ping"}`)
			if d := time.Since(began); d != 0 {
				t.Errorf("an action beside a poll took %v", d)
			}
			<-answer
		} else {
			p.call(`{"action":"ping"}`)
		}
		if d := time.Since(began); d > 20*time.Millisecond {
			t.Errorf("a reply took %v", d)
		}
		for _, config := range []server.Config{{Poll: time.Minute + 1}, {KeepAlive: 30 * time.Second}} {
			if srv, err := server.New(config); err == nil {
				_ = srv.Close()
				t.Errorf("%+v is allowed", config)
			}
		}
	})},
}

// post makes a POST request with a body.
func post(t testing.TB, srv *ninchattest.Server, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	transport := srv.Transport()
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// upgrade writes the request of a WebSocket by hand, with more lines, and
// returns the answer and the connection.
func upgrade(t *testing.T, srv *ninchattest.Server, lines ...string) (*http.Response, *client) {
	t.Helper()
	nc, err := srv.DialContext(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	lines = append([]string{
		"GET /v2/socket HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	}, lines...)
	if _, err := io.WriteString(nc, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(nc)
	resp, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == 101 && reader.Buffered() > 0 {
		t.Fatal("the server spoke first")
	}
	return resp, &client{t: t, nc: nc}
}
