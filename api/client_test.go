package api

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// method is a method of Client for an action.
type method struct {
	name   string // of the action
	param  reflect.Type
	call   reflect.Value
	result reflect.Type // of a reply, nil if there are no replies
	each   bool         // the method returns an iterator
}

// methods returns all methods of a client that uses invoker.
func methods(t *testing.T, invoker Invoker) []method {
	t.Helper()
	var all []method
	client := reflect.ValueOf(NewClient(invoker))
	for i := range client.NumMethod() {
		call := client.Method(i)
		m := method{call: call, param: call.Type().In(1)}
		action, ok := reflect.Zero(m.param).Interface().(TypedAction)
		if !ok {
			t.Fatalf("%s isn't an action", m.param)
		}
		m.name = action.ActionName()
		result := call.Type().Out(0)
		switch {
		case result.Kind() == reflect.Func:
			m.each = true
			m.result = result.In(0).In(0)
		case call.Type().NumOut() == 2:
			m.result = result
		}
		all = append(all, m)
	}
	return all
}

// invoke calls the method and returns the results, as many as there are.
func (m method) invoke(ctx context.Context, action reflect.Value) (results []reflect.Value, err error) {
	out := m.call.Call([]reflect.Value{reflect.ValueOf(ctx), action})
	if m.each {
		for result, failure := range out[0].Seq2() {
			if err, _ = failure.Interface().(error); err == nil {
				results = append(results, result)
			}
		}
		return results, err
	}
	err, _ = out[len(out)-1].Interface().(error)
	if len(out) == 2 && !out[0].IsNil() {
		results = append(results, out[0])
	}
	return results, err
}

// replies returns the names of the events that may answer the action.
func (m method) replies() []string {
	if m.result == nil {
		return nil
	}
	if event, ok := reflect.Zero(m.result).Interface().(TypedEvent); ok {
		return []string{event.EventName()}
	}
	reply := m.result
	if reply.Kind() == reflect.Pointer {
		reply = reply.Elem()
	}
	var names []string
	for i := range reply.NumField() {
		event := reflect.Zero(reply.Field(i).Type).Interface().(TypedEvent)
		names = append(names, event.EventName())
	}
	return names
}

// only returns the event in a result, which must be the only one.
func only(t *testing.T, result reflect.Value) TypedEvent {
	t.Helper()
	if event, ok := result.Interface().(TypedEvent); ok {
		return event
	}
	if result.Kind() == reflect.Pointer {
		result = result.Elem()
	}
	var found TypedEvent
	for i := range result.NumField() {
		if result.Field(i).IsNil() {
			continue
		}
		if found != nil {
			t.Fatalf("there are two replies in %+v", result)
		}
		found = result.Field(i).Interface().(TypedEvent)
	}
	return found
}

// script is an invoker that answers everything in the same way.
type script struct {
	events  []*Event
	err     error
	actions []*Action
	stopped bool
}

func (s *script) Invoke(_ context.Context, action *Action, reply func(*Event) bool) error {
	s.actions = append(s.actions, action)
	for _, event := range s.events {
		if !reply(event) {
			s.stopped = true
			return nil
		}
	}
	return s.err
}

func eventOf(name string) *Event {
	return &Event{Name: name, ActionID: 7, Header: jsontext.Value(`{"event":"` + name + `","action_id":7}`)}
}

// TestMethods calls each method, with each of its replies.
func TestMethods(t *testing.T) {
	server := new(script)
	var called []string
	for _, m := range methods(t, server) {
		called = append(called, m.name)
		t.Run(m.name, func(t *testing.T) {
			replies := m.replies()
			if replies == nil {
				*server = script{}
				if _, err := m.invoke(t.Context(), reflect.Zero(m.param)); err != nil {
					t.Error(err)
				}
				checkActions(t, server.actions, m.name)
			}
			for _, name := range replies {
				*server = script{events: []*Event{eventOf(name)}}
				results, err := m.invoke(t.Context(), reflect.Zero(m.param))
				if err != nil || len(results) != 1 {
					t.Fatalf("%s: got %v, %v", name, results, err)
				}
				event := only(t, results[0])
				if event == nil || event.EventName() != name || event.(enveloped).envelope().ActionID != 7 {
					t.Errorf("%s: got %+v", name, event)
				}
				checkActions(t, server.actions, m.name)
			}
		})
	}
	session := []string{"create_session", "resume_session", "close_session"}
	for _, name := range actionNames {
		if slices.Contains(called, name) == slices.Contains(session, name) {
			t.Errorf("%s: has a method: %v", name, slices.Contains(called, name))
		}
	}
}

