package fuzzing_test

import (
	"flag"
	"testing"

	"github.com/ninchat-community/ninchat/internal/test/fuzzing"
)

// Little is minimized, unless somebody asks for more.
func TestOnward(t *testing.T) {
	minimize := flag.Lookup("test.fuzzminimizetime")
	before := minimize.Value.String()
	t.Cleanup(func() { _ = minimize.Value.Set(before) })
	for given, want := range map[string]string{minimize.DefValue: "10x", "5s": "5s"} {
		if err := minimize.Value.Set(given); err != nil {
			t.Fatal(err)
		}
		if fuzzing.Onward(t); minimize.Value.String() != want {
			t.Errorf("%s became %s, want %s", given, minimize.Value, want)
		}
	}
}
