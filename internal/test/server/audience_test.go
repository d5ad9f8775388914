package server_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const (
	ask         = `{"action":"request_audience","queue_id":"$queue"}`
	acceptNext  = `{"action":"accept_audience","queue_id":"$queue"}`
	acceptOther = `{"action":"accept_audience","queue_id":"$other"}`
)

// serve has a customer wait in the queue and an agent accept. It returns the
// ids of the audience and the channel, which are called by name from then on.
func (w *world) serve(name, customer, agent string) (audienceID, channelID string) {
	w.t.Helper()
	e := w.do(customer, ask)
	expect(w.t, e, `{"event":"audience_enqueued"}`)
	audienceID = e.text("audience_id")
	w.names[name] = audienceID
	e = w.do(agent, `{"action":"accept_audience","queue_id":"$queue","audience_id":"`+audienceID+`"}`)
	expect(w.t, e, `{"event":"channel_joined"}`)
	channelID = e.text("channel_id")
	w.names["ch-"+name] = channelID
	w.settle()
	return audienceID, channelID
}

// tell sends a message of a type to a channel.
func (w *world) tell(who, channel, kind, content string) event {
	w.t.Helper()
	return w.do(who, `{"action":"send_message","channel_id":"`+channel+`","message_type":"`+kind+`"}`, w.fill(content))
}

func TestRequestAudience(t *testing.T) {
	playIn(t, newQueueWorld, []scenario{
		{name: "enter", steps: []step{
			{"outi", ask, nil, `{"event":"audience_enqueued","queue_id":"$queue","queue_position":1,"queue_attrs":{"name":"main","length":1}}`},
			{"cleo", ask, nil, `{"queue_position":2,"queue_attrs":{"length":2}}`},
			{"outi", ask, nil, `{"queue_position":1,"queue_attrs":{"length":2}}`},
			{"outi", `{"action":"request_audience","queue_id":"$other"}`, nil, `{"queue_position":1}`},
			{"outi", `{"action":"describe_queue","queue_id":"$queue"}`, nil, `{"queue_position":1,"queue_time":"<absent>","queue_attrs":{"length":2}}`},
			{"cleo", `{"action":"describe_realm_queues","realm_id":"$realm"}`, nil, `{"realm_queues":{"$queue":{"queue_position":2},"$other":{"queue_position":"<absent>"}}}`},
			{"cleo", `{"action":"request_audience","queue_id":"none"}`, nil, `{"error_type":"queue_not_found","queue_id":"none"}`},
			{"cleo", `{"action":"request_audience"}`, nil, `{"error_type":"request_malformed"}`},
			{"cleo", `{"action":"request_audience","queue_id":"$queue","audience_metadata":7}`, nil, `{"error_type":"request_malformed"}`},
			{"cleo", `{"action":"request_audience","queue_id":"$queue","audience_metadata":{"x":"` + strings.Repeat("x", 70000) + `"}}`, nil, `{"error_type":"request_malformed","queue_id":"$queue"}`},
		}, told: []step{
			{"bert", "queue_updated", nil, `{"event_cause":"audience_request","queue_id":"$queue","realm_id":"$realm","queue_attrs":{"length":1},"queue_settings":{"transfer_queue_ids":["$other"]}}`},
			{"bert", "queue_updated", nil, `{"event_cause":"audience_request","queue_attrs":{"length":2}}`},
			{"dana", "queue_updated", nil, `{"queue_attrs":{"length":1}}`},
		}},
		{name: "closed", steps: []step{
			{"outi", ask, nil, `{"event":"audience_enqueued"}`},
			{"bert", `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"closed":true}}`, nil, `{"event":"queue_updated"}`},
			{"cleo", ask, nil, `{"error_type":"queue_is_closed","queue_id":"$queue"}`},
			{"outi", ask, nil, `{"event":"audience_enqueued","queue_attrs":{"closed":true}}`},
			{"bert", acceptNext, nil, `{"event":"channel_joined"}`},
		}, told: []step{{"outi", "queue_updated", nil, `{"queue_position":1,"queue_attrs":{"closed":true},"event_cause":"queue_update"}`}}},
		{name: "suspended", steps: []step{
			{"outi", ask, nil, `{"event":"audience_enqueued"}`},
			{"mona", `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"suspended":true}}`, nil, `{"event":"queue_updated"}`},
			{"cleo", ask, nil, `{"error_type":"queue_is_suspended","queue_id":"$queue"}`},
			{"bert", acceptNext, nil, `{"error_type":"queue_is_suspended","queue_id":"$queue"}`},
		}},
		{name: "full", steps: []step{
			{"mona", `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"capacity":1}}`, nil, `{"event":"queue_updated"}`},
			{"outi", ask, nil, `{"event":"audience_enqueued"}`},
			{"cleo", ask, nil, `{"error_type":"queue_is_full","queue_id":"$queue"}`},
			{"bert", acceptNext, nil, `{"event":"channel_joined"}`},
			{"cleo", ask, nil, `{"event":"audience_enqueued"}`},
		}},
	})
}

