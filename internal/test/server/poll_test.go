package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// Each subtest is in a bubble of its own, where waiting takes no time.
func TestPoll(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"replies come through the poll": func(t *testing.T) {
			c := pollGuest(t, start(t))
			expect(t, c.call(`{"action":"describe_user"}`), `{"event":"user_found","event_id":2,"action_id":1,"frames":"<absent>"}`)
		},
		"a ping without action_id": func(t *testing.T) {
			c := pollGuest(t, start(t))
			if events := c.post(fmt.Sprintf(`{"action":"ping","session_id":%q}`, c.sessionID)); len(events) != 0 {
				t.Errorf("got %v", events)
			}
			expect(t, only(t, c.poll()), `{"event":"pong","event_id":2,"action_id":"<absent>"}`)
		},
		"nothing for long": func(t *testing.T) {
			c := pollGuest(t, start(t))
			began := time.Now()
			if events := c.poll(); len(events) != 0 || time.Since(began) != 50*time.Second {
				t.Errorf("got %v after %v", events, time.Since(began))
			}
			began = time.Now()
			if events := c.poll(); len(events) != 0 || time.Since(began) != 50*time.Second {
				t.Errorf("got %v after %v", events, time.Since(began))
			}
		},
		"the reply comes after the answer": func(t *testing.T) {
			c := pollGuest(t, start(t))
			answer := c.pollLater()
			synctest.Wait()
			began := time.Now()
			c.send(`{"action":"describe_user"}`)
			if d := time.Since(began); d != 0 {
				t.Errorf("the action was answered after %v", d)
			}
			expect(t, only(t, c.parse(<-answer)), `{"event":"user_found"}`)
			if d := time.Since(began); d != 20*time.Millisecond {
				t.Errorf("the reply came after %v", d)
			}
		},
		"actions in a row don't keep replies back": func(t *testing.T) {
			c := pollGuest(t, start(t))
			answer := c.pollLater()
			synctest.Wait()
			for range 5 {
				c.send(`{"action":"ping"}`)
				time.Sleep(10 * time.Millisecond)
			}
			select {
			case text := <-answer:
				expect(t, c.parse(text)[0], `{"event":"pong","action_id":1}`)
			default:
				t.Error("the first reply waits for the last action")
			}
		},
		"what others do isn't kept back": func(t *testing.T) {
			srv := start(t)
			c, other := pollGuest(t, srv), guest(t, srv)
			answer := c.pollLater()
			synctest.Wait()
			began := time.Now()
			other.call(`{"action":"update_dialogue","user_id":` + quote(c.userID) + `,"member_attrs":{"writing":true}}`)
			expect(t, only(t, c.parse(<-answer)), `{"event":"dialogue_updated"}`)
			if d := time.Since(began); d != 0 {
				t.Errorf("after %v", d)
			}
		},
		"a newer poll supersedes an older one": func(t *testing.T) {
			c := pollGuest(t, start(t))
			older := c.pollLater()
			synctest.Wait()
			newer := c.pollLater()
			if text := <-older; text != "[]" {
				t.Errorf("got %s", text)
			}
			c.send(`{"action":"ping"}`)
			expect(t, only(t, c.parse(<-newer)), `{"event":"pong"}`)
		},
		"events stay until they are acknowledged": func(t *testing.T) {
			c := pollGuest(t, start(t))
			c.send(`{"action":"ping"}`)
			c.send(`{"action":"ping"}`)
			time.Sleep(20 * time.Millisecond)
			for range 3 {
				c.eventID = 0
				events := c.poll()
				if len(events) != 3 || events[0].name != "session_created" || events[2].number("event_id") != 3 {
					t.Fatalf("got %v", events)
				}
			}
			c.eventID = 2
			expect(t, only(t, c.poll()), `{"event_id":3}`)
			c.send(`{"action":"ping","event_id":3}`)
			c.eventID = 0
			expect(t, only(t, c.poll()), `{"event_id":4,"action_id":3}`)
		},
		"a client that has gone away loses nothing": func(t *testing.T) {
			c := pollGuest(t, start(t))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := c.try(ctx, c.resume("")); err == nil {
				t.Error("a poll was answered without events")
			}
			c.send(`{"action":"ping"}`)
			expect(t, only(t, c.poll()), `{"event":"pong","event_id":2}`)
		},
		"repeated actions aren't done again": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			first := c.call(`{"action":"create_channel"}`)
			c.post(fmt.Sprintf(`{"action":"ping","session_id":%q,"event_id":2}`, c.sessionID))
			c.actionID--
			again := c.call(`{"action":"create_channel"}`)
			if first.text("channel_id") != again.text("channel_id") || srv.Stats().Channels != 1 {
				t.Errorf("got %v and %v", first, again)
			}
		},
		"claimed events": func(t *testing.T) {
			c := pollGuest(t, start(t))
			c.eventID = 99
			expect(t, only(t, c.poll()), `{"event":"error","error_type":"session_not_found","event_id":"<absent>"}`)
		},
		"no session": func(t *testing.T) {
			c := newPollClient(t, start(t))
			for _, action := range []string{
				`{"action":"resume_session"}`, `{"action":"resume_session","session_id":"forged"}`, `{"action":"ping"}`,
				`{"action":"ping","session_id":"forged"}`, `{"action":"close_session","session_id":"forged"}`,
				`{"action":"describe_conn","session_id":"forged"}`,
			} {
				expect(t, only(t, c.post(action)), `{"event":"error","error_type":"session_not_found","event_id":"<absent>"}`)
			}
			expect(t, only(t, c.post(`{"action":"describe_conn","action_id":7}`)), `{"event":"conn_found","action_id":7,"event_id":"<absent>"}`)
			expect(t, only(t, c.post(`{"action":"create_session","message_types":[],"session_id":"x"}`)), `{"error_type":"request_malformed"}`)
			expect(t, only(t, c.post(`{"action":"create_session","message_types":[],"user_id":"x","user_auth":"y"}`)), `{"error_type":"user_not_found"}`)
		},
		"nonsense": func(t *testing.T) {
			c := pollGuest(t, start(t))
			for _, body := range []string{
				"", "x", "[]", "null", `{}`, `{"action":1}`, `{"action":"ping"`, `{"event":"pong"}`, `{"action":"ping","action":"ping"}`,
				`{"action":"ping","session_id":1}`, "\xff", `{"action":"create_session","message_types":1}`,
				`{"action":"ping","payload":{},"payload":[]}`, `{"action":"update_user","payload":{}}`, `{"action":"update_user","payload":["%"]}`,
			} {
				expect(t, only(t, c.post(body)), `{"event":"error","error_type":"request_malformed"}`)
			}
			c.send(`{"action":"update_member"}`)
			expect(t, only(t, c.poll()), `{"error_type":"request_malformed","action_id":1,"event_id":2}`)
			c.send(`{"action":"fly"}`)
			expect(t, only(t, c.poll()), `{"error_type":"action_not_supported","action_id":2}`)
		},
		"chunked, without a type": func(t *testing.T) {
			c := newPollClient(t, start(t))
			resp, err := c.http.Post(c.url, "", io.MultiReader(strings.NewReader(`{"action":`), strings.NewReader(`"describe_conn"}`)))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if text, _ := io.ReadAll(resp.Body); !strings.Contains(string(text), `"conn_found"`) {
				t.Errorf("got %s", text)
			}
		},
		"JSONP": func(t *testing.T) {
			c := newPollClient(t, start(t))
			resp, text := c.get(url.Values{"callback": {"a.b"}, "data": {`{"action":"create_session","message_types":[],"user_attrs":{"name":"x` + "\u2028" + `"}}`}})
			inner, ok := strings.CutPrefix(text, "a.b(")
			if !ok || !strings.HasSuffix(inner, ");") || strings.Contains(text, "\u2028") {
				t.Fatalf("got %s", text)
			}
			expect(t, only(t, c.parse(strings.TrimSuffix(inner, ");"))), `{"event":"session_created","user_attrs":{"name":"x\u2028"}}`)
			if got := resp.Header.Get("Content-Type"); got != "application/javascript; charset=utf-8" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("got %v", resp.Header)
			}
			if resp, text := c.get(url.Values{"callback": {"alert(1)"}, "data": {`{"action":"describe_conn"}`}}); resp.StatusCode != 400 || strings.Contains(text, "alert") {
				t.Errorf("got %d %s", resp.StatusCode, text)
			}
			if resp, text := c.get(url.Values{"callback": {"f"}}); resp.StatusCode != 200 || !strings.HasPrefix(text, `f([{"event":"error"`) {
				t.Errorf("got %d %s", resp.StatusCode, text)
			}
			if resp, text := c.get(url.Values{"data": {`{"action":"describe_conn"}`}}); resp.StatusCode != 200 || text != `[{"event":"conn_found"}]` {
				t.Errorf("got %d %s", resp.StatusCode, text)
			}
		},
		"time-out of the session": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			time.Sleep(2*time.Minute - time.Second)
			c.send(`{"action":"ping"}`)
			c.poll()
			if got := srv.Stats().Polling; got != 1 {
				t.Errorf("%d are polled", got)
			}
			time.Sleep(2*time.Minute + time.Second)
			if got := srv.Stats(); got.Polling != 0 || got.Sessions != 1 {
				t.Errorf("got %+v", got)
			}
			time.Sleep(5*time.Minute - 2*time.Second)
			c.send(`{"action":"ping"}`)
			expect(t, only(t, c.poll()), `{"event":"pong","event_id":3}`)
			time.Sleep(7*time.Minute + time.Second)
			expect(t, only(t, c.poll()), `{"error_type":"session_not_found"}`)
		},
		"the longest polls": func(t *testing.T) {
			c := pollGuest(t, start(t, func(c *server.Config) { c.Poll = time.Minute }))
			for range 20 {
				began := time.Now()
				if _, text := c.get(url.Values{"data": {c.resume("")}}); text != "[]" || time.Since(began) != time.Minute {
					t.Fatalf("got %q after %v", text, time.Since(began))
				}
				if events := c.poll(); len(events) != 0 {
					t.Fatalf("got %v", events)
				}
			}
		},
		"polling keeps the session": func(t *testing.T) {
			c := pollGuest(t, start(t))
			for range 30 {
				if events := c.poll(); len(events) != 0 {
					t.Fatalf("got %v", events)
				}
			}
		},
		"deleting oneself": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			c.send(`{"action":"delete_user"}`)
			if got := srv.Stats(); got.Users != 0 || got.Sessions != 0 {
				t.Errorf("got %+v", got)
			}
			before := c.eventID
			for range 2 {
				c.eventID = before
				expect(t, only(t, c.poll()), `{"event":"user_deleted","action_id":1,"event_id":2}`)
			}
			expect(t, only(t, c.poll()), `{"error_type":"session_not_found"}`)
			if got := srv.Stats().Polling; got != 0 {
				t.Errorf("%d are polled", got)
			}
		},
		"deleting oneself while polling": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			answer := c.pollLater()
			synctest.Wait()
			c.send(`{"action":"delete_user"}`)
			expect(t, only(t, c.parse(<-answer)), `{"event":"user_deleted","action_id":1}`)
			time.Sleep(3 * time.Minute)
			if got := srv.Stats().Polling; got != 0 {
				t.Errorf("%d are polled", got)
			}
		},
		"closing": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			c.eventID = 1
			c.send(`{"action":"ping"}`)
			c.poll()
			answer := c.pollLater()
			synctest.Wait()
			c.send(`{"action":"close_session"}`)
			if text := <-answer; text != "[]" {
				t.Errorf("got %s", text)
			}
			expect(t, only(t, c.poll()), `{"error_type":"session_not_found"}`)
			if got := srv.Stats(); got.Polling != 0 || got.Sessions != 0 {
				t.Errorf("got %+v", got)
			}
		},
		"from a WebSocket to polling and back": func(t *testing.T) {
			srv := start(t)
			a := guest(t, srv)
			c := newPollClient(t, srv)
			c.sessionID, c.eventID = a.sessionID, a.eventID
			a.quiet()
			answer := c.pollLater()
			expect(t, a.read(), `{"event":"error","error_type":"connection_superseded","event_id":"<absent>"}`)
			_ = a.ended()
			expect(t, only(t, c.parse(<-answer)), `{"event":"pong","event_id":2}`)
			answer = c.pollLater()
			synctest.Wait()
			a.eventID = c.eventID
			again := a.again(srv)
			again.quiet()
			expect(t, only(t, c.parse(<-answer)), `{"event":"error","error_type":"connection_superseded","event_id":"<absent>"}`)
			if got := srv.Stats(); got.Polling != 0 || got.Sessions != 1 {
				t.Errorf("got %+v", got)
			}
		},
		"between two polls": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			a := connect(t, srv)
			a.write(c.resume(""))
			a.quiet()
			if got := srv.Stats().Polling; got != 0 {
				t.Errorf("%d are polled", got)
			}
			answer := c.pollLater()
			a.wait("error")
			_ = a.ended()
			c.send(`{"action":"ping"}`)
			if text := <-answer; !strings.Contains(text, `"pong"`) {
				t.Errorf("got %s", text)
			}
		},
		"an action by polling in a WebSocket's session": func(t *testing.T) {
			srv := start(t)
			a := guest(t, srv)
			c := newPollClient(t, srv)
			c.sessionID = a.sessionID
			c.actionID = 50
			c.send(`{"action":"ping"}`)
			expect(t, a.read(), `{"event":"pong","action_id":51}`)
			a.quiet()
		},
		"overflow": func(t *testing.T) {
			srv := start(t, func(c *server.Config) { c.Limits.Events = 10 })
			c := pollGuest(t, srv)
			for range 10 {
				c.send(`{"action":"ping"}`)
			}
			expect(t, only(t, c.poll()), `{"event":"error","error_type":"session_buffer_overflow","event_id":"<absent>"}`)
			expect(t, only(t, c.poll()), `{"error_type":"session_not_found"}`)
			c = pollGuest(t, srv)
			answer := c.pollLater()
			synctest.Wait()
			for range 10 {
				c.send(`{"action":"ping"}`)
			}
			c.parse(<-answer)
		},
		"deprecated": func(t *testing.T) {
			srv := start(t, func(c *server.Config) { c.Deprecated = "version 3 is out" })
			c := pollGuest(t, srv)
			want := `{"event":"error","error_type":"deprecated","error_reason":"version 3 is out","event_id":"<absent>"}`
			expect(t, only(t, c.poll()), want)
			c.send(`{"action":"ping"}`)
			expect(t, only(t, c.poll()), `{"event":"pong"}`)
			a := guest(t, srv)
			expect(t, a.read(), want)
			a.quiet()
			b := a.again(srv)
			expect(t, b.read(), want)
			b.quiet()
		},
		"shutting down": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			answer := c.pollLater()
			synctest.Wait()
			if err := srv.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if text := <-answer; text != "[]" {
				t.Errorf("got %q", text)
			}
		},
		"closing the server": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			answer := c.pollLater()
			synctest.Wait()
			_ = srv.Close()
			if text := <-answer; text != "" {
				t.Errorf("got %q", text)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
	}
}

