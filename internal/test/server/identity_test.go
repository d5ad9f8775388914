package server_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// mailed is the key in the newest mail.
func (w *world) mailed(accessType, to string) string {
	w.t.Helper()
	mails := w.srv.Outbox()
	if len(mails) == 0 {
		w.t.Fatal("no mail")
	}
	mail := mails[len(mails)-1]
	if mail.AccessType != accessType || mail.To != to || mail.AccessKey == "" {
		w.t.Fatalf("got mail of type %s to %s", mail.AccessType, mail.To)
	}
	return mail.AccessKey.Reveal()
}

// verify has an identity verified.
func (w *world) verify(to string) {
	w.t.Helper()
	key := w.mailed("identity_verify", to)
	expect(w.t, connect(w.t, w.srv).call(`{"action":"verify_identity","identity_accept":true,"access_key":"`+key+`"}`), `{"event":"identity_updated","identity_attrs":{"pending":"<absent>"}}`)
}

// bertsEmail names an identity in an action.
const bertsEmail = `"identity_type":"email","identity_name":"Bert@example.com"`

func TestIdentities(t *testing.T) {
	create := `{"action":"create_identity",` + bertsEmail + `,"identity_auth_new":"pass","identity_attrs":{"public":true}}`
	update := func(attrs string) string {
		return `{"action":"update_identity",` + bertsEmail + `,"identity_attrs":{` + attrs + `}}`
	}
	auth := func(params string) string { return `{"action":"update_identity_auth",` + bertsEmail + params + `}` }
	describe := `{"action":"describe_identity",` + bertsEmail + `}`
	missing := `{"event":"error","error_type":"identity_not_found","identity_type":"email","identity_name":"Bert@example.com"}`
	play(t, []scenario{
		{name: "create", steps: []step{
			{"bert", create, nil, `{"event":"identity_created","user_id":"$bert","identity_type":"email","identity_name":"Bert@example.com","identity_attrs":{"pending":true,"auth":true,"public":true}}`},
			{"bert", create, nil, `{"error_type":"identity_already_exists","identity_type":"email"}`},
			{"anna", `{"action":"create_identity","identity_type":"email","identity_name":"bert@EXAMPLE.com"}`, nil, `{"error_type":"identity_already_exists"}`},
			{"anna", `{"action":"create_identity","identity_type":"email","identity_name":"nonsense"}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_identity","identity_type":"email","identity_name":"A <a@example.com>"}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_identity","identity_type":"gcm","identity_name":""}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_identity","identity_type":"gcm","identity_name":"` + strings.Repeat("x", 321) + `"}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_identity","identity_type":"fax","identity_name":"1"}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_identity","identity_type":"email","identity_name":"a@example.com","identity_auth_new":""}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_identity","identity_type":"email","identity_name":"a@example.com","identity_attrs":{"pending":false}}`, nil, `{"error_type":"permission_denied"}`},
			{"anna", `{"action":"create_identity","identity_type":"email"}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_identity","identity_type":"gcm","identity_name":"token"}`, nil, `{"event":"identity_created","identity_attrs":{"pending":true,"auth":"<absent>"}}`},
			{"bert", `{"action":"describe_user"}`, nil, `{"user_identities":{"email":{"Bert@example.com":{"auth":true}}}}`},
			{"anna", `{"action":"describe_user","user_id":"$bert"}`, nil, `{"user_identities":{"email":"<absent>"}}`},
		}},
		{name: "describe", steps: []step{
			{"bert", create, nil, `{"event":"identity_created"}`},
			{"bert", describe, nil, `{"event":"identity_found","user_id":"$bert","identity_type":"email","identity_name":"Bert@example.com","identity_attrs":{"pending":true}}`},
			{"anna", describe, nil, missing},
			{"anna", `{"action":"describe_identity","identity_type":"email"}`, nil, `{"error_type":"request_malformed"}`},
		}},
		{name: "update", steps: []step{
			{"bert", create, nil, `{"event":"identity_created"}`},
			{"bert", update(`"protected":true,"public":null`), nil, `{"event":"identity_updated","user_id":"$bert","identity_attrs":{"protected":true,"public":"<absent>","pending":true}}`},
			{"bert", update(`"protected":true`), nil, `{"event":"identity_updated"}`},
			{"bert", update(`"pending":true`), nil, `{"error_type":"permission_denied","identity_type":"email"}`},
			{"bert", update(`"blocked":true`), nil, `{"error_type":"permission_denied"}`},
			{"bert", update(`"public":1`), nil, `{"error_type":"request_malformed"}`},
			{"anna", update(`"public":true`), nil, missing},
		}},
		{name: "password", steps: []step{
			{"bert", create, nil, `{"event":"identity_created"}`},
			{"bert", auth(`,"identity_auth_new":"new"`), nil, `{"error_type":"access_denied","identity_name":"Bert@example.com"}`},
			{"bert", auth(`,"identity_auth":"wrong","identity_auth_new":"new"`), nil, `{"error_type":"access_denied"}`},
			{"bert", auth(`,"identity_auth":"pass","identity_auth_new":""`), nil, `{"error_type":"request_malformed"}`},
			{"bert", auth(`,"identity_auth":1`), nil, `{"error_type":"request_malformed"}`},
			{"anna", auth(`,"identity_auth":"pass"`), nil, missing},
			{"bert", auth(`,"identity_auth":"pass","identity_auth_new":"new"`), nil, `{"event":"identity_updated","identity_attrs":{"auth":true}}`},
			{"bert", auth(`,"identity_auth":"new"`), nil, `{"event":"identity_updated","identity_attrs":{"auth":"<absent>"}}`},
			{"bert", auth(`,"identity_auth_new":"third"`), nil, `{"identity_attrs":{"auth":true}}`},
		}},
		{name: "delete", steps: []step{
			{"bert", create, nil, `{"event":"identity_created"}`},
			{"bert", `{"action":"delete_identity",` + bertsEmail + `}`, nil, `{"error_type":"access_denied"}`},
			{"anna", `{"action":"delete_identity",` + bertsEmail + `,"identity_auth":"pass"}`, nil, missing},
			{"bert", `{"action":"delete_identity","identity_type":"email"}`, nil, `{"error_type":"request_malformed"}`},
			{"bert", `{"action":"delete_identity",` + bertsEmail + `,"identity_auth":"pass"}`, nil, `{"event":"identity_deleted","user_id":"$bert","identity_name":"Bert@example.com"}`},
			{"bert", `{"action":"describe_user"}`, nil, `{"user_identities":{"email":"<absent>"}}`},
			{"anna", create, nil, `{"event":"identity_created","user_id":"$anna"}`},
		}},
	})
}

