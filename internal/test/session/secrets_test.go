package session_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/go-json-experiment/json"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
)

// The secrets of a conversation with a server that repeats whatever it gets.
const (
	echoedAuth    = `us3r+auth/"x" y`
	echoedSession = "5ession-id"
	echoedKey     = "acc3ss&key"
	echoedProxy   = "pr0xy:word"
	echoedHeader  = "h3ader.token"
)

// echo is everything secret, in whatever encoding, with something that plays tricks on
// terminals.
func echo() string {
	var b strings.Builder
	for _, secret := range []string{echoedAuth, echoedSession, echoedKey, echoedProxy, echoedHeader} {
		quoted, _ := json.Marshal(secret)
		fmt.Fprintf(&b, "%s %s %s %s %s %s %s\x1b[31m\u202e ", secret, quoted, url.QueryEscape(secret), url.PathEscape(secret),
			strings.ToUpper(hex.EncodeToString([]byte(secret))), base64.StdEncoding.EncodeToString([]byte("user:"+secret)), strconv.Quote(secret))
	}
	return b.String()
}

// echoLine is echo in one line of ASCII, as HTTP has it.
func echoLine() string {
	return strings.NewReplacer("\x1b", "", "\u202e", "").Replace(echo())
}

// inJSON is a text as a string of JSON.
func inJSON(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}

