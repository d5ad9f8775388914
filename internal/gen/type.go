package main

import (
	"fmt"
	"strings"

	"github.com/ninchat-community/ninchat/spec"
)

// plainType is the Go type of a value that is always there.
func plainType(p *spec.Param) string {
	switch p.Type {
	case spec.TypeBool:
		return "bool"
	case spec.TypeInt, spec.TypeTime:
		return "int64"
	case spec.TypeFloat:
		return "float64"
	case spec.TypeString:
		if p.Secret {
			return "Secret"
		}
		return "string"
	case spec.TypeStringArray:
		return "[]string"
	case spec.TypeNullableStringArray:
		return "DayHours"
	case spec.TypeObject, spec.TypeObjectArray, spec.TypeArray:
		return structureType(p.Structure)
	case spec.TypeAny, spec.TypeStringOrObject:
		return "jsontext.Value"
	}
	panic(fmt.Sprintf("type %v of %s", p.Type, p.Name))
}

// optionalType is the Go type of a value that may be absent: a pointer, or a
// type that has nil.
func optionalType(p *spec.Param) string {
	name := plainType(p)
	if hasNil(name) {
		return name
	}
	return "*" + name
}

func hasNil(goType string) bool {
	return strings.HasPrefix(goType, "[]") || strings.HasPrefix(goType, "map[") ||
		goType == "Object" || goType == "DayHours" || goType == "jsontext.Value"
}

// structureType is the Go type for a structure.
func structureType(name string) string {
	if name == "" {
		return "Object"
	}
	object, ok := spec.LookUpObject(name)
	if !ok {
		if _, ok := spec.LookUpAttrs(name); !ok {
			panic("unknown structure " + name)
		}
		return goName(name)
	}
	switch object.Kind {
	case spec.KindMap:
		return "map[string]" + plainType(&object.Item)
	case spec.KindList:
		return "[]" + plainType(&object.Item)
	default:
		return goName(name)
	}
}

// hasSecret reports whether there are secrets among the parameters or in what
// they are made of.
func hasSecret(params []spec.Param) bool {
	return containsSecret(params, make(map[string]bool))
}

func containsSecret(params []spec.Param, seen map[string]bool) bool {
	for i := range params {
		if params[i].Secret || structureHasSecret(params[i].Structure, seen) {
			return true
		}
	}
	return false
}

func structureHasSecret(name string, seen map[string]bool) bool {
	object, ok := spec.LookUpObject(name)
	if !ok || seen[name] {
		return false
	}
	seen[name] = true
	return containsSecret(object.Params, seen) || structureHasSecret(object.Item.Structure, seen)
}
