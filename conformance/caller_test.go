package conformance_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// TestCaller has a Caller make the calls of the transcripts, whatever body it
// chooses for them, and compares what it makes of the answers.
func TestCaller(t *testing.T) {
	played := 0
	for _, tr := range transcripts(t) {
		n := make(names)
		for _, l := range tr.lines {
			if l.Request == nil || !strings.HasPrefix(l.Request.Path, "/v2/call") || l.Response.Callback != "" {
				continue
			}
			action, parts := l.Request.action(n)
			events, media, body := l.Response.sample(n)
			if action == nil || events == nil || action["caller_id"] == nil && events[0].header["event"] == "error" {
				continue // a Caller wouldn't say or ask for that
			}
			played++
			if err := callAs(t, action, parts, events, media, body); err != nil {
				t.Errorf("%s.jsonl:%d: %v", tr.name, l.number, err)
			}
		}
	}
	if played < 5 {
		t.Errorf("only %d calls were made", played)
	}
}

// action is what a request asks for, nil if that is nothing.
func (r *request) action(n names) (action object, parts []string) {
	switch {
	case r.JSON != nil:
		action = n.sample(r.JSON).(object)
	case r.Data != nil:
		action = n.sample(r.Data).(object)
	case len(r.Octets) > 0:
		action = n.sample(r.Octets[0]).(object)
		for _, part := range r.Octets[1:] {
			parts = append(parts, partOf(n.sample(part)))
		}
	}
	if payload, ok := action["payload"]; ok {
		parts = append(parts, encode(payload))
	}
	delete(action, "payload")
	delete(action, "frames")
	return action, parts
}

// sample makes an answer that is as the line says.
func (r *response) sample(n names) (events []event, media string, body []byte) {
	add := func(frames []any) (texts []string) {
		for _, frame := range frames {
			frame = n.sample(frame)
			if header, ok := frame.(object); ok && header["event"] != nil {
				events = append(events, event{header: header})
			} else {
				e := &events[len(events)-1]
				e.payload = append(e.payload, partOf(frame))
			}
			texts = append(texts, partOf(frame))
		}
		return texts
	}
	switch {
	case r.JSON != nil:
		return append(events, event{header: n.sample(r.JSON).(object)}), "application/json", []byte(encode(n.sample(r.JSON)))
	case r.Octets != nil:
		for _, frame := range add(r.Octets) {
			body = appendOctets(body, frame)
		}
		return events, "application/octet-stream", body
	case r.Protobuf != nil:
		for _, frames := range r.Protobuf {
			var message []byte
			for _, frame := range add(frames) {
				message = appendField(message, frame)
			}
			body = appendField(body, string(message))
		}
		return events, "application/x-protobuf", body
	}
	return nil, "", nil
}

// appendField appends field number 1 of a protobuf message.
func appendField(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(append(dst, 1<<3|2), uint64(len(text))), text...)
}

// roundTripper answers requests.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// callAs makes a call that must ask for an action, and is answered by the body.
func callAs(t *testing.T, action object, parts []string, want []event, media string, body []byte) error {
	var asked error
	config := ninchat.CallerConfig{Address: "http://localhost", CompressFrom: -1}
	config.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		asked = compareCall(r, action, parts)
		return &http.Response{
			StatusCode: 200, Request: r, Header: http.Header{"Content-Type": {media}}, ContentLength: int64(len(body)),
			Body: io.NopCloser(strings.NewReader(string(body))),
		}, nil
	})}
	config.Auth.UserID, _ = action["caller_id"].(string)
	if auth, ok := action["caller_auth"].(string); ok {
		config.Auth.Auth = api.Secret(auth)
	}
	caller, err := ninchat.NewCaller(config)
	if err != nil {
		return err
	}
	defer caller.Close()
	params := make(object)
	for name, value := range action {
		if name != "action" && name != "action_id" && !strings.HasPrefix(name, "caller_") {
			params[name] = value
		}
	}
	payload := make([][]byte, len(parts))
	for i, part := range parts {
		payload[i] = []byte(part)
	}
	made, err := api.NewAction(action["action"].(string), params, payload...)
	if err != nil {
		return err
	}
	var got []event
	err = caller.Invoke(t.Context(), made, func(e *api.Event) bool {
		got = append(got, eventOf(e))
		return true
	})
	if refused, ok := errors.AsType[*api.Error](err); ok {
		got, err = []event{eventOf(refused.Event)}, nil
	}
	return errors.Join(asked, err, same(got, want))
}

// compareCall checks that a request asks for an action.
func compareCall(r *http.Request, action object, parts []string) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	frames := []string{string(body)}
	if r.Header.Get("Content-Type") == "application/octet-stream" {
		if frames, err = splitOctets(body); err != nil || len(frames) == 0 {
			return fmt.Errorf("%d frames, %w", len(frames), err)
		}
	}
	var got object
	if err := json.Unmarshal([]byte(frames[0]), &got); err != nil {
		return err
	}
	if payload, ok := got["payload"]; ok {
		frames = append(frames, encode(payload))
	}
	delete(action, "action_id") // which a Caller has no need for
	if diff := make(names).match("", action, got, true); diff != "" {
		return errors.New(diff)
	}
	if fmt.Sprintf("%q", frames[1:]) != fmt.Sprintf("%q", parts) && len(frames)+len(parts) > 1 {
		return fmt.Errorf("the payload is %q, want %q", frames[1:], parts)
	}
	return nil
}
