package session_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/master"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// A backend encrypts what it knows about a customer, whose browser passes it on
// without being able to read it; the agent who accepts reads it. No log tells it.
func TestSecureMetadataFromBackendToAgent(t *testing.T) {
	logs := new(logbook)
	srv := ninchattest.New(t, ninchattest.WithConfig(func(c *server.Config) { c.Logger = logs.logger() }))
	agent, browser := open(t, discarding(config(srv, "Agent"))), open(t, discarding(config(srv, "Browser")))
	ctx := t.Context()

	realm, err := agent.CreateRealm(ctx, api.CreateRealm{})
	if err != nil {
		t.Fatal(err)
	}
	queue, err := agent.CreateQueue(ctx, api.CreateQueue{
		RealmID:    realm.RealmJoined.RealmID,
		QueueAttrs: api.QueueAttrs{Name: api.Set("Support"), SecureMetadata: api.Set(true)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := agent.AddMember(ctx, api.AddMember{QueueID: &queue.QueueID, UserID: agent.UserID()}); err != nil {
		t.Fatal(err)
	}
	created, err := agent.CreateMasterKey(ctx, api.CreateMasterKey{})
	if err != nil {
		t.Fatal(err)
	}
	secret := created.MasterKeySecret.Reveal()
	key, err := master.ParseKey(created.MasterKeyID, secret)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := key.EncryptForUser(time.Now().Add(10*time.Minute), master.Map{"identifier": "customer 42"}, browser.UserID())
	if err != nil {
		t.Fatal(err)
	}

	if _, err := browser.RequestAudience(ctx, api.RequestAudience{QueueID: queue.QueueID}); !errors.Is(err, api.ErrPermissionDenied) {
		t.Errorf("without metadata: %v", err)
	}
	metadata := &api.AudienceMetadata{Vars: map[string]string{"page": "faq"}, Secure: []byte(`"` + sealed + `"`)}
	enqueued, err := browser.RequestAudience(ctx, api.RequestAudience{QueueID: queue.QueueID, AudienceMetadata: metadata})
	if err != nil {
		t.Fatal(err)
	}
	if enqueued.QueuePosition != 1 {
		t.Errorf("the position is %d", enqueued.QueuePosition)
	}
	accepted, err := agent.AcceptAudience(ctx, api.AcceptAudience{QueueID: queue.QueueID})
	if err != nil {
		t.Fatal(err)
	}
	got := accepted.ChannelJoined
	if got == nil || got.AudienceMetadata == nil || got.ChannelAttrs.AudienceID.Or("") != enqueued.AudienceID {
		t.Fatalf("accepted %+v", accepted)
	}
	if text := string(bytes.TrimSpace(got.AudienceMetadata.Secure)); text != `{"identifier":"customer 42"}` {
		t.Errorf("the agent sees %s", text)
	}
	if got.AudienceMetadata.Vars["page"] != "faq" {
		t.Errorf("the variables are %v", got.AudienceMetadata.Vars)
	}
	found, err := browser.DescribeChannel(ctx, api.DescribeChannel{ChannelID: got.ChannelID})
	if err != nil {
		t.Fatal(err)
	}
	if found.AudienceMetadata == nil || found.AudienceMetadata.Secure != nil {
		t.Errorf("the browser sees %+v", found.AudienceMetadata)
	}
	logs.lacks(t, secret, sealed, "customer 42")
}
