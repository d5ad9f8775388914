package server_test

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// sameSecret compares secrets, which don't show themselves.
var sameSecret = cmp.Comparer(func(a, b api.Secret) bool { return a == b })

// The outbox outlives the server, in order, and what is mailed later comes after
// that. Nobody is told of a mail twice. Closing waits for telling for a second: in a
// bubble that is enough, however slow the machine is.
func TestOutboxOutlivesTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(memoryStore)
		told := make(chan server.Mail, 10)
		config := func(c *serverConfig) {
			c.Store = store
			c.OnMail = func(m server.Mail) { told <- m }
		}
		w := newWorld(t, config)
		w.do("bert", `{"action":"create_identity",`+bertsEmail+`}`)
		w.do("anna", `{"action":"create_identity","identity_type":"email","identity_name":"anna@example.com"}`)
		before := w.srv.Outbox()
		if len(before) != 2 || before[0].To != "Bert@example.com" {
			t.Fatalf("got %d mails", len(before))
		}
		if err := w.srv.Close(); err != nil {
			t.Fatal(err)
		}
		close(told)
		for m := range told {
			if m.Time.IsZero() {
				t.Errorf("told of a mail to %s without time", m.To)
			}
		}
		told = make(chan server.Mail, 10)
		w.srv = start(t, config)
		if diff := cmp.Diff(before, w.srv.Outbox(), sameSecret); diff != "" {
			t.Errorf("after a restart: %s", diff)
		}
		for name, c := range w.clients {
			w.clients[name] = c.again(w.srv)
		}
		w.verify("anna@example.com")
		w.do("anna", `{"action":"create_identity","identity_type":"email","identity_name":"other@example.com"}`)
		if m := <-told; m.To != "other@example.com" {
			t.Errorf("told of a mail to %s", m.To)
		}
		want := append(before, server.Mail{To: "other@example.com", AccessType: "identity_verify"})
		got := w.srv.Outbox()
		if len(got) == len(want) {
			want[2].Time, want[2].AccessKey = got[2].Time, got[2].AccessKey
		}
		if diff := cmp.Diff(want, got, sameSecret); diff != "" {
			t.Errorf("after another mail: %s", diff)
		}
	})
}
