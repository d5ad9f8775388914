package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The time comes from clock.go only.
func TestTimeIsInjected(t *testing.T) {
	forbidden := []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	checked, found := 0, 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		checked++
		ast.Inspect(file, func(n ast.Node) bool {
			use, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := use.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains(forbidden, use.Sel.Name) {
				if name == "clock.go" {
					found++
				} else {
					t.Errorf("%v: time.%s: the time comes from clock.go", set.Position(use.Pos()), use.Sel.Name)
				}
			}
			return true
		})
	}
	if checked < 50 || found == 0 {
		t.Errorf("checked %d files, and found %d uses where they belong: the test looks in the wrong place", checked, found)
	}
}
