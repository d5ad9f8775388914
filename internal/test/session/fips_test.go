package session_test

import (
	"bytes"
	"crypto/fips140"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/master"
	"github.com/ninchat-community/ninchat/ninchattest"
)

// Where only the cryptography of FIPS 140-3 is allowed, sessions have WebSockets all
// the same, over TLS, and master keys encrypt and sign. It is a setting of a process:
// if it isn't that of this one, the test is done by another one.
func TestFIPSOnly(t *testing.T) {
	if !fips140.Enforced() {
		again := exec.Command(os.Args[0], "-test.run", "^TestFIPSOnly$", "-test.v")
		again.Env = append(os.Environ(), "GODEBUG=fips140=only")
		out, err := again.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("--- PASS: TestFIPSOnly/session")) {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	t.Run("session", func(t *testing.T) {
		srv := ninchattest.New(t, ninchattest.WithTLS())
		for _, by := range []ninchat.Transport{ninchat.AutoTransport, ninchat.WebSocketOnly, ninchat.LongPollOnly} {
			r := newRoomBy(t, srv, by)
			r.say(t, "1")
			if heard := hear(t, r.bob, 1); heard[0] != "1" {
				t.Errorf("heard %q", heard)
			}
			if r.bob.Stats().LongPolling != (by == ninchat.LongPollOnly) {
				t.Errorf("%v: long polling is %v", by, r.bob.Stats().LongPolling)
			}
		}
	})
	t.Run("master key", func(t *testing.T) {
		key, err := master.NewJWTKey("key", make([]byte, 32))
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := key.Encrypt(time.Now().Add(time.Hour), master.Map{"a": 1})
		if err != nil {
			t.Fatal(err)
		}
		v := master.Verifier{JWTKeys: func(string) *master.JWTKey { return key }, Replays: new(master.MemoryReplays)}
		if m, err := v.Decrypt(t.Context(), sealed, ""); err != nil || string(m.JSON) != `{"a":1}` {
			t.Errorf("%+v, %v", m, err)
		}
	})
}
