package export

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ninchat-community/ninchat/internal/reference"
	"github.com/ninchat-community/ninchat/spec"
)

// parse reads JSON in the form that the validator needs.
func parse(t *testing.T, text []byte) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return value
}

// export runs an exporter and reads its document.
func export(t *testing.T, exporter func() ([]byte, error)) any {
	t.Helper()
	text, err := exporter()
	if err != nil {
		t.Fatal(err)
	}
	again, err := exporter()
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("the document isn't the same twice: %v", err)
	}
	return parse(t, text)
}

// newCompiler makes a compiler that reads nothing but what it is given.
func newCompiler(t *testing.T, documents map[string]any) *jsonschema.Compiler {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseLoader(jsonschema.SchemeURLLoader{})
	for address, document := range documents {
		if err := compiler.AddResource(address, document); err != nil {
			t.Fatal(err)
		}
	}
	return compiler
}

func compile(t *testing.T, compiler *jsonschema.Compiler, address string) *jsonschema.Schema {
	t.Helper()
	schema, err := compiler.Compile(address)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return schema
}

// official reads one of the schemas in testdata.
func official(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	document := parse(t, text)
	id := document.(map[string]any)["$id"].(string)
	return compile(t, newCompiler(t, map[string]any{id: document}), id)
}

// member goes down into a document.
func member(t *testing.T, document any, path ...string) map[string]any {
	t.Helper()
	for _, name := range path {
		next, ok := document.(map[string]any)[name]
		if !ok {
			t.Fatalf("there is no %s in %s", name, strings.Join(path, "/"))
		}
		document = next
	}
	return document.(map[string]any)
}

func TestJSONSchemaIsValid(t *testing.T) {
	document := export(t, JSONSchema)
	meta := compile(t, jsonschema.NewCompiler(), "https://json-schema.org/draft/2020-12/schema")
	if err := meta.Validate(document); err != nil {
		t.Errorf("the document isn't a schema: %v", err)
	}
	checkSchemas(t, newCompiler(t, map[string]any{schemaID: document}), schemaID+"#/$defs/")
}

func TestAsyncAPIIsValid(t *testing.T) {
	document := export(t, AsyncAPI)
	if err := official(t, "asyncapi-3.0.0.schema.json").Validate(document); err != nil {
		t.Errorf("%v", err)
	}
	checkSchemas(t, newCompiler(t, map[string]any{"urn:doc": document}), "urn:doc#/components/schemas/")
	checkRefs(t, document, document)
	operations := member(t, document, "operations")
	for action := range spec.Actions() {
		if member(t, operations, action.Name)["action"] != "send" {
			t.Errorf("%s isn't sent", action.Name)
		}
	}
	if count := len(member(t, document, "channels", "socket", "messages")); count != 75+67 {
		t.Errorf("there are %d messages", count)
	}
}

func TestOpenAPIIsValid(t *testing.T) {
	document := export(t, OpenAPI)
	if err := official(t, "openapi-3.1.schema.json").Validate(document); err != nil {
		t.Errorf("%v", err)
	}
	compiler := newCompiler(t, map[string]any{"urn:doc": document})
	checkSchemas(t, compiler, "urn:doc#/components/schemas/")
	checkRefs(t, document, document)
	const body = "/paths/~1v2~1call/post/requestBody/content/application~1json"
	request := compile(t, compiler, "urn:doc#"+body+"/schema")
	compile(t, compiler, "urn:doc#/paths/~1v2~1call/post/responses/200/content/application~1json/schema")
	examples := member(t, document, "paths", "/v2/call", "post", "requestBody", "content", "application/json", "examples")
	for name := range examples {
		if err := request.Validate(member(t, examples, name)["value"]); err != nil {
			t.Errorf("the example of %s: %v", name, err)
		}
	}
	if len(examples) != 75-5 {
		t.Errorf("there are %d examples", len(examples))
	}
	for _, name := range []string{"create_session", "follow_channel"} {
		if err := request.Validate(map[string]any{"action": name, "channel_id": "c", "message_types": []any{}}); err == nil {
			t.Errorf("%s can be called", name)
		}
	}
}

// TestOfficialSchemasRefuse checks that the official schemas are really used.
func TestOfficialSchemasRefuse(t *testing.T) {
	if err := official(t, "asyncapi-3.0.0.schema.json").Validate(map[string]any{"asyncapi": "3.0.0"}); err == nil {
		t.Error("AsyncAPI: a document without info is accepted")
	}
	if err := official(t, "openapi-3.1.schema.json").Validate(map[string]any{"openapi": "3.1.0"}); err == nil {
		t.Error("OpenAPI: a document without info is accepted")
	}
}