func checkActions(t *testing.T, actions []*Action, name string) {
	t.Helper()
	if len(actions) != 1 || actions[0].Name != name || actions[0].Rule != ruleOf(name) || actions[0].Params.Kind() != '{' {
		t.Errorf("the invoker got %+v", actions)
	}
}

// TestMethodsFail checks what each method returns when things go wrong.
func TestMethodsFail(t *testing.T) {
	server := new(script)
	failure := NewError("x", &Event{Name: "error", Header: jsontext.Value(`{"event":"error","error_type":"permission_denied","error_reason":"why"}`)})
	for _, m := range methods(t, server) {
		tests := []struct {
			name   string
			answer script
			check  func(error) bool
			always bool // also for actions without reply
		}{
			{"error event", script{err: failure}, func(err error) bool { return errors.Is(err, ErrPermissionDenied) }, true},
			{"cancelled", script{err: context.Canceled}, func(err error) bool { return errors.Is(err, context.Canceled) }, true},
			{"unknown event", script{events: []*Event{eventOf("nonsense")}}, isUnexpected, false},
			{"unexpected event", script{events: []*Event{eventOf("session_created")}}, isUnexpected, false},
			{"malformed event", script{events: []*Event{malformed(m)}}, isDecodeError, false},
			{"no reply", script{}, isNoReply, false},
		}
		for _, test := range tests {
			if m.result == nil && !test.always || m.each && test.name == "no reply" {
				continue
			}
			t.Run(m.name+"/"+test.name, func(t *testing.T) {
				*server = test.answer
				results, err := m.invoke(t.Context(), reflect.Zero(m.param))
				if err == nil || !test.check(err) {
					t.Errorf("got %v, %v", results, err)
				}
			})
		}
	}
}

// malformed is a reply with a name of the wrong type in its header.
func malformed(m method) *Event {
	if m.result == nil {
		return nil
	}
	return &Event{Name: m.replies()[0], Header: jsontext.Value(`{"event":1}`)}
}

func isUnexpected(err error) bool {
	_, ok := errors.AsType[*UnexpectedEventError](err)
	return ok && strings.Contains(err.Error(), "unexpected event")
}

func isDecodeError(err error) bool { return strings.Contains(err.Error(), "ninchat: decode ") }

func isNoReply(err error) bool { return strings.HasSuffix(err.Error(), "ended without a reply") }

// TestMethodsEncode checks that nothing is sent when an action can't be
// encoded.
func TestMethodsEncode(t *testing.T) {
	server := new(script)
	for _, m := range methods(t, server) {
		action := reflect.New(m.param).Elem()
		action.FieldByName("Unknown").SetBytes([]byte(`{"x":`))
		results, err := m.invoke(t.Context(), action)
		if err == nil || !strings.HasPrefix(err.Error(), "ninchat: encode "+m.name) || len(results) > 0 {
			t.Errorf("%s: got %v, %v", m.name, results, err)
		}
	}
	if len(server.actions) > 0 {
		t.Errorf("%d actions were sent", len(server.actions))
	}
}