// Those who wait hear of their places, and nobody else of who they are.
func TestPositions(t *testing.T) {
	w := newQueueWorld(t)
	var waiting []*client
	for i := range 5 {
		c := guest(t, w.srv)
		expect(t, c.call(w.fill(ask)), fmt.Sprintf(`{"event":"audience_enqueued","queue_position":%d}`, i+1))
		waiting = append(waiting, c)
	}
	waiting[0].quiet() // nothing has changed in front
	moved := func(c *client, position int, cause string) {
		t.Helper()
		expect(t, c.read(), w.fill(fmt.Sprintf(`{"event":"queue_updated","queue_id":"$queue","queue_position":%d,"queue_attrs":{"length":%d},"queue_settings":{"transfer_queue_ids":"<absent>"},"queue_time":"<absent>","event_cause":%q}`, position, len(waiting), cause)))
	}
	leave := func(i int) *client {
		c := waiting[i]
		waiting = append(waiting[:i:i], waiting[i+1:]...)
		return c
	}
	// Somebody in the middle gives up.
	leave(2).call(`{"action":"delete_user"}`)
	waiting[0].quiet()
	waiting[1].quiet()
	moved(waiting[2], 3, "audience_drop")
	moved(waiting[3], 4, "audience_drop")
	// A session that is closed is as good as one who has gone.
	leave(1).write(`{"action":"close_session"}`)
	moved(waiting[1], 2, "audience_drop")
	moved(waiting[2], 3, "audience_drop")
	waiting[0].quiet()
	w.settle()
	// The first one is served.
	expect(t, w.do("bert", acceptNext), `{"event":"channel_joined"}`)
	served := leave(0)
	expect(t, served.read(), `{"event":"channel_joined"}`)
	moved(waiting[0], 1, "audience_accept_peer")
	moved(waiting[1], 2, "audience_accept_peer")
	expect(t, w.clients["bert"].wait("queue_updated"), `{"event_cause":"audience_accept_self","queue_attrs":{"length":2}}`)
	expect(t, w.clients["dana"].wait("queue_updated"), `{"event_cause":"audience_accept_peer","queue_attrs":{"length":2}}`)
	if e := w.do("dana", `{"action":"describe_queue","queue_id":"$queue"}`); e.number("queue_time") < 0 {
		t.Fatalf("got %v", e)
	}
	w.clients["outi"].quiet()
	w.clients["anna"].quiet()
}

// Whoever has another session is still there.
func TestWaitingInTwoSessions(t *testing.T) {
	w := newQueueWorld(t)
	outi := w.clients["outi"]
	second := login(t, w.srv, w.fill(`,"message_types":["*"],"user_id":"$outi","user_auth":"$outi.auth"`))
	w.do("outi", ask)
	expect(t, second.wait("audience_enqueued"), `{"queue_position":1,"action_id":"<absent>"}`)
	outi.write(`{"action":"close_session"}`)
	third := login(t, w.srv, w.fill(`,"message_types":[],"user_id":"$outi","user_auth":"$outi.auth"`))
	expect(t, third.call(`{"action":"describe_user"}`), w.fill(`{"user_queues":{"$queue":{"queue_position":1}}}`))
}

