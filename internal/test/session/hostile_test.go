package session_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/test/fuzzing"
)

// Headers with which a client couldn't know what to do: the connection is given
// up, and the next one goes on where it was.
func TestDefect5MalformedHeaders(t *testing.T) {
	for _, header := range []string{
		`{"event":1}`,
		`{"event":""}`,
		`{"event":null,"event_id":2}`,
		`{}`,
		`[]`,
		`5`,
		`garbage`,
		`{"event":"pong","event_id":"2"}`,
		`{"event":"pong","event_id":-2}`,
		`{"event":"pong","event_id":2.5}`,
		`{"event":"pong","event_id":9223372036854775808}`,
		`{"event":"pong","event_id":2,"frames":-1}`,
		`{"event":"pong","event_id":2,"frames":"1"}`,
		`{"event":"pong","event_id":2,"frames":1000000000000}`,
		`{"event":"pong","event_id":2,"event_id":3}`,
		`{"event":"pong","event":"error"}`,
		"{\"event\":\"pong\",\"x\":\"\xff\"}",
		`{"event":"pong"}{"event":"pong"}`,
	} {
		t.Run(header, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bad := true
				peer := &scriptedServer{t: t, script: func(_ net.Conn, frame func(string, ...any)) {
					if bad {
						bad = false
						frame("%s", header)
						return
					}
					frame(`{"event":"pong"}`)
					frame(`{"event":"good","event_id":2}`)
				}}
				c := peer.config()
				c.DiscardEvents = false
				s, err := ninchat.Open(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				nextNamed(t, s, "good")
				if n := s.Stats().Connections; n != 2 {
					t.Errorf("%d connections were made", n)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				peer.close()
			})
		})
	}
}

// Events that make sense as such but have members of wrong types are delivered;
// decoding them is an error.
func TestDefect5MistypedEvents(t *testing.T) {
	events := []string{
		`{"event":"error","event_id":2}`,
		`{"event":"error","event_id":3,"error_type":5}`,
		`{"event":"error","event_id":4,"error_type":"internal","error_reason":{"a":1}}`,
		`{"event":"message_received","event_id":5,"message_id":5}`,
		`{"event":"message_received","event_id":6,"message_id":"m","message_time":"now","message_type":"t"}`,
		`{"event":"made_up","event_id":7,"whatever":[1,2]}`,
		`{"event":"user_deleted","event_id":8,"user_id":5}`,
		`{"event":"channel_updated","event_id":9,"channel_id":"c","channel_attrs":{"closed":"yes"}}`,
	}
	synctest.Test(t, func(t *testing.T) {
		peer := &scriptedServer{t: t, script: func(_ net.Conn, frame func(string, ...any)) {
			for _, event := range events {
				frame("%s", event)
			}
			frame(`{"event":"last","event_id":10}`)
		}}
		c := peer.config()
		c.DiscardEvents = false
		s, err := ninchat.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for event, err := range s.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if event.Name == "last" {
				break
			}
			if event.Name == "session_created" {
				continue
			}
			got = append(got, string(event.Header))
			_ = api.NewError("", event).Error()
			typed, err := event.Typed()
			switch event.Name {
			case "error":
			case "made_up":
				if typed != event || err != nil {
					t.Errorf("an unknown event is decoded to %v, %v", typed, err)
				}
			default:
				if err == nil {
					t.Errorf("%s was decoded", event.Header)
				}
			}
		}
		if !slices.Equal(got, events) {
			t.Errorf("delivered: %q", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		peer.close()
	})
}

// An action about which the server complains without saying which it means isn't
// sent for ever.
func TestDefect9RefusedWithoutActionID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &scriptedServer{t: t, script: func(conn net.Conn, frame func(string, ...any)) {
			for {
				text, _, err := wsutil.ReadClientData(conn)
				if err != nil {
					return
				}
				if len(text) > 0 {
					frame(`{"event":"error","error_type":"request_malformed","error_reason":"no idea"}`)
				}
			}
		}}
		s, err := ninchat.Open(t.Context(), peer.config())
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Ping(t.Context(), api.Ping{})
		if !errors.Is(err, api.ErrRequestMalformed) {
			t.Errorf("error is %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		peer.close()
	})
}

