package server_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/server"
)

var wireMobile = []wireItem{
	{42, "the configuration of a site", func(t *testing.T) {
		const site = `{"default":{"audienceQueues":["x"],"welcome":"Hello!"},"fi":{"welcome":"Moi!"}}`
		srv := start(t, func(c *server.Config) {
			c.Sites = map[string]jsontext.Value{"abc": jsontext.Value(site)}
			c.Origins = []string{"https://shop.example"}
		})
		resp, text := request(t, srv, "GET", "/config/abc", "Origin", "https://shop.example")
		if text != site || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" ||
			resp.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("got %s %v %s", resp.Status, resp.Header, text)
		}
		for path, want := range map[string]int{"/config/other": 404, "/config/": 404, "/config/abc/x": 404, "/config": 404} {
			if resp, _ := request(t, srv, "GET", path); resp.StatusCode != want {
				t.Errorf("%s: got %s", path, resp.Status)
			}
		}
		if resp, _ := request(t, srv, "POST", "/config/abc"); resp.StatusCode != 405 {
			t.Errorf("got %s", resp.Status)
		}
		if resp, _ := request(t, srv, "GET", "/config/abc", "Origin", "https://elsewhere.example"); resp.StatusCode != 403 {
			t.Errorf("got %s", resp.Status)
		}
		for _, bad := range []string{"", "[]", "{", "null", `{"a":1}x`} {
			if srv, err := server.New(server.Config{Sites: map[string]jsontext.Value{"k": jsontext.Value(bad)}}); err == nil || !strings.Contains(err.Error(), "Sites") {
				t.Errorf("%q: %v", bad, err)
				if err == nil {
					_ = srv.Close()
				}
			}
		}
	}},
	{43, "actions that aren't in the reference", overBoth(func(t *testing.T, tr transport) {
		w := newQueueWorld(t)
		w.set("queue", `"audience_registration":true`)
		p := tr.as(w, "outi")
		expect(t, p.call(w.fill(`{"action":"register_audience","queue_id":"$queue","audience_metadata":{"rating":1}}`)),
			`{"event":"audience_registered"}`)
		bert := tr.as(w, "bert")
		if e := bert.call(w.fill(`{"action":"discover_jitsi","channel_id":"$channel"}`)); e.name != "jitsi_discovered" || e.text("jitsi_room") == "" {
			t.Errorf("got %v", e)
		}
		expect(t, p.call(`{"action":"describe_conn"}`), `{"event":"conn_found"}`)
		// Without a session, as well.
		c := connect(t, w.srv)
		expect(t, c.call(`{"action":"describe_conn"}`), `{"event":"conn_found","event_id":"<absent>"}`)
		expect(t, only(t, newPollClient(t, w.srv).post(`{"action":"describe_conn","action_id":3}`)), `{"event":"conn_found","action_id":3}`)
		expect(t, callJSON(t, w.srv, `{"action":"describe_conn"}`), `{"event":"conn_found"}`)
	})},
	{44, "never null", overBoth(func(t *testing.T, tr transport) {
		w := newQueueWorld(t)
		bert := tr.as(w, "bert")
		for _, action := range []string{
			`{"action":"update_user","user_attrs":{"name":null,"info":null},"user_settings":{"x":null}}`,
			`{"action":"describe_user"}`,
			`{"action":"describe_user","user_id":"$outi"}`,
			`{"action":"describe_channel","channel_id":"$channel"}`,
			`{"action":"describe_realm","realm_id":"$realm"}`,
			`{"action":"describe_queue","queue_id":"$queue"}`,
			`{"action":"describe_realm_queues","realm_id":"$realm"}`,
			`{"action":"get_queue_stats","queue_id":"$queue","stats_length":2}`,
			`{"action":"describe_tags","realm_id":"$realm"}`,
			`{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"writing":null}}`,
			`{"action":"begin_ice"}`,
			`{"action":"search","search_term":"none at all"}`,
		} {
			if e := bert.call(w.fill(action)); strings.Contains(e.header, "null") || e.name == "error" {
				t.Errorf("%s: got %v", action, e)
			}
		}
		_, e := tr.join(t, w.srv, w.credentials("outi"))
		if strings.Contains(e.header, "null") {
			t.Errorf("got %v", e)
		}
	})},
	{45, "calls and ratings", overBoth(func(t *testing.T, tr transport) {
		w := newQueueWorld(t)
		_, channel := w.serve("a", "outi", "bert")
		p := tr.as(w, "outi")
		send := `{"action":"send_message","channel_id":` + quote(channel)
		expect(t, p.call(send+`,"message_type":"ninchat.com/rtc/call","message_ttl":10}`, `{}`), `{"event":"message_received","message_ttl":10}`)
		expect(t, w.clients["bert"].wait("message_received"), `{"message_type":"ninchat.com/rtc/call","message_ttl":10}`)
		// The rating is for nobody to read, but it counts.
		e := p.call(send+`,"message_type":"ninchat.com/metadata","message_fold":false,"message_recipient_ids":[]}`, `{"data":{"rating":1}}`)
		expect(t, e, `{"event":"message_received"}`)
		w.clients["bert"].quiet()
		id := p.send(`{"action":"load_history","channel_id":` + quote(channel) + `,"message_types":["ninchat.com/rtc/*"]}`)
		expect(t, p.reply(id), `{"event":"history_results","history_length":0}`)
		expect(t, w.do("bert", `{"action":"part_channel","channel_id":`+quote(channel)+`}`), `{"event":"channel_parted"}`)
		if list := w.transcripts("bert", "queue"); len(list) != 1 || list[0]["rating"] != 1.0 {
			t.Errorf("got %v", list)
		}
	})},
}