func TestAcceptAudience(t *testing.T) {
	w := newQueueWorld(t)
	second := w.clients["dana"]
	elsewhere := login(t, w.srv, w.fill(`,"message_types":["*"],"user_id":"$bert","user_auth":"$bert.auth"`))
	w.run([]step{
		{"bert", acceptNext, nil, `{"error_type":"queue_is_empty","queue_id":"$queue"}`},
		{"outi", `{"action":"request_audience","queue_id":"$queue","audience_metadata":{"vars":{"page":"faq"},"rating":1,"tag_ids":["x"],"ninchat":{"geoip":{}},"mood":"fine"}}`, nil, `{"event":"audience_enqueued"}`},
	})
	w.names["first"] = w.do("outi", ask).text("audience_id")
	w.names["second"] = w.do("cleo", ask).text("audience_id")
	specific := `{"action":"accept_audience","queue_id":"$queue","audience_id":"$second"}`
	w.run([]step{
		{"mona", acceptNext, nil, `{"error_type":"permission_denied","queue_id":"$queue"}`},
		{"outi", acceptNext, nil, `{"error_type":"permission_denied","queue_id":"$queue"}`},
		{"dana", `{"action":"accept_audience","queue_id":"none"}`, nil, `{"error_type":"queue_not_found"}`},
		{"dana", `{"action":"accept_audience"}`, nil, `{"error_type":"request_malformed"}`},
		{"dana", `{"action":"accept_audience","queue_id":"$queue","audience_id":"none"}`, nil, `{"error_type":"audience_not_found","queue_id":"$queue"}`},
		{"dana", `{"action":"accept_audience","queue_id":"$other","audience_id":"$second"}`, nil, `{"error_type":"audience_not_found"}`},
	})
	w.settle()
	expect(t, w.do("dana", specific), w.fill(`{"event":"channel_joined","realm_id":"$realm",
		"channel_attrs":{"audience_id":"$second","queue_id":"$queue","requester_id":"$cleo","private":true,"owner_id":"$anna"},
		"channel_members":{"$cleo":{"user_attrs":{"name":"cleo"},"member_attrs":{"operator":"<absent>"}},"$dana":{"member_attrs":{"operator":true}}},"audience_metadata":{}}`))
	expect(t, w.do("dana", specific), `{"error_type":"audience_not_found"}`)
	w.clients["outi"].quiet() // stays the first
	expect(t, w.clients["cleo"].read(), w.fill(`{"event":"channel_joined","action_id":"<absent>","channel_attrs":{"requester_id":"$cleo"}}`))
	for _, who := range []*client{w.clients["cleo"], second} {
		for range 2 {
			expect(t, who.wait("message_received"), `{"message_type":"ninchat.com/info/join"}`)
		}
	}
	e := w.do("bert", acceptNext)
	expect(t, e, w.fill(`{"event":"channel_joined","channel_attrs":{"audience_id":"$first"},"audience_metadata":{"vars":{"page":"faq"},"mood":"fine","rating":"<absent>","tag_ids":"<absent>","ninchat":"<absent>"}}`))
	expect(t, elsewhere.wait("channel_joined"), w.fill(`{"channel_attrs":{"audience_id":"$first"},"action_id":"<absent>"}`))
	expect(t, w.do("outi", `{"action":"describe_channel","channel_id":"`+e.text("channel_id")+`"}`), `{"audience_metadata":{"vars":{"page":"faq"}}}`)
	// The channel is nobody else's business, but that of the realm's operators.
	describe := `{"action":"describe_channel","channel_id":"` + e.text("channel_id") + `"}`
	expect(t, w.do("cleo", describe), `{"error_type":"channel_not_found"}`)
	expect(t, w.do("dana", describe), `{"error_type":"channel_not_found"}`)
	expect(t, w.do("mona", describe), `{"event":"channel_found","audience_metadata":"<absent>","channel_members":"<absent>"}`)
	// Audience channels aren't counted as channels of the realm's owner.
	expect(t, w.do("anna", `{"action":"describe_user"}`), `{"user_account":{"channels":{"quota":1000,"available":999}}}`)
}

func TestNobodyServesHimself(t *testing.T) {
	w := newQueueWorld(t)
	w.names["own"] = w.do("bert", ask).text("audience_id")
	w.run([]step{
		{"bert", acceptNext, nil, `{"error_type":"queue_is_empty"}`},
		{"bert", `{"action":"accept_audience","queue_id":"$queue","audience_id":"$own"}`, nil, `{"error_type":"permission_denied"}`},
		{"bert", `{"action":"create_audience","queue_id":"$queue","user_id":"$bert"}`, nil, `{"error_type":"permission_denied"}`},
		{"dana", acceptNext, nil, `{"event":"channel_joined","channel_attrs":{"requester_id":"$bert"}}`},
	})
}

