package main

import (
	"strings"

	"github.com/ninchat-community/ninchat/spec"
)

// index prints what concerns all domains.
func (p *printer) index() {
	p.comment("newTypedEvent makes the struct for an event, nil if there is none.")
	p.line("func newTypedEvent(name string) TypedEvent {\nswitch name {")
	for event := range spec.Events() {
		p.line("case %q:\nreturn new(%s)", event.Name, eventGoName(event.Name))
	}
	p.line("default:\nreturn nil\n}\n}\n")

	p.comment("newTypedAction makes the struct for an action, nil if there is none.")
	p.line("func newTypedAction(name string) TypedAction {\nswitch name {")
	for action := range spec.Actions() {
		p.line("case %q:\nreturn new(%s)", action.Name, goName(action.Name))
	}
	p.line("default:\nreturn nil\n}\n}\n")

	p.comment("ruleOf returns the reply rule of an action.")
	p.line("func ruleOf(name string) Rule {\nswitch name {")
	for action := range spec.Actions() {
		if rule := goRule(action.Rule); rule != "RuleOne" {
			p.line("case %q:\nreturn %s", action.Name, rule)
		}
	}
	p.line("default:\nreturn RuleOne\n}\n}\n")

	p.comment("The types of errors that the API reference names.")
	p.line("const (")
	for errorType := range spec.ErrorTypes() {
		p.comment(errorType.Doc)
		p.line("Err%s ErrorType = %q", goName(errorType.Name), errorType.Name)
	}
	p.line(")\n")
}

// names prints the names of all actions and events, for tests.
func (p *printer) names() {
	p.line("var actionNames = []string{")
	for action := range spec.Actions() {
		p.line("%q,", action.Name)
	}
	p.line("}\n")
	p.line("var eventNames = []string{")
	for event := range spec.Events() {
		p.line("%q,", event.Name)
	}
	p.line("}")
}

// enumName is the part of an enumeration's value that makes a good name.
func enumName(value string) string { return strings.TrimPrefix(value, "ninchat.com/") }
