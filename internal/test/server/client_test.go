package server_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// patience is how long a test waits for what must come. It matters only when
// something is wrong.
const patience = time.Minute

// client is a raw WebSocket client: it shares no code with the server.
type client struct {
	t  testing.TB
	nc net.Conn
	// userID, auth and sessionID are what session_created said.
	userID, auth, sessionID string
	// actionID is the latest that was used, eventID the latest that was seen.
	actionID, eventID int64
	// skipped are the events that weren't asked for yet.
	skipped []event
	// seen, if there is one, is told of each event.
	seen func(event)
	// unhurried clients wait for ever.
	unhurried bool
	// errors looks at the errors that answer what write sends.
	errors errorWatch
}

// event is a received event.
type event struct {
	name    string
	members map[string]any
	header  string
	payload []string
	binary  []bool
}

func (e event) text(name string) string { s, _ := e.members[name].(string); return s }

func (e event) number(name string) float64 { n, _ := e.members[name].(float64); return n }

func (e event) String() string { return e.header + strings.Join(e.payload, "|") }

// start starts a server in memory. In many tests there are clients who don't read for
// as long as others do something: they have time, however slow the machine is.
func start(t testing.TB, change ...func(*server.Config)) *ninchattest.Server {
	opts := []ninchattest.Option{ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) { c.Stall = time.Hour })}
	for _, change := range change {
		opts = append(opts, ninchattest.WithConfig(change))
	}
	// It is checked after the server has been closed.
	return ninchattest.New(t, append(opts, keeping(t))...)
}

// impatient servers give up those who don't read, or don't go on writing, after half a
// minute, as servers do by default. It is for bubbles.
func impatient(c *server.Config) { c.Stall = 0 }

// connect makes a connection without a session.
func connect(t testing.TB, srv *ninchattest.Server) *client {
	t.Helper()
	dialer := ws.Dialer{NetDial: srv.DialContext}
	nc, rest, _, err := dialer.Dial(context.Background(), "ws://localhost/v2/socket")
	if err != nil {
		t.Fatal(err)
	}
	if rest != nil {
		t.Fatal("the server spoke first")
	}
	t.Cleanup(func() { _ = nc.Close() })
	return &client{t: t, nc: nc}
}

// login makes a connection with a session. params are more parameters of
// create_session, beginning with a comma.
func login(t testing.TB, srv *ninchattest.Server, params string) *client {
	t.Helper()
	c := connect(t, srv)
	c.createSession(params)
	return c
}

// guest makes a connection with a session that gets all messages.
func guest(t testing.TB, srv *ninchattest.Server) *client {
	t.Helper()
	return login(t, srv, `,"message_types":["*"]`)
}

func (c *client) createSession(params string) {
	c.t.Helper()
	c.write(`{"action":"create_session"` + params + `}`)
	e := c.read()
	if e.name != "session_created" {
		c.t.Fatalf("got %v, want session_created", e)
	}
	c.userID, c.sessionID = e.text("user_id"), e.text("session_id")
	if auth := e.text("user_auth"); auth != "" {
		c.auth = auth
	}
}

// again makes a connection that resumes the session.
func (c *client) again(srv *ninchattest.Server) *client {
	c.t.Helper()
	other := connect(c.t, srv)
	other.userID, other.auth, other.sessionID = c.userID, c.auth, c.sessionID
	other.actionID, other.eventID = c.actionID, c.eventID
	other.write(fmt.Sprintf(`{"action":"resume_session","session_id":%q,"event_id":%d}`, c.sessionID, c.eventID))
	return other
}

// write sends a header, with frames if there is payload, and the payload.
func (c *client) write(header string, payload ...string) {
	c.t.Helper()
	if len(payload) > 0 {
		header = header[:len(header)-1] + fmt.Sprintf(`,"frames":%d}`, len(payload))
	}
	c.errors.sent(header)
	c.frame(ws.OpText, header)
	for _, part := range payload {
		c.frame(ws.OpBinary, part)
	}
}

func (c *client) frame(op ws.OpCode, payload string) {
	c.t.Helper()
	if err := c.tryWriteFrame(op, payload); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// tryWrite sends a header without payload.
func (c *client) tryWrite(header string) error { return c.tryWriteFrame(ws.OpText, header) }

func (c *client) tryWriteFrame(op ws.OpCode, payload string) error {
	_ = c.nc.SetWriteDeadline(time.Now().Add(patience))
	return ws.WriteFrame(c.nc, ws.MaskFrame(ws.NewFrame(op, true, []byte(payload))))
}

// send sends an action with an action_id.
func (c *client) send(action string, payload ...string) (actionID int64) {
	c.t.Helper()
	c.actionID++
	c.write(action[:len(action)-1]+fmt.Sprintf(`,"action_id":%d}`, c.actionID), payload...)
	return c.actionID
}

// call sends an action and returns the first event that answers it.
func (c *client) call(action string, payload ...string) event {
	c.t.Helper()
	return c.reply(c.send(action, payload...))
}

// reply returns the next event that has an action_id, or says that there is no
// session. Others are skipped.
func (c *client) reply(actionID int64) event {
	c.t.Helper()
	return c.find(fmt.Sprintf("a reply to %d", actionID), func(e event) bool {
		return int64(e.number("action_id")) == actionID || e.text("error_type") == "session_not_found"
	})
}

// wait returns the next event with a name. Others are skipped.
func (c *client) wait(name string) event {
	c.t.Helper()
	return c.find(name, func(e event) bool { return e.name == name })
}

// find looks among the skipped events, and then waits.
func (c *client) find(what string, ok func(event) bool) event {
	c.t.Helper()
	for i, e := range c.skipped {
		if ok(e) {
			c.skipped = append(c.skipped[:i:i], c.skipped[i+1:]...)
			return e
		}
	}
	for {
		e, err := c.tryRead()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v; skipped: %v", what, err, c.skipped)
		}
		if ok(e) {
			return e
		}
		c.skipped = append(c.skipped, e)
	}
}

