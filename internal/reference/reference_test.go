package reference

import (
	"go/parser"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ninchat-community/ninchat/spec"
)

// TestExamplesAreValid checks the parameters of all examples.
func TestExamplesAreValid(t *testing.T) {
	for action := range spec.Actions() {
		if err := spec.CheckAction(action.Name, []byte(Header(action)), spec.Strict); err != nil {
			t.Errorf("%s: %s: %v", action.Name, Header(action), err)
		}
		if line := CommandLine(action); (line == "") == Callable(action) {
			t.Errorf("%s: the command line is %q", action.Name, line)
		}
		if _, err := parser.ParseExpr("func() {\n" + GoCode(action) + "\n}"); err != nil {
			t.Errorf("%s: %v:\n%s", action.Name, err, GoCode(action))
		}
	}
	for topic := range spec.Topics() {
		if usage := UsageOf(topic); usage != nil {
			if err := spec.CheckAction(usage.Action.Name, []byte(usage.Params), spec.Strict); err != nil {
				t.Errorf("%s: %s: %v", topic.Name, usage.Params, err)
			}
		} else if topic.Attr != nil && topic.Attr.Settable && topic.Name != "puppet.name" { // no action has it
			t.Errorf("%s: there is no example", topic.Name)
		}
	}
	for messageType := range spec.MessageTypes() {
		example := []byte(MessageExample(messageType))
		typ := spec.TypeObject
		if messageType.Array {
			typ = spec.TypeObjectArray
		}
		if err := spec.CheckValue(example, typ, "", spec.Strict); err != nil {
			t.Errorf("%s: %s: %v", messageType.Name, example, err)
		}
		for _, param := range messageType.Params {
			if has := strings.Contains(string(example), `"`+param.Name+`":`); has != param.Required {
				t.Errorf("%s: %s: has %s: %v", messageType.Name, example, param.Name, has)
			}
		}
	}
}

// TestPages checks that each topic has a page without anything left over in it.
func TestPages(t *testing.T) {
	for topic := range spec.Topics() {
		page := NewPage(topic)
		text := page.WriteText(80, func(title string) string { return title })
		doc := topic.Doc
		if !topic.SameEverywhere() {
			doc = "What it means depends on where it is."
		}
		if !strings.HasPrefix(text, topic.Name+" ("+topic.Kind.String()+")\n\n"+doc[:4]) {
			t.Errorf("%s: the page begins with %.80q", topic.Name, text)
		}
		for _, wrong := range []string{refBegin, refEnd, "  \n", "\n\n\n", ": .", ", ."} {
			if strings.Contains(text, wrong) {
				t.Errorf("%s: there is %q in the page:\n%s", topic.Name, wrong, text)
			}
		}
		for i := range page.Sections {
			if s := &page.Sections[i]; s.Title == "" || len(s.Text)+len(s.Items)+len(s.Code) == 0 {
				t.Errorf("%s: section %q is empty", topic.Name, s.Title)
			}
		}
	}
}

// TestPageOfAction checks what a page must have.
func TestPageOfAction(t *testing.T) {
	topic := spec.LookUp("load_history")[0]
	text := NewPage(topic).WriteText(80, strings.ToUpper)
	for _, want := range []string{
		"LOAD_HISTORY (action)", "WHO MAY", "PARAMETERS", "  channel_id (string)", "RULES", "Exactly one of channel_id,",
		"history_results, then any number of message_received, counted down", "channel_not_found", "ninchat call load_history channel_id=channel1",
		"session.LoadHistory(ctx, api.LoadHistory{", spec.Reference + "#load_history",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page is without %q:\n%s", want, text)
		}
	}
}

// TestPagesOfNumbers checks that pages say what a time is, and what can't be below 0.
func TestPagesOfNumbers(t *testing.T) {
	for name, want := range map[string]string{
		"load_history":            "  history_length (int, not negative)\n",
		"history_length":          "  load_history (int, not negative)\n",
		"access_time":             "  time: seconds since 1970\n",
		"channel":                 "  disclosed_since (time: seconds since 1970)\n",
		"channel.disclosed_since": "  time: seconds since 1970\n",
	} {
		text := NewPage(spec.LookUp(name)[0]).WriteText(80, strings.ToUpper)
		if !strings.Contains(text, want) {
			t.Errorf("the page is without %q:\n%s", want, text)
		}
	}
}

// TestWrap checks that lines are as long as they may be, and no longer.
func TestWrap(t *testing.T) {
	if got, want := Wrap("aa bb  cc\nddddddddd ä", 6, " "), " aa bb\n cc\n ddddddddd\n ä"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for topic := range spec.Topics() {
		for line := range strings.Lines(NewPage(topic).WriteText(80, func(title string) string { return title })) {
			code := strings.Contains(line, "ninchat call") || strings.Contains(line, `"`) || strings.Contains(line, "api.")
			item := strings.HasPrefix(line, "  ") && strings.HasSuffix(line, ")\n")
			if utf8.RuneCountInString(line) > 81 && !code && !item {
				t.Errorf("%s: the line is too long: %q", topic.Name, line)
			}
		}
	}
}

