package spec_test

import (
	"testing"

	"github.com/ninchat-community/ninchat/spec"
)

// TestLookUp checks that everything can be looked up by its name.
func TestLookUp(t *testing.T) {
	for want := range spec.Actions() {
		if got, ok := spec.LookUpAction(want.Name); !ok || got != want {
			t.Errorf("action %s: got %v", want.Name, got)
		}
	}
	for want := range spec.Events() {
		if got, ok := spec.LookUpEvent(want.Name); !ok || got != want {
			t.Errorf("event %s: got %v", want.Name, got)
		}
	}
	for want := range spec.Objects() {
		if got, ok := spec.LookUpObject(want.Name); !ok || got != want {
			t.Errorf("object %s: got %v", want.Name, got)
		}
	}
	for want := range spec.Entities() {
		if got, ok := spec.LookUpEntity(want.Name); !ok || got != want {
			t.Errorf("entity %s: got %v", want.Name, got)
		}
	}
	for want := range spec.Enums() {
		if got, ok := spec.LookUpEnum(want.Name); !ok || got != want {
			t.Errorf("enumeration %s: got %v", want.Name, got)
		}
	}
	for want := range spec.ErrorTypes() {
		if got, ok := spec.LookUpErrorType(want.Name); !ok || got != want {
			t.Errorf("error type %s: got %v", want.Name, got)
		}
	}
}

func TestLookUpUnknown(t *testing.T) {
	const name = "nothing"
	if got, ok := spec.LookUpAction(name); ok || got != nil {
		t.Errorf("action: got %v", got)
	}
	if got, ok := spec.LookUpEvent(name); ok || got != nil {
		t.Errorf("event: got %v", got)
	}
	if got, ok := spec.LookUpObject(name); ok || got != nil {
		t.Errorf("object: got %v", got)
	}
	if got, ok := spec.LookUpEntity(name); ok || got != nil {
		t.Errorf("entity: got %v", got)
	}
	if got, ok := spec.LookUpEnum(name); ok || got != nil {
		t.Errorf("enumeration: got %v", got)
	}
	if got, ok := spec.LookUpErrorType(name); ok || got != nil {
		t.Errorf("error type: got %v", got)
	}
	action, _ := spec.LookUpAction("ping")
	if got, ok := action.Param(name); ok || got != nil {
		t.Errorf("parameter: got %v", got)
	}
}

func TestLookUpAttrs(t *testing.T) {
	tests := []struct {
		structure string
		attr      string // one of them, "" if there are no such attributes
	}{
		{"channel_attrs", "topic"},
		{"channel_member_attrs", "silenced"},
		{"user_settings", "highlight"},
		{"channel_settings", ""},
		{"nothing_attrs", ""},
		{"nothing_settings", ""},
		{"channel", ""},
	}
	for _, test := range tests {
		attrs, ok := spec.LookUpAttrs(test.structure)
		found := test.attr == ""
		for _, attr := range attrs {
			found = found || attr.Name == test.attr
		}
		if ok != (test.attr != "") || !found {
			t.Errorf("%s: got %v, %v", test.structure, attrs, ok)
		}
	}
}

// TestIterationStops checks that going through the tables can be stopped, also
// within a domain.
func TestIterationStops(t *testing.T) {
	count := 0
	for range spec.Actions() {
		if count++; count == 3 {
			break
		}
	}
	if count != 3 {
		t.Errorf("got %d actions, want 3", count)
	}
}

func TestInvalidNames(t *testing.T) {
	for _, got := range []string{spec.Type(99).String(), spec.Rule(99).String(), spec.Reason(99).String()} {
		if got != "invalid" {
			t.Errorf("got %q", got)
		}
	}
}
