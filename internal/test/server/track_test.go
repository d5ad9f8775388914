package server_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestTrack(t *testing.T) {
	w := newRealmWorld(t)
	track := func(stage int) string {
		return fmt.Sprintf(`{"action":"track","realm_id":"$realm","queue_ids":["q"],"track_stage":"stage %d","track_metadata":{"a":[1]}}`, stage)
	}
	w.run([]step{
		{"outi", track(0), nil, `{"event":"ack"}`},
		{"outi", `{"action":"track","realm_id":"none","track_stage":"x","track_metadata":{}}`, nil, `{"error_type":"realm_not_found"}`},
		{"outi", `{"action":"track","realm_id":"$realm","track_stage":"x"}`, nil, `{"error_type":"request_malformed"}`},
	})
	expect(t, connect(t, w.srv).call(w.fill(track(0))), `{"error_type":"session_not_found"}`)
	tracks := w.srv.Tracks()
	if len(tracks) != 1 || tracks[0].UserID != w.fill("$outi") || tracks[0].RealmID != w.realm || tracks[0].Stage != "stage 0" ||
		tracks[0].QueueIDs[0] != "q" || string(tracks[0].Metadata) != `{"a":[1]}` || tracks[0].Time.IsZero() {
		t.Errorf("got %+v", tracks)
	}
	c := w.clients["outi"]
	for i := range 1000 {
		c.call(w.fill(track(i + 1)))
	}
	if tracks := w.srv.Tracks(); len(tracks) != 1000 || tracks[0].Stage != "stage 1" {
		t.Errorf("%d, the first one is %s", len(tracks), tracks[0].Stage)
	}
}

// What clients can make the server remember is bounded.
func TestTrackIsBounded(t *testing.T) {
	w := newRealmWorld(t)
	for _, params := range []string{
		`"track_metadata":{"x":"` + strings.Repeat("x", 64<<10) + `"}`,
		`"queue_ids":["` + strings.Repeat(`x","`, 1000) + `x"]`,
	} {
		e := w.do("outi", `{"action":"track","realm_id":"$realm","track_stage":"x",`+params+`}`)
		expect(t, e, `{"error_type":"request_malformed"}`)
	}
	if tracks := w.srv.Tracks(); len(tracks) != 0 {
		t.Errorf("%d are remembered", len(tracks))
	}
}
