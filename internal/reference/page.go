package reference

import (
	"strings"

	"github.com/ninchat-community/ninchat/spec"
)

// Page is what there is to say about a topic.
type Page struct {
	// Topic is what the page is about.
	Topic *spec.Topic
	// Text has the paragraphs at the beginning.
	Text []string
	// Sections has the rest.
	Sections []Section
}

// Section is a part of a page. All but the title may be absent.
type Section struct {
	Title string
	Text  []string
	// Columns has the names of the columns of Items: what the items are, what
	// they are like, and what is said about them.
	Columns [3]string
	Items   []Item
	// Code is an example, in the language Language.
	Code, Language string
}

// Item is a line of a table: a name, which may be a reference, its properties, and
// a text.
type Item struct {
	Name, Properties, Text string
}

// Text may contain references to topics: their kind and name between these.
const (
	refBegin = "\u2039"
	refEnd   = "\u203a"
)

// Ref refers to a topic.
func Ref(kind spec.TopicKind, name string) string {
	return refBegin + kind.String() + ":" + name + refEnd
}

// resolve replaces the references in a text.
func resolve(text string, replace func(kind, name string) string) string {
	var result strings.Builder
	for {
		before, rest, found := strings.Cut(text, refBegin)
		result.WriteString(before)
		if !found {
			return result.String()
		}
		ref, after, _ := strings.Cut(rest, refEnd)
		kind, name, _ := strings.Cut(ref, ":")
		result.WriteString(replace(kind, name))
		text = after
	}
}

// NewPage makes the page about a topic.
func NewPage(topic *spec.Topic) *Page {
	page := &Page{Topic: topic, Text: paragraphs(topic.Doc, topic.Note)}
	switch topic.Kind {
	case spec.TopicAction:
		page.action(topic.Action)
	case spec.TopicEvent:
		page.event(topic.Event)
	case spec.TopicEntity:
		page.entity(topic.Entity)
	case spec.TopicAttr, spec.TopicSetting:
		page.attr(topic)
	case spec.TopicObject:
		page.object(topic.Object)
	case spec.TopicMessageType:
		page.messageType(topic.MessageType)
	case spec.TopicErrorType:
		page.errorType(topic.ErrorType)
	case spec.TopicParam:
		page.param(topic)
	case spec.TopicEnum, spec.TopicValue:
		page.enum(topic.Enum)
	}
	return page
}

func (p *Page) add(section Section) { p.Sections = append(p.Sections, section) }

// addItems adds a section, unless it has no items.
func (p *Page) addItems(title string, columns [3]string, items []Item) {
	if len(items) > 0 {
		p.add(Section{Title: title, Columns: columns, Items: items})
	}
}

// addText adds a section, unless all of its paragraphs are empty.
func (p *Page) addText(title string, text ...string) {
	if text = paragraphs(text...); len(text) > 0 {
		p.add(Section{Title: title, Text: text})
	}
}

// paragraphs returns those texts that aren't empty.
func paragraphs(texts ...string) (kept []string) {
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

// sentences puts sentences together, leaving out empty ones.
func sentences(parts ...string) string { return strings.Join(paragraphs(parts...), " ") }

// status says what is special about an entry.
func status(deprecated, undocumented bool) string {
	switch {
	case deprecated:
		return "It should no longer be used."
	case undocumented:
		return "It isn't in the API reference; client software uses it."
	default:
		return ""
	}
}

// refs joins references to topics of a kind.
func refs(kind spec.TopicKind, names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, Ref(kind, name))
	}
	return strings.Join(all, ", ")
}

// upstream says where the API reference has an entry.
func upstream(anchor string) string {
	if anchor == "" {
		return ""
	}
	return "In the API reference: " + spec.Reference + anchor
}
