package engine

import (
	"errors"
	"testing"
)

// prepared is a call that isn't submitted yet.
func (w *world) prepared(rule Rule, transient bool, id int64) *testCall {
	c := &testCall{mark: "prepared"}
	c.Call = Call{Name: "call", Params: []byte(`{"mark":"prepared"}`), Rule: rule, Transient: transient, Owner: c}
	w.calls = append(w.calls, c)
	w.anyOrder = true
	w.step(Input{Kind: Reserve, Call: &c.Call, ID: id})
	return c
}

// An id that was reserved stays with its call, in whatever order calls are
// submitted, and is never given out again.
func TestReservedIDs(t *testing.T) {
	w := online(t, testConfig())
	first := w.prepared(RuleOne, false, 0)
	expect(t, "first id", first.ID(), 1)
	w.submit("call", RuleOne, false)
	expect(t, "id of the call", w.calls[1].ID(), 2)
	high := w.prepared(RuleOne, false, 10)
	expect(t, "chosen id", high.ID(), 10)
	for _, id := range []int64{10, 5, 1, -1} {
		if c := w.prepared(RuleOne, false, id); !c.done || !errors.Is(c.err, ErrIDUsed) {
			t.Errorf("id %d was given out again: %v", id, c.err)
		}
	}
	w.submit("call", RuleOne, false)
	expect(t, "next id", w.calls[len(w.calls)-1].ID(), 11)
	w.step(Input{Kind: Submit, Call: &first.Call})
	expect(t, "id after submitting", first.ID(), 1)
	w.push(`{"event":"pong","action_id":1,"mark":"prepared","n":"0"}`)
	expect(t, "first is done", first.done, true)
}

// An action without action_id has none in advance either.
func TestNothingIsReservedForUnnumbered(t *testing.T) {
	w := online(t, testConfig())
	expect(t, "id", w.prepared(RuleNone, false, 0).ID(), 0)
	w.submit("call", RuleOne, false)
	expect(t, "next id", w.calls[1].ID(), 1)
}

// Transient calls belong to the session in which they were reserved.
func TestTransientReservation(t *testing.T) {
	w := online(t, testConfig())
	transient, plain := w.prepared(RuleOne, true, 0), w.prepared(RuleOne, false, 0)
	w.push(`{"event":"error","error_type":"session_not_found"}`)
	w.comeOnline()
	w.step(Input{Kind: Submit, Call: &transient.Call})
	expect(t, "transient is done", transient.done, true)
	if !errors.Is(transient.err, ErrSessionLost) {
		t.Errorf("it ended with %v", transient.err)
	}
	w.step(Input{Kind: Submit, Call: &plain.Call})
	expect(t, "plain is done", plain.done, false)
	w.push(`{"event":"pong","action_id":2,"mark":"prepared","n":"0"}`)
	expect(t, "plain is done", plain.done, true)
}

// Nothing is reserved in a session that is closed.
func TestReserveAfterClose(t *testing.T) {
	w := online(t, testConfig())
	w.step(Input{Kind: Close})
	c := w.prepared(RuleOne, false, 0)
	if !c.done || !errors.Is(c.err, ErrClosed) {
		t.Fatalf("done %v: %v", c.done, c.err)
	}
}

// The refusal of an action without action_id isn't the end of the session.
func TestRefusalOfUnnumberedAction(t *testing.T) {
	w := online(t, testConfig())
	w.submit("call", RuleNone, false)
	w.push(`{"event":"error","error_type":"access_denied"}`)
	expect(t, "ended", w.ended, false)
	expect(t, "delivered", len(w.waiting), 1)
}
