package server_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/spec"
)

// errorWatch compares the errors that a client gets for its actions with those that
// package spec knows.
type errorWatch struct {
	mu      sync.Mutex
	actions map[int64]string
}

// sent notes an action that a client sends.
func (w *errorWatch) sent(header string) {
	var action struct {
		Action   string `json:"action"`
		ActionID int64  `json:"action_id"`
	}
	if json.Unmarshal([]byte(header), &action) != nil || action.ActionID == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.actions == nil {
		w.actions = make(map[int64]string)
	}
	w.actions[action.ActionID] = action.Action
}

// received checks an event: an error that answers an action must be one that the
// action is known to have.
func (w *errorWatch) received(t testing.TB, e event) {
	w.mu.Lock()
	name := w.actions[int64(e.number("action_id"))]
	w.mu.Unlock()
	action, ok := spec.LookUpAction(name)
	if e.name != "error" || !ok {
		return
	}
	answers.note(name, e.text("error_type"))
	known := slices.ContainsFunc(action.Errors(), func(known spec.ActionError) bool {
		return known.Name == e.text("error_type") && known.Source != spec.ErrorGuess
	})
	if !known {
		t.Errorf("%s was answered by %v: the table of package spec doesn't have that error for it", name, e)
	}
}

// errorLog has the errors that answered actions.
type errorLog struct {
	mu   sync.Mutex
	seen map[string]bool
}

// answers has those of all tests together. No test reads it: see allTests.
var answers errorLog

func (l *errorLog) note(action, errorType string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = make(map[string]bool)
	}
	l.seen[action+" "+errorType] = true
}

// allTests runs the tests. When all of them ran, and passed, each error that the
// local server is said to have for some action must have come.
type allTests struct{ m *testing.M }

func (a allTests) Run() int {
	code := a.m.Run()
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return code
		}
	}
	if code == 0 {
		code = answers.missing()
	}
	return code
}

// missing reports errors that never came, and returns the exit status.
func (l *errorLog) missing() (code int) {
	for action := range spec.Actions() {
		for _, e := range action.Errors() {
			if e.Source != spec.ErrorLocal || isGeneral(action, e.Name) || l.seen[action.Name+" "+e.Name] {
				continue
			}
			fmt.Fprintf(os.Stderr, "%s was never answered by %s, which the table of package spec has for it\n", action.Name, e.Name)
			code = 1
		}
	}
	return code
}

// isGeneral reports whether an error may come for all actions of a kind, so that
// not each of them is tried, or has no action_id.
func isGeneral(action *spec.Action, errorType string) bool {
	switch errorType {
	case "internal", "message_too_long", "request_malformed", "session_not_found", "payload_has_too_many_parts", "payload_part_too_long":
		return true
	}
	return action.ActionID == spec.Never || action.Session == spec.SessionNone
}
