package main

import (
	"strconv"

	"github.com/ninchat-community/ninchat/spec"
)

// object prints the struct of an object. Maps and lists have no Go type of
// their own.
func (p *printer) object(o *spec.Object) {
	switch o.Kind {
	case spec.KindStruct:
		name := goName(o.Name)
		p.comment(name, "is", continued(o.Doc), o.Note)
		p.line("type %s struct {", name)
		p.fields(o.Params)
		p.unknown()
		p.line("}\n")
		p.logValue(name, o.Params)
	case spec.KindUnion:
		p.attrs(o.Name, o.Doc, unionAttrs(o))
	}
}

// entity prints the structs of the attributes and settings of an entity.
func (p *printer) entity(e *spec.Entity) {
	p.attrs(e.Name+"_attrs", "The attributes of "+continued(e.Doc), e.Attrs)
	if e.HasSettings() {
		p.attrs(e.Name+"_settings", "The settings of "+continued(e.Doc), e.Settings)
	}
}

// attrs prints a struct of attributes.
func (p *printer) attrs(structure, doc string, attrs []spec.Attr) {
	name := goName(structure)
	p.comment(name, "has", continued(doc))
	p.line("type %s struct {", name)
	for i := range attrs {
		attr := &attrs[i]
		param := spec.Param{Name: attr.Name, Type: attr.Type, Structure: attr.Structure}
		p.comment(attrDoc(attr)...)
		p.line("%s Attr[%s] `json:\"%s,omitzero\"`", goName(attr.Name), plainType(&param), attr.Name)
	}
	p.unknown()
	p.line("}\n")
}

// attrDoc is the comment for the field of an attribute.
func attrDoc(attr *spec.Attr) []string {
	visible := ""
	if attr.VisibleTo != "" {
		visible = "Visible to " + attr.VisibleTo + "."
	}
	return []string{attr.Doc, unit(attr.Type), attr.Note, writable(attr), visible, constants(attr.Enum), undocumented(attr.Undocumented)}
}

// writable says what can be done with an attribute, and by whom.
func writable(attr *spec.Attr) string {
	switch {
	case attr.Settable:
		return "Writable by " + attr.WritableBy + "."
	case attr.Initable && attr.Unsettable:
		return "Can only be given at creation, and unset later."
	case attr.Initable:
		return "Can only be given at creation."
	case attr.Unsettable:
		return "Can only be unset."
	default:
		return "Read-only."
	}
}

// unionAttrs returns the attributes of all parts of a union, each name once.
func unionAttrs(o *spec.Object) []spec.Attr {
	var attrs []spec.Attr
	seen := make(map[string]bool)
	for _, structure := range o.Union {
		part, ok := spec.LookUpAttrs(structure)
		if !ok {
			panic("unknown structure " + structure)
		}
		for _, attr := range part {
			if !seen[attr.Name] {
				seen[attr.Name] = true
				attrs = append(attrs, attr)
			}
		}
	}
	return attrs
}

// enum prints the constants for an enumeration of strings.
func (p *printer) enum(e *spec.Enum) {
	name := goName(e.Name)
	if !hasConstants(e) {
		return
	}
	p.comment(e.Doc)
	p.line("const (")
	for i := range e.Values {
		value := &e.Values[i]
		p.comment(value.Doc, undocumented(value.Undocumented))
		if value.Deprecated {
			p.line("//\n// Deprecated: see the API reference.")
		}
		p.line("%s%s = %q", name, goName(enumName(value.Value)), value.Value)
	}
	p.line(")\n")
}

// hasConstants reports whether an enumeration is one of strings, which get
// constants. Integers don't.
func hasConstants(e *spec.Enum) bool {
	_, err := strconv.Atoi(e.Values[0].Value)
	return err != nil
}
