package server_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/master"
	"github.com/ninchat-community/ninchat/server"
)

// secureRequest asks for an audience with secure metadata.
func secureRequest(queue, secure string) string {
	return `{"action":"request_audience","queue_id":"$` + queue + `","audience_metadata":{"secure":` + quote(secure) + `}}`
}

func TestSecureMetadataIsUsedOnce(t *testing.T) {
	w := newQueueWorld(t)
	key, jwtKey := signers(t, w.clients["anna"])
	sign, data := signed(t), master.Map{"vip": true}
	const (
		enqueued = `{"event":"audience_enqueued"}`
		spent    = `{"error_type":"permission_already_spent","queue_id":"$queue","error_reason":"audience_metadata.secure: used before"}`
		done     = `{"event":"channel_joined","audience_metadata":{"secure":{"vip":true}}}`
	)
	w.names["elsewhere"] = w.do("mona", `{"action":"create_realm","realm_attrs":{"name":"elsewhere"}}`).text("realm_id")
	foreign := w.do("mona", `{"action":"create_queue","realm_id":"`+w.names["elsewhere"]+`","queue_attrs":{"name":"foreign"}}`)
	w.names["foreign"] = foreign.text("queue_id")
	for name, secure := range map[string]string{
		"url":  sign(key.Encrypt(tenMinutes(), data)),
		"dash": sign(key.Encrypt(tenMinutes(), data, master.Dash)),
		"jwt":  sign(jwtKey.Encrypt(tenMinutes(), data)),
	} {
		ask := secureRequest("queue", secure)
		w.settle()
		w.run([]step{
			// What fails for another reason doesn't use it up,
			{"outi", secureRequest("foreign", secure), nil, `{"error_type":"permission_denied","queue_id":"$foreign"}`},
			{"anna", `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"closed":true}}`, nil, `{"event":"queue_updated"}`},
			{"outi", ask, nil, `{"error_type":"queue_is_closed"}`},
			{"anna", `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"closed":false,"ignore_secure_metadata":true}}`, nil, `{"event":"queue_updated"}`},
			// nor does a queue that ignores it.
			{"outi", ask, nil, enqueued},
			{"bert", acceptNext, nil, `{"event":"channel_joined","audience_metadata":{"secure":"<absent>"}}`},
			{"anna", `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"ignore_secure_metadata":false}}`, nil, `{"event":"queue_updated"}`},
			{"outi", ask, nil, enqueued},
			{"outi", ask, nil, spent},
			{"bert", acceptNext, nil, done},
			{"outi", ask, nil, spent},
			{"cleo", ask, nil, spent},
			{"outi", `{"action":"describe_queue","queue_id":"$queue"}`, nil, `{"queue_attrs":{"length":0}}`},
		})
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// Leaving metadata without waiting uses it up as well, in any queue of the realm.
func TestRegisteredMetadataIsUsedOnce(t *testing.T) {
	w := newQueueWorld(t)
	key, _ := signers(t, w.clients["anna"])
	expect(t, w.set("other", `"audience_registration":true`), `{"event":"queue_updated"}`)
	secure := signed(t)(key.Encrypt(tenMinutes(), nil))
	old := signed(t)(key.Encrypt(time.Now().Add(-time.Hour), nil, master.At(time.Now().Add(-2*time.Hour))))
	register := `{"action":"register_audience","queue_id":"$other","audience_metadata":{"secure":` + quote(secure) + `}}`
	w.run([]step{
		{"outi", register, nil, `{"event":"audience_registered"}`},
		{"outi", register, nil, `{"error_type":"permission_already_spent","queue_id":"$other"}`},
		{"outi", `{"action":"register_audience","queue_id":"$other","audience_metadata":{"secure":` + quote(old) + `}}`, nil, `{"error_type":"permission_expired","queue_id":"$other"}`},
		{"outi", secureRequest("queue", secure), nil, `{"error_type":"permission_already_spent","queue_id":"$queue"}`},
	})
}

// Secure metadata is an object or null.
func TestSecureMetadataIsAnObject(t *testing.T) {
	w := newQueueWorld(t)
	e := w.do("anna", `{"action":"create_master_key"}`)
	id, secret := e.text("master_key_id"), e.text("master_key_secret")
	const denied = `{"error_type":"permission_denied","queue_id":"$queue"}`
	w.run([]step{
		{"outi", secureRequest("queue", seal(t, id, secret, `null`)), nil, `{"event":"audience_enqueued"}`},
		{"bert", acceptNext, nil, `{"event":"channel_joined","audience_metadata":{"secure":"<absent>"}}`},
		{"outi", secureRequest("queue", seal(t, id, secret, `{"a":"b"}`)), nil, `{"event":"audience_enqueued"}`},
		{"bert", acceptNext, nil, `{"event":"channel_joined","audience_metadata":{"secure":{"a":"b"}}}`},
		{"outi", secureRequest("queue", seal(t, id, secret, `"text"`)), nil, denied},
		{"outi", secureRequest("queue", seal(t, id, secret, `[1]`)), nil, denied},
		{"outi", secureRequest("queue", seal(t, id, secret, `true`)), nil, denied},
		{"outi", secureRequest("queue", seal(t, id, secret, `7`)), nil, denied},
	})
}

// seal encrypts anything as metadata, also what the library refuses.
func seal(t *testing.T, id, secret, metadata string) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"expire":%d,"metadata":%s}`, tenMinutes().Unix(), metadata)
	sum := sha512.Sum512([]byte(text))
	body := append(sum[:], text...)
	body = append(body, make([]byte, (aes.BlockSize-len(body)%aes.BlockSize)%aes.BlockSize)...)
	iv := make([]byte, aes.BlockSize)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(body, body)
	return id + "." + base64.RawURLEncoding.EncodeToString(append(iv, body...))
}

// A client that doesn't know whether its action was done repeats it, and is answered
// by what happened: it isn't told that the metadata has been used.
func TestRepeatedActionWithSecureMetadata(t *testing.T) {
	store := new(memoryStore)
	w := newQueueWorld(t, stored(store))
	key, _ := signers(t, w.clients["anna"])
	outi := w.clients["outi"]
	secure := signed(t)(key.Encrypt(tenMinutes(), master.Map{"vip": true}))
	ask := w.fill(secureRequest("queue", secure))
	id := outi.send(ask)
	action := ask[:len(ask)-1] + fmt.Sprintf(`,"action_id":%d`, id)
	want := outi.reply(id).text("audience_id")
	same := func(c *client) {
		t.Helper()
		expect(t, c.reply(id), `{"event":"audience_enqueued","audience_id":"`+want+`"}`)
	}
	// In the same session, after the reply has been acknowledged,
	outi.write(action + fmt.Sprintf(`,"event_id":%d}`, outi.eventID))
	same(outi)
	// after a restart,
	w.restart(store)
	outi = w.clients["outi"]
	outi.write(action + fmt.Sprintf(`,"event_id":%d}`, outi.eventID))
	same(outi)
	// and with another action_id it is another action, also after the restart.
	expect(t, outi.call(ask), `{"error_type":"permission_already_spent"}`)
	w.restart(store)
	expect(t, w.clients["cleo"].call(ask), `{"error_type":"permission_already_spent"}`)
}

// setClock is a clock that can be set.
type setClock struct{ ahead atomic.Int64 }

func (c *setClock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())).Round(0) }

func (c *setClock) AfterFunc(d time.Duration, f func()) server.Timer { return time.AfterFunc(d, f) }

func (c *setClock) set(ahead time.Duration) { c.ahead.Store(int64(ahead)) }

// When the clock is set back, what has been used isn't good again, although it was
// forgotten when it had expired. That outlives a restart.
func TestNothingIsGoodAgainWhenTheClockIsSetBack(t *testing.T) {
	store, clock := new(memoryStore), new(setClock)
	w := newQueueWorld(t, stored(store), func(c *server.Config) { c.Clock = clock })
	key, _ := signers(t, w.clients["anna"])
	expect(t, w.set("queue", `"audience_registration":true`), `{"event":"queue_updated"}`)
	sign := signed(t)
	register := func(secure string) string {
		return `{"action":"register_audience","queue_id":"$queue","audience_metadata":{"secure":` + quote(secure) + `}}`
	}
	login := sign(key.SignCreateSession(tenMinutes(), nil))
	_, e := w.attempt(`,"master_sign":"` + login + `"`)
	expect(t, e, `{"event":"session_created"}`)
	var used []string
	for range 70 {
		used = append(used, sign(key.Encrypt(tenMinutes(), nil)))
		expect(t, w.do("outi", register(used[len(used)-1])), `{"event":"audience_registered"}`)
	}
	clock.set(2 * time.Hour)
	later := sign(key.Encrypt(time.Now().Add(3*time.Hour), nil, master.At(time.Now().Add(2*time.Hour))))
	for range 70 { // so many that those that have expired are forgotten
		fresh := sign(key.Encrypt(time.Now().Add(3*time.Hour), nil))
		expect(t, w.do("outi", register(fresh)), `{"event":"audience_registered"}`)
	}
	check := func() {
		t.Helper()
		for _, secure := range used {
			expect(t, w.do("outi", register(secure)), `{"error_type":"permission_already_spent"}`)
		}
		_, e := w.attempt(`,"master_sign":"` + login + `"`)
		expect(t, e, `{"error_type":"access_already_spent"}`)
	}
	clock.set(0)
	check()
	w.restart(store)
	check()
	expect(t, w.do("outi", register(later)), `{"event":"audience_registered"}`)
}

// Nor is it good again when the server tolerates more after a restart.
func TestNothingIsGoodAgainWhenMoreIsTolerated(t *testing.T) {
	store, clock := new(memoryStore), new(setClock)
	with := func(skew time.Duration) func(*server.Config) {
		return func(c *server.Config) { c.Store, c.Clock, c.Skew = store, clock, skew }
	}
	w := newQueueWorld(t, with(-1))
	key, _ := signers(t, w.clients["anna"])
	expect(t, w.set("queue", `"audience_registration":true`), `{"event":"queue_updated"}`)
	sign := signed(t)
	register := func(secure string) string {
		return `{"action":"register_audience","queue_id":"$queue","audience_metadata":{"secure":` + quote(secure) + `}}`
	}
	used := sign(key.Encrypt(tenMinutes(), nil))
	expect(t, w.do("outi", register(used)), `{"event":"audience_registered"}`)
	clock.set(15 * time.Minute)
	for range 70 { // so many that those that are over are forgotten
		expect(t, w.do("outi", register(sign(key.Encrypt(time.Now().Add(time.Hour), nil)))), `{"event":"audience_registered"}`)
	}
	_ = w.srv.Close()
	w.srv = start(t, with(time.Hour))
	for name, c := range w.clients {
		w.clients[name] = c.again(w.srv)
	}
	expect(t, w.do("outi", register(used)), `{"error_type":"permission_already_spent"}`)
}