// checkRefs checks that each reference within a document leads somewhere.
func checkRefs(t *testing.T, document, part any) {
	t.Helper()
	switch part := part.(type) {
	case []any:
		for _, element := range part {
			checkRefs(t, document, element)
		}
	case map[string]any:
		if ref, ok := part["$ref"].(string); ok {
			member(t, document, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
		for _, value := range part {
			checkRefs(t, document, value)
		}
	}
}

// checkSchemas compiles all named schemas, and checks that they agree with
// package spec about actions and events.
func checkSchemas(t *testing.T, compiler *jsonschema.Compiler, prefix string) {
	t.Helper()
	for name := range (schemas{}).all() {
		compile(t, compiler, prefix+name)
	}
	for action := range spec.Actions() {
		a := agreement{t: t, name: action.Name, schema: compile(t, compiler, prefix+actionName(action)), check: spec.CheckAction}
		header := member(t, parse(t, exampleOf(action)))
		if !a.agree(header) {
			t.Errorf("%s: the example is wrong: %v", action.Name, header)
		}
		a.mutate(header, action.Params)
		a.choices(header, action)
	}
	for event := range spec.Events() {
		a := agreement{t: t, name: event.Name, schema: compile(t, compiler, prefix+eventName(event)), check: spec.CheckEvent}
		header := map[string]any{"event": event.Name}
		for _, param := range event.Params {
			if param.Required {
				header[param.Name] = plainValue(param.Type)
			}
		}
		a.mutate(header, event.Params)
	}
	for m := range spec.MessageTypes() {
		if err := compile(t, compiler, prefix+messageName(m)).Validate(parse(t, []byte(reference.MessageExample(m)))); err != nil {
			t.Errorf("the example of %s: %v", m.Name, err)
		}
	}
}

// agreement compares a schema with what package spec says.
type agreement struct {
	t      *testing.T
	name   string
	schema *jsonschema.Schema
	check  func(name string, header []byte, mode spec.Mode) error
}

// agree reports whether a header is right, if both agree about it.
func (a *agreement) agree(header map[string]any) bool {
	a.t.Helper()
	text, err := json.Marshal(header)
	if err != nil {
		a.t.Fatal(err)
	}
	got, want := a.schema.Validate(parse(a.t, text)), a.check(a.name, text, spec.Tolerant)
	if (got == nil) != (want == nil) {
		a.t.Errorf("%s: the schema says %v, package spec %v", text, got, want)
	}
	return want == nil
}

// Integers that don't fit into 64 bits.
const (
	tooLarge = json.Number("9223372036854775808")
	tooSmall = json.Number("-9223372036854775809")
)

// mutate changes each parameter of a header into a value of each type.
func (a *agreement) mutate(header map[string]any, params []spec.Param) {
	a.t.Helper()
	right := 0
	for _, param := range params {
		for _, value := range []any{nil, true, 1, -1, 1.5, -1.5, tooLarge, tooSmall, "a", []any{}, []any{"a"}, []any{1}, []any{nil}, map[string]any{}, map[string]any{"x": nil}, map[string]any{"x": 1}, map[string]any{"name": nil}, map[string]any{"name": 1}} {
			changed := maps.Clone(header)
			changed[param.Name] = value
			if a.agree(changed) {
				right++
			}
		}
		without := maps.Clone(header)
		delete(without, param.Name)
		a.agree(without)
	}
	if right == 0 && len(params) > 0 {
		a.t.Errorf("%s: nothing was right", a.name)
	}
}

// choices tries all combinations of the parameters in the rules of an action.
func (a *agreement) choices(header map[string]any, action *spec.Action) {
	a.t.Helper()
	var names []string
	for _, choice := range action.Choices {
		for _, name := range choice.Names {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for combination := range 1 << len(names) {
		changed := maps.Clone(header)
		for i, name := range names {
			delete(changed, name)
			if combination&(1<<i) != 0 {
				param, _ := action.Param(name)
				changed[name] = plainValue(param.Type)
			}
		}
		a.agree(changed)
	}
}

// plainValue is a value of a type.
func plainValue(typ spec.Type) any {
	switch typ {
	case spec.TypeBool:
		return true
	case spec.TypeInt, spec.TypeTime, spec.TypeFloat:
		return 1
	case spec.TypeObject:
		return map[string]any{}
	case spec.TypeString, spec.TypeAny, spec.TypeStringOrObject:
		return "a"
	default:
		return []any{}
	}
}
