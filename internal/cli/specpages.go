package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/ninchat-community/ninchat/internal/export"
	"github.com/ninchat-community/ninchat/internal/reference"
	"github.com/ninchat-community/ninchat/spec"
)

// specOverview prints everything as JSON, or what there is for people.
func (a *app) specOverview() error {
	if a.json {
		return a.printDocument(export.Table())
	}
	style := a.styleOf(a.stdout)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", style.bold("The Ninchat API"))
	for domain := range spec.Domains() {
		fmt.Fprintf(&b, "  %s  %s\n", style.bold(fmt.Sprintf("%-11s", domain.Name)), domain.Doc)
		writeNames(&b, domain)
	}
	b.WriteString("\nThere are:\n")
	for _, kind := range topicLists {
		fmt.Fprintf(&b, "  %5d %s\n", countTopics(kind.kind), kind.name)
	}
	b.WriteString("\nGo on with 'ninchat spec NAME', 'ninchat spec search WORDS' or 'ninchat spec list KIND'.\nThe published reference: " + spec.Reference + "\n")
	return a.printf("%s", b.String())
}

// writeNames writes the names of a domain's actions.
func writeNames(b *strings.Builder, domain *spec.Domain) {
	var names []string
	for i := range domain.Actions {
		names = append(names, domain.Actions[i].Name)
	}
	b.WriteString(reference.Wrap(strings.Join(names, " "), 78, strings.Repeat(" ", 15)) + "\n")
}

func countTopics(kind spec.TopicKind) (count int) {
	for topic := range spec.Topics() {
		if topic.Kind == kind {
			count++
		}
	}
	return count
}

// specPages prints a page for each topic that has one of the names.
func (a *app) specPages(names []string) error {
	var topics []*spec.Topic
	for _, name := range names {
		found := spec.LookUp(name)
		if len(found) == 0 {
			return unknownTopic(name)
		}
		topics = append(topics, found...)
	}
	if a.json {
		return a.printTopics(topics, export.Entry)
	}
	var b strings.Builder
	for i, topic := range topics {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(reference.NewPage(topic).WriteText(a.width(), a.styleOf(a.stdout).bold))
	}
	return a.printf("%s", b.String())
}

// unknownTopic says what a name that doesn't exist may have meant.
func unknownTopic(name string) error {
	names := func(yield func(string) bool) {
		for topic := range spec.Topics() {
			_, short, _ := strings.Cut(topic.Name, ".")
			if !yield(topic.Name) || short != "" && !yield(short) {
				return
			}
		}
	}
	near := nearest(name, slices.Collect[string](names))
	if found := spec.Search(name); near == "" && len(found) > 0 {
		near = fmt.Sprintf(": it has to do with the %s %s; see 'ninchat spec search'", found[0].Kind, found[0].Name)
	}
	return usagef("there is no %q in the API%s", visible(name), near)
}

// width is how many characters fit on a line of the terminal, as far as text is
// easy to read.
func (a *app) width() int {
	const least, usual, most = 40, 80, 100
	file, ok := a.stdout.(*os.File)
	if !ok {
		return usual
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return usual
	}
	return min(max(width, least), most)
}

// nearest names the candidates that a mistyped name may have meant.
func nearest(name string, candidates []string) string {
	near := spec.Nearest(name, slices.Values(candidates))
	if len(near) == 0 {
		return ""
	}
	return ": did you mean " + strings.Join(near, " or ") + "?"
}
