package architecture

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path of the module, and of its root package, which is called
// "." below. Other packages are called by their directories.
const module = "github.com/ninchat-community/ninchat"

// anything stands for all packages.
const anything = "*"

// mayImport is the table of ARCHITECTURE.md: which packages of the module each
// package may import, in its test files too. A package that isn't here may not
// exist; one that is here needn't exist yet.
var mayImport = map[string][]string{
	"spec":    {},
	"master":  {"internal/textfile"},
	"api":     {"internal/visible"},
	"message": {"spec", "internal/visible"},
	"webhook": {"api", "message"},

	".":                  {"api", "spec", "internal/engine", "internal/filelock", "internal/mailbox", "internal/mask", "internal/ring", "internal/textfile", "internal/transport", "internal/wire"},
	"bot":                {".", "api", "message"},
	"internal/engine":    {"internal/wire"},
	"internal/transport": {"internal/wire"},
	"internal/wire":      {},
	"internal/textfile":  {},
	"internal/filelock":  {},
	"internal/mailbox":   {},
	"internal/ring":      {},
	"internal/mask":      {"internal/visible"},
	"internal/visible":   {},

	"server":                    {"spec", "api", "message", "master", "webhook", "internal/ring", "internal/textfile", "internal/wire", "server/internal/budget", "server/internal/clock", "server/internal/damage", "server/internal/schedule", "server/internal/thumbnail"},
	"server/internal/budget":    {"server/internal/clock"},
	"server/internal/clock":     {},
	"server/internal/damage":    {"server/internal/clock"},
	"server/internal/schedule":  {"api"},
	"server/internal/thumbnail": {"server/internal/budget", "server/internal/clock"},
	"server/sqlite":             {"server"},
	"ninchattest":               {"server", "."},

	"internal/reference": {"spec"},
	"internal/export":    {"spec", "internal/reference"},
	"internal/gen":       {"spec", "internal/reference"},
	"internal/cli":       {anything},
	"cmd/ninchat":        {anything},
}

// aside are packages that nothing is built of, and what they may import.
var aside = map[string][]string{
	"internal/test/architecture": {},
	"internal/test/deserted":     {},
	"benchmarks/session":         {anything},
	"internal/test/fuzzing":      {},

	"conformance":                {".", "api", "server", "ninchattest"},
	"internal/test/faultmatrix":  {".", "api", "server", "ninchattest"},
	"internal/test/endurance":    {".", "api", "server", "ninchattest"},
	"internal/test/session":      {".", "api", "master", "message", "server", "ninchattest", "spec", "internal/wire", "internal/test/deserted", "internal/test/fuzzing"},
	"internal/test/server":       {"api", "master", "message", "server", "ninchattest", "spec", "internal/wire", "internal/test/fuzzing"},
	"internal/test/frompython":   {".", "api", "master", "message", "server", "ninchattest", "spec"},
	"internal/test/scenario":     {".", "api", "master", "message", "server", "ninchattest"},
	"internal/test/browser":      {".", "api", "message", "internal/test/deserted"},
	"internal/test/browser/page": {".", "api", "message"},
}

// testException lets the external test package of a package (the one whose name
// ends in _test), or the test files of a command, import more.
type testException struct {
	imports []string
	reason  string
}

// testExceptions are by the package that is tested.
var testExceptions = map[string]testException{
	".": {
		imports: []string{"server", "master", "message"},
		reason:  "its examples run against the local server",
	},
	"ninchattest": {
		imports: []string{"api"},
		reason:  "its examples make calls",
	},
	"internal/mask": {
		imports: []string{"internal/test/fuzzing"},
		reason:  "it is fuzzed",
	},
	"internal/transport": {
		imports: []string{"internal/test/deserted"},
		reason:  "it is tested against hosts that aren't there",
	},
	"internal/gen": {
		imports: []string{"api"},
		reason:  "the types that were generated are compared with the tables",
	},
}

// apart are parts that may not reach each other, not even by way of others: a
// misreading of the protocol on one side then can't cancel itself out on the
// other.
var apart = []struct{ from, to []string }{
	{from: []string{"server"}, to: []string{".", "internal/engine", "internal/transport", "bot", "ninchattest"}},
	{from: []string{".", "internal/engine", "internal/transport", "bot"}, to: []string{"server", "ninchattest"}},
}

// source is what is known about a Go file.
type source struct {
	file string
	// pkg is the package that it belongs to, or that it tests.
	pkg string
	// test says that it is a test file, and external that it belongs to a test
	// package of its own.
	test, external bool
	// imports are packages of the module.
	imports []string
}

func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		allowed, known := mayImport[s.pkg]
		if !known {
			allowed, known = aside[s.pkg]
		}
		if !known {
			t.Errorf("%s: package %s isn't in the table of imports", s.file, s.pkg)
			continue
		}
		for _, imported := range s.imports {
			switch {
			case imported == s.pkg && s.external:
			case slices.Contains(allowed, imported), slices.Contains(allowed, anything):
			case s.external && slices.Contains(testExceptions[s.pkg].imports, imported):
			default:
				t.Errorf("%s: package %s may not import %s", s.file, s.pkg, imported)
			}
		}
	}
}

