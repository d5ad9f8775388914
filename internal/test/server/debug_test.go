package server_test

import (
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

func debugging(c *server.Config) { c.Debug = true }

// debug makes a request about faults, as a program on the same computer does.
func debug(t *testing.T, srv *ninchattest.Server, method, body string, header ...string) (status int, text string) {
	t.Helper()
	transport := srv.Transport()
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), method, srv.URL()+"/debug/faults", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+srv.DebugToken().Reveal())
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(answer))
}

func TestDebugFaults(t *testing.T) {
	srv := start(t, debugging)
	c := guest(t, srv)
	for _, step := range []struct {
		method, body string
		status       int
		want         string
	}{
		{"GET", "", 200, `[]`},
		{"POST", `{"fault":"delay","user_id":"` + c.userID + `","delay":"1ms"}`, 200, `{"matched":1}`},
		{"POST", `{"fault":"delay","user_id":"nobody","delay":"1ms"}`, 200, `{"matched":0}`},
		{"POST", `{"fault":"refuse","status":503}`, 200, `{"matched":0}`},
		{"POST", `{"fault":"error","action":"ping","nth":2,"session_id":"` + c.sessionID + `"}`, 200, `{"matched":0}`},
		{"GET", "", 200, `[{"fault":"refuse","status":503},{"fault":"error","session_id":"[hidden]","action":"ping","nth":2,"error_type":"internal"},{"fault":"delay","matched":1,"delay":"1ms"}]`},
		{"POST", `{"fault":"fire"}`, 400, `fault: there is none with the name "fire"; there are: close, cut,`},
		{"POST", `{"fault":"cut","bytes":7}`, 400, `bytes: isn't for the fault cut`},
		{"POST", `{"fault":"cut-at"}`, 400, `action: missing`},
		{"POST", `{"fault":"delay","delay":"soon"}`, 400, `delay: not a duration`},
		{"POST", `{"fault":"delay","delay":"-1s"}`, 400, `bytes, nth, delay, for: can't be less than 0`},
		{"POST", `{"fault":"refuse","status":200}`, 400, `status: not from 400 to 599`},
		{"POST", `{"fault":"close","code":1005}`, 400, `code: can't be in a close frame`},
		{"POST", `{"fault":"cut","colour":"red"}`, 400, `colour: unknown`},
		{"POST", `{"fault":"cut`, 400, `the body isn't a fault in JSON`},
		{"POST", `{"fault":"say","reason":"` + strings.Repeat("x", 200) + `"}`, 400, `reason: more than`},
		{"PUT", "", 405, `method not allowed`},
		{"DELETE", "", 204, ``},
		{"GET", "", 200, `[]`},
	} {
		status, text := debug(t, srv, step.method, step.body)
		if status != step.status || !strings.HasPrefix(text, step.want) || step.status == 200 && text != step.want {
			t.Errorf("%s %s: got %d %s, want %d %s", step.method, step.body, status, text, step.status, step.want)
		}
	}
	c.quiet()
}

// Nobody but programs on the same computer makes things go wrong.
func TestDebugFaultsAreLocal(t *testing.T) {
	srv := start(t, debugging)
	const cut = `{"fault":"refuse","status":503}`
	for name, header := range map[string][]string{
		"another host": {"Host", "example.com"},
		"rebound name": {"Host", "localhost.example.com:80"},
		"web page":     {"Origin", "http://localhost"},
		"null origin":  {"Origin", "null"},
		"proxy":        {"X-Forwarded-For", "127.0.0.1"},
	} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			if status, _ := debug(t, srv, method, cut, header...); status != 403 {
				t.Errorf("%s: %s: got %d", name, method, status)
			}
		}
	}
	if status, text := debug(t, srv, "POST", cut, "Content-Type", "text/plain"); status != 400 {
		t.Errorf("a form: got %d %s", status, text)
	}
	if active := srv.Faults().Active(); len(active) != 0 {
		t.Errorf("got %v", active)
	}
	off := start(t)
	if status, _ := debug(t, off, "POST", cut); status != 404 {
		t.Errorf("without Config.Debug: got %d", status)
	}
}

