package server_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// audienceKey makes dana serve a member of the realm, and makes a key to the
// channel.
func (w *world) audienceKey(attrs, params string) (key string) {
	w.t.Helper()
	e := w.do("dana", `{"action":"create_audience","queue_id":"$queue","user_id":"$mona","channel_attrs":{`+attrs+`}}`)
	expect(w.t, e, `{"event":"channel_created"}`)
	w.channel = e.text("channel_id")
	return w.key("dana", `"access_type":"audience","channel_id":"$channel"`+params)
}

func TestAudienceKeys(t *testing.T) {
	w := newQueueWorld(t)
	key := w.audienceKey(`"name":"talk"`, `,"member_metadata":{"role":"interpreter","secure":{"name":"X"}}`)
	expect(t, connect(t, w.srv).call(`{"action":"describe_access","access_key":"`+key+`"}`), w.fill(
		`{"event":"access_found","access_type":"audience","access_time":"<absent>","user_id":"$mona","channel_id":"$channel","channel_attrs":{"name":"talk"},
		  "queue_id":"$queue","queue_attrs":{"name":"main"},"realm_id":"$realm","realm_attrs":{"name":"office"},"realm_member":"<absent>"}`))
	w.run([]step{
		{"dana", `{"action":"create_access","access_type":"channel","channel_id":"$channel"}`, nil, `{"error_type":"permission_denied"}`},
		{"dana", `{"action":"create_access","access_type":"audience","channel_id":"$channel","member_metadata":1}`, nil, `{"error_type":"request_malformed"}`},
		{"mona", `{"action":"part_channel","channel_id":"$channel"}`, nil, `{"event":"channel_parted"}`},
	})
	w.settle()
	join := `{"action":"join_channel","access_key":"` + key + `"}`
	// Who joins doesn't see what is secure, the staff does. It is good for others too.
	expect(t, w.do("outi", join), w.fill(`{"event":"channel_joined","channel_id":"$channel","channel_members_metadata":{"$outi":{"role":"interpreter","secure":"<absent>"}}}`))
	expect(t, w.clients["dana"].wait("channel_member_joined"), w.fill(`{"user_id":"$outi","member_metadata":{"role":"interpreter","secure":{"name":"X"}}}`))
	expect(t, w.do("cleo", join), `{"event":"channel_joined"}`)
	expect(t, w.clients["outi"].wait("channel_member_joined"), w.fill(`{"user_id":"$cleo","member_metadata":{"role":"interpreter","secure":"<absent>"}}`))
	expect(t, w.do("dana", `{"action":"describe_channel","channel_id":"$channel"}`), w.fill(
		`{"channel_members_metadata":{"$outi":{"secure":{"name":"X"}},"$cleo":{"secure":{"name":"X"}},"$dana":"<absent>"}}`))
	expect(t, w.do("cleo", `{"action":"describe_channel","channel_id":"$channel"}`), w.fill(`{"channel_members_metadata":{"$outi":{"secure":"<absent>"}}}`))
	plain := w.key("dana", `"access_type":"audience","channel_id":"$channel"`)
	expect(t, w.do("bert", `{"action":"join_channel","access_key":"`+plain+`"}`), w.fill(`{"event":"channel_joined","channel_members_metadata":{"$bert":"<absent>"}}`))
	expect(t, w.do("dana", `{"action":"delete_queue","queue_id":"$queue"}`), `{"error_type":"permission_denied"}`)
}

func TestAudienceTimes(t *testing.T) {
	w := newQueueWorld(t)
	for _, attrs := range []string{
		`"audience":{"begin_timestamp":"tomorrow"}`, `"audience":{"end_timestamp":"2026-01-01"}`,
		`"audience":{"timezone":"Local"}`, `"audience":{"timezone":"Nowhere/Town"}`, `"audience":{"timezone":""}`,
	} {
		expect(t, w.do("dana", `{"action":"create_audience","queue_id":"$queue","user_id":"$mona","channel_attrs":{`+attrs+`}}`), `{"error_type":"request_malformed"}`)
	}
}

// The bubble's clock begins at the beginning of the year 2000, UTC.
func TestAudienceKeysInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, srv: start(t), clients: make(map[string]*client), names: map[string]string{}}
		for _, name := range []string{"anna", "mona", "dana", "outi"} {
			u, err := w.srv.AddUser(server.User{Attrs: api.UserAttrs{Name: api.Set(name)}})
			if err != nil {
				t.Fatal(err)
			}
			w.clients[name] = login(t, w.srv, `,"message_types":[],"user_id":"`+u.ID+`","user_auth":"`+u.Auth.Reveal()+`"`)
			w.clients[name].auth = u.Auth.Reveal()
		}
		w.realm = w.do("anna", `{"action":"create_realm"}`).text("realm_id")
		for _, name := range []string{"mona", "dana"} {
			w.do("anna", `{"action":"add_member","realm_id":"$realm","user_id":"$`+name+`"}`)
		}
		w.names["queue"] = w.newQueue(`"name":"main"`, "dana")
		key := w.audienceKey(`"audience":{"begin_timestamp":"2000-01-01T05:00:59","end_timestamp":"2000-01-01T06:00:00","timezone":"Europe/Helsinki"}`, ``)
		again := func() *client {
			for _, c := range w.clients {
				_ = c.nc.Close()
			}
			return login(t, w.srv, w.fill(`,"message_types":[],"user_id":"$outi","user_auth":"$outi.auth"`))
		}
		join, describe := `{"action":"join_channel","access_key":"`+key+`"}`, `{"action":"describe_access","access_key":"`+key+`"}`
		c := again()
		expect(t, c.call(join), w.fill(`{"error_type":"access_too_early","channel_id":"$channel"}`))
		expect(t, c.call(describe), `{"event":"access_found","access_time":946695600}`)
		_ = c.nc.Close()
		time.Sleep(3 * time.Hour)
		c = again()
		expect(t, c.call(describe), `{"event":"access_found","access_time":"<absent>"}`)
		expect(t, c.call(join), w.fill(`{"event":"channel_joined","channel_id":"$channel"}`))
		_ = c.nc.Close()
		time.Sleep(time.Hour)
		c = again()
		expect(t, c.call(describe), w.fill(`{"error_type":"access_expired","channel_id":"$channel"}`))
	})
}
