package spec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/spec"
)

// TestErrorsExist checks that the errors of actions exist, and that none is left
// out.
func TestErrorsExist(t *testing.T) {
	used := make(map[string]bool)
	for action := range spec.Actions() {
		errors := action.Errors()
		for i, e := range errors {
			used[e.Name] = true
			if _, ok := spec.LookUpErrorType(e.Name); !ok {
				t.Errorf("%s: there is no error %q", action.Name, e.Name)
			}
			if i > 0 && errors[i-1].Name >= e.Name {
				t.Errorf("%s: %s isn't in order", action.Name, e.Name)
			}
		}
	}
	for errorType := range spec.ErrorTypes() {
		if !used[errorType.Name] {
			t.Errorf("no action has the error %s", errorType.Name)
		}
	}
}

// TestErrorsAgreeWithText checks that an error that is named in what is said about
// an action is among its errors, as one that is known.
func TestErrorsAgreeWithText(t *testing.T) {
	named := 0
	for action := range spec.Actions() {
		text := action.Doc + " " + action.Note
		for _, param := range action.Params {
			text += " " + param.Doc + " " + param.Note
		}
		for errorType := range spec.ErrorTypes() {
			if !strings.Contains(text, "error "+errorType.Name) {
				continue
			}
			named++
			if !slices.Contains(action.Errors(), spec.ActionError{Name: errorType.Name, Source: spec.ErrorDocumented}) {
				t.Errorf("%s: the text names %s: %v", action.Name, errorType.Name, action.Errors())
			}
		}
	}
	if named < 2 {
		t.Errorf("only %d errors are named", named)
	}
}

func TestErrorSources(t *testing.T) {
	action, _ := spec.LookUpAction("request_audience")
	var got []string
	for _, e := range action.Errors() {
		got = append(got, e.Name+" "+e.Source.String())
	}
	for _, want := range []string{"permission_expired documented", "queue_is_full local", "deprecated guess"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s isn't among %q", want, got)
		}
	}
}