func TestDefect14KeepAliveBeforeCreation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var protocols []string
		c := ninchat.Config{Address: "http://peer.test", Direct: true, Proxy: noProxy, DiscardEvents: true}
		c.Dial = func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				upgrader := ws.Upgrader{Protocol: func(p []byte) bool { protocols = append(protocols, string(p)); return true }}
				if _, err := upgradeBy(upgrader, far); err != nil {
					return
				}
				for range 3 {
					_ = wsutil.WriteServerBinary(far, nil)
				}
				if _, _, err := wsutil.ReadClientData(far); err != nil {
					return
				}
				_ = wsutil.WriteServerText(far, nil)
				_ = wsutil.WriteServerText(far, []byte(`{"event":"session_created","event_id":1,"session_id":"s","user_id":"u"}`))
				_, _, _ = wsutil.ReadClientData(far)
			}()
			return near, nil
		}
		s, err := ninchat.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(protocols, []string{"ninchat.com"}) {
			t.Errorf("the client asks for subprotocols %q", protocols)
		}
	})
}

// Integers keep all their digits.
func TestDefect13LargeIntegers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &scriptedServer{t: t,
			created: `{"event":"session_created","event_id":9007199254740993,"session_id":"s","user_id":"u"}`,
			script: func(_ net.Conn, frame func(string, ...any)) {
				frame(`{"event":"big","event_id":9007199254740994}`)
				frame(`{"event":"big","event_id":9007199254740994}`)
				frame(`{"event":"big","event_id":9007199254740995}`)
			}}
		c := peer.config()
		c.DiscardEvents = false
		s, err := ninchat.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []int64{9007199254740994, 9007199254740995} {
			if event := nextNamed(t, s, "big"); event.ID != want {
				t.Errorf("event %d came, want %d", event.ID, want)
			}
		}
		time.Sleep(10 * time.Second)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		peer.close()
		last := peer.received[len(peer.received)-2]
		if want := `{"action":"resume_session","event_id":9007199254740995}`; last != want {
			t.Errorf("acknowledged by %s, want %s", last, want)
		}
	})
}

// FuzzSession feeds a session whatever a server may send. It must end in good
// order, without a panic and in time.
func FuzzSession(f *testing.F) {
	fuzzing.Onward(f)
	frames := func(texts ...string) []byte {
		var all []byte
		for _, text := range texts {
			all = append(all, ws.MustCompileFrame(ws.NewTextFrame([]byte(text)))...)
		}
		return all
	}
	// The beginning isn't among the input: what is long takes the fuzzer very long to
	// minimize.
	created := frames(`{"event":"session_created","event_id":1,"session_id":"s","user_id":"u"}`)
	f.Add(false, created)
	f.Add(true, frames(`{"event":"pong","action_id":1,"event_id":2}`))
	f.Add(true, frames(`{"event":"message_received","frames":1}`, `x`))
	f.Add(true, frames(`{"event":"error","error_type":"session_not_found"}`))
	f.Add(true, frames(`{"event":"error","error_type":"request_malformed"}`))
	f.Add(true, frames(`{"event":"pong","event_id":9}`, ``))
	f.Add(true, frames(`{"event":"user_deleted","user_id":"u"}`))
	f.Add(true, ws.MustCompileFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(1001, "bye"))))
	f.Add(false, []byte{0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, withSession bool, input []byte) {
		if len(input) > 256 {
			return
		}
		if withSession {
			input = append(created[:len(created):len(created)], input...)
		}
		synctest.Test(t, func(t *testing.T) {
			c := ninchat.Config{Address: "http://peer.test", Direct: true, Proxy: noProxy, OpenTimeout: time.Minute}
			c.Dial = func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					defer far.Close()
					if _, err := upgrade(far); err != nil {
						return
					}
					go func() {
						for {
							if _, err := far.Read(make([]byte, 1024)); err != nil {
								return
							}
						}
					}()
					_, _ = far.Write(input)
					time.Sleep(time.Second)
				}()
				return near, nil
			}
			// In the end, let the peers end.
			defer time.Sleep(time.Minute)
			s, err := ninchat.Open(t.Context(), c)
			if err != nil {
				_ = fmt.Sprint(err)
				return
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, _ = s.Ping(ctx, api.Ping{})
			for event, err := range s.Events(ctx) {
				if event != nil {
					_, _ = event.Typed()
					_ = api.NewError("", event).Error()
				}
				_ = fmt.Sprint(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	})
}
