package api

import (
	"reflect"
	"strconv"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// The functions below make random values of the types in this package, such
// that encoding and decoding gives the same value again.

var (
	rawType      = reflect.TypeFor[jsontext.Value]()
	objectType   = reflect.TypeFor[Object]()
	envelopeType = reflect.TypeFor[Envelope]()
	payloadType  = reflect.TypeFor[[][]byte]()
)

// unsetter is implemented by all kinds of Attr.
type unsetter interface{ IsUnset() bool }

func isAttr(t reflect.Type) bool { return t.Implements(reflect.TypeFor[unsetter]()) }

// fillRandom sets the value that v points to.
func fillRandom(t *rapid.T, v reflect.Value, depth int) {
	v = v.Elem()
	switch {
	case v.Type() == rawType:
		v.SetBytes(randomJSON(t, 2))
	case v.Type() == objectType:
		v.SetBytes(randomObject(t, "free", 2))
	case isAttr(v.Type()):
		fillRandomAttr(t, v, depth)
	default:
		fillRandomKind(t, v, depth)
	}
}

func fillRandomKind(t *rapid.T, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int64"))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(t, "float64"))
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "string"))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillRandom(t, v, depth)
	case reflect.Slice:
		fillRandomSlice(t, v, depth)
	case reflect.Map:
		fillRandomMap(t, v, depth)
	case reflect.Struct:
		fillRandomStruct(t, v, depth)
	default:
		t.Fatalf("can't make a random %s", v.Type())
	}
}

func randomLength(t *rapid.T, depth int) int {
	if depth <= 0 {
		return 0
	}
	return rapid.IntRange(0, 2).Draw(t, "length")
}

func fillRandomSlice(t *rapid.T, v reflect.Value, depth int) {
	length := randomLength(t, depth)
	v.Set(reflect.MakeSlice(v.Type(), length, length))
	for i := range length {
		if v.Index(i).Kind() == reflect.Pointer && rapid.Bool().Draw(t, "nil") {
			continue
		}
		fillRandom(t, v.Index(i).Addr(), depth-1)
	}
}

func fillRandomMap(t *rapid.T, v reflect.Value, depth int) {
	v.Set(reflect.MakeMap(v.Type()))
	for range randomLength(t, depth) {
		item := reflect.New(v.Type().Elem())
		fillRandom(t, item, depth-1)
		v.SetMapIndex(reflect.ValueOf(rapid.String().Draw(t, "key")), item.Elem())
	}
}

func fillRandomStruct(t *rapid.T, v reflect.Value, depth int) {
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		switch {
		case field.Name == "Unknown":
			if rapid.Bool().Draw(t, "unknown") {
				value.SetBytes(randomObject(t, "unknown", 1))
			}
		case value.Type() == payloadType:
			value.Set(reflect.ValueOf(randomPayload(t)))
		case value.Type() == envelopeType:
			fillRandomEnvelope(t, value)
		case isOptional(field) && (depth <= 0 || rapid.Bool().Draw(t, "absent")):
		default:
			fillRandom(t, value.Addr(), depth-1)
		}
	}
}

func isOptional(field reflect.StructField) bool {
	const option = ",omitzero"
	tag := field.Tag.Get("json")
	return len(tag) > len(option) && tag[len(tag)-len(option):] == option
}

// fillRandomEnvelope leaves the name of the event to NewEvent.
func fillRandomEnvelope(t *rapid.T, v reflect.Value) {
	v.Set(reflect.ValueOf(Envelope{
		EventID:  rapid.Int64Min(0).Draw(t, "event_id"),
		ActionID: rapid.Int64Min(0).Draw(t, "action_id"),
		Frames:   rapid.IntRange(0, 5).Draw(t, "frames"),
	}))
}

// fillRandomAttr sets an attribute to one of its states, except for left out.
func fillRandomAttr(t *rapid.T, v reflect.Value, depth int) {
	encoded := []byte("null")
	if !rapid.Bool().Draw(t, "unset") {
		value := reflect.New(v.Field(0).Type())
		fillRandom(t, value, depth-1)
		var err error
		if encoded, err = json.Marshal(value.Interface()); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(encoded, v.Addr().Interface()); err != nil {
		t.Fatal(err)
	}
}

func randomPayload(t *rapid.T) [][]byte {
	return rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 1, 3).Draw(t, "payload")
}

// randomJSON makes JSON text as the encoder would write it.
func randomJSON(t *rapid.T, depth int) jsontext.Value {
	if depth > 0 && rapid.Bool().Draw(t, "is object") {
		return randomObject(t, "member", depth)
	}
	text := rapid.SampledFrom([]string{"true", "0", "-12345678901234567890", "1e400", `"ä"`, "[]", `[1,"2"]`})
	return jsontext.Value(text.Draw(t, "JSON"))
}

// randomObject makes an object with members that have the prefix in their
// names.
func randomObject(t *rapid.T, prefix string, depth int) jsontext.Value {
	text := jsontext.Value("{")
	for i := range rapid.IntRange(1, 2).Draw(t, "members") {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, `"`+prefix+" "+strconv.Itoa(i)+`":`...)
		text = append(text, randomJSON(t, depth-1)...)
	}
	return append(text, '}')
}

// checkRandom checks a property for random values of the type of v.
func checkRandom[T any](t *testing.T, example T, property func(t *rapid.T, value T)) {
	rapid.Check(t, func(t *rapid.T) {
		value := reflect.New(reflect.TypeOf(example).Elem())
		fillRandom(t, value, 3)
		property(t, value.Interface().(T))
	})
}