// Both sides of the protocol stay apart in what is built of them.
func TestSidesAreApart(t *testing.T) {
	imports := map[string][]string{}
	for _, s := range sources(t) {
		if !s.test {
			imports[s.pkg] = append(imports[s.pkg], s.imports...)
		}
	}
	for _, rule := range apart {
		for _, from := range rule.from {
			reached := reach(imports, from)
			for _, to := range rule.to {
				if by, ok := reached[to]; ok {
					t.Errorf("%s reaches %s: it is imported by %s", from, to, by)
				}
			}
		}
	}
}

// reach returns the packages that a package imports, by way of others too, each
// with the one that imports it.
func reach(imports map[string][]string, from string) map[string]string {
	reached := map[string]string{}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, imported := range imports[queue[0]] {
			if _, ok := reached[imported]; !ok {
				reached[imported] = queue[0]
				queue = append(queue, imported)
			}
		}
	}
	return reached
}

// The table itself must not allow what must not be.
func TestTable(t *testing.T) {
	for _, rule := range apart {
		for _, from := range rule.from {
			reached := reach(mayImport, from)
			for _, to := range append(rule.to, anything) {
				if by, ok := reached[to]; ok {
					t.Errorf("the table lets %s reach %s by way of %s", from, to, by)
				}
			}
		}
	}
	for pkg, imports := range mayImport {
		for _, imported := range imports {
			if _, ok := mayImport[imported]; !ok && imported != anything {
				t.Errorf("%s may import %s, which isn't in the table", pkg, imported)
			}
		}
	}
}

// The document and the table say the same of each package that exists.
func TestDocumentedTable(t *testing.T) {
	documented := documentedTable(t)
	exists := map[string]bool{}
	for _, s := range sources(t) {
		exists[s.pkg] = true
	}
	for pkg, want := range mayImport {
		if !exists[pkg] {
			continue
		}
		got, ok := documented[pkg]
		if !ok {
			t.Errorf("ARCHITECTURE.md doesn't say what %s may import", pkg)
			continue
		}
		for _, imported := range got {
			if !slices.Contains(want, imported) {
				t.Errorf("ARCHITECTURE.md says that %s may import %s, which isn't so", pkg, imported)
			}
		}
		for _, imported := range want {
			if !slices.Contains(got, imported) && (exists[imported] || imported == anything) {
				t.Errorf("ARCHITECTURE.md doesn't say that %s may import %s", pkg, imported)
			}
		}
	}
	for pkg := range documented {
		if !exists[pkg] {
			t.Errorf("ARCHITECTURE.md names package %s, which doesn't exist", pkg)
		}
	}
}

// documentedTable reads the table with the heading "may import" of
// ARCHITECTURE.md: packages in the first column, what they may import in the
// last.
func documentedTable(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][]string{}
	inside := false
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "| \n"), "|")
		switch {
		case !strings.HasPrefix(line, "|"):
			inside = false
		case strings.Contains(cells[len(cells)-1], "may import"):
			inside = true
		case inside && !strings.HasPrefix(line, "|-"):
			for _, pkg := range packages(cells[0]) {
				table[pkg] = packages(cells[len(cells)-1])
			}
		}
	}
	if len(table) == 0 {
		t.Fatal("ARCHITECTURE.md has no table of what packages may import")
	}
	return table
}

// packages returns the packages that a cell names: in backquotes, or "root", or
// "everything".
func packages(cell string) (names []string) {
	if strings.Contains(cell, "everything") {
		return []string{anything}
	}
	if strings.Contains(cell, "root") {
		names = append(names, ".")
	}
	for i, name := range strings.Split(cell, "`") {
		if i%2 == 1 && name != "ninchat" {
			names = append(names, name)
		}
	}
	return names
}

// Exceptions that aren't needed any more must go.
func TestExceptionsAreNeeded(t *testing.T) {
	used := map[string]bool{}
	for _, s := range sources(t) {
		if s.external {
			for _, imported := range s.imports {
				used[s.pkg+" "+imported] = true
			}
		}
	}
	for pkg, exception := range testExceptions {
		if exception.reason == "" {
			t.Errorf("the exception for the tests of %s has no reason", pkg)
		}
		for _, imported := range exception.imports {
			if !used[pkg+" "+imported] {
				t.Errorf("the tests of %s don't import %s", pkg, imported)
			}
		}
	}
}

// sources reads all Go files of the module, whatever they are built for.
func sources(t *testing.T) (all []source) {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if dir != "." && isOutside(name, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		s, err := readSource(name, filepath.ToSlash(dir))
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("found only %d files", len(all))
	}
	return all
}

// isOutside reports whether a directory isn't part of the module.
func isOutside(dir, base string) bool {
	if base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// readSource reads the imports of a file.
func readSource(name, file string) (source, error) {
	s := source{file: file, pkg: path.Dir(file), test: strings.HasSuffix(file, "_test.go")}
	parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		return s, err
	}
	// Nothing can import a command, so its test files may stay within it.
	s.external = s.test && (parsed.Name.Name == "main" || strings.HasSuffix(parsed.Name.Name, "_test"))
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return s, fmt.Errorf("%s: import %s: %w", file, spec.Path.Value, err)
		}
		if imported == module {
			s.imports = append(s.imports, ".")
		} else if inside, ok := strings.CutPrefix(imported, module+"/"); ok {
			s.imports = append(s.imports, inside)
		}
	}
	return s, nil
}
