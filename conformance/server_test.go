package conformance_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// TestServer replays the transcripts against the local server, with a client that
// is made of net/http and bare WebSocket frames.
func TestServer(t *testing.T) {
	for _, tr := range transcripts(t) {
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := ninchattest.New(t, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) {
					c.Strict, c.Origins = true, []string{"https://shop.example"}
				}))
				r := &replay{srv: srv, names: make(names), peers: make(map[string]*peer)}
				t.Cleanup(r.end)
				for _, l := range tr.lines {
					if err := r.play(t, &l); err != nil {
						t.Fatalf("%s.jsonl:%d: %v", tr.name, l.number, err)
					}
				}
			})
		})
	}
}

// replay replays a transcript against the server.
type replay struct {
	srv   *ninchattest.Server
	names names
	peers map[string]*peer
}

// peer is a client with a connection.
type peer struct {
	nc net.Conn
	// untaken are events that haven't been asked for.
	untaken []event
}

type event struct {
	header  object
	payload []string
}

func (r *replay) end() {
	for _, p := range r.peers {
		_ = p.nc.Close()
	}
}

func (r *replay) play(t *testing.T, l *line) error {
	switch {
	case l.Send != nil:
		return r.send(t.Context(), l)
	case l.Receive != nil:
		return r.receive(l)
	case l.Empty:
		p, err := r.peer(t.Context(), l.Peer)
		if err == nil {
			err = p.write(ws.OpBinary, "")
		}
		return err
	case l.Disconnect:
		if p := r.peers[l.Peer]; p != nil {
			delete(r.peers, l.Peer)
			return p.nc.Close()
		}
		return fmt.Errorf("%s isn't connected", l.Peer)
	case l.Closed != 0:
		return r.closed(l)
	case l.Request != nil:
		return r.exchange(t.Context(), l.Request, l.Response)
	case l.Mail != nil:
		return r.mail(l.Mail)
	}
	return nil
}

// peer returns a peer, with a new connection if there is none.
func (r *replay) peer(ctx context.Context, name string) (*peer, error) {
	if p := r.peers[name]; p != nil {
		return p, nil
	}
	dialer := ws.Dialer{NetDial: r.srv.DialContext, Protocols: []string{"ninchat.com"}}
	nc, _, _, err := dialer.Dial(ctx, "ws://localhost/v2/socket")
	if err != nil {
		return nil, err
	}
	p := &peer{nc: nc}
	r.peers[name] = p
	return p, nil
}

func (r *replay) send(ctx context.Context, l *line) error {
	p, err := r.peer(ctx, l.Peer)
	if err != nil {
		return err
	}
	header, err := r.names.fill(l.Send)
	if err != nil {
		return err
	}
	payload, err := r.names.fill(l.Payload)
	if err != nil {
		return err
	}
	parts, _ := payload.([]any)
	if len(parts) > 0 {
		header.(object)["frames"] = len(parts)
	}
	if err := p.write(ws.OpText, encode(header)); err != nil {
		return err
	}
	for _, part := range parts {
		if err := p.write(ws.OpBinary, partOf(part)); err != nil {
			return err
		}
	}
	return nil
}

// patience is how long a client waits for what must come. It passes at once.
const patience = time.Minute

func (p *peer) write(kind ws.OpCode, text string) error {
	_ = p.nc.SetWriteDeadline(time.Now().Add(patience))
	return ws.WriteFrame(p.nc, ws.MaskFrame(ws.NewFrame(kind, true, []byte(text))))
}

// receive takes the first event that isn't another one: whose name, and action_id
// if the pattern has one, are those of the pattern.
func (r *replay) receive(l *line) error {
	p := r.peers[l.Peer]
	if p == nil {
		return fmt.Errorf("%s isn't connected", l.Peer)
	}
	for i := 0; ; i++ {
		if i == len(p.untaken) {
			e, err := p.read()
			if err != nil {
				return fmt.Errorf("waiting for %s: %w; there was: %v", encode(l.Receive), err, p.untaken)
			}
			p.untaken = append(p.untaken, e)
		}
		e := p.untaken[i]
		if e.header["event"] != l.Receive["event"] || !r.sameAction(l.Receive, e.header) {
			continue
		}
		p.untaken = slices.Delete(p.untaken, i, i+1)
		if diff := r.names.matchEvent(l, e); diff != "" {
			return fmt.Errorf("%s\ngot  %s %q\nwant %s", diff, encode(e.header), e.payload, encode(l.Receive))
		}
		return nil
	}
}

func (r *replay) sameAction(pattern, got object) bool {
	want, ok := pattern["action_id"]
	return !ok || r.names.match("", want, got["action_id"], got["action_id"] != nil) == ""
}

// matchEvent compares an event with a line. No payload in the line means that it
// doesn't matter.
func (n names) matchEvent(l *line, e event) string {
	if diff := n.match("", l.Receive, e.header, true); diff != "" {
		return diff
	}
	if l.Payload == nil {
		return ""
	}
	if len(e.payload) != len(l.Payload) {
		return fmt.Sprintf("there are %d parts of payload, want %d", len(e.payload), len(l.Payload))
	}
	for i, part := range e.payload {
		if diff := n.matchPart(fmt.Sprintf("part %d", i), l.Payload[i], part); diff != "" {
			return diff
		}
	}
	return ""
}

func (p *peer) read() (e event, err error) {
	text, err := p.frame()
	for text == "" && err == nil {
		text, err = p.frame()
	}
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(text), &e.header); err != nil {
		return e, err
	}
	frames, _ := e.header["frames"].(float64)
	for range int(frames) {
		part, err := p.frame()
		if err != nil {
			return e, err
		}
		e.payload = append(e.payload, part)
	}
	return e, nil
}

