package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/server"
)

// Limits are kept to the number: so many are possible, and not one more.

// count is how many messages of any type an order to load history returns.
func (w *world) count(who, params string) int {
	w.t.Helper()
	c := w.clients[who]
	id := c.send(w.fill(`{"action":"load_history","message_types":["*"],"history_length":1000` + params + `}`))
	n := int(c.reply(id).number("history_length"))
	for range n {
		c.reply(id)
	}
	return n
}

func TestHistoryIsKeptToTheNumber(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Limits.History = 9 })
	dialogue := w.fill(`{"action":"send_message","user_id":"$outi","message_type":"ninchat.com/text"}`)
	for i := range 25 {
		w.say("anna", fmt.Sprint(i))
		w.do("anna", dialogue, fmt.Sprintf(`{"text":"%d"}`, i))
		w.settle()
		for _, place := range []string{`,"channel_id":"$channel"`, `,"user_id":"$outi"`} {
			if got := w.count("anna", place); got > 9 || i >= 9 && got < 9 {
				t.Fatalf("%s: after %d messages %d are kept", place, i+1, got)
			}
		}
	}
	if got := w.history("anna", `,"channel_id":"$channel","history_length":1000`); got != "24 23 22 21 20 19 18 17 16" {
		t.Errorf("got %s", got)
	}
}

func TestUsersToTheNumber(t *testing.T) {
	srv := start(t, func(c *server.Config) { c.Limits.Users = 2 })
	for i, want := range []string{"session_created", "session_created", "error"} {
		c := connect(t, srv)
		c.write(`{"action":"create_session","message_types":[]}`)
		if e := c.read(); e.name != want {
			t.Errorf("%d: got %v", i, e)
		}
	}
}

func TestWaitingToTheNumber(t *testing.T) {
	w := newQueueWorld(t, func(c *server.Config) { c.Limits.Waiting = 2 })
	w.run([]step{
		{"outi", ask, nil, `{"event":"audience_enqueued","queue_position":1}`},
		{"cleo", ask, nil, `{"event":"audience_enqueued","queue_position":2}`},
		{"mona", ask, nil, `{"error_type":"queue_is_full"}`},
		{"outi", ask, nil, `{"event":"audience_enqueued","queue_position":1}`},
		{"bert", acceptNext, nil, `{"event":"channel_joined"}`},
		{"mona", ask, nil, `{"event":"audience_enqueued","queue_position":2}`},
	})
}

// One can wait in 100 queues, and in each of them ask again.
func TestWaitsToTheNumber(t *testing.T) {
	w := newQueueWorld(t)
	var queues []string
	for i := range 101 {
		queues = append(queues, w.newQueue(fmt.Sprintf(`"name":"q%d"`, i)))
	}
	request := func(i int) event {
		return w.do("outi", `{"action":"request_audience","queue_id":"`+queues[i]+`"}`)
	}
	for i := range 100 {
		expect(t, request(i), `{"event":"audience_enqueued"}`)
	}
	expect(t, request(100), `{"error_type":"permission_denied","queue_id":"`+queues[100]+`"}`)
	expect(t, request(0), `{"event":"audience_enqueued","queue_position":1}`)
}

// Audiences that go on aren't forgotten, but when they are over, no more are
// remembered than there may be.
func TestAudiencesToTheNumber(t *testing.T) {
	w := newQueueWorld(t, func(c *server.Config) { c.Limits.Audiences = 2 })
	for _, name := range []string{"a", "b", "c", "d"} {
		w.serve(name, "outi", "bert")
	}
	known := func() (names string) {
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			if w.names[name] != "" && w.do("bert", `{"action":"get_transcript","audience_id":"$`+name+`"}`).name != "error" {
				names += name
			}
		}
		return names
	}
	if got := known(); got != "abcd" {
		t.Errorf("%s are known", got)
	}
	for _, name := range []string{"a", "b", "c"} {
		w.do("bert", `{"action":"part_channel","channel_id":"$ch-`+name+`"}`)
	}
	w.serve("e", "outi", "bert")
	if got := known(); got != "de" {
		t.Errorf("%s are known", got)
	}
}

func TestAudienceMetadataToTheByte(t *testing.T) {
	w := newQueueWorld(t)
	request := func(size int) string {
		return `{"action":"request_audience","queue_id":"$queue","audience_metadata":{"x":"` + strings.Repeat("x", size-len(`{"x":""}`)) + `"}}`
	}
	expect(t, w.do("outi", request(64<<10+1)), `{"error_type":"request_malformed"}`)
	expect(t, w.do("outi", request(64<<10)), `{"event":"audience_enqueued"}`)
}

