package reference

import (
	"go/format"
	"slices"
	"strconv"
	"strings"

	"github.com/ninchat-community/ninchat/spec"
)

// chosen is a parameter with its value in an example.
type chosen struct {
	*spec.Param
	sample
}

// exampleParams returns the parameters that an example of the action has: the
// required ones, those that its rules ask for, and something to be updated.
func exampleParams(a *spec.Action) []chosen {
	var names []string
	for _, choice := range a.Choices {
		if choice.Rule == spec.ExactlyOne || choice.Rule == spec.AtLeastOne {
			names = append(names, choice.Names[0])
		}
	}
	if strings.HasPrefix(a.Name, "update_") {
		for i := range a.Params {
			if _, ok := spec.LookUpAttrs(a.Params[i].Structure); ok {
				names = append(names, a.Params[i].Name)
				break
			}
		}
	}
	var params []chosen
	for i := range a.Params {
		if param := &a.Params[i]; param.Required || slices.Contains(names, param.Name) {
			params = append(params, chosen{param, sampleOf(param)})
		}
	}
	return params
}

// samplePayload is the payload in examples.
const samplePayload = `{"text":"Hello!"}`

// Header returns the parameters of an example of the action, as a JSON object.
func Header(a *spec.Action) string { return header(exampleParams(a)) }

func header(params []chosen) string {
	var members []string
	for _, param := range params {
		members = append(members, strconv.Quote(param.Name)+":"+param.json)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// Callable reports whether users call the action. Sessions send the others.
func Callable(a *spec.Action) bool {
	return a.Scope != spec.ScopeLifecycle
}

// CommandLine returns an example of the action for a shell, "" if it can't be
// called.
func CommandLine(a *spec.Action) string {
	if !Callable(a) {
		return ""
	}
	return commandLine(a, exampleParams(a), samplePayload)
}

func commandLine(a *spec.Action, params []chosen, payload string) string {
	line := "ninchat call " + a.Name
	for _, param := range params {
		line += " " + argument(param)
	}
	if a.Payload == spec.PayloadRequired {
		line = "echo '" + payload + "' | " + line + " --payload -"
	}
	return line
}

// argument is a parameter as an argument of 'ninchat call'.
func argument(param chosen) string {
	value := param.json
	switch {
	case param.Secret:
		return param.Name + "@secret.txt"
	case param.Type == spec.TypeString:
		text, _ := strconv.Unquote(value)
		return param.Name + "=" + text
	case strings.ContainsAny(value, `"{[ #`):
		return param.Name + ":='" + value + "'"
	default:
		return param.Name + ":=" + value
	}
}

// GoCode returns an example of the action in Go. It uses ctx, a context.Context,
// and session, which has the methods of api.Client.
func GoCode(a *spec.Action) string { return goCode(a, exampleParams(a), samplePayload) }

func goCode(a *spec.Action, params []chosen, payload string) string {
	literal := "api." + GoName(a.Name) + "{" + goFields(a, params, payload) + "}"
	call := "session." + GoName(a.Name) + "(ctx, " + literal + ")"
	switch {
	case !Callable(a):
		return formatted("action, err := " + literal + ".Action()")
	case a.Rule == spec.RuleNone:
		return formatted("err := " + call)
	case a.Rule == spec.RuleSequence, a.Rule == spec.RuleRepeated:
		return formatted("for reply, err := range " + call + " {\n// Use reply, unless there is an err.\n}")
	default:
		return formatted("reply, err := " + call)
	}
}

// formatted formats statements in Go. What isn't Go stays as it is; a test keeps
// that from happening.
func formatted(code string) string {
	text, err := format.Source([]byte(code))
	if err != nil {
		return code
	}
	return string(text)
}

func goFields(a *spec.Action, params []chosen, payload string) string {
	var fields []string
	for _, param := range params {
		if param.code != "" {
			fields = append(fields, "\t"+GoName(param.Name)+": "+param.code+",\n")
		}
	}
	if a.Payload == spec.PayloadRequired {
		fields = append(fields, "\tPayload: [][]byte{[]byte(`"+payload+"`)},\n")
	}
	if len(fields) == 0 {
		return ""
	}
	return "\n" + strings.Join(fields, "")
}

// goEvent is an example of how to take an event.
func goEvent(e *spec.Event) string {
	return "if event, ok, err := api.As[*api." + EventGoName(e.Name) + "](received); ok {\n\t// Use event, unless there is an err.\n}"
}

// MessageExample returns an example of a message's payload, JSON.
func MessageExample(m *spec.MessageType) string {
	var members []string
	for i := range m.Params {
		param := &m.Params[i]
		if !param.Required {
			continue
		}
		value := sampleOf(param).json
		for j := range m.Objects {
			if list := &m.Objects[j]; list.Name == param.Structure {
				value = "[" + structSample(&m.Objects[j+1]).json + "]"
			}
		}
		members = append(members, strconv.Quote(param.Name)+":"+value)
	}
	text := "{" + strings.Join(members, ",") + "}"
	if m.Array {
		return "[" + text + "]"
	}
	return text
}