// TestDefect4TwoReplies checks that a second reply isn't lost, whatever the order.
func TestDefect4TwoReplies(t *testing.T) {
	for _, order := range [][]string{{"channel_joined", "realm_joined"}, {"realm_joined", "channel_joined"}} {
		server := &script{events: []*Event{eventOf(order[0]), eventOf(order[1])}}
		client := NewClient(server)
		joined, err := client.JoinChannel(t.Context(), JoinChannel{})
		if err != nil || joined.ChannelJoined == nil || joined.RealmJoined == nil {
			t.Errorf("%v: got %+v, %v", order, joined, err)
		}
		created, err := client.CreateRealm(t.Context(), CreateRealm{})
		if err != nil || created.ChannelJoined == nil || created.RealmJoined == nil {
			t.Errorf("%v: got %+v, %v", order, created, err)
		}
	}
}

// history is what answers load_history with some messages.
func history(length int) []*Event {
	events := []*Event{{Name: "history_results", Header: jsontext.Value(fmt.Sprintf(`{"event":"history_results","history_length":%d}`, length))}}
	for i := range length {
		header := fmt.Sprintf(`{"event":"message_received","message_id":"%d","history_length":%d}`, i, length-1-i)
		events = append(events, &Event{Name: "message_received", Header: jsontext.Value(header), Payload: [][]byte{{byte(i)}}})
	}
	return events
}

func TestLoadHistory(t *testing.T) {
	server := &script{events: history(3)}
	var ids, payload string
	results := int64(-1)
	for reply, err := range NewClient(server).LoadHistory(t.Context(), LoadHistory{}) {
		switch {
		case err != nil:
			t.Fatal(err)
		case reply.HistoryResults != nil:
			results = reply.HistoryResults.HistoryLength
		default:
			ids += reply.MessageReceived.MessageID
			payload += fmt.Sprint(reply.MessageReceived.Payload)
		}
	}
	if results != 3 || ids != "012" || payload != "[[0]][[1]][[2]]" {
		t.Errorf("got %d, %s, %s", results, ids, payload)
	}
}

// TestIterationStops checks that the invoker is told when no more replies are
// wanted, and that nothing comes after an error.
func TestIterationStops(t *testing.T) {
	server := &script{events: history(3), err: context.Canceled}
	client := NewClient(server)
	count := 0
	for _, err := range client.LoadHistory(t.Context(), LoadHistory{}) {
		if err != nil {
			t.Fatal(err)
		}
		if count++; count == 2 {
			break
		}
	}
	if count != 2 || !server.stopped {
		t.Errorf("got %d replies, stopped is %v", count, server.stopped)
	}

	*server = script{events: []*Event{eventOf("nonsense"), eventOf("search_results")}, err: context.Canceled}
	count = 0
	for _, err := range client.Search(t.Context(), Search{}) {
		if count++; !isUnexpected(err) {
			t.Errorf("got %v", err)
		}
	}
	if count != 1 || !server.stopped {
		t.Errorf("got %d results, stopped is %v", count, server.stopped)
	}
}

// TestIterationRepeats checks that an iteration can be done again.
func TestIterationRepeats(t *testing.T) {
	server := &script{events: []*Event{eventOf("search_results")}}
	results := NewClient(server).SearchUsers(t.Context(), SearchUsers{})
	if len(server.actions) != 0 {
		t.Error("the action was sent before the iteration began")
	}
	for range 2 {
		for _, err := range results {
			if err != nil {
				t.Error(err)
			}
		}
	}
	if len(server.actions) != 2 {
		t.Errorf("the action was sent %d times, want 2", len(server.actions))
	}
}

func TestInvokerFunc(t *testing.T) {
	server := &script{events: []*Event{eventOf("pong")}}
	client := NewClient(InvokerFunc(server.Invoke))
	if pong, err := client.Ping(t.Context(), Ping{}); err != nil || pong.ActionID != 7 {
		t.Errorf("got %+v, %v", pong, err)
	}
}

func TestPayloadIsSent(t *testing.T) {
	server := &script{events: []*Event{eventOf("message_received")}}
	_, err := NewClient(server).SendMessage(t.Context(), SendMessage{Payload: [][]byte{[]byte("a"), {}}})
	if err != nil {
		t.Fatal(err)
	}
	if payload := server.actions[0].Payload; len(payload) != 2 || string(payload[0]) != "a" {
		t.Errorf("the payload is %q", payload)
	}
}
