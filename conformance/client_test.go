package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/go-json-experiment/json"
	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// TestClient replays the transcripts that name a client against a session, which is
// told to do what that one does. Who talks to it is made of bare WebSocket frames,
// and says exactly what the transcript says. The other peers aren't there.
func TestClient(t *testing.T) {
	played := 0
	for _, tr := range transcripts(t) {
		if tr.client == "" {
			continue
		}
		played++
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lines := tr.of(tr.client)
				s := &scripted{name: tr.name, lines: lines, names: make(names)}
				t.Cleanup(s.end)
				s.drive(t)
			})
		})
	}
	if played < 5 {
		t.Errorf("only %d transcripts are for clients", played)
	}
}

// of are the lines of a peer.
func (tr transcript) of(peer string) (lines []line) {
	for _, l := range tr.lines {
		if l.Peer == peer {
			lines = append(lines, l)
		}
	}
	return lines
}

// scripted is a service that knows one transcript.
type scripted struct {
	name  string
	lines []line

	mu    sync.Mutex
	names names
	// next is the line that comes next, and eventID the latest one.
	next    int
	eventID int
	// said are the events that have been sent.
	said  []event
	conns []net.Conn
	tasks sync.WaitGroup
	err   error
}

func (s *scripted) end() {
	s.mu.Lock()
	for _, nc := range s.conns {
		_ = nc.Close()
	}
	s.mu.Unlock()
	s.tasks.Wait()
}

func (s *scripted) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	s.mu.Lock()
	s.conns = append(s.conns, far)
	s.mu.Unlock()
	s.tasks.Go(func() {
		defer far.Close()
		if _, err := ws.Upgrade(far); err != nil {
			return
		}
		if err := s.serve(far); err != nil {
			s.mu.Lock()
			s.err = errors.Join(s.err, fmt.Errorf("%s.jsonl:%d: %w", s.name, s.at(), err))
			s.mu.Unlock()
		}
	})
	return near, nil
}

// at is the line number that comes next.
func (s *scripted) at() int { return s.lines[min(s.next, len(s.lines)-1)].number }

// serve plays lines on a connection.
func (s *scripted) serve(nc net.Conn) error {
	for {
		s.mu.Lock()
		if s.next >= len(s.lines) {
			s.mu.Unlock()
			// The transcript is over; the client may close.
			_, _, _ = hear(nc)
			return nil
		}
		l := &s.lines[s.next]
		s.mu.Unlock()
		var err error
		switch {
		case l.Send != nil:
			err = s.hear(nc, l)
		case l.Receive != nil:
			err = s.say(nc, l)
		case l.Disconnect:
			s.advance()
			return nil
		}
		if err != nil {
			return err
		}
		s.advance()
	}
}

func (s *scripted) advance() {
	s.mu.Lock()
	s.next++
	s.mu.Unlock()
}

// hear checks that the client sends what it should. Acknowledgements, and pings that
// find out whether the connection is alive, come when the client wants.
func (s *scripted) hear(nc net.Conn, l *line) error {
	for {
		header, payload, err := hear(nc)
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", encode(l.Send), err)
		}
		if header["action"] == "resume_session" && header["session_id"] == nil {
			continue
		}
		if header["action"] == "ping" && header["action_id"] == nil {
			if err := s.pong(nc); err != nil {
				return err
			}
			continue
		}
		return s.compare(l, event{header, payload})
	}
}

func (s *scripted) pong(nc net.Conn) error {
	s.mu.Lock()
	s.eventID++
	pong := fmt.Sprintf(`{"event":"pong","event_id":%d}`, s.eventID)
	s.mu.Unlock()
	return ws.WriteFrame(nc, ws.NewTextFrame([]byte(pong)))
}

func (s *scripted) compare(l *line, got event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	want, _ := s.names.sample(l.Send).(object)
	if want["action"] != "resume_session" {
		delete(want, "event_id")
	}
	diff := s.names.match("", want, got.header, true)
	if diff == "" && len(got.payload) != len(l.Payload) {
		diff = fmt.Sprintf("%d parts, want %d", len(got.payload), len(l.Payload))
	}
	for i := 0; diff == "" && i < len(l.Payload); i++ {
		if part := partOf(s.names.sample(l.Payload[i])); got.payload[i] != part {
			diff = fmt.Sprintf("part %d is %q, want %q", i, got.payload[i], part)
		}
	}
	if diff != "" {
		return fmt.Errorf("%s\ngot  %s\nwant %s", diff, encode(got.header), encode(want))
	}
	return nil
}

// say sends what a line says is received, made complete.
func (s *scripted) say(nc net.Conn, l *line) error {
	e := s.event(l)
	frames := append([]string{encode(e.header)}, e.payload...)
	for _, frame := range frames {
		if err := ws.WriteFrame(nc, ws.NewTextFrame([]byte(frame))); err != nil {
			return err
		}
	}
	return nil
}

