package reference

import (
	"strconv"
	"strings"

	"github.com/ninchat-community/ninchat/spec"
)

// sample is a value for an example: as JSON, and as a Go expression.
type sample struct{ json, code string }

// texts has sample values of string parameters, attributes and members.
var texts = map[string]string{
	"action":          "click",
	"color":           "#3366cc",
	"element":         "button",
	"filter_property": "text",
	"identity_name":   "alice@example.com",
	"identity_type":   "email",
	"label":           "Yes",
	"message_type":    "ninchat.com/text",
	"name":            "Example",
	"search_term":     "example",
	"track_stage":     "visit",
	"url":             "https://example.com/report.pdf",
	"icon":            "https://example.com/icon.png",
}

// textOf makes a string value.
func textOf(name, enum string) string {
	if text, ok := texts[name]; ok {
		return text
	}
	if table, ok := spec.LookUpEnum(enum); ok {
		return table.Values[0].Value
	}
	if kind, ok := strings.CutSuffix(name, "_id"); ok {
		return kind[strings.LastIndexByte(kind, '_')+1:] + "1"
	}
	return "text"
}

// sampleOf makes a value for a parameter. Optional ones are pointers in Go.
func sampleOf(param *spec.Param) sample {
	switch param.Type {
	case spec.TypeBool:
		return pointed(param, sample{"true", "true"}, "")
	case spec.TypeInt, spec.TypeTime:
		return pointed(param, sample{"10", "10"}, "int64")
	case spec.TypeFloat:
		return pointed(param, sample{"1.5", "1.5"}, "")
	case spec.TypeString:
		text := strconv.Quote(textOf(param.Name, param.Enum))
		conversion := ""
		if param.Secret {
			conversion = "api.Secret"
		}
		return pointed(param, sample{text, text}, conversion)
	case spec.TypeStringArray:
		text := strconv.Quote(textOf(strings.TrimSuffix(param.Name, "s"), param.Enum))
		return sample{"[" + text + "]", "[]string{" + text + "}"}
	case spec.TypeObject:
		return objectSample(param)
	case spec.TypeObjectArray, spec.TypeArray, spec.TypeNullableStringArray:
		return sample{"[]", ""}
	default:
		return sample{`"text"`, "jsontext.Value(`\"text\"`)"}
	}
}

// pointed makes a pointer of a Go value, if the parameter needs one.
func pointed(param *spec.Param, value sample, conversion string) sample {
	if param.Required {
		return value
	}
	if conversion != "" {
		value.code = conversion + "(" + value.code + ")"
	}
	value.code = "new(" + value.code + ")"
	return value
}

// objectSample makes an object, with as little in it as makes sense.
func objectSample(param *spec.Param) sample {
	if param.Structure == "" {
		return sample{`{"key":"value"}`, "api.Object(`{\"key\":\"value\"}`)"}
	}
	result := sample{"{}", "api." + GoName(param.Structure) + "{}"}
	if attrs, ok := spec.LookUpAttrs(param.Structure); ok {
		result = attrsSample(param.Structure, attrs)
	} else if object, ok := spec.LookUpObject(param.Structure); ok {
		switch object.Kind {
		case spec.KindStruct:
			result = structSample(object)
		case spec.KindUnion:
			attrs, _ := spec.LookUpAttrs(object.Union[0])
			result = attrsSample(param.Structure, attrs)
		default:
			return sample{"{}", ""}
		}
	}
	if !param.Required {
		result.code = "&" + result.code
	}
	return result
}

func attrsSample(structure string, attrs []spec.Attr) sample {
	if attr := sampleAttr(attrs); attr != nil {
		return attrSample(structure, attr)
	}
	return sample{"{}", "api." + GoName(structure) + "{}"}
}

// attrSample makes attributes of which one is set.
func attrSample(structure string, attr *spec.Attr) sample {
	value := sampleOf(&spec.Param{Name: attr.Name, Type: attr.Type, Structure: attr.Structure, Enum: attr.Enum, Required: true})
	return sample{
		json: "{" + strconv.Quote(attr.Name) + ":" + value.json + "}",
		code: "api." + GoName(structure) + "{" + GoName(attr.Name) + ": api.Set" + argumentType(attr.Type) + "(" + value.code + ")}",
	}
}

// argumentType is what Set must be told about a value, as literals of integers
// don't say it.
func argumentType(typ spec.Type) string {
	if typ == spec.TypeInt || typ == spec.TypeTime {
		return "[int64]"
	}
	return ""
}

// sampleAttr chooses the attribute that is given in an example: the name if there
// is one, or else the first that can be set.
func sampleAttr(attrs []spec.Attr) *spec.Attr {
	var chosen *spec.Attr
	for i := range attrs {
		attr := &attrs[i]
		simple := attr.Type == spec.TypeString || attr.Type == spec.TypeBool
		if !simple || !attr.Settable && !attr.Initable || attr.Undocumented {
			continue
		}
		if attr.Name == "name" {
			return attr
		}
		if chosen == nil {
			chosen = attr
		}
	}
	return chosen
}

func structSample(object *spec.Object) sample {
	var members, fields []string
	for i := range object.Params {
		if param := &object.Params[i]; param.Required {
			value := sampleOf(param)
			members = append(members, strconv.Quote(param.Name)+":"+value.json)
			if value.code != "" {
				fields = append(fields, GoName(param.Name)+": "+value.code)
			}
		}
	}
	return sample{
		json: "{" + strings.Join(members, ",") + "}",
		code: "api." + GoName(object.Name) + "{" + strings.Join(fields, ", ") + "}",
	}
}
