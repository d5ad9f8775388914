package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The time of the server comes from its package clock only.
func TestTimeIsInjected(t *testing.T) {
	const home = "server/internal/clock"
	forbidden := []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"}
	checked, found := 0, 0
	for _, s := range sources(t) {
		if s.test || s.pkg != "server" && !strings.HasPrefix(s.pkg, "server/internal/") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, filepath.Join("..", "..", "..", filepath.FromSlash(s.file)), nil, parser.SkipObjectResolution)
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
				if s.pkg == home {
					found++
				} else {
					t.Errorf("%v: time.%s: the time comes from %s", set.Position(use.Pos()), use.Sel.Name, home)
				}
			}
			return true
		})
	}
	if checked < 50 || found == 0 {
		t.Errorf("checked %d files, and found %d uses where they belong: the test looks in the wrong place", checked, found)
	}
}
