package server_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/server"
)

// newQueueWorld makes a realm of anna, with mona, an operator, and two queues:
// $queue with the members bert and dana, and $other with the member dana, to
// which customers of the first one can be transferred. Outi and cleo are
// customers.
func newQueueWorld(t *testing.T, change ...func(*server.Config)) *world {
	w := newRealmWorld(t, change...)
	for _, name := range []string{"dana", "cleo"} {
		w.clients[name] = login(t, w.srv, `,"message_types":["*"],"user_attrs":{"name":"`+name+`"}`)
	}
	w.do("anna", `{"action":"add_member","realm_id":"$realm","user_id":"$dana"}`)
	w.names = map[string]string{"queue": w.newQueue(`"name":"main"`, "bert", "dana"), "other": w.newQueue(`"name":"other"`, "dana")}
	expect(t, w.set("queue", `"transfer_queue_ids":["$other"]`), `{"event":"queue_updated"}`)
	w.settle()
	return w
}

// newQueue makes a queue with attributes and members, and returns its id.
func (w *world) newQueue(attrs string, members ...string) string {
	w.t.Helper()
	e := w.do("anna", `{"action":"create_queue","realm_id":"$realm","queue_attrs":{`+attrs+`}}`)
	expect(w.t, e, `{"event":"queue_created"}`)
	for _, name := range members {
		e := w.do("anna", `{"action":"add_member","queue_id":"`+e.text("queue_id")+`","user_id":"$`+name+`"}`)
		expect(w.t, e, `{"event":"queue_member_joined"}`)
	}
	return e.text("queue_id")
}

// set has anna change the settings of a queue.
func (w *world) set(queue, settings string) event {
	w.t.Helper()
	return w.do("anna", `{"action":"update_queue","queue_id":"$`+queue+`","queue_settings":{`+settings+`}}`)
}

// change has anna change the attributes of a queue.
func (w *world) change(queue, attrs string) event {
	w.t.Helper()
	return w.do("anna", `{"action":"update_queue","queue_id":"$`+queue+`","queue_attrs":{`+attrs+`}}`)
}

