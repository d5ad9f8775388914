package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ninchat-community/ninchat/internal/export"
	"github.com/ninchat-community/ninchat/internal/reference"
	"github.com/ninchat-community/ninchat/spec"
)

func (a *app) specCommand() *cobra.Command {
	command := &cobra.Command{
		Use:     "spec [NAME]...",
		GroupID: groupDevelop,
		Short:   "Look things up in the API",
		Long: `Print what the API says about an action, event, parameter, entity, attribute,
setting, object, type of message, error or enumeration; without a NAME, an
overview. Attributes are called by their names alone, or like channel.topic.

With --json, print everything that is known about the API as one JSON object, or
one line for each thing called NAME. A NAME that doesn't exist is an error of
usage.`,
		Example: `  ninchat spec send_message
  ninchat spec channel ninchat.com/text
  ninchat spec search who may delete
  ninchat spec list events
  ninchat spec --json | jq '.actions.send_message.params'`,
		ValidArgsFunction: completeTopic,
		Args:              cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.specOverview()
			}
			return a.specPages(args)
		},
	}
	command.AddCommand(a.specSearchCommand(), a.specListCommand(), a.specExportCommand())
	return command
}

func (a *app) specSearchCommand() *cobra.Command {
	limit := 20
	command := &cobra.Command{
		Use:   "search WORDS",
		Short: "Search names and sentences",
		Long: `Search the names and the sentences of everything in the API, and print what was
found, the best first. Nothing found is a failure.`,
		Example: "  ninchat spec search join channel\n  ninchat spec search --json upload quota",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.specPages([]string{"search"}) // the action of that name
			}
			return a.specSearch(strings.Join(args, " "), limit)
		},
	}
	command.Flags().IntVar(&limit, "length", limit, "how many results to print at most, 0 for all")
	return command
}

func (a *app) specListCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "list KIND",
		Short:     "List all actions, events and so on",
		Long:      "List everything of a kind: " + strings.Join(listNames(), ", ") + ".",
		Example:   "  ninchat spec list actions\n  ninchat spec list errors --json",
		ValidArgs: listNames(),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one kind: %s", strings.Join(listNames(), ", "))
			}
			return a.specList(args[0])
		},
	}
}

func (a *app) specExportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export FORMAT",
		Short: "Describe the API in a format of other programs",
		Long: `Print a document about the API:

  jsonschema   JSON Schema 2020-12 for each action and event
  asyncapi     AsyncAPI 3.0 for the streaming API
  openapi      OpenAPI 3.1 for the sessionless API`,
		Example:   "  ninchat spec export openapi > openapi.json",
		ValidArgs: exportNames(),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one format: %s", strings.Join(exportNames(), ", "))
			}
			return a.specExport(args[0])
		},
	}
}

