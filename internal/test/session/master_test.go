package session_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/master"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// logbook takes down what is logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// lacks checks that secrets weren't logged.
func (l *logbook) lacks(t *testing.T, secrets ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text.Len() == 0 {
		t.Error("nothing was logged")
	}
	for _, secret := range secrets {
		if secret == "" || strings.Contains(l.text.String(), secret) {
			t.Errorf("a secret was logged, or is empty: %q", secret)
		}
	}
}

// puppetLogin is how somebody logs in with a signature.
func puppetLogin(sign string, attrs *api.PuppetAttrs) api.CreateSession {
	return api.CreateSession{MasterSign: new(api.Secret(sign)), PuppetAttrs: attrs}
}

// A backend signs; a session in a browser logs in as a puppet with that, and joins
// a private channel; nobody else gets in, and no log tells secrets.
func TestBackendAndBrowser(t *testing.T) {
	logs := new(logbook)
	srv := ninchattest.New(t, ninchattest.WithConfig(func(c *server.Config) { c.Logger = logs.logger() }))
	logged := func(name string) ninchat.Config {
		c := discarding(config(srv, name))
		c.Logger = logs.logger()
		return c
	}

	// The company makes a private channel, and a key, which the backend has.
	company := open(t, logged("Company"))
	ctx := t.Context()
	channel, err := company.CreateChannel(ctx, api.CreateChannel{ChannelAttrs: &api.ChannelAttrs{Private: api.Set(true), Autosilence: api.Set(true)}})
	if err != nil {
		t.Fatal(err)
	}
	created, err := company.CreateMasterKey(ctx, api.CreateMasterKey{})
	if err != nil {
		t.Fatal(err)
	}
	secret := created.MasterKeySecret.Reveal()
	key, err := master.ParseKey(created.MasterKeyID, secret)
	if err != nil {
		t.Fatal(err)
	}
	soon := time.Now().Add(10 * time.Minute)
	loginSign, err := key.SignCreateSession(soon, master.Map{"name": "Customer 42"})
	if err != nil {
		t.Fatal(err)
	}

	// The browser logs in, and the signature is worth nothing after that.
	browserConfig := logged("")
	browserConfig.Login = puppetLogin(loginSign, &api.PuppetAttrs{Name: api.Set("Customer 42")})
	browser := open(t, browserConfig)
	if _, err := ninchat.Open(ctx, browserConfig); !errors.Is(err, api.ErrAccessAlreadySpent) {
		t.Errorf("logging in again: %v", err)
	}
	found, err := browser.DescribeUser(ctx, api.DescribeUser{})
	if err != nil {
		t.Fatal(err)
	}
	if attrs, ok := found.PuppetMasters[company.UserID()]; !ok || attrs.PuppetAttrs.Name.Or("") != "Customer 42" {
		t.Errorf("the masters are %+v", found.PuppetMasters)
	}

	// The browser joins with a signature for this puppet only.
	joinSign, err := key.SignJoinChannelForUser(soon, channel.ChannelID, browser.UserID(), master.Map{"silenced": false})
	if err != nil {
		t.Fatal(err)
	}
	join := api.JoinChannel{
		ChannelID:   &channel.ChannelID,
		MasterSign:  new(api.Secret(joinSign)),
		MemberAttrs: &api.ChannelMemberAttrs{Silenced: api.Set(false)},
	}
	stranger := open(t, logged("Stranger"))
	if _, err := stranger.JoinChannel(ctx, join); !errors.Is(err, api.ErrPermissionDenied) {
		t.Errorf("a stranger joins: %v", err)
	}
	if _, err := browser.JoinChannel(ctx, api.JoinChannel{ChannelID: &channel.ChannelID}); !errors.Is(err, api.ErrPermissionDenied) {
		t.Errorf("joining without the signature: %v", err)
	}
	if _, err := browser.JoinChannel(ctx, join); err != nil {
		t.Fatal(err)
	}
	sent, err := browser.SendMessage(ctx, api.SendMessage{
		ChannelID: &channel.ChannelID, MessageType: api.MessageTypeText, Payload: [][]byte{[]byte(`{"text":"hello"}`)},
	})
	if err != nil || *sent.MessageUserID != browser.UserID() {
		t.Errorf("sending: %v, %v", sent, err)
	}
	if _, err := browser.PartChannel(ctx, api.PartChannel{ChannelID: channel.ChannelID}); err != nil {
		t.Fatal(err)
	}
	if _, err := browser.JoinChannel(ctx, join); !errors.Is(err, api.ErrPermissionAlreadySpent) {
		t.Errorf("joining again: %v", err)
	}
	logs.lacks(t, secret, strings.TrimRight(secret, "="), loginSign, joinSign)
}

// The same with one token for everything, which can be used again.
func TestBackendAndBrowserWithToken(t *testing.T) {
	logs := new(logbook)
	srv := ninchattest.New(t, ninchattest.WithConfig(func(c *server.Config) { c.Logger = logs.logger() }))
	company := open(t, discarding(config(srv, "Company")))
	ctx := t.Context()
	channel, err := company.CreateChannel(ctx, api.CreateChannel{ChannelAttrs: &api.ChannelAttrs{Private: api.Set(true)}})
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte("a secret that both sides have: 32")[:32]
	create := api.CreateMasterKey{MasterKeyType: new(api.MasterKeyTypeJWT), MasterKeyID: new("backend-1"), Payload: [][]byte{secret}}
	if _, err := company.CreateMasterKey(ctx, create); err != nil {
		t.Fatal(err)
	}
	key, err := master.NewJWTKey("backend-1", secret)
	if err != nil {
		t.Fatal(err)
	}
	token, err := key.Sign(time.Now().Add(10*time.Minute), master.Claims{Subject: "42", PreferredUsername: "Customer 42", Channels: []string{channel.ChannelID}})
	if err != nil {
		t.Fatal(err)
	}
	browserConfig := discarding(config(srv, ""))
	browserConfig.Logger = logs.logger()
	browserConfig.Login = puppetLogin(token, nil)
	browserConfig.Login.MasterKeyType = new(api.MasterKeyTypeJWT)
	first, second := open(t, browserConfig), open(t, browserConfig)
	if first.UserID() != second.UserID() {
		t.Error("the same subject is two users")
	}
	join := api.JoinChannel{ChannelID: &channel.ChannelID, MasterKeyType: new(api.MasterKeyTypeJWT), MasterSign: new(api.Secret(token))}
	if _, err := second.JoinChannel(ctx, join); err != nil {
		t.Error(err)
	}
	logs.lacks(t, string(secret), base64.StdEncoding.EncodeToString(secret), token)
}