func TestQueues(t *testing.T) {
	const (
		describe = `{"action":"describe_queue","queue_id":"$queue"}`
		remove   = `{"action":"delete_queue","queue_id":"$queue"}`
	)
	create := func(attrs string) string {
		return `{"action":"create_queue","realm_id":"$realm","queue_attrs":{` + attrs + `}}`
	}
	update := func(params string) string {
		return `{"action":"update_queue","queue_id":"$queue",` + params + `}`
	}
	denied := `{"event":"error","error_type":"permission_denied","queue_id":"$queue"}`
	playIn(t, newQueueWorld, []scenario{
		{name: "create", steps: []step{
			{"mona", create(`"name":"x","capacity":3,"ignore_secure_metadata":true`), nil,
				`{"event":"queue_created","realm_id":"$realm","queue_attrs":{"name":"x","capacity":3,"length":0,"ignore_secure_metadata":true,"closed":"<absent>"},"queue_settings":{},"queue_members":{}}`},
			{"mona", create(`"length":1`), nil, `{"error_type":"permission_denied"}`},
			{"mona", create(`"capacity":-1`), nil, `{"error_type":"request_malformed"}`},
			{"mona", create(`"name":1`), nil, `{"error_type":"request_malformed"}`},
			{"mona", `{"action":"create_queue","realm_id":"$realm"}`, nil, `{"error_type":"request_malformed"}`},
			{"mona", `{"action":"create_queue","realm_id":"none","queue_attrs":{}}`, nil, `{"error_type":"realm_not_found","realm_id":"none"}`},
			{"bert", create(``), nil, `{"error_type":"permission_denied","realm_id":"$realm"}`},
			{"outi", create(``), nil, `{"error_type":"permission_denied","realm_id":"$realm"}`},
		}, told: []step{{"anna", "queue_created", nil, `{"queue_attrs":{"name":"x"},"action_id":"<absent>"}`}}},
		{name: "describe", steps: []step{
			{"anna", update(`"queue_attrs":{"ninchat_metadata":["geoip"]}`), nil, `{"event":"queue_updated"}`},
			{"anna", describe, nil, `{"event":"queue_found","queue_id":"$queue","realm_id":"$realm","queue_attrs":{"name":"main","length":0,"ninchat_metadata":["geoip"]},"queue_settings":{"transfer_queue_ids":["$other"]},"queue_members":{"$bert":{"user_attrs":{"name":"bert"},"member_attrs":{}}},"queue_time":"<absent>","queue_position":"<absent>"}`},
			{"bert", describe, nil, `{"queue_attrs":{"ninchat_metadata":["geoip"]},"queue_settings":{"transfer_queue_ids":["$other"]},"queue_members":{"$dana":{}}}`},
			{"outi", describe, nil, `{"event":"queue_found","queue_attrs":{"name":"main","length":0,"ninchat_metadata":"<absent>"},"queue_settings":"<absent>","queue_members":"<absent>","queue_time":"<absent>"}`},
			{"outi", `{"action":"describe_queue","queue_id":"none"}`, nil, `{"error_type":"queue_not_found","queue_id":"none"}`},
			{"outi", `{"action":"describe_queue"}`, nil, `{"error_type":"request_malformed"}`},
		}},
		{name: "update", steps: []step{
			{"bert", update(`"queue_attrs":{"closed":true,"capacity":7,"upload":"member"}`), nil, `{"event":"queue_updated","event_cause":"queue_update","queue_id":"$queue","realm_id":"$realm","queue_attrs":{"closed":true,"capacity":7,"name":"main"},"queue_settings":{"transfer_queue_ids":["$other"]}}`},
			{"bert", update(`"queue_attrs":{"closed":false,"capacity":null}`), nil, `{"queue_attrs":{"closed":"<absent>","capacity":"<absent>"}}`},
			{"bert", update(`"queue_attrs":{"suspended":true}`), nil, denied},
			{"mona", update(`"queue_attrs":{"suspended":true}`), nil, `{"queue_attrs":{"suspended":true}}`},
			{"bert", update(`"queue_settings":{"x":1}`), nil, denied},
			{"mona", update(`"queue_settings":{"x":1,"transfer_queue_ids":null}`), nil, `{"queue_settings":{"x":1,"transfer_queue_ids":"<absent>"}}`},
			{"mona", update(`"queue_settings":{"transcript_delete_delay":-1}`), nil, `{"error_type":"request_malformed"}`},
			{"mona", update(`"queue_settings":{"audience_dialogue":1}`), nil, `{"error_type":"request_malformed"}`},
			{"mona", update(`"queue_settings":{"x":"` + strings.Repeat("x", 70000) + `"}`), nil, `{"error_type":"request_malformed"}`},
			{"mona", update(`"queue_attrs":{"length":2}`), nil, denied},
			{"mona", update(`"queue_attrs":{"capacity":"many"}`), nil, `{"error_type":"request_malformed"}`},
			{"mona", update(`"queue_attrs":{"schedule":{"timezone":"Mars/Olympus","week":[]}}`), nil, `{"error_type":"request_malformed","queue_id":"$queue"}`},
			{"outi", update(`"queue_attrs":{"name":"z"}`), nil, denied},
			{"mona", `{"action":"update_queue","queue_id":"none"}`, nil, `{"error_type":"queue_not_found"}`},
			{"mona", describe, nil, `{"queue_attrs":{"name":"main","suspended":true},"queue_settings":{"x":1}}`},
		}, told: []step{
			{"dana", "queue_updated", nil, `{"event_cause":"queue_update","queue_attrs":{"closed":true},"queue_settings":{"transfer_queue_ids":["$other"]},"action_id":"<absent>"}`},
			{"anna", "queue_updated", nil, `{"queue_attrs":{"capacity":7}}`},
		}},
		{name: "delete", steps: []step{
			{"outi", `{"action":"request_audience","queue_id":"$queue"}`, nil, `{"event":"audience_enqueued"}`},
			{"bert", remove, nil, denied},
			{"outi", remove, nil, denied},
			{"mona", remove, nil, `{"event":"queue_deleted","queue_id":"$queue","realm_id":"$realm"}`},
			{"mona", remove, nil, `{"error_type":"queue_not_found"}`},
			{"outi", describe, nil, `{"error_type":"queue_not_found"}`},
			{"bert", `{"action":"describe_user"}`, nil, `{"user_queues":{"$queue":"<absent>"}}`},
			{"outi", `{"action":"describe_user"}`, nil, `{"user_queues":{"$queue":"<absent>"}}`},
		}, told: []step{
			{"bert", "queue_deleted", nil, `{"queue_id":"$queue"}`},
			{"anna", "queue_deleted", nil, `{"queue_id":"$queue"}`},
			{"outi", "queue_deleted", nil, `{"queue_id":"$queue"}`},
		}},
		{name: "delete with the realm", steps: []step{
			{"anna", `{"action":"delete_realm","realm_id":"$realm"}`, nil, `{"event":"realm_deleted"}`},
			{"outi", describe, nil, `{"error_type":"queue_not_found"}`},
		}, told: []step{{"bert", "queue_deleted", nil, `{}`}}},
		{name: "user_queues", steps: []step{
			{"outi", `{"action":"request_audience","queue_id":"$queue"}`, nil, `{"event":"audience_enqueued"}`},
			{"outi", `{"action":"describe_user"}`, nil, `{"user_queues":{"$queue":{"queue_attrs":{"name":"main","length":1},"queue_position":1,"realm_id":"$realm"},"$other":"<absent>"}}`},
			{"dana", `{"action":"describe_user"}`, nil, `{"user_queues":{"$queue":{"queue_attrs":{"name":"main"},"queue_position":"<absent>","realm_id":"$realm"},"$other":{}}}`},
		}},
	})
}

