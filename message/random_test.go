package message_test

import (
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/ninchat-community/ninchat/message"
)

// empty makes an empty content of each type.
func empty(name string) message.Content {
	for _, content := range []message.Content{
		new(message.Text), new(message.Notice), new(message.File), new(message.Link), new(message.Metadata), new(message.JSON),
		new(message.InfoUser), new(message.InfoChannel), new(message.InfoJoin), new(message.InfoPart), new(message.InfoMember), new(message.InfoAccess),
		new(message.InfoTransferSource), new(message.InfoTransferTarget),
		new(message.RTCOffer), new(message.RTCAnswer), new(message.RTCICECandidate), new(message.RTCCall), new(message.RTCPickUp), new(message.RTCHangUp),
		new(message.UICompose), new(message.UIAction),
	} {
		if content.Type() == name {
			return content
		}
	}
	return nil
}

// Random valid contents of all types are the same after being encoded and parsed.
func TestRandomRoundTrips(t *testing.T) {
	for _, name := range message.Types() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				content := empty(name)
				drawFields(t, reflect.ValueOf(content).Elem())
				if err := content.Validate(); err != nil {
					t.Fatalf("%+v: %v", content, err)
				}
				checkRoundTrip(t, content)
			})
		})
	}
}

// drawFields fills in a struct by the names and types of its fields.
func drawFields(t *rapid.T, value reflect.Value) {
	for i := range value.NumField() {
		drawField(t, value.Type().Field(i).Name, value.Field(i))
	}
	if element, ok := value.Addr().Interface().(*message.Element); ok {
		drawElement(t, element)
	}
}

func drawField(t *rapid.T, name string, field reflect.Value) {
	switch target := field.Addr().Interface().(type) {
	case *jsontext.Value:
		*target = drawUnknown(t)
	case *message.Object:
		if name != "RealmAttrs" && name != "Candidate" || rapid.Bool().Draw(t, name) {
			*target = message.Object(drawObject(t))
		}
	case *string:
		*target = rapid.String().Draw(t, name)
		if name == "Action" {
			*target = message.ActionClick
		}
	case *message.Secret:
		*target = message.Secret(rapid.String().Draw(t, name))
	case *int64:
		*target = rapid.Int64().Draw(t, name)
	case *bool:
		*target = rapid.Bool().Draw(t, name)
	case **string:
		*target = rapid.Ptr(rapid.String(), true).Draw(t, name)
	case **bool:
		*target = rapid.Ptr(rapid.Bool(), true).Draw(t, name)
	case **float64:
		*target = rapid.Ptr(rapid.Float64Range(1e-300, 1e300), true).Draw(t, name)
	case *[]message.Option:
		// It depends on the element.
	case *[]message.FileRef:
		*target = make([]message.FileRef, rapid.IntRange(1, 3).Draw(t, name))
		for i := range *target {
			drawFields(t, reflect.ValueOf(&(*target)[i]).Elem())
		}
	case *[]message.Element:
		*target = make([]message.Element, rapid.IntRange(1, 3).Draw(t, name))
		for i := range *target {
			drawFields(t, reflect.ValueOf(&(*target)[i]).Elem())
		}
	default:
		t.Fatalf("field %s has type %T", name, target)
	}
}

// drawElement makes an element valid.
func drawElement(t *rapid.T, e *message.Element) {
	e.Element = rapid.SampledFrom([]string{message.ElementLink, message.ElementButton, message.ElementSelect}).Draw(t, "element")
	e.Class = rapid.Ptr(rapid.StringMatching(`[a-z]{0,3}( +[a-z-]{1,3}){0,4}`), true).Draw(t, "class")
	e.Href = nil
	switch e.Element {
	case message.ElementLink:
		e.Href = rapid.Ptr(rapid.StringMatching(`https://[a-z]{2,9}\.[a-z]{2}/[a-z?#&=/]{0,9}|mailto:[a-z.]{1,9}@[a-z]{1,9}\.fi|tel: ?\+?[0-9][0-9 ()-]{0,8}`), true).Draw(t, "href")
	case message.ElementSelect:
		e.Options = make([]message.Option, rapid.IntRange(1, message.MaxOptions).Draw(t, "options"))
		for i := range e.Options {
			drawFields(t, reflect.ValueOf(&e.Options[i]).Elem())
		}
	}
}

// drawUnknown makes an object with names that no type has, or nil.
func drawUnknown(t *rapid.T) jsontext.Value {
	members := rapid.MapOfN(rapid.StringMatching(`X[a-z\\"ä]{0,3}`), rapid.Int64(), 0, 3).Draw(t, "unknown")
	if len(members) == 0 {
		return nil
	}
	return marshal(t, members)
}

func drawObject(t *rapid.T) jsontext.Value {
	return marshal(t, rapid.MapOfN(rapid.String(), rapid.OneOf(
		rapid.String().AsAny(), rapid.Int32().AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
		rapid.SliceOfN(rapid.String(), 0, 2).AsAny(), rapid.MapOfN(rapid.String(), rapid.Bool(), 0, 2).AsAny(),
	), 0, 3).Draw(t, "object"))
}

func marshal(t *rapid.T, v any) jsontext.Value {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
