package server_test

import "testing"

// An audience channel that everybody has left is suspended, so that its owner can
// delete it; before, it is only closed.
func TestEmptyAudienceChannel(t *testing.T) {
	w := newQueueWorld(t)
	expect(t, w.do("outi", `{"action":"request_audience","queue_id":"$queue"}`), `{"event":"audience_enqueued"}`)
	w.names["audience"] = w.do("bert", `{"action":"accept_audience","queue_id":"$queue"}`).text("channel_id")
	const (
		describe = `{"action":"describe_channel","channel_id":"$audience"}`
		part     = `{"action":"part_channel","channel_id":"$audience"}`
		remove   = `{"action":"delete_channel","channel_id":"$audience"}`
	)
	w.run([]step{
		{"anna", describe, nil, `{"channel_attrs":{"closed":"<absent>","suspended":"<absent>"}}`},
		{"bert", part, nil, `{"event":"channel_parted"}`},
		{"anna", describe, nil, `{"channel_attrs":{"closed":true,"suspended":"<absent>"}}`},
		{"anna", remove, nil, `{"error_type":"permission_denied"}`},
		{"outi", part, nil, `{"event":"channel_parted"}`},
		{"anna", describe, nil, `{"channel_attrs":{"closed":true,"suspended":true},"channel_member_count":0}`},
		{"anna", remove, nil, `{"event":"channel_deleted"}`},
		{"anna", describe, nil, `{"error_type":"channel_not_found"}`},
	})
}

// Who is still in the channel of an audience that is forgotten can leave, and do
// nothing else there, also after a restart; keys to it are good for nothing.
func TestForgottenAudienceWithCustomer(t *testing.T) {
	store := new(memoryStore)
	config := func(c *serverConfig) { c.Store, c.Limits.Audiences = store, 1 }
	w := newQueueWorld(t, config)
	key := w.audienceKey(``, ``)
	expect(t, w.do("dana", `{"action":"part_channel","channel_id":"$channel"}`), `{"event":"channel_parted"}`)
	expect(t, w.do("mona", `{"action":"describe_channel","channel_id":"$channel"}`), `{"channel_attrs":{"closed":true,"suspended":"<absent>"}}`)
	w.settle()
	expect(t, w.do("outi", ask), `{"event":"audience_enqueued"}`)
	expect(t, w.do("bert", acceptNext), `{"event":"channel_joined"}`)
	expect(t, w.clients["mona"].wait("channel_updated"), w.fill(`{"channel_id":"$channel","channel_attrs":{"closed":true,"suspended":true}}`))
	check := func() {
		t.Helper()
		w.run([]step{
			{"mona", `{"action":"describe_channel","channel_id":"$channel"}`, nil, `{"channel_attrs":{"closed":true,"suspended":true},"audience_metadata":"<absent>"}`},
			{"mona", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/metadata"}`, []string{`{"data":{"rating":1}}`}, `{"error_type":"permission_denied"}`},
			{"outi", `{"action":"describe_access","access_key":"` + key + `"}`, nil, `{"error_type":"access_denied"}`},
			{"outi", `{"action":"join_channel","access_key":"` + key + `"}`, nil, `{"error_type":"access_denied"}`},
		})
	}
	check()
	if err := w.srv.Close(); err != nil {
		t.Fatal(err)
	}
	w.srv = start(t, config)
	for name, c := range w.clients {
		w.clients[name] = login(t, w.srv, `,"message_types":["*"],"user_id":"`+c.userID+`","user_auth":"`+c.auth+`"`)
	}
	check()
	w.run([]step{
		{"mona", `{"action":"part_channel","channel_id":"$channel"}`, nil, `{"event":"channel_parted"}`},
		{"mona", `{"action":"describe_channel","channel_id":"$channel"}`, nil, `{"error_type":"channel_not_found"}`},
	})
}
