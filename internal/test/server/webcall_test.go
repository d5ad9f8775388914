package server_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
	"github.com/ninchat-community/ninchat/spec"
)

// exchange is a request to /v2/call, and its answer.
type exchange struct {
	resp *http.Response
	body string
}

// callWith makes a POST request to /v2/call. header has names and values.
func callWith(t testing.TB, srv *ninchattest.Server, body string, header ...string) exchange {
	t.Helper()
	x, err := tryCall(t, srv, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func tryCall(t testing.TB, srv *ninchattest.Server, body string, header ...string) (exchange, error) {
	transport := srv.Transport()
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL()+"/v2/call", strings.NewReader(body))
	if err != nil {
		return exchange{}, err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return exchange{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return exchange{resp, string(text)}, err
}

// event is the one event of a JSON answer.
func (x exchange) event(t testing.TB) event {
	t.Helper()
	e := event{header: x.body}
	if err := json.Unmarshal([]byte(x.body), &e.members); err != nil || x.resp.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s %q: %v", x.resp.Header.Get("Content-Type"), x.body, err)
	}
	e.name = e.text("event")
	return e
}

// callJSON calls with JSON both ways.
func callJSON(t testing.TB, srv *ninchattest.Server, action string) event {
	t.Helper()
	return callWith(t, srv, action, "Accept", "application/json", "Content-Type", "application/json").event(t)
}

// as adds the credentials of a user of the world to an action.
func (w *world) as(who, action string) string {
	return w.fill(action[:len(action)-1] + `,"caller_id":"$` + who + `","caller_auth":"$` + who + `.auth"}`)
}

func TestCall(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"as a user": func(t *testing.T) {
			w := newWorld(t)
			e := callJSON(t, w.srv, w.as("anna", `{"action":"describe_user"}`))
			expect(t, e, w.fill(`{"event":"user_found","user_id":"$anna","event_id":"<absent>","action_id":"<absent>","user_channels":{"$channel":{}}}`))
			expect(t, callJSON(t, w.srv, w.as("anna", `{"action":"ping","action_id":9}`)), `{"event":"pong","action_id":9,"event_id":"<absent>"}`)
		},
		"as an identity": func(t *testing.T) {
			srv := start(t)
			if _, err := srv.AddUser(server.User{Identities: []server.Identity{{Type: "email", Name: "a@example.com", Auth: "secret"}}}); err != nil {
				t.Fatal(err)
			}
			action := `{"action":"describe_user","caller_type":"email","caller_name":"a@example.com","caller_auth":"%s"}`
			expect(t, callJSON(t, srv, fmt.Sprintf(action, "secret")), `{"event":"user_found"}`)
			expect(t, callJSON(t, srv, fmt.Sprintf(action, "wrong")), `{"event":"error","error_type":"access_denied"}`)
		},
		"credentials": func(t *testing.T) {
			w := newWorld(t)
			for action, want := range map[string]string{
				`{"action":"describe_user"}`:                                                                    "access_denied",
				`{"action":"describe_user","caller_id":"$anna"}`:                                                "access_denied",
				`{"action":"describe_user","caller_id":"$anna","caller_auth":"$bert.auth"}`:                     "access_denied",
				`{"action":"describe_user","caller_id":"nobody","caller_auth":"x"}`:                             "user_not_found",
				`{"action":"describe_user","caller_auth":"$anna.auth"}`:                                         "request_malformed",
				`{"action":"describe_user","caller_id":1,"caller_auth":"$anna.auth"}`:                           "request_malformed",
				`{"action":"describe_user","caller_id":"$anna","caller_type":"email","caller_auth":"x"}`:        "request_malformed",
				`{"action":"describe_user","caller_type":"email","caller_name":"nobody","caller_auth":"x"}`:     "identity_not_found",
				`{"action":"create_user","caller_id":"$anna","caller_auth":"x"}`:                                "access_denied",
				`{"action":"describe_user","session_id":"x"}`:                                                   "access_denied",
				`{"action":"update_session","caller_id":"$anna","caller_auth":"$anna.auth"}`:                    "action_not_supported",
				`{"action":"close_session","session_id":"x"}`:                                                   "action_not_supported",
				`{"action":"resume_session","session_id":"x"}`:                                                  "action_not_supported",
				`{"action":"create_session","message_types":[]}`:                                                "action_not_supported",
				`{"action":"follow_channel","channel_id":"x","caller_id":"$anna","caller_auth":"$anna.auth"}`:   "action_not_supported",
				`{"action":"describe_user","puppet_id":"$bert","caller_id":"$anna","caller_auth":"$anna.auth"}`: "permission_denied",
			} {
				e := callJSON(t, w.srv, w.fill(action))
				if e.text("error_type") != want {
					t.Errorf("%s: got %v, want %s", action, e, want)
				}
				if strings.Contains(e.header, w.clients["anna"].auth) {
					t.Errorf("a secret: %v", e)
				}
			}
		},
		"without credentials": func(t *testing.T) {
			srv := start(t)
			expect(t, callJSON(t, srv, `{"action":"describe_conn"}`), `{"event":"conn_found"}`)
			e := callJSON(t, srv, `{"action":"create_user","user_attrs":{"name":"x"}}`)
			expect(t, e, `{"event":"user_created","puppet_masters":"<absent>"}`)
			login(t, srv, `,"message_types":[],"user_id":`+quote(e.text("user_id"))+`,"user_auth":`+quote(e.text("user_auth")))
		},
		"as a puppet": func(t *testing.T) {
			w := newWorld(t)
			id := callJSON(t, w.srv, w.as("anna", `{"action":"create_user","puppet_attrs":{"name":"p"}}`)).text("user_id")
			e := callJSON(t, w.srv, w.as("anna", `{"action":"describe_user","puppet_id":"`+id+`"}`))
			expect(t, e, `{"event":"user_found","user_id":`+quote(id)+`}`)
		},
		"a message": func(t *testing.T) {
			w := newWorld(t)
			e := callJSON(t, w.srv, w.as("anna", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text","payload":{"text":"hi"}}`))
			expect(t, e, `{"event":"message_received","payload":"<absent>","frames":"<absent>"}`)
			for _, who := range []string{"anna", "bert"} {
				if got := w.clients[who].wait("message_received"); got.payload[0] != `{"text":"hi"}` {
					t.Errorf("got %v", got)
				}
			}
		},
		"everybody else is told": func(t *testing.T) {
			w := newWorld(t)
			callJSON(t, w.srv, w.as("bert", `{"action":"part_channel","channel_id":"$channel"}`))
			expect(t, w.clients["anna"].wait("channel_member_parted"), w.fill(`{"user_id":"$bert"}`))
			w.clients["bert"].wait("channel_parted")
		},
		"deleting oneself": func(t *testing.T) {
			w := newWorld(t)
			expect(t, callJSON(t, w.srv, w.as("bert", `{"action":"delete_user"}`)), w.fill(`{"event":"user_deleted","user_id":"$bert"}`))
			w.clients["bert"].wait("user_deleted")
		},
		"by GET": func(t *testing.T) {
			srv := start(t)
			data := "/v2/call?data=" + url.QueryEscape(`{"action":"describe_conn"}`)
			resp, body := request(t, srv, "GET", data)
			if body != `{"event":"conn_found"}` || resp.Header.Get("Content-Type") != "application/json" {
				t.Errorf("got %v %s", resp.Header, body)
			}
			resp, body = request(t, srv, "GET", data+"&callback=a.b")
			if body != `a.b({"event":"conn_found"});` || resp.Header.Get("Content-Type") != "application/javascript; charset=utf-8" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("got %v %s", resp.Header, body)
			}
			if resp, _ := request(t, srv, "GET", data+"&callback=%3Cx"); resp.StatusCode != 400 {
				t.Errorf("got %d", resp.StatusCode)
			}
			if resp, body := request(t, srv, "GET", "/v2/call"); resp.StatusCode != 200 || !strings.Contains(body, "request_malformed") {
				t.Errorf("got %d %s", resp.StatusCode, body)
			}
		},
		"octet-stream": func(t *testing.T) {
			w := newWorld(t)
			parts := []string{"a", strings.Repeat("b", 126), strings.Repeat("c", 70_000)}
			body := octets(append([]string{w.as("anna", `{"action":"send_message","channel_id":"$channel","message_type":"x"}`)}, parts...)...)
			x := callWith(t, w.srv, body, "Content-Type", "application/octet-stream", "Accept", "application/json")
			expect(t, x.event(t), `{"event":"message_received"}`)
			if got := w.clients["bert"].wait("message_received"); strings.Join(got.payload, "|") != strings.Join(parts, "|") {
				t.Errorf("got %v", got)
			}
			for _, broken := range []string{"", "\x05ab", "\xff", "\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "\x7e\x00", octets("{}"), octets(`{"action":"ping","frames":3}`, "x")} {
				x := callWith(t, w.srv, broken, "Content-Type", "application/octet-stream", "Accept", "application/json")
				expect(t, x.event(t), `{"event":"error","error_type":"request_malformed"}`)
			}
		},
		"encodings": func(t *testing.T) {
			srv := start(t, func(c *server.Config) { c.Limits.Header, c.Limits.Payload = 1000, 1000 })
			action := `{"action":"describe_conn"}`
			for _, test := range []struct{ encoding, body, want string }{
				{"gzip", gzipped(action), "conn_found"}, {"GZIP", gzipped(action), "conn_found"},
				{"deflate", deflated(action), "conn_found"}, {"identity", action, "conn_found"},
				{"gzip", action, "error"}, {"deflate", gzipped(action), "error"}, {"gzip", gzipped(action)[:20], "error"},
				{"gzip", gzipped(strings.Repeat(" ", 10<<20) + action), "message_too_long"},
				{"deflate", deflated(strings.Repeat(" ", 10<<20) + action), "message_too_long"},
			} {
				x := callWith(t, srv, test.body, "Content-Encoding", test.encoding, "Accept", "application/json")
				if e := x.event(t); e.name != test.want && e.text("error_type") != test.want {
					t.Errorf("%s: got %v", test.encoding, e)
				}
			}
			if x := callWith(t, srv, action, "Content-Encoding", "br"); x.resp.StatusCode != 415 || !strings.Contains(x.body, "request_malformed") {
				t.Errorf("got %d %s", x.resp.StatusCode, x.body)
			}
			if x := callWith(t, srv, action, "Content-Type", "text/html"); x.resp.StatusCode != 415 {
				t.Errorf("got %d %s", x.resp.StatusCode, x.body)
			}
			if x := callWith(t, srv, action, "Content-Type", "application/json; charset=utf-8"); x.resp.StatusCode != 200 {
				t.Errorf("got %d %s", x.resp.StatusCode, x.body)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// The choice of the type of the answer.
func TestCallAnswers(t *testing.T) {
	w := newWorld(t)
	w.say("anna", "one")
	single := `{"action":"describe_conn"}`
	several := w.as("anna", `{"action":"load_history","channel_id":"$channel","message_types":["ninchat.com/text"]}`)
	const (
		asJSON     = "application/json"
		asProtobuf = "application/x-protobuf"
		asOctets   = "application/octet-stream"
	)
	for _, test := range []struct {
		action, accept, want string
	}{
		{single, asJSON, asJSON},
		{single, asProtobuf, asProtobuf},
		{single, asOctets, asOctets},
		{single, asProtobuf + ", " + asJSON, asJSON},
		{single, asOctets + "," + asProtobuf, asProtobuf},
		{single, asJSON + ";q=0, " + asProtobuf, asProtobuf},
		{single, "*/*", asJSON},
		{single, "", asJSON},
		{single, "text/html", ""},
		{several, asJSON, asJSON},
		{several, asProtobuf, asProtobuf},
		{several, asOctets, asOctets},
		{several, asJSON + ", " + asProtobuf, asProtobuf},
		{several, asJSON + ", " + asOctets, asOctets},
		{several, "application/*;q=0.5", asProtobuf},
		{several, "text/html", ""},
	} {
		t.Run(test.accept, func(t *testing.T) {
			header := []string{"Content-Type", asJSON}
			if test.accept != "" {
				header = append(header, "Accept", test.accept)
			}
			x := callWith(t, w.srv, test.action, header...)
			if got := x.resp.Header.Get("Content-Type"); got != test.want || x.resp.StatusCode != 200 || x.resp.Header.Get("Vary") != "Accept" {
				t.Fatalf("got %d %q", x.resp.StatusCode, got)
			}
			var frames []string
			switch test.want {
			case "":
				if x.body != "" {
					t.Errorf("got %q", x.body)
				}
				return
			case asProtobuf:
				frames = splitProtobuf(t, x.body)
			case asOctets:
				frames = splitOctets(t, x.body)
			default:
				if test.action == several {
					events, err := parseEvents(x.body)
					if err != nil || len(events) != 2 {
						t.Fatalf("got %s: %v", x.body, err)
					}
					expect(t, events[1], `{"event":"message_received","frames":1,"payload":"<absent>"}`)
					return
				}
				frames = []string{x.body}
			}
			if test.action == single {
				if len(frames) != 1 || frames[0] != `{"event":"conn_found"}` {
					t.Errorf("got %q", frames)
				}
				return
			}
			if len(frames) != 3 || !strings.Contains(frames[0], `"history_results"`) || !strings.Contains(frames[1], `"message_received"`) || frames[2] != `{"text":"one"}` {
				t.Errorf("got %q", frames)
			}
		})
	}
}

func TestCallFaults(t *testing.T) {
	w := newWorld(t)
	w.srv.Faults().CutNext(4)
	if x, err := tryCall(t, w.srv, `{"action":"describe_conn"}`); err == nil || x.body != `{"ev` {
		t.Errorf("got %v, %v", x, err)
	}
	w.srv.Faults().CutAt(server.Match{UserID: w.clients["bert"].userID}, "create_channel")
	if e := callJSON(t, w.srv, w.as("anna", `{"action":"create_channel"}`)); e.name != "channel_joined" {
		t.Errorf("got %v", e)
	}
	if x, err := tryCall(t, w.srv, w.as("bert", `{"action":"create_channel"}`)); err == nil {
		t.Errorf("got %v", x)
	}
	if got := w.srv.Stats(); got.Channels != 3 || got.Calls != 3 {
		t.Errorf("got %+v", got)
	}
	w.srv.Faults().Refuse(500)
	if x := callWith(t, w.srv, `{"action":"describe_conn"}`); x.resp.StatusCode != 500 {
		t.Errorf("got %v", x)
	}
}

// Whatever can be done in a session and makes sense without one is done without
// one, too, and has an answer.
func TestCallEveryAction(t *testing.T) {
	for action := range spec.Actions() {
		t.Run(action.Name, func(t *testing.T) {
			w := newWorld(t)
			params := ""
			for i := range action.Params {
				params += "," + quote(action.Params[i].Name) + ":" + sample(&action.Params[i])
			}
			for _, text := range []string{
				`{"action":"` + action.Name + `"` + params + `}`,
				`{"action":"` + action.Name + `","channel_id":"$channel","user_id":"$bert"}`,
				`{"action":"` + action.Name + `"}`,
			} {
				e := callWith(t, w.srv, w.as("anna", text), "Accept", "application/json")
				if !strings.Contains(e.body, `"event":"`) || e.resp.StatusCode != 200 {
					t.Errorf("%s: got %d %s", text, e.resp.StatusCode, e.body)
				}
			}
		})
	}
}

// sample is some value of a parameter's type.
func sample(p *spec.Param) string {
	switch p.Type {
	case spec.TypeBool:
		return "true"
	case spec.TypeInt, spec.TypeFloat, spec.TypeTime:
		return "1"
	case spec.TypeString:
		switch p.Name {
		case "channel_id":
			return `"$channel"`
		case "user_id":
			return `"$bert"`
		}
		return `"x"`
	case spec.TypeStringArray:
		return `["x"]`
	}
	return "{}"
}

// octets puts frames together.
func octets(frames ...string) string {
	var body []byte
	for _, frame := range frames {
		switch n := len(frame); {
		case n < 126:
			body = append(body, byte(n))
		case n < 65536:
			body = binary.BigEndian.AppendUint16(append(body, 126), uint16(n))
		default:
			body = binary.BigEndian.AppendUint64(append(body, 127), uint64(n))
		}
		body = append(body, frame...)
	}
	return string(body)
}

func splitOctets(t *testing.T, body string) (frames []string) {
	t.Helper()
	for body != "" {
		n, size := int(body[0]), 1
		if n == 126 {
			n, size = int(binary.BigEndian.Uint16([]byte(body[1:]))), 3
		}
		frames, body = append(frames, body[size:size+n]), body[size+n:]
	}
	return frames
}

// splitProtobuf returns the frames of all events.
func splitProtobuf(t *testing.T, body string) (frames []string) {
	t.Helper()
	field := func(text string) (contents, rest string) {
		if text[0] != 0x0a {
			t.Fatalf("the tag is %x", text[0])
		}
		n, size := binary.Uvarint([]byte(text[1:]))
		return text[1+size : 1+size+int(n)], text[1+size+int(n):]
	}
	for body != "" {
		var event, frame string
		for event, body = field(body); event != ""; {
			frame, event = field(event)
			frames = append(frames, frame)
		}
	}
	return frames
}

func gzipped(text string) string {
	var body bytes.Buffer
	w := gzip.NewWriter(&body)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return body.String()
}

func deflated(text string) string {
	var body bytes.Buffer
	w := zlib.NewWriter(&body)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return body.String()
}
