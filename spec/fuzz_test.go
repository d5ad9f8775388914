package spec_test

import (
	"errors"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/spec"
)

// FuzzCheckValue compares the reader of JSON with another one.
func FuzzCheckValue(f *testing.F) {
	for _, test := range actionCases {
		f.Add([]byte(test.header))
	}
	f.Add([]byte(`[1,-0.5e-7,"\u00e4\ud83d\ude00ä",{"a":{"b":null}},true,false]`))
	f.Fuzz(func(t *testing.T, value []byte) {
		err := spec.CheckValue(value, spec.TypeAny, "", spec.Strict)
		mistake, _ := errors.AsType[*spec.Error](err)
		valid := jsontext.Value(value).IsValid()
		switch {
		case err == nil && !valid:
			t.Errorf("%q isn't valid", value)
		case err != nil && valid && mistake.Reason != spec.ReasonDepth:
			t.Errorf("%q is valid: %v", value, err)
		}
	})
}

// FuzzCheckAction checks that no header makes the check panic, and that
// headers which are accepted are what they should be.
func FuzzCheckAction(f *testing.F) {
	for _, test := range actionCases {
		f.Add(test.action, []byte(test.header))
	}
	f.Fuzz(func(t *testing.T, action string, header []byte) {
		tolerant := spec.CheckAction(action, header, spec.Tolerant)
		strict := spec.CheckAction(action, header, spec.Strict)
		checkOutcome(t, header, tolerant, strict)
	})
}

// FuzzCheckEvent is like FuzzCheckAction.
func FuzzCheckEvent(f *testing.F) {
	for event := range spec.Events() {
		f.Add(event.Name, []byte(`{"event":"`+event.Name+`","event_id":1}`))
	}
	f.Fuzz(func(t *testing.T, event string, header []byte) {
		tolerant := spec.CheckEvent(event, header, spec.Tolerant)
		strict := spec.CheckEvent(event, header, spec.Strict)
		checkOutcome(t, header, tolerant, strict)
	})
}

func checkOutcome(t *testing.T, header []byte, tolerant, strict error) {
	t.Helper()
	if strict == nil && tolerant != nil {
		t.Errorf("%q is refused only in tolerant mode: %v", header, tolerant)
	}
	if tolerant == nil {
		if value := jsontext.Value(header); !value.IsValid() || value.Kind() != '{' {
			t.Errorf("%q isn't a JSON object", header)
		}
	}
	for _, err := range []error{tolerant, strict} {
		if err == nil {
			continue
		}
		if mistake, ok := errors.AsType[*spec.Error](err); !ok || mistake.Detail == "" {
			t.Errorf("%q: error %#v", header, err)
		}
	}
}