// checkMasked checks that a text has no secret in it, and plays no tricks.
func checkMasked(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{echoedAuth, echoedSession, echoedKey, echoedProxy, echoedHeader} {
		quoted := strconv.Quote(secret)
		digits := base64.StdEncoding.EncodeToString([]byte("user:" + secret))
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), quoted[1 : len(quoted)-1], digits[8 : len(digits)-4], strings.ToUpper(hex.EncodeToString([]byte(secret)))} {
			if strings.Contains(text, form) || strings.Contains(strings.ReplaceAll(text, `\\`, `\`), form) {
				t.Errorf("%s has %q in it: %s", what, form, text)
				return
			}
		}
	}
}

// checkError checks all texts that can be had of an error.
func checkError(t *testing.T, err error) {
	t.Helper()
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err)} {
		checkMasked(t, "an error", text)
		if strings.ContainsFunc(err.Error(), message.Misleading) {
			t.Errorf("tricks on the terminal: %q", err.Error())
		}
	}
	if said, ok := errors.AsType[*api.Error](err); ok {
		checkMasked(t, "a reason", said.Reason)
		checkMasked(t, "a type", string(said.Type))
	}
	switch inner := err.(type) {
	case interface{ Unwrap() error }:
		if next := inner.Unwrap(); next != nil {
			checkError(t, next)
		}
	case interface{ Unwrap() []error }:
		for _, next := range inner.Unwrap() {
			checkError(t, next)
		}
	}
}

// echoes is what a session tells of itself while a server repeats its secrets.
type echoes struct {
	notebook
	t *testing.T
}

func (e *echoes) config(dial func(context.Context, string, string) (net.Conn, error)) ninchat.Config {
	trace := e.trace()
	return ninchat.Config{
		Address:       "http://echo.test",
		Proxy:         noProxy,
		Dial:          dial,
		Login:         ninchat.Identity("email", "n", echoedAuth),
		Header:        http.Header{"Authorization": {"Bearer " + echoedHeader}},
		DiscardEvents: true,
		Trace:         trace,
		Logger:        slog.New(slog.NewTextHandler(e, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// Nothing that a server says when there is to be a session lets a secret out.
func TestEchoedSecretsWhenOpening(t *testing.T) {
	refusal := `{"event":"error","error_type":` + inJSON("t"+echo()) + `,"error_reason":` + inJSON(echo()) + `}`
	internal := `{"event":"error","error_type":"internal","error_reason":` + inJSON(echo()) + `}`
	array := func(text string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n[%s]", len(text)+2, text)
	}
	body := func(text string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
	}
	proxied := func(c *ninchat.Config) {
		c.Address = "https://echo.test"
		c.Proxy = func(*http.Request) (*url.URL, error) {
			return &url.URL{Scheme: "http", Host: "proxy.test", User: url.UserPassword("user", echoedProxy)}, nil
		}
	}
	by := func(transport ninchat.Transport) func(*ninchat.Config) {
		return func(c *ninchat.Config) { c.Direct, c.Transport = true, transport }
	}
	for name, test := range map[string]struct {
		answer string
		change func(*ninchat.Config)
	}{
		"handshake that is no HTTP":   {echoLine() + "\r\n\r\n", by(ninchat.WebSocketOnly)},
		"handshake with a bad header": {"HTTP/1.1 101 Switching Protocols\r\n" + echoLine() + "\r\n\r\n", by(ninchat.WebSocketOnly)},
		"handshake with a protocol":   {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: " + echoedSession + "\r\n\r\n", by(ninchat.WebSocketOnly)},
		"handshake refused":           {"HTTP/1.1 503 " + echoLine() + "\r\nX: " + echoLine() + "\r\n\r\n" + echo(), by(ninchat.WebSocketOnly)},
		"discovery that is no HTTP":   {echoLine() + "\r\n\r\n", nil},
		"discovery of a secret":       {body(`{"hosts":[` + inJSON(echoedHeader+" "+echoedKey) + `]}`), nil},
		"discovery of a host":         {body(`{"hosts":["` + echoedHeader + `.test"]}`), nil},
		"discovery that is no JSON":   {body(echo()), nil},
		"discovery with encoding":     {"HTTP/1.1 200 OK\r\nContent-Encoding: " + echoedHeader + "\r\nTransfer-Encoding: " + echoedHeader + "\r\n\r\n", nil},
		"polling that is no HTTP":     {echoLine() + "\r\n\r\n", by(ninchat.LongPollOnly)},
		"polling, refused":            {array(refusal), by(ninchat.LongPollOnly)},
		"polling, an internal error":  {array(internal), by(ninchat.LongPollOnly)},
		"polling that is no JSON":     {body(echo()), by(ninchat.LongPollOnly)},
		"polling, another status":     {"HTTP/1.1 503 " + echoLine() + "\r\nContent-Length: 0\r\n\r\n", by(ninchat.LongPollOnly)},
		"proxy that is no HTTP":       {echoLine() + "\r\n\r\n", proxied},
		"proxy that refuses":          {"HTTP/1.1 407 " + echoLine() + "\r\nContent-Length: 0\r\n\r\n", proxied},
		"proxy with a bad header":     {"HTTP/1.1 200 OK\r\n" + echoLine() + "\r\n\r\n", proxied},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var tasks sync.WaitGroup
				e := &echoes{t: t}
				c := e.config(func(context.Context, string, string) (net.Conn, error) {
					return answeringPeer(&tasks, test.answer), nil
				})
				if test.change != nil {
					test.change(&c)
				}
				// Whoever opens the session knows all of the secrets.
				c.Login.AccessKey = new(api.Secret(echoedKey))
				c.Token = ninchat.Token{Address: c.Address, SessionID: echoedSession, UserID: "u", UserAuth: echoedProxy, NextActionID: 1}
				if c.Transport == ninchat.LongPollOnly {
					// The server is to refuse the login.
					c.Token = ninchat.Token{}
					c.Login.MasterSign, c.Login.IdentityAuthNew = new(api.Secret(echoedSession)), new(api.Secret(echoedProxy))
				}
				_, err := ninchat.Open(t.Context(), c)
				if err == nil {
					t.Fatal("there is a session")
				}
				synctest.Wait()
				tasks.Wait()
				checkError(t, err)
				checkMasked(t, "the log or the trace", e.String())
			})
		})
	}
}

// Nothing that a server says during a session lets a secret out.
func TestEchoedSecretsInSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		connection := 0
		peer := &scriptedServer{
			t: t, created: `{"event":"session_created","event_id":1,"session_id":"` + echoedSession + `","user_id":` + inJSON(echoedAuth+echoedSession) + `,"user_auth":` + inJSON(echoedAuth) + `}`,
		}
		peer.script = func(conn net.Conn, frame func(string, ...any)) {
			switch connection++; connection {
			case 1:
				// Not before the action is on its way.
				_, _, _ = wsutil.ReadClientData(conn)
				frame(`{"event":%s,"event_id":2,"%s":%s}`, inJSON(echo()), echoedHeader, inJSON(echo()))
				frame(`{"event":"session_created","event_id":3,"user_channels":{%s:%s}}`, inJSON(echo()), inJSON(echo()))
				frame(`{"event":"error","event_id":4,"action_id":1,"error_type":%s,"error_reason":%s}`, inJSON("t"+echo()), inJSON(echo()))
				_, _ = conn.Write(ws.MustCompileFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(4000, echoedAuth+echoedKey+echoedHeader+"\u202e"))))
			case 2:
				frame(`{"event":"error","event_id":5,"error_type":"session_buffer_overflow","error_reason":%s}`, inJSON(echo()))
			case 3:
				frame(`{"event":"error","event_id":2,"error_type":"connection_superseded","error_reason":%s}`, inJSON(echo()))
			}
		}
		e := &echoes{t: t}
		c := e.config(peer.dial)
		c.Direct, c.DiscardEvents = true, false
		c.Login = ninchat.NewUser("")
		c.Login.AccessKey = new(api.Secret(echoedProxy))
		s, err := ninchat.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.JoinChannel(t.Context(), api.JoinChannel{AccessKey: new(api.Secret(echoedKey))})
		if said, ok := errors.AsType[*api.Error](err); !ok || !strings.Contains(said.Reason, "[hidden]") {
			t.Fatalf("error is %v", err)
		}
		checkError(t, err)
		var overflow *api.Error
		for event, err := range s.Events(t.Context()) {
			if err != nil {
				checkError(t, err)
			}
			if event == nil {
				break
			}
			if _, err := event.Typed(); err != nil {
				checkError(t, err)
			}
			if event.Name == ninchat.EventSessionLost {
				overflow = api.NewError("", event)
				checkError(t, overflow)
				checkMasked(t, "the loss", string(event.Header))
			}
		}
		if !errors.Is(overflow, api.ErrSessionBufferOverflow) {
			t.Errorf("the stream says that the session was lost by %v", overflow)
		}
		if err := s.Err(); !errors.Is(err, api.ErrConnectionSuperseded) {
			t.Errorf("the session ended by %v", err)
		} else {
			checkError(t, err)
		}
		_ = s.Close()
		peer.close()
		synctest.Wait()
		checkMasked(t, "the log or the trace", e.String())
		if !strings.Contains(e.String(), "[hidden]") {
			t.Error("nothing was hidden")
		}
	})
}

// Nothing that a server answers to single calls lets a secret out.
func TestEchoedSecretsInCalls(t *testing.T) {
	log := &lockedBuffer{}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	refusal := `{"event":"error","error_type":"access_denied","error_reason":` + inJSON(echo()) + `}`
	for name, answer := range map[string]http.HandlerFunc{
		"an error":         says("application/json", refusal),
		"an error by 403":  status(403, "application/json", refusal),
		"another type":     says("text/"+echoedHeader, echo()),
		"no JSON":          says("application/json", echo()),
		"another event":    says("application/json", `{"event":`+inJSON(echo())+`}`),
		"mistyped":         says("application/json", `{"event":"channel_joined","channel_id":`+inJSON(echo())+`,"channel_attrs":{`+inJSON(echo())+`:5,"name":[`+inJSON(echo())+`]}}`),
		"no HTTP":          hijacked(echoLine() + "\r\n\r\n"),
		"a bad header":     hijacked("HTTP/1.1 200 OK\r\n" + echoLine() + "\r\n\r\n"),
		"a status text":    hijacked("HTTP/1.1 502 " + echoLine() + "\r\nContent-Length: 0\r\n\r\n"),
		"another encoding": hijacked("HTTP/1.1 200 OK\r\nContent-Encoding: " + echoedHeader + echoedKey + "\r\n\r\n"),
		"another transfer": hijacked("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + echoedHeader + "\r\n\r\n"),
		"an odd length":    hijacked("HTTP/1.1 200 OK\r\nContent-Length: " + echoLine() + "\r\n\r\n"),
		"somewhere else": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+echoedHeader, http.StatusTemporaryRedirect)
		},
		"a secret cut off":  hijacked(strings.Repeat("x", 220) + echoedHeader + strings.Repeat("x", 300) + "\r\n\r\n"),
		"a broken redirect": hijacked("HTTP/1.1 307 x\r\nLocation: http://[" + echoedHeader + "\r\n\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			srv := newCallServer(t, answer)
			c := newCaller(t, ninchat.CallerConfig{
				Address: srv.URL, Auth: ninchat.UserAuth("u", echoedAuth), Logger: logger, Retry: ninchat.Retry{First: 1, Max: 1},
				Header: http.Header{"Authorization": {"Bearer " + echoedHeader}, "Cookie": {echoedSession}, "Proxy-Authorization": {"x " + echoedProxy}},
			})
			_, err := c.JoinChannel(t.Context(), api.JoinChannel{AccessKey: new(api.Secret(echoedKey))})
			if err == nil {
				t.Fatal("there is no error")
			}
			checkError(t, err)
		})
	}
	checkMasked(t, "the log", log.String())
}

// What a server has made up and told is a secret from then on.
func TestEchoedSecretsOfEvents(t *testing.T) {
	const created = `{"event":"access_created","action_id":1,"event_id":2,"access_type":"channel","access_key":"acc3ss&key"}`
	refusal := `{"event":"error","action_id":2,"event_id":3,"error_type":"access_denied","error_reason":` + inJSON(echo()) + `}`
	check := func(client api.Client) {
		t.Helper()
		if a, err := client.CreateAccess(t.Context(), api.CreateAccess{AccessType: "channel", ChannelID: new("c")}); err != nil || a.AccessKey.Reveal() != echoedKey {
			t.Fatalf("got %v, %v", a, err)
		}
		_, err := client.Ping(t.Context(), api.Ping{})
		said, ok := errors.AsType[*api.Error](err)
		if !ok || !strings.Contains(said.Reason, "[hidden]") || strings.Contains(err.Error()+said.Reason, echoedKey) {
			t.Errorf("error is %v", err)
		}
	}
	answers := []string{created, refusal}
	srv := newCallServer(t, func(w http.ResponseWriter, r *http.Request) {
		says("application/json", answers[0])(w, r)
		answers = answers[1:]
	})
	check(newCaller(t, ninchat.CallerConfig{Address: srv.URL, Auth: ninchat.UserAuth("u", echoedAuth)}).Client)
	synctest.Test(t, func(t *testing.T) {
		peer := &scriptedServer{t: t}
		peer.script = func(conn net.Conn, frame func(string, ...any)) {
			for _, answer := range []string{created, refusal} {
				_, _, _ = wsutil.ReadClientData(conn)
				frame("%s", answer)
			}
		}
		config := (&echoes{t: t}).config(peer.dial)
		config.Direct = true
		s, err := ninchat.Open(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		check(s.Client)
		_ = s.Close()
		peer.close()
		synctest.Wait()
	})
}

// The secret of a master key for tokens is the payload of an action.
func TestEchoedSecretInPayload(t *testing.T) {
	create := api.CreateMasterKey{MasterKeyType: new(api.MasterKeyTypeJWT), MasterKeyID: new("k"), Payload: [][]byte{[]byte(echoedKey)}}
	refusal := `{"event":"error","action_id":1,"event_id":2,"error_type":"permission_denied","error_reason":` + inJSON(echo()) + `}`
	check := func(err error) {
		t.Helper()
		said, ok := errors.AsType[*api.Error](err)
		if !ok || !strings.Contains(said.Reason, "[hidden]") {
			t.Fatalf("error is %v", err)
		}
		for _, form := range []string{echoedKey, url.QueryEscape(echoedKey), hex.EncodeToString([]byte(echoedKey))} {
			if strings.Contains(strings.ToLower(err.Error()+said.Reason), form) {
				t.Errorf("it has %q in it: %v", form, err)
			}
		}
	}
	srv := newCallServer(t, says("application/json", refusal))
	c := newCaller(t, ninchat.CallerConfig{Address: srv.URL, Auth: ninchat.UserAuth("u", echoedAuth)})
	_, err := c.CreateMasterKey(t.Context(), create)
	check(err)
	synctest.Test(t, func(t *testing.T) {
		peer := &scriptedServer{t: t}
		peer.script = func(conn net.Conn, frame func(string, ...any)) {
			for range 2 { // the header and the payload
				_, _, _ = wsutil.ReadClientData(conn)
			}
			frame("%s", refusal)
		}
		e := &echoes{t: t}
		config := e.config(peer.dial)
		config.Direct = true
		s, err := ninchat.Open(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.CreateMasterKey(t.Context(), create)
		check(err)
		_ = s.Close()
		peer.close()
		synctest.Wait()
	})
}

// Short secrets garble nothing.
func TestShortSecretsGarbleNothing(t *testing.T) {
	srv := newCallServer(t, says("application/json", `{"event":"error","error_type":"access_denied","error_reason":"a bad day"}`))
	c := newCaller(t, ninchat.CallerConfig{Address: srv.URL, Auth: ninchat.IdentityAuth("email", "n", "a")})
	_, err := c.Ping(t.Context(), api.Ping{})
	if said, ok := errors.AsType[*api.Error](err); !ok || said.Reason != "a bad day" {
		t.Errorf("error is %v", err)
	}
}