func TestFaultFields(t *testing.T) {
	names := server.FaultNames()
	if len(names) < 20 || !slices.IsSorted(names) || server.FaultFields("nothing") != nil {
		t.Errorf("got %q", names)
	}
	known := []string{}
	for field := range reflect.TypeFor[server.Fault]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known = append(known, name)
	}
	known = append(known, "delay", "for")
	page, err := os.ReadFile("../../../docs/local-server.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("%s: isn't documented", name)
		}
		for _, field := range server.FaultFields(name) {
			if !slices.Contains(known, field) || !strings.Contains(string(page), "`"+field+"`") {
				t.Errorf("%s: there is no field %s, or it isn't documented", name, field)
			}
		}
	}
}

func TestReorder(t *testing.T) {
	srv := start(t)
	a, b := guest(t, srv), guest(t, srv)
	if n := srv.Faults().Reorder(server.Match{UserID: a.userID}); n != 1 {
		t.Errorf("%d sessions matched", n)
	}
	say := func(text string) {
		b.call(`{"action":"send_message","user_id":"`+a.userID+`","message_type":"ninchat.com/text"}`, `{"text":"`+text+`"}`)
	}
	say("one")
	say("two")
	expect(t, a.read(), `{"event":"message_received","event_id":3}`)
	expect(t, a.read(), `{"event":"message_received","event_id":2}`)
	say("three")
	expect(t, a.wait("message_received"), `{"event_id":4}`)
	srv.Faults().Reorder(server.Match{UserID: a.userID})
	say("three")
	if active := srv.Faults().Active(); len(active) != 1 || active[0].Name != "reorder" || active[0].Matched != 1 {
		t.Errorf("got %v", active)
	}
	srv.Faults().Clear()
	expect(t, a.read(), `{"event":"message_received","event_id":5}`)
}

func TestFailAt(t *testing.T) {
	srv := start(t)
	a, b := guest(t, srv), guest(t, srv)
	srv.Faults().FailAt(server.Match{UserID: a.userID}, "ping", 2, "internal", "on purpose")
	expect(t, a.call(`{"action":"ping"}`), `{"event":"pong"}`)
	expect(t, b.call(`{"action":"ping"}`), `{"event":"pong"}`)
	expect(t, a.call(`{"action":"describe_user"}`), `{"event":"user_found"}`)
	expect(t, a.call(`{"action":"ping"}`), `{"event":"error","error_type":"internal","error_reason":"on purpose"}`)
	expect(t, a.call(`{"action":"ping"}`), `{"event":"pong"}`)
	srv.Faults().FailAt(server.Match{}, "", 1, "permission_denied", "")
	expect(t, b.call(`{"action":"create_channel"}`), `{"error_type":"permission_denied"}`)
	if n := srv.Stats().Channels; n != 0 {
		t.Errorf("%d channels: the action was done", n)
	}
}

func TestLie(t *testing.T) {
	srv := start(t)
	discover := func() string {
		_, text := request(t, srv, "GET", "/v2/endpoint")
		return text
	}
	truth := discover()
	srv.Faults().Lie("nowhere.example:1", "elsewhere.example")
	if got := discover(); got != `{"hosts":["nowhere.example:1","elsewhere.example"]}` {
		t.Errorf("got %s", got)
	}
	srv.Faults().Lie()
	if got := discover(); got != truth {
		t.Errorf("got %s", got)
	}
}

func TestClear(t *testing.T) {
	// Random faults go by the server's clock, which stands still.
	srv := ninchattest.New(t, ninchattest.WithClock(), ninchattest.InMemory())
	frozen, slow := guest(t, srv), guest(t, srv)
	f := srv.Faults()
	f.HalfOpen(server.Match{UserID: frozen.userID})
	f.Delay(server.Match{UserID: slow.userID}, time.Hour)
	f.Refuse(503)
	f.Slow(time.Hour)
	f.SlowDiscovery(time.Hour)
	f.Lie("nowhere.example")
	f.CutNext(1)
	f.StallNext()
	f.CutAt(server.Match{}, "ping")
	f.LoseAt(server.Match{}, "ping")
	f.Random(1, time.Hour)
	names := []string{}
	for _, active := range f.Active() {
		names = append(names, active.Name)
	}
	slices.Sort(names)
	if want := []string{"cut-at", "cut-next", "delay", "half-open", "lie", "lose-at", "random", "refuse", "slow", "slow-discovery", "stall-next"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	f.Clear()
	if active := f.Active(); len(active) != 0 {
		t.Errorf("left: %v", active)
	}
	_ = frozen.ended()
	slow.quiet()
	frozen.again(srv).quiet()
	if resp, _ := request(t, srv, "GET", "/v2/endpoint"); resp.StatusCode != 200 {
		t.Errorf("got %d", resp.StatusCode)
	}
}
