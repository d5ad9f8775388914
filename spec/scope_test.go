package spec_test

import (
	"slices"
	"testing"

	"github.com/ninchat-community/ninchat/spec"
)

// Few actions can't be called without a session, and all others can.
func TestScope(t *testing.T) {
	got := make(map[spec.Scope][]string)
	for action := range spec.Actions() {
		if action.Scope != spec.ScopeAny {
			got[action.Scope] = append(got[action.Scope], action.Name)
		}
	}
	for scope, want := range map[spec.Scope][]string{
		spec.ScopeSession:   {"follow_channel", "update_session"},
		spec.ScopeLifecycle: {"close_session", "create_session", "resume_session"},
	} {
		slices.Sort(got[scope])
		if !slices.Equal(got[scope], want) {
			t.Errorf("%v: %q", scope, got[scope])
		}
	}
}