// completeTopic completes names of topics.
func completeTopic(_ *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for topic := range spec.Topics() {
		found = append(found, cobra.CompletionWithDesc(topic.Name, topic.Kind.String()+": "+topic.Doc))
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

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
	for line := range strings.Lines(reference.Wrap(strings.Join(names, " "), 78, strings.Repeat(" ", 15)) + "\n") {
		b.WriteString(line)
	}
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

func (a *app) specSearch(words string, limit int) error {
	if limit < 0 {
		return usagef("--length must not be less than 0")
	}
	results := spec.Search(words)
	if len(results) == 0 {
		return fmt.Errorf("nothing was found for %q", visible(words))
	}
	hidden := 0
	if limit > 0 && len(results) > limit {
		results, hidden = results[:limit], len(results)-limit
	}
	var topics []*spec.Topic
	for _, result := range results {
		topics = append(topics, result.Topic)
	}
	if err := a.printTopicLines(topics); err != nil || hidden == 0 || a.json {
		return err
	}
	return a.printf("There are %d more: see --length.\n", hidden)
}

// topicLists are the kinds that can be listed.
var topicLists = []struct {
	name string
	kind spec.TopicKind
}{
	{"actions", spec.TopicAction},
	{"events", spec.TopicEvent},
	{"parameters", spec.TopicParam},
	{"entities", spec.TopicEntity},
	{"attributes", spec.TopicAttr},
	{"settings", spec.TopicSetting},
	{"objects", spec.TopicObject},
	{"messages", spec.TopicMessageType},
	{"errors", spec.TopicErrorType},
	{"enumerations", spec.TopicEnum},
	{"values", spec.TopicValue},
}

// causes are values of an enumeration, but so important that they have a list.
const causes = "causes"

func listNames() []string {
	var names []string
	for _, list := range topicLists {
		names = append(names, list.name)
	}
	return append(names, causes)
}

func (a *app) specList(name string) error {
	if name == causes {
		return a.printTopicLines(topicsWhere(func(t *spec.Topic) bool {
			return t.Kind == spec.TopicValue && t.Enum.Name == "event_cause"
		}))
	}
	for _, list := range topicLists {
		if name == list.name || name == list.kind.String() {
			return a.printTopicLines(topicsWhere(func(t *spec.Topic) bool { return t.Kind == list.kind }))
		}
	}
	return usagef("there is no kind %q%s; there are: %s", visible(name), nearest(name, listNames()), strings.Join(listNames(), ", "))
}

func topicsWhere(wanted func(*spec.Topic) bool) (topics []*spec.Topic) {
	for topic := range spec.Topics() {
		if wanted(topic) {
			topics = append(topics, topic)
		}
	}
	return topics
}

// printTopicLines prints a line for each topic.
func (a *app) printTopicLines(topics []*spec.Topic) error {
	if a.json {
		return a.printTopics(topics, func(*spec.Topic) any { return nil })
	}
	kinds, names := 0, 0
	for _, topic := range topics {
		kinds, names = max(kinds, len(topic.Kind.String())), max(names, len(topic.Name))
	}
	style := a.styleOf(a.stdout)
	var b strings.Builder
	for _, topic := range topics {
		name := style.bold(topic.Name) + strings.Repeat(" ", names-len(topic.Name))
		fmt.Fprintf(&b, "%-*s  %s  %s\n", kinds, topic.Kind, name, topic.Doc)
	}
	return a.printf("%s", b.String())
}

// topicLine is a topic as a line of JSON.
type topicLine struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Domain string `json:"domain,omitzero"`
	Doc    string `json:"doc"`
	Note   string `json:"note,omitzero"`
	// Entry is what 'ninchat spec --json' has about the topic.
	Entry any `json:"entry,omitzero"`
}

// printTopics prints a line of JSON for each topic.
func (a *app) printTopics(topics []*spec.Topic, entry func(*spec.Topic) any) error {
	for _, topic := range topics {
		line := topicLine{Kind: topic.Kind.String(), Name: topic.Name, Doc: topic.Doc, Note: topic.Note, Entry: entry(topic)}
		if topic.Domain != nil {
			line.Domain = topic.Domain.Name
		}
		if err := a.printJSON(line); err != nil {
			return err
		}
	}
	return nil
}

// exporters are the formats that can be exported.
var exporters = []struct {
	name  string
	write func() ([]byte, error)
}{
	{"jsonschema", export.JSONSchema},
	{"asyncapi", export.AsyncAPI},
	{"openapi", export.OpenAPI},
}

func exportNames() []string {
	var names []string
	for _, exporter := range exporters {
		names = append(names, exporter.name)
	}
	return names
}

func (a *app) specExport(format string) error {
	for _, exporter := range exporters {
		if exporter.name == format {
			return a.printDocument(exporter.write())
		}
	}
	return usagef("there is no format %q%s; there are: %s", visible(format), nearest(format, exportNames()), strings.Join(exportNames(), ", "))
}

// printDocument prints what a function of package export has returned.
func (a *app) printDocument(document []byte, err error) error {
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.stdout, string(document)+"\n")
	return err
}

// nearest names the candidates that a mistyped name may have meant.
func nearest(name string, candidates []string) string {
	near := spec.Nearest(name, slices.Values(candidates))
	if len(near) == 0 {
		return ""
	}
	return ": did you mean " + strings.Join(near, " or ") + "?"
}