// Each customer is served by exactly one of the agents who want to.
func TestAcceptRace(t *testing.T) {
	w := newQueueWorld(t)
	const customers = 20
	for range customers {
		expect(t, guest(t, w.srv).call(w.fill(ask)), `{"event":"audience_enqueued"}`)
	}
	w.settle()
	var group sync.WaitGroup
	got := make([]map[string]int, 2)
	for i, name := range []string{"bert", "dana"} {
		agent := w.clients[name]
		got[i] = make(map[string]int)
		action := w.fill(acceptNext)
		group.Go(func() {
			for {
				switch e := agent.call(action); {
				case e.name == "channel_joined":
					attrs, _ := e.members["channel_attrs"].(map[string]any)
					got[i][fmt.Sprint(attrs["requester_id"])]++
				case e.text("error_type") == "queue_is_empty":
					return
				default:
					t.Errorf("got %v", e)
					return
				}
			}
		})
	}
	group.Wait()
	for id := range got[0] {
		if got[1][id] != 0 {
			t.Errorf("%s was served twice", id)
		}
	}
	if n := len(got[0]) + len(got[1]); n != customers {
		t.Errorf("%d of %d were served", n, customers)
	}
}

// A customer who is lost after some minutes without connection waits no more.
func TestLostCustomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newQueueWorld(t)
		w.do("outi", ask)
		_ = w.clients["outi"].nc.Close()
		delete(w.clients, "outi")
		w.pass(time.Minute)
		expect(t, w.do("bert", `{"action":"describe_queue","queue_id":"$queue"}`), `{"queue_attrs":{"length":1},"queue_time":60}`)
		w.settle()
		w.pass(4*time.Minute - time.Second)
		w.clients["bert"].quiet()
		w.pass(2 * time.Second)
		expect(t, w.clients["bert"].wait("queue_updated"), `{"event_cause":"audience_drop","queue_attrs":{"length":0},"queue_time":"<absent>"}`)
	})
}

