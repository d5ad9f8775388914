package architecture

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)

// CONTRIBUTING.md has the command for each fuzz target.
func TestFuzzTargetsAreDocumented(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(s.file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range fuzzTarget.FindAllSubmatch(source, -1) {
			found++
			dir := "./" + path.Dir(s.file)
			if dir == "./." {
				dir = "."
			}
			command := fmt.Sprintf("    go test %s -run '^$' -fuzz '^%s$' -fuzztime 60s\n", dir, match[1])
			if !strings.Contains(string(text), command) {
				t.Errorf("CONTRIBUTING.md lacks:\n%s", command)
			}
		}
	}
	if found == 0 {
		t.Error("no fuzz targets were found")
	}
}