// quiet checks that nothing has come: a ping is answered by what comes next.
func (c *client) quiet() {
	c.t.Helper()
	id := c.send(`{"action":"ping"}`)
	if e := c.read(); int64(e.number("action_id")) != id || len(c.skipped) > 0 {
		c.t.Fatalf("unexpected event %v, skipped %v", e, c.skipped)
	}
}

// settle forgets what has come.
func (c *client) settle() {
	c.t.Helper()
	c.call(`{"action":"ping"}`)
	c.skipped = nil
}

func (c *client) read() event {
	c.t.Helper()
	e, err := c.tryRead()
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	return e
}

// closedError is a close frame.
type closedError struct {
	code   ws.StatusCode
	reason string
}

func (e closedError) Error() string { return fmt.Sprintf("closed: %d %s", e.code, e.reason) }

// tryRead reads the next event. Keep-alives, which may come at any time, are left
// out, and don't make it wait for longer.
func (c *client) tryRead() (e event, err error) {
	if !c.unhurried {
		_ = c.nc.SetReadDeadline(time.Now().Add(patience))
	}
	header, binary := "", false
	for header == "" {
		if header, binary, err = c.rawFrame(); err != nil {
			return e, err
		}
	}
	if binary {
		return e, fmt.Errorf("the header %q is binary", header)
	}
	e.header = header
	if err := json.Unmarshal([]byte(header), &e.members); err != nil {
		return e, err
	}
	e.name = e.text("event")
	if id := int64(e.number("event_id")); id != 0 {
		c.eventID = max(c.eventID, id)
	}
	for range int(e.number("frames")) {
		part, binary, err := c.rawFrame()
		if err != nil {
			return e, err
		}
		e.payload, e.binary = append(e.payload, part), append(e.binary, binary)
	}
	c.errors.received(c.t, e)
	if c.seen != nil {
		c.seen(e)
	}
	return e, nil
}

func (c *client) rawFrame() (payload string, binary bool, err error) {
	frame, err := readFrame(c.nc)
	if err != nil {
		return "", false, err
	}
	if frame.Header.Masked || frame.Header.Rsv != 0 || !frame.Header.Fin {
		return "", false, fmt.Errorf("a frame that a server mustn't send: %+v", frame.Header)
	}
	switch frame.Header.OpCode {
	case ws.OpText, ws.OpBinary:
		return string(frame.Payload), frame.Header.OpCode == ws.OpBinary, nil
	case ws.OpClose:
		code, reason := ws.ParseCloseFrameData(frame.Payload)
		return "", false, closedError{code, reason}
	default:
		return "", false, fmt.Errorf("control frame %v %q", frame.Header.OpCode, frame.Payload)
	}
}

// ended reads until the connection ends, and returns the error.
func (c *client) ended() error {
	c.t.Helper()
	for {
		e, err := c.tryRead()
		if err != nil {
			return err
		}
		c.skipped = append(c.skipped, e)
	}
}

// expect checks that an event has the members of a JSON object, with the same
// values, objects being compared in the same way.
func expect(t testing.TB, got event, want string) {
	t.Helper()
	var wanted map[string]any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatalf("%s: %v", want, err)
	}
	if diff := differ("", got.members, wanted); diff != "" {
		t.Fatalf("%s\ngot  %v\nwant %s", diff, got, want)
	}
}

// absent is a wanted value that means: not there.
const absent = "<absent>"

func differ(path string, got, want any) string {
	object, ok := want.(map[string]any)
	if !ok {
		if !reflect.DeepEqual(got, want) {
			return fmt.Sprintf("%s is %v, want %v", path, got, want)
		}
		return ""
	}
	members, ok := got.(map[string]any)
	if !ok {
		return fmt.Sprintf("%s is %v, want an object", path, got)
	}
	for name, value := range object {
		member, there := members[name]
		if value == absent {
			if there {
				return fmt.Sprintf("%s.%s is there", path, name)
			}
			continue
		}
		if !there {
			return fmt.Sprintf("%s.%s is missing", path, name)
		}
		if diff := differ(path+"."+name, member, value); diff != "" {
			return diff
		}
	}
	return ""
}

// quote makes a JSON string.
func quote(text string) string { return strconv.Quote(text) }

// get makes an HTTP request, and returns the answer with its body.
func request(t testing.TB, srv *ninchattest.Server, method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	transport := srv.Transport()
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), method, srv.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body := new(strings.Builder)
	buffer := make([]byte, 4096)
	for {
		n, err := resp.Body.Read(buffer)
		body.Write(buffer[:n])
		if err != nil {
			return resp, body.String()
		}
	}
}

// longest is how long a frame of a server may be in these tests.
const longest = 64 << 20

// readFrame reads a frame of a server.
func readFrame(r io.Reader) (ws.Frame, error) {
	header, err := ws.ReadHeader(r)
	if err != nil {
		return ws.Frame{}, err
	}
	if header.Length > longest {
		return ws.Frame{}, fmt.Errorf("a frame of %d bytes", header.Length)
	}
	frame := ws.Frame{Header: header, Payload: make([]byte, header.Length)}
	_, err = io.ReadFull(r, frame.Payload)
	return frame, err
}

// object parses a JSON object.
func object(t testing.TB, text string) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return members
}
