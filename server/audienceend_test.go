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