func TestQueueMembers(t *testing.T) {
	add := func(who string) string {
		return `{"action":"add_member","queue_id":"$other","user_id":"$` + who + `"}`
	}
	remove := func(who string) string {
		return `{"action":"remove_member","queue_id":"$queue","user_id":"$` + who + `"}`
	}
	denied := `{"event":"error","error_type":"permission_denied","queue_id":"$queue"}`
	playIn(t, newQueueWorld, []scenario{
		{name: "add", steps: []step{
			{"mona", add("bert"), nil, `{"event":"queue_member_joined","queue_id":"$other","user_id":"$bert","user_attrs":{"name":"bert","connected":true},"member_attrs":{}}`},
			{"mona", add("bert"), nil, `{"event":"queue_member_joined"}`},
			{"mona", add("mona"), nil, `{"event":"queue_joined","queue_id":"$other","realm_id":"$realm","queue_attrs":{"name":"other"},"queue_settings":{}}`},
			{"mona", add("mona"), nil, `{"event":"queue_joined"}`},
			{"mona", add("outi"), nil, `{"error_type":"permission_denied","user_id":"$outi"}`},
			{"mona", add("nobody"), nil, `{"error_type":"user_not_found","queue_id":"$other"}`},
			{"mona", `{"action":"add_member","queue_id":"$other","user_id":"$anna","member_attrs":{"operator":true}}`, nil, `{"error_type":"permission_denied","queue_id":"$other"}`},
			{"mona", `{"action":"add_member","queue_id":"none","user_id":"$anna"}`, nil, `{"error_type":"queue_not_found"}`},
			{"mona", `{"action":"add_member","queue_id":"$other","channel_id":"$channel","user_id":"$anna"}`, nil, `{"error_type":"request_malformed"}`},
			{"dana", add("anna"), nil, `{"error_type":"permission_denied"}`},
			{"outi", add("outi"), nil, `{"error_type":"permission_denied"}`},
		}, told: []step{
			{"bert", "queue_joined", nil, `{"queue_id":"$other","queue_attrs":{"name":"other","length":0},"action_id":"<absent>"}`},
			{"dana", "queue_member_joined", nil, `{"queue_id":"$other","user_id":"$bert","action_id":"<absent>"}`},
			{"anna", "queue_member_joined", nil, `{"user_id":"$bert"}`},
		}},
		{name: "remove", steps: []step{
			{"bert", remove("dana"), nil, denied},
			{"outi", remove("dana"), nil, denied},
			{"mona", remove("outi"), nil, `{"error_type":"user_not_found","queue_id":"$queue","user_id":"$outi"}`},
			{"mona", remove("dana"), nil, `{"event":"queue_member_parted","queue_id":"$queue","user_id":"$dana","event_cause":"member_remove"}`},
			{"bert", remove("bert"), nil, `{"event":"queue_parted","queue_id":"$queue","event_cause":"member_remove"}`},
			{"bert", `{"action":"accept_audience","queue_id":"$queue"}`, nil, denied},
			{"bert", `{"action":"remove_member","queue_id":"none","user_id":"$bert"}`, nil, `{"error_type":"queue_not_found"}`},
			{"anna", `{"action":"describe_queue","queue_id":"$queue"}`, nil, `{"queue_members":{"$bert":"<absent>","$dana":"<absent>"}}`},
		}, told: []step{
			{"dana", "queue_parted", nil, `{"queue_id":"$queue","realm_id":"$realm","event_cause":"member_remove"}`},
			{"bert", "queue_member_parted", nil, `{"user_id":"$dana"}`},
			{"anna", "queue_member_parted", nil, `{"user_id":"$dana"}`},
			{"mona", "queue_member_parted", nil, `{"user_id":"$bert"}`},
		}},
		{name: "leave the realm", steps: []step{
			{"mona", `{"action":"remove_member","realm_id":"$realm","user_id":"$dana"}`, nil, `{"event":"realm_member_parted"}`},
			{"dana", `{"action":"accept_audience","queue_id":"$queue"}`, nil, denied},
			{"dana", `{"action":"describe_user"}`, nil, `{"user_queues":{"$queue":"<absent>","$other":"<absent>"}}`},
		}, told: []step{
			{"dana", "queue_parted", nil, `{"event_cause":"member_remove"}`},
			{"bert", "queue_member_parted", nil, `{"queue_id":"$queue","user_id":"$dana"}`},
		}},
		{name: "deleted user", steps: []step{
			{"dana", `{"action":"delete_user","user_auth":"$dana.auth"}`, nil, `{"event":"user_deleted"}`},
			{"anna", `{"action":"describe_queue","queue_id":"$queue"}`, nil, `{"queue_members":{"$bert":{},"$dana":"<absent>"}}`},
		}, told: []step{{"bert", "queue_member_parted", nil, `{"queue_id":"$queue","user_id":"$dana"}`}}},
	})
}

