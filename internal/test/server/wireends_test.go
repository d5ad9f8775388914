package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// wireEnds came up when published clients talked with each other for long.
var wireEnds = []wireItem{
	{49, "user_deleted ends whoever reads it", overBoth(func(t *testing.T, tr transport) {
		guests := func(c *server.Config) { c.Guests = 20 * time.Second }
		for name, end := range map[string]func(*world){
			"deleted": func(w *world) {
				expect(t, w.do("outi", `{"action":"delete_user"}`), w.fill(`{"event":"user_deleted","user_id":"$outi"}`))
			},
			"deleted by a call": func(w *world) {
				expect(t, callJSON(t, w.srv, w.as("outi", `{"action":"delete_user"}`)), w.fill(`{"event":"user_deleted","user_id":"$outi"}`))
			},
			"expired": func(w *world) {
				w.clients["outi"].write(`{"action":"close_session"}`)
				_ = w.clients["outi"].ended()
				time.Sleep(21 * time.Second)
			},
		} {
			w := newQueueWorld(t, guests)
			w.do("anna", `{"action":"add_member","realm_id":"$realm","user_id":"$outi"}`)
			w.do("anna", `{"action":"add_member","queue_id":"$queue","user_id":"$outi"}`)
			w.do("outi", `{"action":"join_channel","channel_id":"$channel"}`)
			w.do("outi", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`, `{"text":"hi"}`)
			w.do("bert", `{"action":"update_dialogue","user_id":"$outi","dialogue_status":"hidden"}`)
			p := tr.as(w, "bert")
			id := w.clients["outi"].userID
			end(w)
			expect(t, p.wait("channel_member_parted"), w.fill(`{"channel_id":"$channel","user_id":"$outi"}`))
			expect(t, p.wait("realm_member_parted"), w.fill(`{"user_id":"$outi"}`))
			expect(t, p.wait("queue_member_parted"), w.fill(`{"user_id":"$outi"}`))
			for _, where := range []string{`{"channel_id":"$channel","user_id":"<absent>"`, `{"user_id":"$outi","channel_id":"<absent>"`} {
				e := p.wait("message_received")
				expect(t, e, w.fill(where+`,"message_type":"ninchat.com/info/user","message_user_id":"<absent>","message_recipient_ids":"<absent>"}`))
				if got := e.content(); !strings.Contains(got, `"user_deleted":true`) || !strings.Contains(got, id) {
					t.Errorf("%s: got %s", name, got)
				}
			}
			never(t, p, "user_deleted", "dialogue_updated")
			// It is in the history, and the dialogue stays hidden.
			loaded := p.send(w.fill(`{"action":"load_history","user_id":"$outi","history_length":1}`))
			p.reply(loaded)
			expect(t, p.reply(loaded), `{"message_type":"ninchat.com/info/user"}`)
			expect(t, p.call(w.fill(`{"action":"describe_user","user_id":"$outi"}`)), `{"user_attrs":{"deleted":true},"dialogue_status":"hidden"}`)
			// A bot hides it then.
			expect(t, p.call(w.fill(`{"action":"update_dialogue","user_id":"$outi","dialogue_status":"hidden","member_attrs":{"writing":false}}`)),
				`{"event":"dialogue_updated","dialogue_status":"hidden"}`)
			for _, other := range []string{"anna", "bert", "dana", "mona"} {
				never(t, w.clients[other], "user_deleted")
			}
		}
		// The user's own sessions are told, and the master as the reply only.
		w := newWorld(t)
		puppet := w.do("anna", `{"action":"create_user","user_attrs":{"name":"puppet"}}`).text("user_id")
		master := tr.as(w, "anna")
		expect(t, master.call(`{"action":"delete_user","puppet_id":"`+puppet+`"}`), `{"event":"user_deleted","user_id":"`+puppet+`"}`)
		never(t, w.clients["anna"], "user_deleted")
		own := tr.as(w, "bert")
		w.do("bert", `{"action":"delete_user","user_auth":"$bert.auth"}`)
		expect(t, own.wait("user_deleted"), w.fill(`{"user_id":"$bert","action_id":"<absent>"}`))
	})},
	{50, "session_not_found answers no action", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		p := tr.as(w, "bert")
		_, _, session := p.identity()
		w.srv.Faults().Lose(server.Match{SessionID: api.Secret(session)})
		lost := `{"event":"error","error_type":"session_not_found","action_id":"<absent>","event_id":"<absent>"}`
		send := w.fill(`{"action":"send_message","action_id":7,"channel_id":"$channel","message_type":"x"`)
		switch p := p.(type) {
		case *poller:
			for _, action := range []string{send, `{"action":"ping","action_id":1`, `{"action":"fly","action_id":1`, `{"action":"close_session","action_id":1`, `{"action":"resume_session","action_id":1`} {
				expect(t, only(t, p.post(action+`,"session_id":`+quote(session)+`}`)), lost)
			}
			expect(t, only(t, p.post(`{"action":"ping","action_id":1}`)), lost)
		case *client:
			// What follows resume_session on its heels hasn't been answered either.
			c := connect(t, w.srv)
			c.write(`{"action":"resume_session","session_id":` + quote(session) + `,"event_id":1}`)
			c.write(send+`}`, `{}`)
			expect(t, c.read(), lost)
			expect(t, c.read(), lost)
		}
		next := tr.as(w, "bert")
		rewind(next, 6)
		expect(t, next.call(send[:len(`{"action":"send_message"`)]+send[len(`{"action":"send_message","action_id":7`):]+`}`, `{}`), `{"event":"message_received","action_id":7}`)
	})},
	{51, "a message begins a dialogue without dialogue_updated", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		p, anna := tr.as(w, "bert"), tr.as(w, "anna")
		say := func() {
			t.Helper()
			expect(t, anna.call(w.fill(`{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`), `{"text":"hi"}`), `{"event":"message_received"}`)
			expect(t, p.wait("message_received"), w.fill(`{"user_id":"$anna"}`))
		}
		say()
		// Nor does one that makes it visible again.
		expect(t, p.call(w.fill(`{"action":"update_dialogue","user_id":"$anna","dialogue_status":"hidden"}`)), `{"event":"dialogue_updated"}`)
		say()
		expect(t, p.call(w.fill(`{"action":"describe_user","user_id":"$anna"}`)), `{"dialogue_status":"unread"}`)
		// An invitation is a message, too, and nobody is told that somebody has just looked.
		w.do("mona", `{"action":"create_access","access_type":"channel","channel_id":"$channel","user_id":"$bert"}`)
		expect(t, p.wait("message_received"), w.fill(`{"user_id":"$mona","message_type":"ninchat.com/info/access"}`))
		w.do("outi", `{"action":"update_dialogue","user_id":"$bert","dialogue_status":"visible"}`)
		never(t, p, "dialogue_updated")
		never(t, anna, "dialogue_updated")
		never(t, w.clients["mona"], "dialogue_updated")
		// A customer who comes back after the end isn't a new one.
		q := newQueueWorld(t)
		q.set("queue", `"audience_dialogue":true`)
		bot := tr.as(q, "bert")
		q.do("outi", ask)
		expect(t, bot.call(q.fill(acceptNext)), `{"event":"dialogue_updated"}`)
		expect(t, bot.call(q.fill(`{"action":"update_dialogue","user_id":"$outi","dialogue_status":"hidden"}`)), `{"event":"dialogue_updated"}`)
		q.do("outi", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`, `{"text":"still there?"}`)
		expect(t, bot.wait("message_received"), q.fill(`{"user_id":"$outi"}`))
		never(t, bot, "dialogue_updated")
		// What changes is told.
		w.do("outi", `{"action":"update_dialogue","user_id":"$bert","member_attrs":{"writing":true}}`)
		expect(t, p.wait("dialogue_updated"), w.fill(`{"user_id":"$outi","dialogue_members":{"$outi":{"writing":true}}}`))
	})},
	{52, "jitsi_token", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		if e := tr.as(w, "bert").call(w.fill(`{"action":"discover_jitsi","channel_id":"$channel"}`)); e.text("jitsi_token") == "" {
			t.Errorf("got %v", e)
		}
	})},
	{53, "metadata says when it was true", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		p := tr.as(w, "bert")
		send := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/metadata"}`)
		first := w.say("anna", "hello")
		e := p.call(send, `{"data":{"a":1},"time":1500000000.5}`)
		expect(t, e, `{"event":"message_received","message_time":1500000000.5}`)
		expect(t, w.clients["mona"].find("the metadata", func(e event) bool { return e.text("message_type") == "ninchat.com/metadata" }),
			`{"message_time":1500000000.5,"message_id":`+quote(e.text("message_id"))+`}`)
		if e.text("message_id") <= first {
			t.Error("its place is before what was said before")
		}
		loaded := p.send(w.fill(`{"action":"load_history","channel_id":"$channel","history_length":1,"message_types":["ninchat.com/metadata"]}`))
		p.reply(loaded)
		expect(t, p.reply(loaded), `{"message_time":1500000000.5}`)
		if e := p.call(send, `{"data":{"a":2}}`); e.number("message_time") < 9e8 || e.number("message_time") == 1500000000.5 {
			t.Errorf("got %v", e)
		}
		for _, bad := range []string{"0", "-1", `"1"`, "1e999"} {
			expect(t, p.call(send, `{"data":{},"time":`+bad+`}`), `{"error_type":"message_malformed"}`)
		}
	})},
	{54, "session_host", overBoth(func(t *testing.T, tr transport) {
		for _, test := range []struct {
			hosts []string
			want  string
		}{
			{nil, "localhost"},
			{[]string{"a.example:8228", "b.example"}, "a.example:8228"},
			{[]string{"a.example:8228", "localhost"}, "localhost"},
		} {
			_, e := tr.join(t, start(t, func(c *server.Config) { c.Hosts = test.hosts }), "")
			expect(t, e, `{"event":"session_created","session_host":`+quote(test.want)+`}`)
		}
	})},
	{55, "what was acknowledged in a lost session isn't done again", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t, func(c *server.Config) { c.Repeats = 20 * time.Second })
		action := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`)
		p := tr.as(w, "bert")
		say := func(p peer, id int64, text string) string {
			t.Helper()
			rewind(p, id-1)
			return p.call(action, `{"text":`+quote(text)+`}`).text("message_id")
		}
		// lose acknowledges everything, and has the client log in again.
		lose := func() {
			t.Helper()
			acknowledge(p)
			_, _, session := p.identity()
			if n := w.srv.Faults().Lose(server.Match{SessionID: api.Secret(session)}); n != 1 {
				t.Fatalf("%d sessions were lost", n)
			}
			p = tr.as(w, "bert")
		}
		first, second := say(p, 1, "one"), say(p, 2, "two")
		lose()
		if got := say(p, 2, "two"); got != second {
			t.Errorf("it was done again: %s", got)
		}
		acknowledge(p)
		if got := say(p, 2, "two"); got != second {
			t.Errorf("in this session, it was done again: %s", got)
		}
		// Another action under an old number is another one.
		if got := say(p, 1, "another"); got == first {
			t.Error("it was taken for an old one")
		}
		// So are all from then on: the client counts from 1 again.
		lose()
		three, again := say(p, 3, "three"), say(p, 2, "two")
		if again == second || again == "" {
			t.Errorf("got %q", again)
		}
		// A session that was there before isn't the successor.
		bystander := tr.as(w, "bert")
		lose()
		if got := say(bystander, 3, "three"); got == three {
			t.Error("another client was answered")
		}
		// What is remembered, is for a time.
		p = tr.as(w, "bert")
		four := say(p, 4, "four")
		acknowledge(p)
		time.Sleep(21 * time.Second)
		lose()
		if got := say(p, 4, "four"); got == four {
			t.Error("it is remembered for long")
		}
		// Who closes the session has no questions.
		five := say(p, 5, "five")
		acknowledge(p)
		_, _, session := p.identity()
		connect(t, w.srv).write(`{"action":"close_session","session_id":` + quote(session) + `}`)
		w.clients["anna"].settle()
		p = tr.as(w, "bert")
		if got := say(p, 5, "five"); got == five {
			t.Error("it is remembered after close_session")
		}
	})},
	{56, "TLS on a port of its own", func(t *testing.T) {
		srv := ninchattest.New(t, ninchattest.WithTLS())
		transport := srv.Transport()
		defer transport.CloseIdleConnections()
		web := &http.Client{Transport: transport}
		post := func(path, body string) string {
			t.Helper()
			resp, err := web.Post("https://"+srv.Host()+path, "", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		resp, err := web.Get("https://" + srv.Host() + "/v2/endpoint")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, err := io.ReadAll(resp.Body); err != nil || string(text) != `{"hosts":["`+srv.Host()+`"]}` {
			t.Errorf("got %s, %v", text, err)
		}
		if text := post("/v2/poll", `{"action":"create_session","message_types":[]}`); !strings.Contains(text, `"session_host":"`+srv.Host()+`"`) {
			t.Errorf("got %s", text)
		}
		if text := post("/v2/call", `{"action":"describe_conn"}`); !strings.Contains(text, `"conn_found"`) {
			t.Errorf("got %s", text)
		}
		dialer := ws.Dialer{TLSConfig: srv.TLSClientConfig()}
		nc, _, _, err := dialer.Dial(t.Context(), "wss://"+srv.Host()+"/v2/socket")
		if err != nil {
			t.Fatal(err)
		}
		c := &client{t: t, nc: nc}
		c.write(`{"action":"create_session","message_types":[]}`)
		expect(t, c.read(), `{"session_host":`+quote(srv.Host())+`}`)
		_ = nc.Close()
	}},
	{57, "behind a proxy", func(t *testing.T) {
		// A proxy that doesn't pass the Host on has clients sent to the upstream.
		for hosts, want := range map[string]string{"": "upstream:8228", "chat.example": "chat.example"} {
			srv := start(t, func(c *server.Config) { c.Hosts = strings.Fields(hosts) })
			ask := func(host, method, path, body string) string {
				t.Helper()
				req, err := http.NewRequestWithContext(t.Context(), method, srv.URL()+path, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				req.Host = host
				transport := srv.Transport()
				defer transport.CloseIdleConnections()
				resp, err := transport.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				text, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			}
			const create = `{"action":"create_session","message_types":[]}`
			if text := ask("upstream:8228", "GET", "/v2/endpoint", ""); text != fmt.Sprintf(`{"hosts":[%q]}`, want) {
				t.Errorf("with %q: got %s", hosts, text)
			}
			if text := ask("upstream:8228", "POST", "/v2/poll", create); !strings.Contains(text, fmt.Sprintf(`"session_host":%q`, want)) {
				t.Errorf("with %q: got %s", hosts, text)
			}
			if text := ask(strings.Repeat("x", 301), "POST", "/v2/poll", create); strings.Contains(text, "xxx") || !strings.Contains(text, "session_created") {
				t.Errorf("with %q: got %s", hosts, text)
			}
		}
	}},
}

// acknowledge has a client acknowledge everything.
func acknowledge(p peer) {
	if c, ok := p.(*client); ok {
		c.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, c.eventID))
	}
	p.call(`{"action":"ping"}`) // a poll acknowledges what came before
}