func (s *scripted) event(l *line) event {
	s.mu.Lock()
	defer s.mu.Unlock()
	header, _ := s.names.sample(l.Receive).(object)
	e := event{header: header}
	delete(header, "frames")
	if l.Receive["event_id"] == nil {
		header["event_id"] = s.eventID + 1
	}
	if id, ok := header["event_id"].(float64); ok {
		header["event_id"] = int(id)
	}
	s.eventID, _ = header["event_id"].(int)
	if header["event"] == "session_created" {
		for name, value := range s.names.sample(object{"session_id": "$session", "user_id": "$user", "user_auth": "$auth"}).(object) {
			if header[name] == nil {
				header[name] = value
			}
		}
	}
	for _, part := range l.Payload {
		e.payload = append(e.payload, partOf(s.names.sample(part)))
	}
	if len(e.payload) > 0 {
		header["frames"] = len(e.payload)
	}
	s.said = append(s.said, e)
	return e
}

// hear reads an action.
func hear(nc net.Conn) (header object, payload []string, err error) {
	left := -1
	for left != 0 {
		frame, err := readFrame(nc)
		if err != nil {
			return nil, nil, err
		}
		text := string(ws.UnmaskFrame(frame).Payload)
		switch {
		case frame.Header.OpCode == ws.OpClose:
			return nil, nil, errors.New("the client closes the connection")
		case frame.Header.OpCode != ws.OpText && frame.Header.OpCode != ws.OpBinary, left < 0 && text == "":
		case left < 0:
			if err := json.Unmarshal([]byte(text), &header); err != nil {
				return nil, nil, err
			}
			frames, _ := header["frames"].(float64)
			left = int(frames)
		default:
			payload = append(payload, text)
			left--
		}
	}
	return header, payload, nil
}

// drive has a session do what the transcript says.
func (s *scripted) drive(t *testing.T) {
	fail := func(format string, args ...any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		t.Fatalf("%s.jsonl, at line %d: %s (%v)", s.name, s.at(), fmt.Sprintf(format, args...), s.err)
	}
	config := ninchat.Config{
		Address: "http://scripted.test", Direct: true, Dial: s.dial, OpenTimeout: patience,
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
	}
	login := maps.Clone(s.lines[0].Send)
	delete(login, "action")
	if err := json.Unmarshal([]byte(encode(login)), &config.Login); err != nil {
		t.Fatal(err)
	}
	session, err := ninchat.Open(t.Context(), config)
	if err != nil {
		fail("open: %v", err)
	}
	defer session.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stream := make(chan []event, 1)
	go func() { stream <- read(ctx, session) }()
	done := make(map[any]bool)
	for _, l := range s.lines[1:] {
		id := l.Send["action_id"]
		if l.Send == nil || id == nil || done[id] {
			continue // the session does it by itself
		}
		done[id] = true
		synctest.Wait()
		if err := s.do(t.Context(), session, &l); err != nil {
			fail("%v", err)
		}
	}
	synctest.Wait()
	stop()
	// What answered nothing has come with the stream.
	want := s.saidAbout(func(e event) bool { return e.header["action_id"] == nil && e.header["event"] != "session_created" })
	if err := same(<-stream, want); err != nil {
		t.Errorf("the stream: %v", err)
	}
	if err := session.Close(); err != nil && !errors.Is(err, ninchat.ErrClosed) {
		t.Logf("close: %v", err)
	}
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		t.Error(s.err)
	}
	if s.next < len(s.lines) && s.lines[s.next].Closed == 0 {
		t.Errorf("%s.jsonl:%d wasn't reached", s.name, s.at())
	}
}

// do has the session do an action, and compares what it makes of the replies.
func (s *scripted) do(ctx context.Context, session *ninchat.Session, l *line) error {
	s.mu.Lock()
	params, _ := s.names.sample(l.Send).(object)
	payload := make([][]byte, len(l.Payload))
	for i, part := range l.Payload {
		payload[i] = []byte(partOf(s.names.sample(part)))
	}
	s.mu.Unlock()
	name, _ := params["action"].(string)
	id := params["action_id"]
	for _, name := range []string{"action", "action_id", "event_id"} {
		delete(params, name)
	}
	action, err := api.NewAction(name, params, payload...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var got []event
	err = session.Invoke(ctx, action, func(e *api.Event) bool {
		got = append(got, eventOf(e))
		return true
	})
	if refused, ok := errors.AsType[*api.Error](err); ok {
		got, err = []event{eventOf(refused.Event)}, nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return same(got, s.saidAbout(func(e event) bool { return e.header["action_id"] == id }))
}

// read reads the stream until ctx ends.
func read(ctx context.Context, session *ninchat.Session) (received []event) {
	for e, err := range session.Events(ctx) {
		if err != nil {
			break
		}
		if e.Name != "session_created" {
			received = append(received, eventOf(e))
		}
	}
	return received
}

func (s *scripted) saidAbout(what func(event) bool) (said []event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.said {
		if what(e) {
			said = append(said, e)
		}
	}
	return said
}

func eventOf(e *api.Event) event {
	made := event{header: make(object)}
	_ = json.Unmarshal(e.Header, &made.header)
	for _, part := range e.Payload {
		made.payload = append(made.payload, string(part))
	}
	return made
}

func same(got, want []event) error {
	text := func(events []event) (lines []string) {
		for _, e := range events {
			lines = append(lines, fmt.Sprintf("%s %q", encode(e.header), e.payload))
		}
		return lines
	}
	if g, w := text(got), text(want); !slices.Equal(g, w) {
		return fmt.Errorf("got  %v\nwant %v", g, w)
	}
	return nil
}
