package cli

import (
	"fmt"
	"strings"

	"github.com/ninchat-community/ninchat/spec"
)

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
	// Occurrences says what a parameter is in each place, with "" as the name of
	// the envelope of all actions or events. Doc is what most of them have.
	Occurrences []occurrenceLine `json:"occurrences,omitzero"`
}

type occurrenceLine struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Required  bool   `json:"required"`
	Structure string `json:"structure,omitzero"`
	Condition string `json:"condition,omitzero"`
	Doc       string `json:"doc"`
	Note      string `json:"note,omitzero"`
}

func occurrenceLines(topic *spec.Topic) (lines []occurrenceLine) {
	for _, o := range topic.Occurrences {
		p := o.Param
		lines = append(lines, occurrenceLine{o.Kind.String(), o.Name, p.Required, p.Structure, p.Condition, p.Doc, p.Note})
	}
	return lines
}

// printTopics prints a line of JSON for each topic.
func (a *app) printTopics(topics []*spec.Topic, entry func(*spec.Topic) any) error {
	for _, topic := range topics {
		line := topicLine{Kind: topic.Kind.String(), Name: topic.Name, Doc: topic.Doc, Note: topic.Note, Entry: entry(topic)}
		if line.Entry != nil {
			line.Occurrences = occurrenceLines(topic)
		}
		if topic.Domain != nil {
			line.Domain = topic.Domain.Name
		}
		if err := a.printJSON(line); err != nil {
			return err
		}
	}
	return nil
}
