package session_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// What has a secret in it doesn't show it, however it is formatted or logged.
func TestNothingShowsSecrets(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		s := open(t, discarding(config(srv, "Alice")))
		prepared, err := s.Prepare(&api.Action{Name: "ping"})
		if err != nil {
			t.Fatal(err)
		}
		auth := s.Credentials().UserAuth
		caller, err := ninchat.NewCaller(ninchat.CallerConfig{Address: "http://127.0.0.1", Auth: ninchat.UserAuth(s.UserID(), auth)})
		if err != nil {
			t.Fatal(err)
		}
		defer caller.Close()
		values := map[string]any{
			"session": s, "session id": s.SessionID(), "credentials": s.Credentials(), "token": s.Token(), "prepared": prepared, "caller": caller, "client": s.Client,
			"match": server.Match{SessionID: s.SessionID()}, "fault": server.Fault{SessionID: s.SessionID()}, "auth": ninchat.UserAuth("u", auth),
			"login": ninchat.ExistingUser("u", auth), "reply": ninchat.Reply{}, "state": ninchat.StateChange{},
		}
		for name, value := range values {
			var out bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
				fmt.Fprintf(&out, verb, value)
			}
			slog.New(slog.NewTextHandler(&out, nil)).Info("x", "value", value)
			switch name {
			case "session", "caller", "prepared", "client":
				slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "value", value)
				text, _ := json.Marshal(value)
				out.Write(text)
			}
			for _, secret := range []string{s.SessionID().Reveal(), auth.Reveal()} {
				for _, form := range []string{secret, fmt.Sprintf("%x", secret)} {
					if secret == "" || strings.Contains(out.String(), form) {
						t.Errorf("%s shows %q: %s", name, form, out.String())
					}
				}
			}
		}
		if text := fmt.Sprint(s); !strings.Contains(text, "online session of user") {
			t.Error(text)
		}
	})
}