// All sessions of a user hear of the identities, and nobody else does.
func TestIdentityEvents(t *testing.T) {
	w := newWorld(t)
	other := login(t, w.srv, w.fill(`,"message_types":[],"user_id":"$bert","user_auth":"$bert.auth"`))
	w.settle()
	w.do("bert", `{"action":"create_identity",`+bertsEmail+`}`)
	expect(t, other.read(), w.fill(`{"event":"identity_created","user_id":"$bert","action_id":"<absent>"}`))
	w.do("bert", `{"action":"update_identity",`+bertsEmail+`,"identity_attrs":{"public":true}}`)
	expect(t, other.read(), `{"event":"identity_updated","identity_attrs":{"public":true},"action_id":"<absent>"}`)
	w.verify("Bert@example.com")
	expect(t, other.read(), `{"event":"identity_updated","identity_attrs":{"pending":"<absent>"}}`)
	w.do("bert", `{"action":"delete_identity",`+bertsEmail+`}`)
	expect(t, other.read(), `{"event":"identity_deleted","identity_name":"Bert@example.com","action_id":"<absent>"}`)
	w.clients["anna"].quiet()
}

func TestVerifiedIdentity(t *testing.T) {
	w := newWorld(t)
	describe := `{"action":"describe_identity",` + bertsEmail + `}`
	send := `{"action":"send_message",` + bertsEmail + `,"message_type":"x"}`
	w.run([]step{
		{"anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"verified_join":true}}`, nil, `{"event":"channel_updated"}`},
		{"bert", `{"action":"part_channel","channel_id":"$channel"}`, nil, `{"event":"channel_parted"}`},
		{"bert", `{"action":"create_identity",` + bertsEmail + `,"identity_attrs":{"public":true}}`, nil, `{"event":"identity_created"}`},
		{"bert", `{"action":"join_channel","channel_id":"$channel"}`, nil, `{"error_type":"permission_denied"}`},
		{"anna", send, []string{"x"}, `{"error_type":"identity_not_found"}`},
	})
	w.verify("Bert@example.com")
	w.run([]step{
		{"bert", `{"action":"join_channel","channel_id":"$channel"}`, nil, `{"event":"channel_joined"}`},
		{"outi", describe, nil, `{"event":"identity_found","user_id":"$bert","identity_name":"Bert@example.com","identity_attrs":"<absent>"}`},
		{"outi", `{"action":"describe_user","user_id":"$bert"}`, nil, `{"user_identities":{"email":{"Bert@example.com":{"public":true}}}}`},
		{"anna", send, []string{"x"}, `{"event":"message_received","user_id":"$bert"}`},
		{"bert", `{"action":"update_identity",` + bertsEmail + `,"identity_attrs":{"protected":true}}`, nil, `{"event":"identity_updated"}`},
		{"outi", describe, nil, `{"error_type":"identity_not_found"}`},
		{"bert", describe, nil, `{"event":"identity_found","identity_attrs":{"protected":true}}`},
		{"outi", `{"action":"describe_user","user_id":"$bert"}`, nil, `{"user_identities":{"email":"<absent>"}}`},
	})
}

func TestVerifyingIdentities(t *testing.T) {
	w := newWorld(t)
	verify := func(key, accept string) string {
		return `{"action":"verify_identity","access_key":"` + key + `","identity_accept":` + accept + `}`
	}
	request := `{"action":"request_identity_verify_access",` + bertsEmail + `}`
	w.do("bert", `{"action":"create_identity",`+bertsEmail+`,"identity_auth_new":"pass"}`)
	first := w.mailed("identity_verify", "Bert@example.com")
	stranger := connect(t, w.srv)
	expect(t, stranger.call(request), `{"event":"access_created","access_type":"identity_verify","access_key":"<absent>"}`)
	second := w.mailed("identity_verify", "Bert@example.com")
	expect(t, stranger.call(`{"action":"describe_access","access_key":"`+second+`"}`), w.fill(`{"event":"access_found","access_type":"identity_verify","user_id":"$bert","user_attrs":{"name":"bert"},"identity_type":"email","identity_name":"Bert@example.com","channel_id":"<absent>"}`))
	expect(t, stranger.call(verify("forged", "true")), `{"error_type":"access_denied"}`)
	expect(t, stranger.call(`{"action":"verify_identity","access_key":"`+second+`"}`), `{"error_type":"request_malformed"}`)
	expect(t, stranger.call(`{"action":"reset_identity_auth","access_key":"`+second+`","identity_auth_new":"x"}`), `{"error_type":"access_denied"}`)
	// The owner of the address says no.
	expect(t, stranger.call(verify(first, "false")), `{"event":"identity_updated","identity_attrs":{"rejected":true,"pending":"<absent>"}}`)
	expect(t, stranger.call(verify(first, "true")), `{"error_type":"access_already_spent"}`)
	_, e := w.attempt(`,` + bertsEmail + `,"identity_auth":"pass"`)
	expect(t, e, `{"error_type":"access_denied"}`)
	expect(t, stranger.call(request), `{"error_type":"permission_denied","identity_name":"Bert@example.com"}`)
	// The owner can have the address, and what was mailed before is no good.
	w.settle()
	expect(t, w.do("anna", `{"action":"create_identity",`+bertsEmail+`}`), w.fill(`{"event":"identity_created","user_id":"$anna"}`))
	expect(t, w.clients["bert"].read(), w.fill(`{"event":"identity_deleted","user_id":"$bert"}`))
	expect(t, stranger.call(verify(second, "true")), `{"error_type":"access_denied"}`)
	w.verify("Bert@example.com")
	expect(t, stranger.call(request), `{"error_type":"permission_denied"}`)
	expect(t, stranger.call(`{"action":"request_identity_verify_access","identity_type":"email","identity_name":"none@example.com"}`), `{"error_type":"identity_not_found"}`)
	expect(t, stranger.call(`{"action":"request_identity_verify_access","identity_type":"email"}`), `{"error_type":"request_malformed"}`)
	w.do("outi", `{"action":"create_identity","identity_type":"apns","identity_name":"x"}`)
	expect(t, stranger.call(`{"action":"request_identity_verify_access","identity_type":"apns","identity_name":"x"}`), `{"error_type":"permission_denied"}`)
}

func TestResettingPasswords(t *testing.T) {
	w := newWorld(t)
	reset := func(key, auth string) string {
		return `{"action":"reset_identity_auth","access_key":"` + key + `","identity_auth_new":"` + auth + `"}`
	}
	request := `{"action":"request_identity_auth_reset_access",` + bertsEmail + `}`
	stranger := connect(t, w.srv)
	expect(t, w.do("bert", `{"action":"create_identity_with_auth_reset_access",`+bertsEmail+`}`), `{"event":"identity_created","identity_attrs":{"pending":true,"auth":"<absent>"}}`)
	expect(t, w.do("bert", `{"action":"create_identity_with_auth_reset_access","identity_type":"gcm","identity_name":"x"}`), `{"error_type":"permission_denied"}`)
	expect(t, w.do("bert", `{"action":"create_identity_with_auth_reset_access","identity_type":"email"}`), `{"error_type":"request_malformed"}`)
	expect(t, w.do("anna", `{"action":"create_identity_with_auth_reset_access",`+bertsEmail+`}`), `{"error_type":"identity_already_exists"}`)
	expect(t, stranger.call(request), `{"error_type":"permission_denied"}`)
	key := w.mailed("identity_auth_reset", "Bert@example.com")
	expect(t, stranger.call(`{"action":"verify_identity","identity_accept":true,"access_key":"`+key+`"}`), `{"error_type":"access_denied"}`)
	expect(t, stranger.call(reset(key, "")), `{"error_type":"request_malformed"}`)
	expect(t, stranger.call(reset(key, "one")), w.fill(`{"event":"identity_updated","user_id":"$bert","identity_attrs":{"auth":true,"pending":"<absent>"}}`))
	expect(t, w.clients["bert"].wait("identity_updated"), `{"identity_attrs":{"auth":true},"action_id":"<absent>"}`)
	expect(t, stranger.call(reset(key, "two")), `{"error_type":"access_already_spent"}`)
	_, e := w.attempt(`,"identity_type":"email","identity_name":"bert@example.com","identity_auth":"one"`)
	expect(t, e, w.fill(`{"event":"session_created","user_id":"$bert"}`))
	expect(t, stranger.call(request), `{"event":"access_created","access_type":"identity_auth_reset","access_key":"<absent>"}`)
	expect(t, stranger.call(reset(w.mailed("identity_auth_reset", "Bert@example.com"), "two")), `{"event":"identity_updated"}`)
	_, e = w.attempt(`,` + bertsEmail + `,"identity_auth":"one"`)
	expect(t, e, `{"error_type":"access_denied"}`)
	expect(t, stranger.call(`{"action":"request_identity_auth_reset_access","identity_type":"email","identity_name":"none@example.com"}`), `{"error_type":"identity_not_found"}`)
	expect(t, stranger.call(`{"action":"request_identity_auth_reset_access","identity_type":"email"}`), `{"error_type":"request_malformed"}`)
	expect(t, stranger.call(`{"action":"reset_identity_auth"}`), `{"error_type":"request_malformed"}`)
}

// Who wants no mail gets none.
func TestBlockedIdentity(t *testing.T) {
	w := newWorld(t)
	u, err := w.srv.AddUser(server.User{Identities: []server.Identity{
		{Type: "email", Name: "bert@example.com", Auth: "x", Attrs: api.IdentityAttrs{Blocked: api.Set(true), Pending: api.Set(true)}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	blocked := `{"error_type":"access_blocked","identity_name":"bert@example.com"}`
	expect(t, w.do("anna", `{"action":"request_identity_verify_access",`+bertsEmail+`}`), blocked)
	expect(t, w.do("anna", `{"action":"request_identity_auth_reset_access",`+bertsEmail+`}`), blocked)
	key := w.do("anna", `{"action":"create_access","access_type":"session"}`).text("access_key")
	expect(t, w.do("anna", `{"action":"send_access",`+bertsEmail+`,"access_key":"`+key+`"}`), blocked)
	c, e := w.attempt(`,` + bertsEmail + `,"identity_auth":"x"`)
	expect(t, e, `{"event":"session_created","user_id":"`+u.ID+`"}`)
	expect(t, c.call(`{"action":"send_access",`+bertsEmail+`}`), blocked)
	if mails := w.srv.Outbox(); len(mails) != 0 {
		t.Errorf("%d mails", len(mails))
	}
}

func TestIdentityLimit(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.Identities = 1 })
	expect(t, w.do("bert", `{"action":"create_identity",`+bertsEmail+`}`), `{"event":"identity_created"}`)
	expect(t, w.do("bert", `{"action":"create_identity","identity_type":"gcm","identity_name":"x"}`), `{"error_type":"permission_denied"}`)
}

// A session that is refused because of a new identity changes nothing.
func TestNewIdentityAtLogin(t *testing.T) {
	w := newWorld(t)
	w.do("anna", `{"action":"create_identity",`+bertsEmail+`}`)
	login := `,"user_id":"$bert","user_auth":"$bert.auth","user_attrs":{"name":"other"},"identity_type_new":"email"`
	for _, test := range []struct{ params, want string }{
		{`,"identity_name_new":"bert@example.com"`, `{"error_type":"identity_already_exists"}`},
		{`,"identity_name_new":"bert"`, `{"error_type":"request_malformed"}`},
		{`,"identity_name_new":"b@example.com","identity_auth_new":""`, `{"error_type":"request_malformed"}`},
		{`,"identity_name_new":"b@example.com","identity_attrs":{"blocked":true}`, `{"error_type":"permission_denied"}`},
		{``, `{"error_type":"request_malformed"}`},
	} {
		_, e := w.attempt(login + test.params)
		expect(t, e, test.want)
	}
	expect(t, w.do("bert", `{"action":"describe_user"}`), `{"user_attrs":{"name":"bert"},"user_identities":{"email":"<absent>"}}`)
	_, e := w.attempt(login + `,"identity_name_new":"b@example.com"`)
	expect(t, e, `{"event":"session_created","user_attrs":{"name":"other"},"user_identities":{"email":{"b@example.com":{"pending":true}}}}`)
	expect(t, w.clients["bert"].wait("identity_created"), `{"identity_name":"b@example.com","action_id":"<absent>"}`)
	w.verify("b@example.com")
}

func TestOutbox(t *testing.T) {
	told := make(chan server.Mail, 10)
	w := newWorld(t, func(c *serverConfig) { c.OnMail = func(m server.Mail) { told <- m } })
	bearer := []string{"Authorization", "Bearer " + w.srv.DebugToken().Reveal()}
	resp, body := request(t, w.srv, "GET", "/debug/outbox", bearer...)
	if resp.StatusCode != http.StatusOK || strings.TrimSpace(body) != "[]" || resp.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	w.do("bert", `{"action":"create_identity",`+bertsEmail+`}`)
	key := w.mailed("identity_verify", "Bert@example.com")
	if m := <-told; m != w.srv.Outbox()[0] || m.Time.IsZero() {
		t.Errorf("told of a mail to %s", m.To)
	}
	_, body = request(t, w.srv, "GET", "/debug/outbox", bearer...)
	var mails []map[string]string
	if err := json.Unmarshal([]byte(body), &mails); err != nil {
		t.Fatal(err)
	}
	if len(mails) != 1 || mails[0]["access_key"] != key || mails[0]["to"] != "Bert@example.com" || mails[0]["access_type"] != "identity_verify" || mails[0]["time"] == "" {
		t.Errorf("got %s", body)
	}
	for _, header := range [][]string{
		{"Host", "evil.example.com"}, {"Host", "10.0.0.1:80"}, {"Origin", "http://localhost"}, {"X-Forwarded-For", "10.0.0.1"}, {"Forwarded", "for=10.0.0.1"},
	} {
		if resp, body := request(t, w.srv, "GET", "/debug/outbox", append(bearer, header...)...); resp.StatusCode != http.StatusForbidden || strings.Contains(body, key) {
			t.Errorf("%v: %d %s", header, resp.StatusCode, body)
		}
	}
	if resp, _ := request(t, w.srv, "POST", "/debug/outbox", bearer...); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", resp.StatusCode)
	}
}

func TestMailedKeysExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		pending := api.IdentityAttrs{Pending: api.Set(true)}
		if _, err := srv.AddUser(server.User{Identities: []server.Identity{
			{Type: "email", Name: "a@example.com", Attrs: pending}, {Type: "email", Name: "b@example.com"},
		}}); err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, srv: srv}
		c := connect(t, srv)
		expect(t, c.call(`{"action":"request_identity_verify_access","identity_type":"email","identity_name":"a@example.com"}`), `{"event":"access_created"}`)
		verify := `{"action":"verify_identity","identity_accept":true,"access_key":"` + w.mailed("identity_verify", "a@example.com") + `"}`
		expect(t, c.call(`{"action":"request_identity_auth_reset_access","identity_type":"email","identity_name":"b@example.com"}`), `{"event":"access_created"}`)
		reset := `{"action":"reset_identity_auth","identity_auth_new":"x","access_key":"` + w.mailed("identity_auth_reset", "b@example.com") + `"}`
		time.Sleep(24 * time.Hour)
		c = connect(t, srv)
		expect(t, c.call(reset), `{"error_type":"access_expired"}`)
		time.Sleep(6*24*time.Hour - time.Minute)
		expect(t, connect(t, srv).call(`{"action":"describe_access","access_key":"`+w.mailed("identity_auth_reset", "b@example.com")+`"}`), `{"error_type":"access_expired"}`)
		time.Sleep(time.Minute)
		expect(t, connect(t, srv).call(verify), `{"error_type":"access_expired"}`)
	})
}