// TestParamPages checks that the page of a parameter has each place where it
// occurs, with what is said about it there.
func TestParamPages(t *testing.T) {
	markdown := Files()["parameters.md"]
	differ := 0
	for topic := range spec.Topics() {
		if topic.Kind != spec.TopicParam {
			continue
		}
		if !topic.SameEverywhere() {
			differ++
		}
		text := NewPage(topic).WriteText(1000, func(title string) string { return title })
		_, section, _ := strings.Cut(markdown, "\n## Parameter "+topic.Name+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		for _, o := range topic.Occurrences {
			name, rowName := o.Name, link(o.Kind.String(), o.Name)
			if o.Name == "" {
				name = "all " + o.Kind.String() + "s"
				rowName = name
			}
			if !strings.Contains(text, "\n  "+name+" ("+o.Param.Type.String()) || !strings.Contains(text, "\n      "+o.Param.Doc) {
				t.Errorf("%s: the page has nothing about %s, %q:\n%s", topic.Name, name, o.Param.Doc, text)
			}
			row := "\n| " + rowName + " | "
			if _, rest, ok := strings.Cut(section, row); !ok || !strings.Contains(strings.SplitN(rest, "\n", 2)[0], linked(o.Param.Doc)) {
				t.Errorf("%s: parameters.md has nothing about %s, %q:\n%s", topic.Name, name, o.Param.Doc, section)
			}
		}
	}
	for action := range spec.Actions() {
		for i := range action.Params {
			topics := spec.LookUp(action.Params[i].Name)
			if !slices.ContainsFunc(topics, func(t *spec.Topic) bool {
				return slices.ContainsFunc(t.Occurrences, func(o spec.Occurrence) bool { return o.Param == &action.Params[i] })
			}) {
				t.Errorf("%s of %s isn't among the occurrences", action.Params[i].Name, action.Name)
			}
		}
	}
	if differ < 20 {
		t.Errorf("only %d parameters differ", differ)
	}
}

var (
	linkForm    = regexp.MustCompile(`\]\(([a-z-]+\.md|README\.md)(#[^)]*)?\)`)
	codeForm    = regexp.MustCompile("(?s)```.*?```")
	headingForm = regexp.MustCompile(`(?m)^##? (.*)$`)
)

// TestLinks checks that each link in the reference leads somewhere.
func TestLinks(t *testing.T) {
	files := Files()
	anchors := make(map[string]bool)
	for name, text := range files {
		text = codeForm.ReplaceAllString(text, "")
		for _, match := range headingForm.FindAllStringSubmatch(text, -1) {
			target := name + "#" + anchor(match[1])
			if anchors[target] {
				t.Errorf("%s has two headings %q", name, match[1])
			}
			anchors[target] = true
		}
	}
	links := 0
	for name, text := range files {
		if strings.Contains(text, refBegin) {
			t.Errorf("%s has a reference that wasn't resolved", name)
		}
		for _, match := range linkForm.FindAllStringSubmatch(text, -1) {
			links++
			if _, ok := files[match[1]]; !ok {
				t.Errorf("%s: there is no file %s", name, match[1])
			}
			if match[2] != "" && !anchors[match[1]+match[2]] {
				t.Errorf("%s: there is no %s%s", name, match[1], match[2])
			}
		}
		if count := strings.Count(codeForm.ReplaceAllString(text, ""), "]("); count != len(linkForm.FindAllString(text, -1)) {
			t.Errorf("%s has links of a form that isn't checked", name)
		}
	}
	if links < 1000 {
		t.Errorf("there are only %d links", links)
	}
}

// TestEverythingIsInTheIndex checks the index and the table of everything.
func TestEverythingIsInTheIndex(t *testing.T) {
	files := Files()
	for topic := range spec.Topics() {
		if !strings.Contains(files["index.md"], "[`"+indexName(topic)+"`]("+file(topic)+"#") {
			t.Errorf("%s isn't in the index", topic.Name)
		}
		if topic.Kind != spec.TopicParam && topic.Kind != spec.TopicValue && !strings.Contains(files["README.md"], linkTo(topic)) {
			t.Errorf("%s isn't in the table", topic.Name)
		}
		if isHeading(topic) && !strings.Contains(files[file(topic)], "\n## "+capital(heading(topic))+"\n") {
			t.Errorf("%s isn't in %s", topic.Name, file(topic))
		}
	}
}

// TestAnchor has anchors as web sites make them of headings.
func TestAnchor(t *testing.T) {
	for heading, want := range map[string]string{
		"Action join_channel":                  "action-join_channel",
		"Message type ninchat.com/rtc/hang-up": "message-type-ninchatcomrtchang-up",
		"Types of messages":                    "types-of-messages",
	} {
		if got := anchor(heading); got != want {
			t.Errorf("%s: got %s, want %s", heading, got, want)
		}
	}
}

func TestGoName(t *testing.T) {
	for name, want := range map[string]string{"user_id": "UserID", "rtc/ice-candidate": "RTCICECandidate", "iconurl": "IconURL"} {
		if got := GoName(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if got := EventGoName("error"); got != "ErrorEvent" {
		t.Errorf("got %s", got)
	}
}
