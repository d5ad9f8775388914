package api_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
)

// TestReferenceExamples runs the examples of the reference, and checks that each
// sends what the one for the command line does.
func TestReferenceExamples(t *testing.T) {
	for _, example := range referenceExamples {
		var sent []*api.Action
		take := func(action *api.Action) { sent = append(sent, action) }
		session := api.NewClient(api.InvokerFunc(func(_ context.Context, action *api.Action, _ func(*api.Event) bool) error {
			take(action)
			return context.Canceled
		}))
		err := example.run(t.Context(), session, take)
		if len(sent) != 1 || sent[0].Name != example.name {
			t.Errorf("%s: sent %v, %v", example.name, sent, err)
			continue
		}
		want := jsontext.Value(example.params)
		if err := want.Canonicalize(); err != nil {
			t.Errorf("%s: %v", example.name, err)
		}
		got := sent[0].Params.Clone()
		if err := got.Canonicalize(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: sent %s, want %s", example.name, got, want)
		}
	}
}
