package architecture

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	defectTest = regexp.MustCompile(`(?m)^func (TestDefect(\d+)\w+)\(t \*testing\.T\)`)
	defectRow  = regexp.MustCompile(`(?m)^\| (\d+) \|.*\|$`)
	defectName = regexp.MustCompile("`([\\w./]+)` `(TestDefect(\\d+)\\w+)`")
)

// docs/defects.md lists the tests that are named after defects of other
// libraries, and no others.
func TestDefectsAreDocumented(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "defects.md"))
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]bool)
	for i, row := range defectRow.FindAllStringSubmatch(string(text), -1) {
		if row[1] != strconv.Itoa(i+1) {
			t.Fatalf("row %d is about defect %s", i+1, row[1])
		}
		names := defectName.FindAllStringSubmatch(row[0], -1)
		if len(names) == 0 && !strings.Contains(row[0], "there are no ") {
			t.Errorf("defect %s has no test", row[1])
		}
		for _, name := range names {
			if listed[name[1]+" "+name[2]] = true; name[3] != row[1] {
				t.Errorf("%s is listed with defect %s", name[2], row[1])
			}
		}
	}
	if len(listed) == 0 {
		t.Error("no tests are listed")
	}
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(s.file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range defectTest.FindAllSubmatch(source, -1) {
			name := path.Dir(s.file) + " " + string(match[1])
			if !listed[name] {
				t.Errorf("docs/defects.md lacks %s", name)
			}
			delete(listed, name)
		}
	}
	for name := range listed {
		t.Errorf("there is no %s", name)
	}
}