func TestQueueQuotas(t *testing.T) {
	w := newQueueWorld(t, func(c *serverConfig) { c.Limits.Queues, c.Limits.QueueMembers = 3, 4 })
	expect(t, w.do("anna", `{"action":"describe_user"}`), `{"user_account":{"queues":{"quota":3,"available":1},"queue_members":{"quota":4}}}`)
	w.names["third"] = w.newQueue(``, "bert")
	w.run([]step{
		{"anna", `{"action":"create_queue","realm_id":"$realm","queue_attrs":{}}`, nil, `{"error_type":"queue_quota_exceeded","realm_id":"$realm"}`},
		{"anna", `{"action":"add_member","queue_id":"$third","user_id":"$dana"}`, nil, `{"error_type":"queue_member_quota_exceeded","queue_id":"$third"}`},
		{"anna", `{"action":"delete_queue","queue_id":"$third"}`, nil, `{"event":"queue_deleted"}`},
		{"anna", `{"action":"create_queue","realm_id":"$realm","queue_attrs":{}}`, nil, `{"event":"queue_created"}`},
	})
}

func TestDescribeRealmQueues(t *testing.T) {
	w := newQueueWorld(t)
	outi, cleo := w.clients["outi"], w.clients["cleo"]
	w.run([]step{
		{"outi", `{"action":"describe_realm_queues","realm_id":"$realm"}`, nil, `{"event":"realm_queues_found","realm_id":"$realm","realm_queues":{"$queue":{"queue_attrs":{"name":"main","length":0},"queue_position":"<absent>"},"$other":{}}}`},
		{"cleo", `{"action":"describe_realm_queues","realm_id":"$realm","queue_ids":["none","$other"]}`, nil, `{"realm_queues":{"$queue":"<absent>","$other":{},"none":"<absent>"}}`},
		{"cleo", `{"action":"describe_realm_queues","realm_id":"none"}`, nil, `{"error_type":"realm_not_found"}`},
		{"cleo", `{"action":"describe_realm_queues"}`, nil, `{"error_type":"request_malformed"}`},
		{"bert", `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"closed":true,"ignore_secure_metadata":true}}`, nil, `{"event":"queue_updated"}`},
	})
	expect(t, outi.wait("queue_updated"), w.fill(`{"queue_id":"$queue","queue_attrs":{"closed":true,"ignore_secure_metadata":"<absent>"},"queue_settings":{"transfer_queue_ids":"<absent>"}}`))
	cleo.quiet()
	// Who has entered a queue isn't told of others any more.
	expect(t, w.do("outi", `{"action":"request_audience","queue_id":"$other"}`), `{"event":"audience_enqueued"}`)
	w.change("queue", `"closed":false`)
	outi.quiet()
	expect(t, cleo.wait("queue_updated"), w.fill(`{"queue_id":"$other","queue_attrs":{"length":1},"event_cause":"audience_request"}`))
	w.do("mona", `{"action":"delete_queue","queue_id":"$other"}`)
	expect(t, cleo.wait("queue_deleted"), w.fill(`{"queue_id":"$other"}`))
}

