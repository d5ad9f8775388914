package cli

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var codeSpan = regexp.MustCompile("`([^`]+)`")

// The commands that docs/from-python.md has instead of those of nincat exist, with
// their flags.
func TestNincatTable(t *testing.T) {
	text, err := os.ReadFile("../../docs/from-python.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## nincat\n")
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| `nincat") || len(cells) != 2 {
			continue
		}
		rows++
		var command []string
		for _, span := range codeSpan.FindAllStringSubmatch(cells[1], -1) {
			words := strings.Fields(span[1])
			if words[0] == "ninchat" {
				command = nil
			}
			var flags []string
			for _, word := range words {
				switch {
				case strings.HasPrefix(word, "--"):
					flags = append(flags, word)
				case word != "ninchat" && word == strings.ToLower(word) && word != "…":
					command = append(command, word)
				}
			}
			help := offline(t, append(append([]string{}, command...), "--help")...)
			if len(command) > 0 && command[0] == "call" {
				command = command[:1] // what follows is an action
			}
			usage := strings.TrimSpace("ninchat " + strings.Join(command, " "))
			if help.status != statusOK || !strings.Contains(help.stdout, usage) {
				t.Errorf("%s: there is no such command: %+v", span[1], help)
			}
			for _, flag := range flags {
				if !strings.Contains(help.stdout, flag+" ") {
					t.Errorf("%s: the command has no %s", span[1], flag)
				}
			}
		}
	}
	if rows < 10 {
		t.Errorf("there are %d rows", rows)
	}
}
