package session_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/spec"
)

// wrongActions are actions that [ninchat.CheckAction] refuses, with the path and
// the reason.
var wrongActions = []struct {
	name, params string
	path         string
	reason       spec.Reason
}{
	{"no_such_action", `{}`, "action", spec.ReasonUnknown},
	{"describe_channel", ``, "channel_id", spec.ReasonMissing},
	{"describe_channel", `{"channel_id":"c","chanel":1}`, "chanel", spec.ReasonUnknown},
	{"describe_channel", `{"channel_id":5}`, "channel_id", spec.ReasonType},
	{"describe_channel", `{"channel_id":null}`, "channel_id", spec.ReasonType},
	{"load_history", `{"channel_id":"c","history_length":-1}`, "history_length", spec.ReasonRange},
	{"update_channel", `{"channel_id":"c","channel_attrs":{"name":5}}`, "channel_attrs.name", spec.ReasonType},
	{"send_message", `{"message_type":"x","channel_id":"c","user_id":"u"}`, "", spec.ReasonChoice},
}

// refusedActions checks that each way of making a call refuses the wrong actions,
// before anything is sent.
func refusedActions(t *testing.T, ways map[string]func(*api.Action) error) {
	t.Helper()
	for _, test := range wrongActions {
		action := &api.Action{Name: test.name}
		if test.params != "" {
			action.Params = jsontext.Value(test.params)
		}
		for way, call := range ways {
			err := call(action)
			refused, isRefused := errors.AsType[*ninchat.ActionError](err)
			fault, ok := errors.AsType[*spec.Error](err)
			if !isRefused || refused.Action != test.name || !ok || fault.Path != test.path || fault.Reason != test.reason {
				t.Errorf("%s %s %s: %v", way, test.name, test.params, err)
			}
		}
	}
}

func TestSessionCheck(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.InMemory())
	s, err := ninchat.Open(t.Context(), ninchat.Config{
		Address: srv.URL(), Dial: srv.DialContext,
		Login: ninchat.NewUser("Alice"), DiscardEvents: true, Check: ninchat.CheckAction,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sent := s.Stats().ActionsSent
	refusedActions(t, map[string]func(*api.Action) error{
		"Call":          func(a *api.Action) error { _, err := s.Call(t.Context(), a); return err },
		"Invoke":        func(a *api.Action) error { return s.Invoke(t.Context(), a, nil) },
		"Send":          func(a *api.Action) error { _, err := s.Send(a); return err },
		"Start":         func(a *api.Action) error { _, err := s.Start(t.Context(), a, func(ninchat.Reply) {}); return err },
		"Prepare":       func(a *api.Action) error { _, err := s.Prepare(a); return err },
		"PrepareWithID": func(a *api.Action) error { _, err := s.PrepareWithID(a, 1000); return err },
	})
	if n := s.Stats().ActionsSent; n != sent {
		t.Errorf("%d actions were sent", n-sent)
	}
	created, err := s.CreateChannel(t.Context(), api.CreateChannel{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.DescribeChannel(t.Context(), api.DescribeChannel{ChannelID: created.ChannelID}); err != nil {
		t.Error("a right action:", err)
	}
}

// Without Check, it is the server that refuses.
func TestNoCheck(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.InMemory())
	s, err := ninchat.Open(t.Context(), ninchat.Config{Address: srv.URL(), Dial: srv.DialContext, DiscardEvents: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Call(t.Context(), &api.Action{Name: "describe_channel"}); !errors.Is(err, api.ErrRequestMalformed) {
		t.Error(err)
	}
}

var errUnwanted = errors.New("unwanted")

// A check of the application's own sees logins, too, wherever they come from.
func TestCheckLogin(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.InMemory())
	config := ninchat.Config{
		Address: srv.URL(), Dial: srv.DialContext, DiscardEvents: true,
		Login: ninchat.NewUser("unwanted"),
		Check: func(a *api.Action) error {
			if a.Name == "create_session" && bytes.Contains(a.Params, []byte("unwanted")) {
				return errUnwanted
			}
			return ninchat.CheckAction(a)
		},
	}
	_, err := ninchat.Open(t.Context(), config)
	if fault, ok := errors.AsType[*ninchat.ConfigError](err); !ok || fault.Field != "Login" || !errors.Is(err, errUnwanted) {
		t.Error("Login:", err)
	}
	fromFunc := config
	fromFunc.Login = api.CreateSession{}
	fromFunc.LoginFunc = func(context.Context) (api.CreateSession, error) { return ninchat.NewUser("unwanted"), nil }
	_, err = ninchat.Open(t.Context(), fromFunc)
	if _, ok := errors.AsType[*ninchat.LoginError](err); !ok || !errors.Is(err, errUnwanted) {
		t.Error("LoginFunc:", err)
	}
	config.Login = ninchat.NewUser("Alice")
	s, err := ninchat.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.SetCredentials(ninchat.ExistingUser(s.UserID(), "unwanted"))
	if _, ok := errors.AsType[*ninchat.ActionError](err); !ok || !errors.Is(err, errUnwanted) {
		t.Error("SetCredentials:", err)
	}
}

func TestCallerCheck(t *testing.T) {
	requests := 0
	srv := newCallServer(t, func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"event":"channel_found"}`))
	})
	c := newCaller(t, ninchat.CallerConfig{Address: srv.URL, Check: ninchat.CheckAction})
	refusedActions(t, map[string]func(*api.Action) error{
		"Call":   func(a *api.Action) error { _, err := c.Call(t.Context(), a); return err },
		"Invoke": func(a *api.Action) error { return c.Invoke(t.Context(), a, nil) },
	})
	if requests != 0 {
		t.Errorf("%d requests", requests)
	}
	if _, err := c.Call(t.Context(), action(t, "describe_channel", map[string]any{"channel_id": "c"})); err != nil || requests != 1 {
		t.Errorf("a right action: %v, %d requests", err, requests)
	}
}