// patient are clients that may be away for long.
func patient(c *serverConfig) { c.Resume, c.Guests = 10000*time.Hour, 10000*time.Hour }

// pass lets time pass. Nobody listens meanwhile: the clients resume their sessions
// in the end. It is for synctest.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	time.Sleep(d)
	for name, c := range w.clients {
		_ = c.nc.Close()
		skipped := c.skipped
		w.clients[name] = c.again(w.srv)
		w.clients[name].skipped = skipped
	}
}

func TestQueueSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newQueueWorld(t, patient)
		// The bubble begins on 2000-01-01, a Saturday, at 02:00 in Helsinki.
		e := w.change("queue", `"schedule":{"timezone":"Europe/Helsinki","week":[["8:00","16:00"],null,null,null,null,[null,"03:00","22:00"],[null,"01:30"]],"exceptions":{"2000-01-03":null}}`)
		expect(t, e, `{"queue_attrs":{"closed":"<absent>","schedule":{"timezone":"Europe/Helsinki"}}}`)
		w.settle()
		// next checks that nothing changes until just before a time.
		next := func(closed string, after time.Duration) {
			t.Helper()
			w.pass(after - time.Second)
			w.clients["bert"].quiet()
			w.pass(time.Second)
			for _, name := range []string{"bert", "anna"} {
				expect(t, w.clients[name].wait("queue_updated"), `{"event_cause":"queue_schedule","queue_attrs":{"closed":`+closed+`}}`)
			}
		}
		next(`true`, time.Hour) // Saturday 03:00
		expect(t, w.do("outi", `{"action":"request_audience","queue_id":"$queue"}`), w.fill(`{"error_type":"queue_is_closed","queue_id":"$queue"}`))
		next(`"<absent>"`, 19*time.Hour) // Saturday 22:00, and over midnight
		expect(t, w.do("outi", `{"action":"request_audience","queue_id":"$queue"}`), `{"event":"audience_enqueued"}`)
		w.settle()
		next(`true`, 3*time.Hour+30*time.Minute)          // Sunday 01:30
		next(`"<absent>"`, 6*24*time.Hour-90*time.Minute) // not on Monday, an exception, but on Saturday 00:00
		// What somebody says counts until the schedule says something new.
		expect(t, w.change("queue", `"closed":true`), `{"queue_attrs":{"closed":true}}`)
		w.settle()
		w.pass(4 * time.Hour)
		w.clients["bert"].quiet() // at 03:00 it was closed already
		next(`"<absent>"`, 18*time.Hour)
		// A schedule that is out of use leaves the queue as it is.
		expect(t, w.change("queue", `"schedule":{"disabled":true,"timezone":"UTC","week":[]}`), `{"queue_attrs":{"closed":"<absent>"}}`)
		expect(t, w.change("queue", `"schedule":null,"closed":true`), `{"queue_attrs":{"closed":true,"schedule":"<absent>"}}`)
		// A schedule that has just been set says at once whether it is open.
		expect(t, w.change("queue", `"schedule":{"timezone":"UTC","week":[],"exceptions":{"2000-01-08":[null,null]}}`), `{"queue_attrs":{"closed":"<absent>"}}`)
		expect(t, w.change("queue", `"closed":true,"schedule":{"timezone":"UTC","week":[],"exceptions":{"2000-01-08":[null,null]}}`), `{"queue_attrs":{"closed":true}}`)
	})
}