// What is replaced doesn't count.
func TestSettingsToTheByte(t *testing.T) {
	w := newWorld(t)
	update := func(name string, size int) event {
		return w.do("outi", `{"action":"update_user","user_settings":{"`+name+`":"`+strings.Repeat("x", size-len(name)-2)+`"}}`)
	}
	expect(t, update("a", 64<<10), `{"event":"user_updated"}`)
	expect(t, update("a", 64<<10-100), `{"event":"user_updated"}`)
	expect(t, update("b", 101), `{"error_type":"request_malformed"}`)
	expect(t, update("b", 100), `{"event":"user_updated"}`)
	expect(t, update("b", 100), `{"event":"user_updated"}`)
	expect(t, update("a", 64<<10-99), `{"error_type":"request_malformed"}`)
}

func TestAudienceTagsToTheNumber(t *testing.T) {
	w := newQueueWorld(t)
	w.serve("a", "outi", "bert")
	var ids []string
	for i := range 101 {
		ids = append(ids, `"`+w.tag(fmt.Sprintf(`"name":"tag %d"`, i))+`"`)
	}
	set := func(ids []string) event {
		return w.tell("bert", "$ch-a", "ninchat.com/metadata", `{"data":{"tag_ids":[`+strings.Join(ids, ",")+`]}}`)
	}
	expect(t, set(ids), `{"error_type":"message_malformed"}`)
	expect(t, set(ids[:100]), `{"event":"message_received"}`)
}

func TestTagsToTheNumber(t *testing.T) {
	w := newRealmWorld(t)
	create := func(attrs string) event {
		return w.do("mona", `{"action":"create_tag","realm_id":"$realm","tag_attrs":{`+attrs+`}}`)
	}
	parent := ""
	for i := range 10 {
		e := create(fmt.Sprintf(`"name":"%d"`, i) + parent)
		expect(t, e, `{"event":"tag_created"}`)
		parent = `,"parent_id":"` + e.text("tag_id") + `"`
	}
	expect(t, create(`"name":"the eleventh generation"`+parent), `{"error_type":"permission_denied"}`)
	for i := range 990 {
		expect(t, create(fmt.Sprintf(`"name":"more %d"`, i)), `{"event":"tag_created"}`)
		w.settle()
	}
	expect(t, create(`"name":"one more"`), `{"error_type":"permission_denied"}`)
}

func TestMessageTypesToTheNumber(t *testing.T) {
	w := newWorld(t)
	types := func(n int) string { return `["*"` + strings.Repeat(`,"x"`, n-1) + `]` }
	send := func(n int) event {
		return w.do("anna", `{"action":"send_message","channel_id":"$channel","message_type":"`+strings.Repeat("x", n)+`"}`, "x")
	}
	expect(t, send(128), `{"event":"message_received"}`)
	expect(t, send(129), `{"error_type":"message_type_too_long"}`)
	for n, want := range map[int]string{256: "session_created", 257: "error"} {
		c := connect(t, w.srv)
		c.write(`{"action":"create_session","message_types":` + types(n) + `}`)
		if e := c.read(); e.name != want {
			t.Errorf("%d types: got %v", n, e)
		}
	}
}

func TestFileNamesToTheByte(t *testing.T) {
	w := newWorld(t)
	send := func(n int) event {
		return w.do("anna", `{"action":"send_file","user_id":"$outi","file_attrs":{"name":"`+strings.Repeat("x", n)+`"}}`, "content")
	}
	expect(t, send(255), `{"event":"message_received"}`)
	expect(t, send(256), `{"error_type":"request_malformed"}`)
	expect(t, send(0), `{"error_type":"request_malformed"}`)
}

// Of the files of a user, the last byte counts.
func TestUploadsToTheByte(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Limits.Uploads, c.Limits.File = 10, 6 })
	send := func(n int) event {
		return w.do("anna", `{"action":"send_file","user_id":"$outi","file_attrs":{"name":"a"}}`, strings.Repeat("x", n))
	}
	expect(t, send(6), `{"event":"message_received"}`)
	expect(t, send(5), `{"error_type":"upload_quota_exceeded"}`)
	expect(t, send(4), `{"event":"message_received"}`)
	expect(t, send(1), `{"error_type":"upload_quota_exceeded"}`)
}

func TestLoadToTheNumber(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Limits.Load, c.Limits.LoadDefault = 7, 3 })
	for i := range 10 {
		w.say("anna", fmt.Sprint(i))
	}
	for params, want := range map[string]int{``: 3, `,"history_length":6`: 6, `,"history_length":7`: 7, `,"history_length":8`: 7, `,"history_length":0`: 0} {
		if got := len(strings.Fields(w.history("anna", `,"channel_id":"$channel"`+params))); got != want {
			t.Errorf("%s: got %d", params, got)
		}
	}
}

// Each user and each realm can have so many master keys.
func TestMasterKeysToTheNumber(t *testing.T) {
	w := newRealmWorld(t, func(c *server.Config) { c.Limits.MasterKeys = 2 })
	for _, of := range []string{``, `,"realm_id":"$realm"`} {
		for _, want := range []string{"master_key_created", "master_key_created", "error"} {
			if e := w.do("anna", `{"action":"create_master_key"`+of+`}`); e.name != want {
				t.Errorf("%s: got %v, want %s", of, e, want)
			}
		}
	}
}
