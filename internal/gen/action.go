package main

import (
	"fmt"
	"strings"

	"github.com/ninchat-community/ninchat/spec"
)

// action prints the struct of an action, its methods, and the client's method.
func (p *printer) action(a *spec.Action) {
	name := goName(a.Name)
	doc := []string{name, "is the action", a.Name + ": it", continued(a.Doc), a.Note}
	for i := range a.Choices {
		doc = append(doc, choiceDoc(&a.Choices[i]))
	}
	p.comment(append(doc, undocumented(a.Undocumented))...)
	if a.Deprecated {
		p.line("//\n// Deprecated: see the API reference.")
	}
	p.line("type %s struct {", name)
	p.fields(a.Params)
	if a.Puppet {
		p.comment("The puppet on whose behalf the session's user, its master, acts. Optional.")
		p.line("PuppetID *string `json:\"puppet_id,omitzero\"`")
	}
	payload := "nil"
	if a.Payload != spec.PayloadNone {
		payload = "a.Payload"
		p.comment(a.PayloadDoc)
		p.line("Payload [][]byte `json:\"-\"`")
	}
	p.unknown()
	p.line("}\n")
	p.comment("ActionName returns", `"`+a.Name+`".`)
	p.line("func (%s) ActionName() string { return %q }\n", name, a.Name)
	if a.Payload != spec.PayloadNone {
		p.line("func (a *%s) payload() *[][]byte { return &a.Payload }\n", name)
	}
	p.comment("Action encodes the action.")
	p.line("func (a %s) Action() (*Action, error) {", name)
	p.line("return typedAction(%q, &a, %s, %s)\n}\n", a.Name, payload, goRule(a.Rule))
	p.logValue(name, a.Params)
	p.reply(a, name)
	if !sessionOnly(a.Name) {
		p.method(a, name)
	}
}

// choiceDoc is a choice as a sentence, with the names of the fields.
func choiceDoc(choice *spec.Choice) string {
	renamed := spec.Choice{Rule: choice.Rule}
	for _, name := range choice.Names {
		renamed.Names = append(renamed.Names, goName(name))
	}
	sentence := renamed.String() + "."
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}

// sessionOnly reports whether the action is for the management of sessions, so
// that users of a client don't call it.
func sessionOnly(action string) bool {
	return action == "create_session" || action == "resume_session" || action == "close_session"
}

// goRule is the rule of package api for a rule of package spec.
func goRule(rule spec.Rule) string {
	switch rule {
	case spec.RuleNone:
		return "RuleNone"
	case spec.RuleAll:
		return "RuleJoin"
	case spec.RuleSequence:
		return "RuleHistory"
	case spec.RuleRepeated:
		return "RuleSearch"
	default:
		return "RuleOne"
	}
}

// reply prints the struct for actions that may be answered by different
// events.
func (p *printer) reply(a *spec.Action, name string) {
	if len(a.Replies) < 2 {
		return
	}
	doc := "has the event that answered " + a.Name + "; the other fields are nil."
	if a.Rule == spec.RuleAll {
		doc = "has the events that answered " + a.Name + "; those that didn't come are nil."
	}
	p.comment(name+"Reply", doc)
	p.line("type %sReply struct {", name)
	for _, event := range a.Replies {
		p.line("%s *%[1]s", eventGoName(event))
	}
	p.line("}\n")
	p.line("func (r *%sReply) take(event TypedEvent) bool {", name)
	p.line("switch event := event.(type) {")
	for _, event := range a.Replies {
		p.line("case *%s:\nr.%[1]s = event", eventGoName(event))
	}
	p.line("default:\nreturn false\n}\nreturn true\n}\n")
}

// method prints the client's method.
func (p *printer) method(a *spec.Action, name string) {
	result, call := methodForm(a, name)
	doc := []string{name, continued(a.Doc)}
	if strings.HasPrefix(result, "iter.") {
		doc = append(doc, "The action is sent when the iteration begins, and each time anew. The iteration ends after the last reply or the first error.")
	}
	p.comment(doc...)
	if a.Deprecated {
		p.line("//\n// Deprecated: see the API reference.")
	}
	p.line("func (c Client) %s(ctx context.Context, a %[1]s) %s {", name, result)
	p.line("action, err := a.Action()")
	p.line("return %s(ctx, c.invoker, action, err)\n}\n", call)
}

// methodForm returns the result of a client's method and the function that
// implements it.
func methodForm(a *spec.Action, name string) (result, call string) {
	switch {
	case a.Rule == spec.RuleNone:
		return "error", "callNone"
	case a.Rule == spec.RuleSequence:
		return fmt.Sprintf("iter.Seq2[%sReply, error]", name), fmt.Sprintf("callEach[%sReply]", name)
	case a.Rule == spec.RuleRepeated:
		event := "*" + eventGoName(a.Replies[0])
		return fmt.Sprintf("iter.Seq2[%s, error]", event), fmt.Sprintf("callRepeated[%s]", event)
	case len(a.Replies) > 1:
		return fmt.Sprintf("(*%sReply, error)", name), fmt.Sprintf("callAny[%sReply]", name)
	default:
		event := "*" + eventGoName(a.Replies[0])
		return fmt.Sprintf("(%s, error)", event), fmt.Sprintf("callOne[%s]", event)
	}
}

// fields prints the fields for parameters.
func (p *printer) fields(params []spec.Param) {
	for i := range params {
		param := &params[i]
		goType, option := plainType(param), ""
		if !param.Required {
			goType, option = optionalType(param), ",omitzero"
		}
		p.comment(fieldDoc(param)...)
		if param.Deprecated {
			p.line("//")
			p.comment("Deprecated:", param.Note)
		}
		p.line("%s %s `json:\"%s%s\"`", goName(param.Name), goType, param.Name, option)
	}
}

// fieldDoc is the comment for the field of a parameter.
func fieldDoc(param *spec.Param) []string {
	doc := []string{param.Doc, unit(param.Type)}
	if !param.Deprecated {
		doc = append(doc, param.Note)
	}
	switch {
	case param.Condition != "":
		doc = append(doc, "Present when "+param.Condition+".")
	case !param.Required:
		doc = append(doc, "Optional.")
	}
	return append(doc, constants(param.Enum), undocumented(param.Undocumented))
}

// unit says in which unit a value of a type is, if the type says it.
func unit(typ spec.Type) string {
	if typ == spec.TypeTime {
		return "In seconds since 1970."
	}
	return ""
}

// constants says where the values of an enumeration are to be found.
func constants(enum string) string {
	if table, ok := spec.LookUpEnum(enum); ok && hasConstants(table) {
		return "See the " + goName(enum) + " constants."
	}
	return ""
}

func undocumented(is bool) string {
	if is {
		return "It isn't in the API reference."
	}
	return ""
}

// unknown prints the field for members without a field.
func (p *printer) unknown() {
	p.comment("Everything else.")
	p.line("Unknown jsontext.Value `json:\",embed\"`")
}

// logValue prints the method that hides secrets, if there are any.
func (p *printer) logValue(name string, params []spec.Param) {
	if hasSecret(params) {
		p.comment("LogValue returns the members, with secrets hidden.")
		p.line("func (v %s) LogValue() slog.Value { return logValue(v) }\n", name)
	}
}