func TestEndOfAudience(t *testing.T) {
	const (
		closeIt = `{"action":"update_channel","channel_id":"$ch-a","channel_attrs":{"closed":true}}`
		partIt  = `{"action":"part_channel","channel_id":"$ch-a"}`
	)
	for name, test := range map[string]func(t *testing.T, w *world){
		"the agent closes": func(t *testing.T, w *world) {
			expect(t, w.do("outi", closeIt), `{"error_type":"permission_denied"}`)
			expect(t, w.do("bert", closeIt), `{"event":"channel_updated","channel_attrs":{"closed":true}}`)
			expect(t, w.clients["outi"].wait("channel_updated"), `{"channel_attrs":{"closed":true}}`)
			expect(t, w.tell("outi", "$ch-a", "ninchat.com/text", `{"text":"late"}`), `{"error_type":"permission_denied"}`)
			expect(t, w.tell("outi", "$ch-a", "ninchat.com/metadata", `{"data":{"rating":1}}`), `{"event":"message_received"}`)
			expect(t, w.do("bert", partIt), `{"event":"channel_parted"}`)
			expect(t, w.do("outi", partIt), `{"event":"channel_parted"}`)
		},
		"the customer parts": func(t *testing.T, w *world) {
			expect(t, w.do("outi", partIt), `{"event":"channel_parted"}`)
			bert := w.clients["bert"]
			expect(t, bert.read(), `{"event":"channel_member_parted"}`)
			expect(t, bert.read(), `{"event":"message_received","message_type":"ninchat.com/info/part"}`)
			expect(t, bert.read(), `{"event":"channel_updated","channel_attrs":{"closed":true}}`)
			expect(t, bert.read(), `{"event":"message_received","message_type":"ninchat.com/info/channel"}`)
		},
		"the customer is deleted": func(t *testing.T, w *world) {
			expect(t, w.do("outi", `{"action":"delete_user"}`), `{"event":"user_deleted"}`)
			expect(t, w.clients["bert"].wait("channel_updated"), `{"channel_attrs":{"closed":true}}`)
		},
		"the agent parts": func(t *testing.T, w *world) {
			expect(t, w.do("bert", partIt), `{"event":"channel_parted"}`)
			expect(t, w.clients["outi"].wait("channel_updated"), `{"channel_attrs":{"closed":true}}`)
		},
		"one of two agents parts": func(t *testing.T, w *world) {
			add := `{"action":"add_member","channel_id":"$ch-a","user_id":"$dana"}`
			expect(t, w.do("outi", add), `{"error_type":"permission_denied"}`)
			expect(t, w.do("bert", add), `{"event":"channel_member_joined"}`)
			expect(t, w.clients["dana"].wait("channel_joined"), w.fill(`{"channel_attrs":{"audience_id":"$a"},"audience_metadata":{}}`))
			w.settle()
			expect(t, w.do("bert", partIt), `{"event":"channel_parted"}`)
			expect(t, w.do("outi", `{"action":"describe_channel","channel_id":"$ch-a"}`), `{"channel_attrs":{"closed":"<absent>"}}`)
			expect(t, w.do("bert", `{"action":"get_transcript","audience_id":"$a"}`), `{"audience_members":{}}`)
			expect(t, w.do("dana", partIt), `{"event":"channel_parted"}`)
			expect(t, w.clients["outi"].wait("channel_updated"), `{"channel_attrs":{"closed":true}}`)
		},
		"the owner deletes the channel": func(t *testing.T, w *world) {
			expect(t, w.do("anna", `{"action":"update_channel","channel_id":"$ch-a","channel_attrs":{"suspended":true}}`), `{"event":"channel_updated"}`)
			expect(t, w.do("anna", `{"action":"delete_channel","channel_id":"$ch-a"}`), `{"event":"channel_deleted"}`)
			expect(t, w.clients["outi"].wait("channel_deleted"), `{}`)
			expect(t, w.do("anna", `{"action":"get_transcript","channel_id":"$ch-a"}`), `{"error_type":"channel_not_found"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newQueueWorld(t)
			w.t = t
			w.serve("a", "outi", "bert")
			test(t, w)
			// However it ended, it has ended once.
			e := w.do("anna", `{"action":"get_queue_stats","queue_id":"$queue","stats_length":2}`)
			if got := sumOf(t, e); got.accepted != 1 || got.finished != 1 || got.requested != 1 || got.dropped != 0 {
				t.Errorf("got %+v from %v", got, e)
			}
		})
	}
}

func TestCreateAudience(t *testing.T) {
	w := newQueueWorld(t)
	w.do("anna", `{"action":"add_member","realm_id":"$realm","user_id":"$outi"}`)
	w.change("queue", `"upload":"moderator","video":"group"`)
	w.settle()
	create := `{"action":"create_audience","queue_id":"$queue","user_id":"$outi"`
	w.run([]step{
		{"mona", create + `}`, nil, `{"error_type":"permission_denied","queue_id":"$queue"}`},
		{"outi", create + `}`, nil, `{"error_type":"permission_denied"}`},
		{"bert", `{"action":"create_audience","queue_id":"$queue","user_id":"$cleo"}`, nil, `{"error_type":"permission_denied","user_id":"$cleo"}`},
		{"bert", `{"action":"create_audience","queue_id":"$queue","user_id":"none"}`, nil, `{"error_type":"user_not_found"}`},
		{"bert", `{"action":"create_audience","queue_id":"none","user_id":"$outi"}`, nil, `{"error_type":"queue_not_found"}`},
		{"bert", `{"action":"create_audience","queue_id":"$queue"}`, nil, `{"error_type":"request_malformed"}`},
		{"bert", create + `,"channel_attrs":{"audience_id":"x"}}`, nil, `{"error_type":"permission_denied"}`},
		{"bert", create + `,"channel_attrs":{"suspended":true}}`, nil, `{"error_type":"permission_denied"}`},
	})
	w.settle()
	e := w.do("bert", create+`,"channel_attrs":{"name":"appointment","upload":"member","audience":{"begin_timestamp":"2030-01-01T12:00:00"}}}`)
	expect(t, e, w.fill(`{"event":"channel_created","realm_id":"$realm","channel_attrs":{"name":"appointment","upload":"member","video":"group","private":true,"requester_id":"$outi","queue_id":"$queue","audience":{"begin_timestamp":"2030-01-01T12:00:00"}}}`))
	expect(t, w.clients["bert"].read(), w.fill(`{"event":"channel_joined","channel_members":{"$bert":{"member_attrs":{"operator":true}}}}`))
	expect(t, w.clients["outi"].read(), w.fill(`{"event":"channel_joined","channel_members":{"$outi":{"member_attrs":{"invitee":true}}}}`))
	// An hour may have ended meanwhile.
	e = w.do("bert", `{"action":"get_queue_stats","queue_id":"$queue","stats_length":2}`)
	if got := sumOf(t, e); got != (sums{accepted: 1}) {
		t.Errorf("got %+v from %v", got, e)
	}
}

func TestRegisterAudience(t *testing.T) {
	w := newQueueWorld(t)
	register := `{"action":"register_audience","queue_id":"$queue","audience_metadata":{"phone":"123"}}`
	w.run([]step{
		{"outi", register, nil, `{"error_type":"permission_denied","queue_id":"$queue"}`},
		{"outi", `{"action":"register_audience","queue_id":"none"}`, nil, `{"error_type":"queue_not_found"}`},
		{"outi", `{"action":"register_audience"}`, nil, `{"error_type":"request_malformed"}`},
		{"anna", `{"action":"update_queue","queue_id":"$queue","queue_settings":{"audience_registration":true},"queue_attrs":{"closed":true}}`, nil, `{"event":"queue_updated"}`},
		{"outi", register, nil, `{"event":"audience_registered"}`},
		{"bert", `{"action":"get_queue_stats","queue_id":"$queue","stats_length":1}`, nil, `{"event":"queue_stats_contents"}`},
		{"mona", `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"suspended":true}}`, nil, `{"event":"queue_updated"}`},
		{"outi", register, nil, `{"error_type":"queue_is_suspended"}`},
	})
	list := w.transcripts("bert", "queue")
	if len(list) != 1 || list[0]["agent_id"] != nil || list[0]["channel_id"] != nil || list[0]["complete_time"] == nil {
		t.Fatalf("got %v", list)
	}
	e := w.do("bert", `{"action":"get_transcript","audience_id":"`+fmt.Sprint(list[0]["audience_id"])+`"}`)
	expect(t, e, w.fill(`{"event":"transcript_contents","audience_metadata":{"phone":"123"},"audience_members":{"$outi":{"customer":true}},"transcript_messages":"<absent>"}`))
}

func TestAudienceWithoutQueue(t *testing.T) {
	w := newQueueWorld(t)
	w.serve("a", "outi", "bert")
	w.serve("b", "cleo", "dana")
	w.run([]step{
		{"mona", `{"action":"delete_queue","queue_id":"$queue"}`, nil, `{"event":"queue_deleted"}`},
		// Those who are being served aren't affected.
		{"outi", `{"action":"send_message","channel_id":"$ch-a","message_type":"ninchat.com/text"}`, []string{`{"text":"x"}`}, `{"event":"message_received"}`},
		{"bert", `{"action":"update_channel","channel_id":"$ch-a","channel_attrs":{"closed":true}}`, nil, `{"event":"channel_updated"}`},
		{"outi", `{"action":"part_channel","channel_id":"$ch-a"}`, nil, `{"event":"channel_parted"}`},
		{"bert", `{"action":"part_channel","channel_id":"$ch-a"}`, nil, `{"event":"channel_parted"}`},
		{"mona", `{"action":"get_transcript","audience_id":"$a"}`, nil, `{"event":"transcript_contents","channel_id":"$ch-a"}`},
		{"bert", `{"action":"get_transcript","audience_id":"$a"}`, nil, `{"event":"transcript_contents"}`},
		// With the realm everything goes.
		{"anna", `{"action":"delete_realm","realm_id":"$realm"}`, nil, `{"event":"realm_deleted"}`},
		{"anna", `{"action":"get_transcript","audience_id":"$a"}`, nil, `{"error_type":"audience_not_found"}`},
		{"anna", `{"action":"describe_channel","channel_id":"$ch-a"}`, nil, `{"error_type":"channel_not_found"}`},
		{"cleo", `{"action":"describe_channel","channel_id":"$ch-b"}`, nil, `{"error_type":"channel_not_found"}`},
	})
	expect(t, w.clients["cleo"].wait("channel_deleted"), w.fill(`{"channel_id":"$ch-b"}`))
}

// Who leaves the realm leaves its customers, too; customers stay.
func TestLeavingRealmLeavesAudiences(t *testing.T) {
	w := newQueueWorld(t)
	w.do("outi", ask)
	channel := w.do("bert", acceptNext).text("channel_id")
	w.settle()
	expect(t, w.do("anna", `{"action":"remove_member","realm_id":"$realm","user_id":"$bert"}`), `{"event":"realm_member_parted"}`)
	expect(t, w.clients["bert"].wait("channel_parted"), `{"channel_id":"`+channel+`","event_cause":"member_remove"}`)
	expect(t, w.clients["outi"].wait("channel_member_parted"), w.fill(`{"channel_id":"`+channel+`","user_id":"$bert"}`))
	expect(t, w.do("bert", `{"action":"describe_channel","channel_id":"`+channel+`"}`), `{"error_type":"channel_not_found"}`)
	expect(t, w.do("outi", `{"action":"describe_channel","channel_id":"`+channel+`"}`), `{"channel_attrs":{"closed":true}}`)
}
