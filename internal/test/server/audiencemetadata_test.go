package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/master"
)

// What an organization has encrypted with its master key reaches the agent who
// accepts, and nobody else.
func TestSecureMetadata(t *testing.T) {
	w := newQueueWorld(t)
	key, jwtKey := signers(t, w.clients["anna"])
	foreign, _ := signers(t, w.clients["mona"])
	sign := signed(t)
	data := master.Map{"identifier": "customer 7", "vip": true}
	request := func(secure string) string {
		return `{"action":"request_audience","queue_id":"$queue","audience_metadata":{"vars":{"page":"faq"},"secure":` + secure + `}}`
	}
	outi := w.clients["outi"].userID
	at := master.At(time.Now().Add(-2 * time.Hour))
	for name, secure := range map[string]string{
		"anybody's":  sign(key.Encrypt(tenMinutes(), data)),
		"one user's": sign(key.EncryptForUser(tenMinutes(), data, outi)),
		"dashes":     sign(key.Encrypt(tenMinutes(), data, master.Dash)),
		"a token":    sign(jwtKey.Encrypt(tenMinutes(), data)),
	} {
		w.settle()
		expect(t, w.do("outi", request(quote(secure))), `{"event":"audience_enqueued"}`)
		e := w.do("bert", acceptNext)
		expect(t, e, `{"event":"channel_joined","audience_metadata":{"vars":{"page":"faq"},"secure":{"identifier":"customer 7","vip":true}}}`)
		id := e.text("channel_id")
		expect(t, w.clients["outi"].wait("channel_joined"), `{"audience_metadata":{"vars":{"page":"faq"},"secure":"<absent>"}}`)
		describe := `{"action":"describe_channel","channel_id":"` + id + `"}`
		expect(t, w.do("outi", describe), `{"audience_metadata":{"secure":"<absent>"}}`)
		expect(t, w.do("bert", describe), `{"audience_metadata":{"secure":{"vip":true}}}`)
		expect(t, w.do("mona", describe), `{"audience_metadata":"<absent>"}`)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	garbled := sign(key.Encrypt(tenMinutes(), data))
	garbled = garbled[:len(garbled)-6] + "AAAAAA"
	denied := `{"error_type":"permission_denied","queue_id":"$queue"}`
	w.run([]step{
		{"outi", request(quote(sign(key.Encrypt(time.Now().Add(-time.Hour), data, at)))), nil, `{"error_type":"permission_expired","queue_id":"$queue"}`},
		{"outi", request(quote(sign(jwtKey.Encrypt(time.Now().Add(-time.Hour), data, at)))), nil, `{"error_type":"permission_expired"}`},
		{"outi", request(quote(sign(foreign.Encrypt(tenMinutes(), data)))), nil, denied},
		{"outi", request(quote(sign(key.EncryptForUser(tenMinutes(), data, "somebody else")))), nil, denied},
		{"outi", request(quote(garbled)), nil, denied},
		{"outi", request(`"nonsense"`), nil, denied},
		{"outi", request(`""`), nil, denied},
		{"outi", request(`{"vip":true}`), nil, `{"error_type":"request_malformed","queue_id":"$queue"}`},
		{"outi", `{"action":"describe_queue","queue_id":"$queue"}`, nil, `{"queue_attrs":{"length":0}}`},
		// A queue may demand it,
		{"anna", `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"secure_metadata":true}}`, nil, `{"event":"queue_updated"}`},
		{"outi", ask, nil, denied},
		{"outi", `{"action":"request_audience","queue_id":"$queue","audience_metadata":{"x":1}}`, nil, denied},
		{"outi", request(quote(sign(key.Encrypt(tenMinutes(), data)))), nil, `{"event":"audience_enqueued"}`},
		{"bert", acceptNext, nil, `{"event":"channel_joined"}`},
		// or ignore it.
		{"anna", `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"secure_metadata":false,"ignore_secure_metadata":true}}`, nil, `{"event":"queue_updated"}`},
		{"outi", request(`"nonsense"`), nil, `{"event":"audience_enqueued"}`},
		{"bert", acceptNext, nil, `{"event":"channel_joined","audience_metadata":{"vars":{"page":"faq"},"secure":"<absent>"}}`},
	})
}

// A token may say what the customer is called.
func TestSecureMetadataWithName(t *testing.T) {
	w := newQueueWorld(t)
	_, jwtKey := signers(t, w.clients["anna"])
	secure := signed(t)(jwtKey.Encrypt(tenMinutes(), master.Map{"a": 1}, master.UserName("Oili")))
	expect(t, w.do("outi", `{"action":"request_audience","queue_id":"$queue","audience_metadata":{"secure":`+quote(secure)+`}}`), `{"event":"audience_enqueued"}`)
	expect(t, w.clients["outi"].wait("user_updated"), `{"user_attrs":{"name":"Oili"}}`)
	expect(t, w.do("bert", acceptNext), w.fill(`{"channel_members":{"$outi":{"user_attrs":{"name":"Oili"}}}}`))
}

// The customer rates, agents tag.
func TestMetadataMessages(t *testing.T) {
	w := newQueueWorld(t)
	w.serve("a", "outi", "bert")
	w.names["red"], w.names["blue"] = w.tag(`"name":"red"`), w.tag(`"name":"blue"`)
	w.names["elsewhere"] = w.tagElsewhere()
	w.settle()
	malformed := `{"error_type":"message_malformed","message_type":"ninchat.com/metadata","channel_id":"$ch-a"}`
	for _, test := range []struct{ who, content, want string }{
		{"outi", `{"data":{"rating":2}}`, malformed},
		{"outi", `{"data":{"rating":"good"}}`, malformed},
		{"outi", `{"data":{"rating":0.5}}`, malformed},
		{"bert", `{"data":{"tag_ids":"red"}}`, malformed},
		{"bert", `{"data":{"tag_ids":[1]}}`, malformed},
		{"bert", `{"data":{"rating":-1,"note":"his"}}`, `{"event":"message_received"}`},
		{"outi", `{"data":{"tag_ids":["hers"],"mood":"fine"}}`, `{"event":"message_received"}`},
		{"outi", `{"data":{"rating":1}}`, `{"event":"message_received"}`},
		{"outi", `{"data":{"rating":0,"mood":null}}`, `{"event":"message_received"}`},
		{"bert", `{"data":{"tag_ids":["$red","$blue"]}}`, `{"event":"message_received"}`},
		{"bert", `{"data":{"tag_ids":["$red","none"]}}`, `{"error_type":"tag_not_found","tag_id":"none","message_type":"ninchat.com/metadata","channel_id":"$ch-a"}`},
		{"bert", `{"data":{"tag_ids":["$elsewhere"]}}`, `{"error_type":"tag_not_found","tag_id":"$elsewhere"}`},
	} {
		expect(t, w.tell(test.who, "$ch-a", "ninchat.com/metadata", test.content), w.fill(test.want))
	}
	e := w.do("outi", `{"action":"send_message","channel_id":"$ch-a","message_type":"ninchat.com/metadata","message_fold":false,"message_recipient_ids":[],"message_privileged":true}`, `{"data":{"private":1}}`)
	expect(t, e, `{"event":"message_received"}`)
	e = w.do("bert", `{"action":"describe_channel","channel_id":"$ch-a"}`)
	expect(t, e, w.fill(`{"audience_metadata":{"rating":0},"member_message_metadata":{"$outi":{"tag_ids":["hers"],"rating":0,"mood":"<absent>","private":"<absent>"},"$bert":{"note":"his"}}}`))
	metadata, _ := e.members["audience_metadata"].(map[string]any)
	if got := fmt.Sprint(metadata["tag_ids"]); got != w.fill("[$red $blue]") {
		t.Errorf("got %s", got)
	}
	expect(t, w.do("outi", `{"action":"describe_channel","channel_id":"$ch-a"}`), `{"audience_metadata":{"rating":0,"tag_ids":"<absent>"}}`)
	// A tag that has been deleted can stay where it is, and not come back.
	expect(t, w.do("mona", `{"action":"delete_tag","tag_id":"$red"}`), `{"event":"tag_deleted"}`)
	expect(t, w.tell("bert", "$ch-a", "ninchat.com/metadata", `{"data":{"tag_ids":["$red"]}}`), `{"event":"message_received"}`)
	expect(t, w.tell("bert", "$ch-a", "ninchat.com/metadata", `{"data":{"tag_ids":[]}}`), `{"event":"message_received"}`)
	expect(t, w.tell("bert", "$ch-a", "ninchat.com/metadata", `{"data":{"tag_ids":["$red"]}}`), `{"error_type":"tag_not_found"}`)
	w.tell("outi", "$ch-a", "ninchat.com/metadata", `{"data":{"rating":null}}`)
	expect(t, w.do("bert", `{"action":"describe_channel","channel_id":"$ch-a"}`), `{"audience_metadata":{"rating":"<absent>"}}`)
	if got := sumOf(t, w.do("bert", `{"action":"get_queue_stats","queue_id":"$queue","stats_length":2}`)); got.rated != 0 {
		t.Errorf("got %+v", got)
	}
}
