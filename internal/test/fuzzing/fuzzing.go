// Package fuzzing is for fuzz targets.
package fuzzing

import (
	"flag"
	"testing"
)

// Onward has the fuzzer look for new inputs, rather than make those shorter that it has
// found. By default that takes it up to a minute for each of them: where goroutines
// take turns, no shorter one goes exactly the same way. The flag -fuzzminimizetime
// counts if it is given. It must be called before f.Fuzz.
func Onward(t testing.TB) {
	t.Helper()
	minimize := flag.Lookup("test.fuzzminimizetime")
	if minimize == nil || minimize.Value.String() != minimize.DefValue {
		return
	}
	if err := minimize.Value.Set("10x"); err != nil {
		t.Fatal(err)
	}
}
