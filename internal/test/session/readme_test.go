package session_test

import (
	"os"
	"strings"
	"testing"
)

// The code in the README is that of Example, which is compiled and run.
func TestReadmeShowsExample(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(readme), "```go\n")
	block, _, closed := strings.Cut(block, "```\n")
	if !found || !closed {
		t.Fatal("the README has no code")
	}
	source, err := os.ReadFile("../../../example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(source), "func Example() {\n")
	body, _, _ = strings.Cut(body, "\t// Output:")
	body = strings.ReplaceAll("\n"+body, "\n\t", "\n")[1:]
	if block != body {
		t.Errorf("the README shows:\n%s\nExample is:\n%s", block, body)
	}
}
