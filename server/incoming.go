package server

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/server/internal/budget"
)

// incoming is an action that came by an HTTP request.
type incoming struct {
	// message is never nil; it is empty if why says that it makes no sense.
	message *wire.Message
	why     *failure
	// room is what the text takes of the budget.
	room  int64
	among *budget.Budget
	// status is that of the answer, 0 for 200.
	status int
}

// reserve takes room from the budget.
func (a *incoming) reserve(n int64) bool {
	if !a.among.Take(n) {
		return false
	}
	a.room += n
	return true
}

// free gives the room back to the budget.
func (a *incoming) free() {
	a.among.Give(a.room)
	a.room = 0
}

// fail makes an incoming action one that makes no sense.
func (a *incoming) fail(why *failure) *incoming {
	a.message, a.why = new(wire.Message), why
	return a
}

// action reads the action of a request: in the data parameter of a GET, or the
// body of a POST.
func (s *Server) action(w http.ResponseWriter, r *http.Request, q *urlQuery) *incoming {
	a := &incoming{among: &s.hub.bodies}
	if r.Method != http.MethodPost {
		return s.parse(a, []byte(q.values.Get("data")))
	}
	plain := func(body io.Reader) (io.Reader, error) { return body, nil }
	text, why := s.body(w, r, a, plain, s.config.Limits.bodyLimit())
	if why != nil {
		return a.fail(why)
	}
	return s.parse(a, text)
}

// parse makes an incoming action of JSON text.
func (s *Server) parse(a *incoming, text []byte) *incoming {
	if len(text) == 0 {
		return a.fail(fail(api.ErrRequestMalformed, "there is no action"))
	}
	var why *failure
	if a.message, why = s.hub.parseAction(text); why != nil {
		return a.fail(why)
	}
	return a
}

// bodyLimit is how long a body may be: an action of the largest size with its
// payload in base64, and some room so that the action is understood, and refused
// by name, if it is longer than that.
func (l *Limits) bodyLimit() int64 { return 2 * (int64(l.Header) + int64(l.Payload)/3*4) }

// octetLimit is how long a body in octet-stream may be, in which files needn't be
// text.
func (l *Limits) octetLimit() int64 { return max(l.bodyLimit(), int64(l.Header)+int64(l.File)) }

// body reads the body of a request, and decodes it. The limit is for both what
// comes and what is made of it.
func (s *Server) body(w http.ResponseWriter, r *http.Request, a *incoming, decode decoder, limit int64) ([]byte, *failure) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(s.hub.pulse.Now().Add(s.config.Stall))
	body, err := decode(http.MaxBytesReader(w, r.Body, limit))
	var text []byte
	if err == nil {
		text, err = a.read(body, limit)
	}
	if err == nil {
		// While a poll waits, the server reads on to see whether the client is
		// still there.
		_ = control.SetReadDeadline(time.Time{})
		return text, nil
	}
	_, tooLong := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLong || errors.Is(err, errTooLong):
		return nil, fail(api.ErrMessageTooLong, "the body is too long")
	case errors.Is(err, errBusy):
		return nil, fail(api.ErrInternal, "too many requests at once")
	}
	return nil, fail(api.ErrRequestMalformed, "the body is incomplete, or not encoded as it should be")
}

var (
	errBusy    = errors.New("too many requests at once")
	errTooLong = errors.New("too long")
)

// read is like [io.ReadAll], within a limit and the budget of all requests.
func (a *incoming) read(body io.Reader, limit int64) ([]byte, error) {
	var text []byte
	for {
		if len(text) == cap(text) {
			more := int64(max(cap(text), 512))
			if !a.reserve(more) {
				return nil, errBusy
			}
			text = slices.Grow(text, int(more))[: len(text) : len(text)+int(more)]
		}
		n, err := body.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if int64(len(text)) > limit {
			return nil, errTooLong
		}
		if errors.Is(err, io.EOF) {
			return text, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// parseAction makes a message of an action with its payload in it.
func (h *hub) parseAction(text []byte) (*wire.Message, *failure) {
	header, err := wire.ScanHeader(text, nil)
	if err != nil {
		return nil, malformedText(err)
	}
	m := &wire.Message{Header: header, Text: text}
	if value, ok := wire.Member(text, "payload"); ok {
		if m.Payload, err = payloadOf(m.Name, value); err != nil {
			return nil, fail(api.ErrRequestMalformed, "%s", err)
		}
		if m.Text, err = without(text, "payload"); err != nil {
			return nil, fail(api.ErrRequestMalformed, "%s", misfit(err))
		}
	}
	m.Frames = len(m.Payload)
	h.config.Limits.measure(m)
	return m, nil
}

func malformedText(err error) *failure {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return fail(api.ErrRequestMalformed, "%s", e.Reason)
	}
	return fail(api.ErrRequestMalformed, "the action isn't understood")
}

// payloadOf takes the payload of an action apart: it is one part, which is a JSON
// value, or the parts are strings in base64 if they are files. null is none.
func payloadOf(action string, value []byte) ([][]byte, error) {
	if string(value) == "null" {
		return nil, nil
	}
	if action != "update_user" {
		return [][]byte{value}, nil
	}
	var list []string
	if err := json.Unmarshal(value, &list); err != nil {
		return nil, errors.New("payload: isn't a list of strings in base64")
	}
	parts := make([][]byte, 0, len(list))
	for i, text := range list {
		part, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("payload[%d]: isn't base64", i)
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// without returns a JSON object without some of its members.
func without(text []byte, names ...string) ([]byte, error) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, err
	}
	for _, name := range names {
		delete(members, name)
	}
	return json.Marshal(members, json.Deterministic(true))
}

// measure compares a message with the limits. A message that exceeds them loses
// its payload.
func (l *Limits) measure(m *wire.Message) {
	total, longest := 0, 0
	for _, part := range m.Payload {
		total, longest = total+len(part), max(longest, len(part))
	}
	part, payload := l.Part, l.Payload
	if m.Name == fileAction {
		part, payload = l.File, l.File
	}
	damage := &wire.Error{Kind: wire.TooLong, Header: &m.Header}
	switch {
	case len(m.Text) > l.Header:
		damage.Part, damage.Reason = wire.PartHeader, "the action is too long"
	case len(m.Payload) > l.Parts:
		damage.Part, damage.Reason = wire.PartCount, "a message has too many payload parts"
	case longest > part:
		damage.Part, damage.Reason = wire.PartPayload, "a payload part is too long"
	case total > payload:
		damage.Part, damage.Reason = wire.PartTotal, "the payload is too long"
	default:
		return
	}
	m.Damage, m.Payload = damage, nil
}
