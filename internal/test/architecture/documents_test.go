package architecture

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	documentLink    = regexp.MustCompile(`\[[^\]\n]*\]\(([^)\s]+)\)`)
	documentHeading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	quoted          = regexp.MustCompile("`([^`\n]+)`")
	fenced          = regexp.MustCompile("(?ms)^```.*?^```$")
	notInAnchor     = regexp.MustCompile(`[^\w\- ]`)
	goFile          = regexp.MustCompile(`^[\w./-]+\.go$`)
	testName        = regexp.MustCompile(`^(Test|Benchmark|Fuzz|Example)\w+$`)
	testFunc        = regexp.MustCompile(`(?m)^func (\w+)\(`)
	decisionFile    = regexp.MustCompile(`^(\d{4})-[a-z0-9-]+\.md$`)
)

// Links in documents lead to files and headings that exist; the files and tests that
// documents name do, too.
func TestDocumentsNameWhatThereIs(t *testing.T) {
	files := repositoryFiles(t)
	tests := declaredTests(t)
	names := 0
	for _, file := range files {
		if path.Ext(file) != ".md" {
			continue
		}
		text := fenced.ReplaceAllString(read(t, file), "")
		prose := quoted.ReplaceAllString(text, "")
		for _, link := range documentLink.FindAllStringSubmatch(prose, -1) {
			names++
			checkLink(t, file, link[1])
		}
		for _, name := range quoted.FindAllStringSubmatch(text, -1) {
			switch {
			case testName.MatchString(name[1]):
				names++
				if !tests[name[1]] {
					t.Errorf("%s: there is no %s", file, name[1])
				}
			case goFile.MatchString(name[1]):
				names++
				if !slices.ContainsFunc(files, func(f string) bool { return f == name[1] || strings.HasSuffix(f, "/"+name[1]) }) {
					t.Errorf("%s: there is no file %s", file, name[1])
				}
			}
		}
	}
	if names < 300 {
		t.Errorf("only %d names were found", names)
	}
}

// checkLink follows a link within the repository.
func checkLink(t *testing.T, file, link string) {
	t.Helper()
	if strings.Contains(link, "://") {
		return
	}
	target, anchor, _ := strings.Cut(link, "#")
	if target = path.Join(path.Dir(file), target); strings.HasPrefix(link, "#") {
		target = file
	}
	if _, err := os.Stat(filepath.Join("..", "..", "..", filepath.FromSlash(target))); err != nil {
		t.Errorf("%s: the link %s leads nowhere", file, link)
		return
	}
	if anchor != "" && !slices.Contains(anchors(read(t, target)), anchor) {
		t.Errorf("%s: the link %s leads to no heading", file, link)
	}
}

// anchors are what the headings of a document can be linked by.
func anchors(text string) []string {
	var found []string
	for _, heading := range documentHeading.FindAllStringSubmatch(text, -1) {
		found = append(found, strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-"))
	}
	return found
}

// Decisions are numbered without gaps, and their headings have the number, too.
func TestDecisionsAreNumbered(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "docs", "decisions")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, entry := range entries {
		name := entry.Name()
		number := fmt.Sprintf("%04d", i+1)
		if match := decisionFile.FindStringSubmatch(name); match == nil || match[1] != number {
			t.Errorf("%s: want a name that begins with %s-", name, number)
		}
		if !strings.HasPrefix(read(t, "docs/decisions/"+name), "# "+number+": ") {
			t.Errorf("%s: the heading doesn't begin with %s", name, number)
		}
	}
	if len(entries) == 0 {
		t.Error("there are no decisions")
	}
}

// declaredTests are the names of all tests, benchmarks, fuzz targets and examples.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	declared := make(map[string]bool)
	for _, file := range repositoryFiles(t) {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, match := range testFunc.FindAllStringSubmatch(read(t, file), -1) {
			declared[match[1]] = true
		}
	}
	return declared
}

// repositoryFiles are all files, by their paths from the root, but for what tests read.
func repositoryFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(filepath.Join("..", "..", "..")), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata"):
			return fs.SkipDir
		case !entry.IsDir():
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
