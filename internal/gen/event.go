package main

import "github.com/ninchat-community/ninchat/spec"

// event prints the struct of an event and its methods.
func (p *printer) event(e *spec.Event) {
	name := eventGoName(e.Name)
	p.comment(name, "is the event", e.Name+": it", continued(e.Doc), e.Note, undocumented(e.Undocumented))
	if e.Deprecated {
		p.line("//\n// Deprecated: see the API reference.")
	}
	p.line("type %s struct {", name)
	p.line("Envelope")
	p.fields(e.Params)
	if e.Payload != spec.PayloadNone {
		p.comment(e.PayloadDoc)
		p.line("Payload [][]byte `json:\"-\"`")
	}
	p.unknown()
	p.line("}\n")
	p.comment("EventName returns", `"`+e.Name+`".`)
	p.line("func (*%s) EventName() string { return %q }\n", name, e.Name)
	if e.Payload != spec.PayloadNone {
		p.line("func (e *%s) payload() *[][]byte { return &e.Payload }\n", name)
	}
	p.logValue(name, e.Params)
}