// closeError is a close frame.
type closeError struct{ code ws.StatusCode }

func (e closeError) Error() string { return fmt.Sprintf("closed with %d", e.code) }

func (p *peer) frame() (string, error) {
	_ = p.nc.SetReadDeadline(time.Now().Add(patience))
	frame, err := readFrame(p.nc)
	if err != nil {
		return "", err
	}
	if frame.Header.OpCode == ws.OpClose {
		code, _ := ws.ParseCloseFrameData(frame.Payload)
		return "", closeError{code}
	}
	return string(frame.Payload), nil
}

// longest is how long a frame may be in a transcript.
const longest = 1 << 20

// readFrame reads a frame of either side.
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

func (r *replay) closed(l *line) error {
	p := r.peers[l.Peer]
	if p == nil {
		return fmt.Errorf("%s isn't connected", l.Peer)
	}
	for {
		_, err := p.read()
		if err == nil {
			continue
		}
		delete(r.peers, l.Peer)
		_ = p.nc.Close()
		if closed, ok := err.(closeError); !ok || int(closed.code) != l.Closed {
			return fmt.Errorf("%w, want code %d", err, l.Closed)
		}
		return nil
	}
}

// exchange makes a request, and compares the answer.
func (r *replay) exchange(ctx context.Context, req *request, want *response) error {
	hr, err := r.request(ctx, req)
	if err != nil {
		return err
	}
	transport := r.srv.Transport()
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(hr)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if diff := r.compare(want, resp, body); diff != "" {
		return fmt.Errorf("%s\ngot %s %v\n%s", diff, resp.Status, resp.Header, body)
	}
	return nil
}

func (r *replay) request(ctx context.Context, req *request) (*http.Request, error) {
	address := "http://localhost" + req.Path
	if req.Data != nil {
		data, err := r.names.fill(req.Data)
		if err != nil {
			return nil, err
		}
		join := "?"
		if strings.Contains(req.Path, "?") {
			join = "&"
		}
		address += join + url.Values{"data": {encode(data)}}.Encode()
	}
	body := req.Text
	switch {
	case req.JSON != nil:
		data, err := r.names.fill(req.JSON)
		if err != nil {
			return nil, err
		}
		body = encode(data)
	case req.Octets != nil:
		data, err := r.names.fill(req.Octets)
		if err != nil {
			return nil, err
		}
		var octets []byte
		for _, part := range data.([]any) {
			octets = appendOctets(octets, partOf(part))
		}
		body = string(octets)
	}
	hr, err := http.NewRequestWithContext(ctx, req.Method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range req.Header {
		hr.Header.Set(name, value)
	}
	return hr, nil
}

func (r *replay) compare(want *response, resp *http.Response, body []byte) string {
	if resp.StatusCode != want.Status {
		return fmt.Sprintf("the status is %d, want %d", resp.StatusCode, want.Status)
	}
	for name, value := range want.Header {
		if got := resp.Header.Get(name); got != value {
			return fmt.Sprintf("%s is %q, want %q", name, got, value)
		}
	}
	if f := want.Callback; f != "" {
		inner, ok := strings.CutPrefix(string(body), f+"(")
		inner, end := strings.CutSuffix(inner, ");")
		if !ok || !end {
			return "it isn't a call of " + f
		}
		body = []byte(inner)
	}
	switch {
	case want.JSON != nil:
		var got any
		if err := json.Unmarshal(body, &got); err != nil {
			return err.Error()
		}
		return r.names.match("", want.JSON, got, true)
	case want.Octets != nil:
		frames, err := splitOctets(body)
		if err != nil {
			return err.Error()
		}
		return r.compareFrames(want.Octets, frames)
	case want.Protobuf != nil:
		return r.compareProtobuf(want.Protobuf, body)
	case string(body) != want.Text && want.Text != "<any>":
		return fmt.Sprintf("the body is %q, want %q", body, want.Text)
	}
	return ""
}

func (r *replay) compareProtobuf(want [][]any, body []byte) string {
	events, err := splitProtobuf(body)
	if err != nil {
		return err.Error()
	}
	if len(events) != len(want) {
		return fmt.Sprintf("there are %d events, want %d", len(events), len(want))
	}
	for i, text := range events {
		frames, err := splitProtobuf([]byte(text))
		if err != nil {
			return err.Error()
		}
		if diff := r.compareFrames(want[i], frames); diff != "" {
			return fmt.Sprintf("event %d: %s", i, diff)
		}
	}
	return ""
}

func (r *replay) compareFrames(want []any, frames []string) string {
	if len(frames) != len(want) {
		return fmt.Sprintf("there are %d frames, want %d", len(frames), len(want))
	}
	for i := range frames {
		if diff := r.names.matchPart(fmt.Sprintf("frame %d", i), want[i], frames[i]); diff != "" {
			return diff
		}
	}
	return ""
}

// mail takes the latest mail to somebody.
func (r *replay) mail(pattern object) error {
	mails := r.srv.Outbox()
	for _, m := range slices.Backward(mails) {
		if m.To == pattern["to"] {
			got := object{"to": m.To, "access_type": m.AccessType, "access_key": m.AccessKey.Reveal()}
			if diff := r.names.match("", pattern, got, true); diff != "" {
				return fmt.Errorf("%s", diff)
			}
			return nil
		}
	}
	return fmt.Errorf("there is no mail to %v", pattern["to"])
}