func TestPollPayload(t *testing.T) {
	message := func(payload string) string {
		return `{"action":"send_message","user_id":"$peer","message_type":"x","payload":` + payload + `}`
	}
	for _, test := range []struct{ name, payload, want, wantAny string }{
		{"object", `{"a":[1,9007199254740993]}`, `{"a":[1,9007199254740993]}`, ""},
		{"array", `[{"a":1}]`, `"<absent>"`, `[{"a":1}]`},
		{"string", `"a"`, `"<absent>"`, `"a"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			srv := start(t)
			sender, c, other := pollGuest(t, srv), pollGuest(t, srv), pollGuest(t, srv)
			other.url += "?payloads=any"
			for _, to := range []*pollClient{c, other} {
				sender.send(strings.Replace(message(test.payload), "$peer", to.userID, 1))
				want := test.want
				if to == other && test.wantAny != "" {
					want = test.wantAny
				}
				got := to.poll()
				expect(t, got[len(got)-1], `{"event":"message_received","frames":"<absent>","payload":`+want+`}`)
			}
		})
	}
	t.Run("who sends arrays can take them", func(t *testing.T) {
		srv := start(t)
		c, peer := pollGuest(t, srv), pollGuest(t, srv)
		send := strings.Replace(message(`[1]`), "$peer", peer.userID, 1)
		expect(t, c.call(send), `{"event":"message_received","payload":[1]}`)
		peer.call(strings.Replace(message(`{}`), "$peer", c.userID, 1))
		peer.eventID = 0
		for _, e := range peer.poll() {
			if _, ok := e.members["payload"].([]any); ok {
				t.Errorf("got %v", e)
			}
		}
	})
	t.Run("what isn't JSON, and several parts", func(t *testing.T) {
		srv := start(t)
		a, c := guest(t, srv), pollGuest(t, srv)
		c.url += "?payloads=any"
		for _, payload := range [][]string{{`{"a":`}, {"\xff"}, {`{}`, `{}`}, {`{} {}`}, {`{"a":"` + "\xff" + `"}`}, {`{"event":"x"},{}`}, {``}} {
			a.call(`{"action":"send_message","user_id":`+quote(c.userID)+`,"message_type":"x"}`, payload...)
			got := c.poll()
			expect(t, got[len(got)-1], `{"event":"message_received","payload":"<absent>"}`)
		}
	})
	t.Run("files", func(t *testing.T) {
		c := pollGuest(t, start(t))
		expect(t, c.call(`{"action":"update_user","payload_attrs":["icon"],"payload":["/+8="]}`), `{"error_type":"file_not_supported"}`)
		expect(t, c.call(`{"action":"update_user","payload_attrs":["icon"],"payload":["/+8=","AA=="]}`), `{"error_type":"request_malformed"}`)
	})
}

func TestPollFaults(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"cut": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			answer := c.pollLater()
			synctest.Wait()
			if n := srv.Faults().Cut(server.Match{UserID: c.userID}); n != 1 {
				t.Errorf("%d were cut", n)
			}
			if text := <-answer; text != "" {
				t.Errorf("got %s", text)
			}
			c.send(`{"action":"ping"}`)
			expect(t, only(t, c.poll()), `{"event":"pong"}`)
		},
		"cut in the middle": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			srv.Faults().CutAfter(server.Match{SessionID: api.Secret(c.sessionID)}, 5)
			c.send(`{"action":"ping"}`)
			if text, err := c.try(t.Context(), c.resume("")); err == nil || text != `[{"ev` {
				t.Errorf("got %q, %v", text, err)
			}
			expect(t, only(t, c.poll()), `{"event":"pong"}`)
			srv.Faults().CutNext(3)
			if text, err := c.try(t.Context(), `{"action":"describe_conn"}`); err == nil || len(text) != 3 {
				t.Errorf("got %q, %v", text, err)
			}
		},
		"cut at an action": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			srv.Faults().CutAt(server.Match{UserID: c.userID}, "create_channel")
			c.actionID++
			action := c.within(`{"action":"create_channel"}`)
			if text, err := c.try(t.Context(), action); err == nil {
				t.Errorf("got %s", text)
			}
			c.post(action)
			if got := srv.Stats(); got.Channels != 1 || got.Repeats != 1 {
				t.Errorf("got %+v", got)
			}
		},
		"cut when it begins": func(t *testing.T) {
			srv := start(t)
			c := newPollClient(t, srv)
			srv.Faults().CutAt(server.Match{}, "create_session")
			if text, err := c.try(t.Context(), `{"action":"create_session","message_types":[]}`); err == nil {
				t.Errorf("got %s", text)
			}
			if got := srv.Stats(); got.Sessions != 1 || got.Polling != 1 {
				t.Errorf("got %+v", got)
			}
			time.Sleep(time.Hour)
			if got := srv.Stats(); got.Sessions != 0 || got.Polling != 0 {
				t.Errorf("nobody knows the session, but there is %+v", got)
			}
		},
		"half-open until all faults are ended": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			waiting := c.pollLater()
			synctest.Wait()
			srv.Faults().HalfOpen(server.Match{UserID: c.userID})
			c.send(`{"action":"ping"}`)
			time.Sleep(time.Second) // the answer is on its way now
			srv.Faults().StallNext()
			acting := make(chan error, 1)
			go func() {
				_, err := c.try(t.Context(), `{"action":"describe_conn"}`)
				acting <- err
			}()
			synctest.Wait()
			if active := srv.Faults().Active(); len(active) != 1 || active[0].Name != "half-open" || active[0].Matched != 2 {
				t.Errorf("got %v", active)
			}
			srv.Faults().Clear()
			began := time.Now()
			if text, err := <-waiting, <-acting; text != "" || err == nil || time.Since(began) > time.Second {
				t.Errorf("got %q and %v after %v", text, err, time.Since(began))
			}
			expect(t, only(t, c.poll()), `{"event":"pong"}`)
			if active := srv.Faults().Active(); len(active) != 0 {
				t.Errorf("afterwards there is %v", active)
			}
		},
		"lost": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			answer := c.pollLater()
			synctest.Wait()
			srv.Faults().Lose(server.Match{UserID: c.userID})
			if text := <-answer; text != "" {
				t.Errorf("got %s", text)
			}
			expect(t, only(t, c.poll()), `{"error_type":"session_not_found"}`)
		},
		"half-open": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			answer := c.pollLater()
			synctest.Wait()
			srv.Faults().HalfOpen(server.Match{UserID: c.userID})
			c.send(`{"action":"ping"}`)
			time.Sleep(time.Hour / 60)
			select {
			case text := <-answer:
				t.Errorf("got %s", text)
			default:
			}
			expect(t, only(t, c.poll()), `{"event":"pong"}`)
			srv.Faults().StallNext()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if text, err := c.try(ctx, `{"action":"describe_conn"}`); err == nil {
				t.Errorf("got %s", text)
			}
		},
		"delay": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			srv.Faults().Delay(server.Match{}, 3*time.Second)
			began := time.Now()
			c.send(`{"action":"ping"}`)
			c.poll()
			if d := time.Since(began); d != 6*time.Second+20*time.Millisecond {
				t.Errorf("after %v", d)
			}
		},
		"closed": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			answer := c.pollLater()
			synctest.Wait()
			srv.Faults().Close(server.Match{}, 1001, "")
			if text := <-answer; text != "[]" {
				t.Errorf("got %s", text)
			}
		},
		"said and repeated": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			srv.Faults().Say(server.Match{}, api.ErrInternal, "oops")
			expect(t, only(t, c.poll()), `{"error_type":"internal","event_id":2}`)
			answer := c.pollLater()
			synctest.Wait()
			srv.Faults().Say(server.Match{}, api.ErrInternal, "again")
			srv.Faults().Repeat(server.Match{})
			expect(t, only(t, c.parse(<-answer)), `{"error_type":"internal","event_id":3}`)
		},
		"refused": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			srv.Faults().Refuse(503)
			resp, err := c.http.Post(c.url, "", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != 503 {
				t.Errorf("got %d", resp.StatusCode)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
	}
}
