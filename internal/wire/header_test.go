package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat/internal/wire"
)

func TestScanHeader(t *testing.T) {
	tests := map[string]struct {
		text string
		want wire.Header
	}{
		"event": {`{"event":"pong"}`, wire.Header{Name: "pong"}},
		"action with everything": {
			`{"action":"send_message","action_id":7,"event_id":9,"frames":2,"session_id":"s","channel_id":"c"}`,
			wire.Header{Name: "send_message", IsAction: true, ActionID: 7, EventID: 9, Frames: 2, SessionID: "s"},
		},
		"white space everywhere": {
			" \t\r\n{ \"event\" : \"pong\" ,\n\"event_id\"\t:\r1 } \n",
			wire.Header{Name: "pong", EventID: 1},
		},
		"2^53+1 keeps its digits":     {`{"event":"e","event_id":9007199254740993}`, wire.Header{Name: "e", EventID: 9007199254740993}},
		"the largest int64":           {`{"event":"e","action_id":9223372036854775807}`, wire.Header{Name: "e", ActionID: 9223372036854775807}},
		"escaped value":               {`{"event":"a\u0062\n\"\ud83d\ude00"}`, wire.Header{Name: "ab\n\"😀"}},
		"escaped member name":         {`{"\u0065vent":"e","event\u005fid":3}`, wire.Header{Name: "e", EventID: 3}},
		"half a surrogate pair":       {`{"event":"\ud83dx\ude00"}`, wire.Header{Name: "\uFFFDx\uFFFD"}},
		"raw text beyond ASCII":       {`{"event":"ä😀"}`, wire.Header{Name: "ä😀"}},
		"empty session id":            {`{"event":"e","session_id":""}`, wire.Header{Name: "e"}},
		"names differ by case":        {`{"event":"e","Event":"f","EVENT_ID":"x"}`, wire.Header{Name: "e"}},
		"unknown members come twice":  {`{"event":"e","x":1,"x":2}`, wire.Header{Name: "e"}},
		"history length":              {`{"event":"e","history_length":5}`, wire.Header{Name: "e", HistoryLength: 5}},
		"history length is no number": {`{"event":"e","history_length":"5"}`, wire.Header{Name: "e"}},
		"history length is negative":  {`{"event":"e","history_length":-5}`, wire.Header{Name: "e"}},
		"results: users":              {`{"event":"e","users":{"u":{}}}`, wire.Header{Name: "e", HasResults: true}},
		"results: channels":           {`{"event":"e","users":{ },"channels":{"c":1}}`, wire.Header{Name: "e", HasResults: true}},
		"results: an array":           {`{"event":"e","channels":[ 1]}`, wire.Header{Name: "e", HasResults: true}},
		"no results":                  {`{"event":"e","users":{},"channels":{ }}`, wire.Header{Name: "e"}},
		"no results, other types":     {`{"event":"e","users":null,"channels":[ ]}`, wire.Header{Name: "e"}},
		"members inside of others":    {`{"event":"e","x":{"event_id":"no","frames":[{"event":1}]}}`, wire.Header{Name: "e"}},
		"all kinds of values":         {`{"event":"e","a":[true,false,null,0,-0.5e+10,1E2,"\/",{},[]]}`, wire.Header{Name: "e"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var names wire.Names
			for range 2 { // the second time, the name is known
				got, err := wire.ScanHeader([]byte(test.text), &names)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
			}
			got, err := wire.ScanHeader([]byte(test.text), nil)
			if err != nil || got != test.want {
				t.Errorf("without names: %+v, %v", got, err)
			}
		})
	}
}

func TestScanHeaderRefuses(t *testing.T) {
	tests := map[string]struct{ text, reason string }{
		"nothing":                     {``, "a JSON object is wanted"},
		"white space":                 {"  \n", "a JSON object is wanted"},
		"NUL":                         {"\x00", "a JSON object is wanted"},
		"an array":                    {`["event"]`, "a JSON object is wanted"},
		"a string":                    {`"event"`, "a JSON object is wanted"},
		"a byte order mark":           {"\ufeff{}", "a JSON object is wanted"},
		"an empty object":             {`{}`, "neither event nor action"},
		"neither event nor action":    {`{"event_id":1}`, "neither event nor action"},
		"event is a number":           {`{"event":1}`, "isn't a string"},
		"event is null":               {`{"event":null}`, "isn't a string"},
		"event is an object":          {`{"event":{}}`, "isn't a string"},
		"event is empty":              {`{"event":""}`, "isn't a string with something in it"},
		"action is empty":             {`{"action":""}`, "isn't a string with something in it"},
		"event twice":                 {`{"event":"a","event":"a"}`, "comes twice"},
		"event and action":            {`{"event":"a","action":"b"}`, "comes twice"},
		"event twice, once escaped":   {`{"event":"a","\u0065vent":"b"}`, "comes twice"},
		"event_id twice":              {`{"event":"a","event_id":1,"event_id":1}`, "event_id comes twice"},
		"action_id twice":             {`{"event":"a","action_id":1,"action_id":2}`, "action_id comes twice"},
		"frames twice":                {`{"event":"a","frames":0,"frames":0}`, "frames comes twice"},
		"session_id twice":            {`{"event":"a","session_id":"","session_id":""}`, "session_id comes twice"},
		"event_id is negative":        {`{"event":"a","event_id":-1}`, "event_id isn't an integer"},
		"event_id is minus zero":      {`{"event":"a","event_id":-0}`, "event_id isn't an integer"},
		"event_id is a string":        {`{"event":"a","event_id":"1"}`, "event_id isn't an integer"},
		"event_id is a fraction":      {`{"event":"a","event_id":1.0}`, "event_id isn't an integer"},
		"event_id has an exponent":    {`{"event":"a","event_id":1e3}`, "event_id isn't an integer"},
		"event_id is null":            {`{"event":"a","event_id":null}`, "event_id isn't an integer"},
		"event_id is beyond int64":    {`{"event":"a","event_id":9223372036854775808}`, "event_id isn't an integer"},
		"event_id is far beyond":      {`{"event":"a","event_id":99999999999999999999999999}`, "event_id isn't an integer"},
		"action_id is an array":       {`{"event":"a","action_id":[1]}`, "action_id isn't an integer"},
		"frames is true":              {`{"event":"a","frames":true}`, "frames isn't an integer"},
		"frames is beyond an int":     {`{"event":"a","frames":1073741825}`, "frames is too large"},
		"session_id is a number":      {`{"event":"a","session_id":1}`, "session_id isn't a string"},
		"leading zero":                {`{"event":"a","x":01}`, "doesn't end"},
		"plus sign":                   {`{"event":"a","x":+1}`, "a JSON value is wanted"},
		"no digits":                   {`{"event":"a","x":-}`, "a JSON value is wanted"},
		"no digits after the point":   {`{"event":"a","x":1.}`, "a number is incomplete"},
		"no digits in the exponent":   {`{"event":"a","x":1e-}`, "a number is incomplete"},
		"NaN":                         {`{"event":"a","x":NaN}`, "a JSON value is wanted"},
		"a misspelt literal":          {`{"event":"a","x":nul}`, "a JSON value is wanted"},
		"a literal in capitals":       {`{"event":"a","x":TRUE}`, "a JSON value is wanted"},
		"a name without quotes":       {`{event:"a"}`, "a string is wanted"},
		"a colon is missing":          {`{"event" "a"}`, "a colon is missing"},
		"a value is missing":          {`{"event":}`, "a JSON value is wanted"},
		"a comma is missing":          {`{"event":"a" "x":1}`, "doesn't end"},
		"a comma at the end":          {`{"event":"a",}`, "a string is wanted"},
		"a comma at an array's end":   {`{"event":"a","x":[1,]}`, "a JSON value is wanted"},
		"a name missing inside":       {`{"event":"a","x":{1:2}}`, "a string is wanted"},
		"a colon missing inside":      {`{"event":"a","x":{"y"}}`, "a colon is missing"},
		"the wrong bracket":           {`{"event":"a","x":[1}}`, "doesn't end"},
		"a comment":                   {`{"event":"a"/**/}`, "doesn't end"},
		"the object doesn't end":      {`{"event":"a"`, "doesn't end"},
		"the string doesn't end":      {`{"event":"a`, "a string doesn't end"},
		"the end is in an escape":     {`{"event":"a\`, "an escape sequence is wrong"},
		"the end is in a \\u escape":  {`{"event":"a\u12`, "an escape sequence is wrong"},
		"an unknown escape":           {`{"event":"\x41"}`, "an escape sequence is wrong"},
		"\\u without digits":          {`{"event":"\u00g0"}`, "an escape sequence is wrong"},
		"a line break in a string":    {"{\"event\":\"a\nb\"}", "a control character"},
		"a control character":         {"{\"event\":\"a\x1fb\"}", "a control character"},
		"invalid UTF-8 in a value":    {"{\"event\":\"a\xff\"}", "isn't valid UTF-8"},
		"invalid UTF-8 in a name":     {"{\"event\":\"a\",\"\xc3\":1}", "isn't valid UTF-8"},
		"overlong UTF-8":              {"{\"event\":\"\xc0\x80\"}", "isn't valid UTF-8"},
		"a surrogate in UTF-8":        {"{\"event\":\"\xed\xa0\x80\"}", "isn't valid UTF-8"},
		"text after the object":       {`{"event":"a"}x`, "text after the JSON value"},
		"a second object":             {`{"event":"a"}{"event":"a"}`, "text after the JSON value"},
		"NUL after the object":        {"{\"event\":\"a\"}\x00", "text after the JSON value"},
		"too deep, arrays":            {`{"event":"a","x":` + nested("[", "]", 64) + `}`, "nested too deeply"},
		"too deep, objects":           {`{"event":"a","x":` + nested(`{"y":`, "}", 64) + `}`, "nested too deeply"},
		"too deep to be ever closed":  {`{"event":"a","x":` + strings.Repeat("[", 1<<20), "nested too deeply"},
		"frames twice, nested before": {`{"event":"a","x":{"frames":1},"frames":1,"frames":1}`, "frames comes twice"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			header, err := wire.ScanHeader([]byte(test.text), nil)
			problem, ok := errors.AsType[*wire.Error](err)
			if !ok {
				t.Fatalf("got %+v, error %v", header, err)
			}
			if problem.Kind != wire.Malformed || problem.Part != wire.PartHeader {
				t.Errorf("kind %d, part %d", problem.Kind, problem.Part)
			}
			if !strings.Contains(err.Error(), test.reason) {
				t.Errorf("error %q doesn't say %q", err, test.reason)
			}
			if header != (wire.Header{}) {
				t.Errorf("a refused header gives %+v", header)
			}
		})
	}
}

// nested makes a value of n levels around a number.
func nested(open, closing string, n int) string {
	return strings.Repeat(open, n) + "1" + strings.Repeat(closing, n)
}

func TestScanHeaderDepth(t *testing.T) {
	for _, text := range []string{nested("[", "]", 63), nested(`{"y":`, "}", 63)} {
		if _, err := wire.ScanHeader([]byte(`{"event":"a","x":`+text+`}`), nil); err != nil {
			t.Errorf("the deepest header that is allowed: %v", err)
		}
	}
}

// What a peer sends mustn't get into logs by way of an error.
func TestScanHeaderErrorDoesNotQuote(t *testing.T) {
	_, err := wire.ScanHeader([]byte(`{"event":"a","user_auth":"hunter2"`), nil)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}

func TestMember(t *testing.T) {
	header := []byte(`{"event":"e","a":"x\u0021","b":true,"c":{"a":1},"d":[1,2],"n":null,"\u0066":"g","twice":1,"twice":2}`)
	for name, want := range map[string]string{
		"a": `"x\u0021"`, "b": `true`, "c": `{"a":1}`, "d": `[1,2]`, "n": `null`, "f": `"g"`, "twice": `1`,
	} {
		if got, ok := wire.Member(header, name); !ok || string(got) != want {
			t.Errorf("%s: %s, %v", name, got, ok)
		}
	}
	for _, name := range []string{"missing", "", "A", "g"} {
		if got, ok := wire.Member(header, name); ok {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, text := range []string{``, `[]`, `{"a":1`, `{"a":`} {
		if got, ok := wire.Member([]byte(text), "a"); ok {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestStringMember(t *testing.T) {
	header := []byte(`{"a":"x\n","b":1,"c":null,"d":["x"]}`)
	for name, want := range map[string]string{"a": "x\n", "b": "", "c": "", "d": "", "e": ""} {
		if got := wire.StringMember(header, name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestBoolMember(t *testing.T) {
	header := []byte(`{"a":true,"b":false,"c":"true","d":1,"e":null,"f":[true]}`)
	for name, want := range map[string]bool{"a": true, "b": false, "c": false, "d": false, "e": false, "f": false, "g": false} {
		if got := wire.BoolMember(header, name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestUnquote(t *testing.T) {
	for value, want := range map[string]string{
		`""`:                         "",
		`"ä"`:                        "ä",
		`"\"\\\/\b\f\n\r\t"`:         "\"\\/\b\f\n\r\t",
		`"\u0000\u00E4\u00e4\uffff"`: "\x00ää\uffff",
		`"\ud83d\ude00"`:             "😀",
		`"\uD83D\uDE00"`:             "😀",
		`"\ud83d"`:                   "\uFFFD",
		`"\ude00\ud83d"`:             "\uFFFD\uFFFD",
		`"\ud83d\ud83d\ude00"`:       "\uFFFD😀",
		`"\ud83d\u0041"`:             "\uFFFDA",
		`"\ud83d\n"`:                 "\uFFFD\n",
		`"\ud83d\\ude00"`:            "\uFFFD\\ude00",
	} {
		if got, ok := wire.Unquote([]byte(value)); !ok || got != want {
			t.Errorf("%s: %q, %v", value, got, ok)
		}
	}
	for _, value := range []string{``, `"`, `x`, `1`, `null`, `{}`, `"a`, `a"`, `"\"`, `"\u12"`, `"\x"`, `"a"b"`, `"a" `, ` "a"`, "\"\n\""} {
		if got, ok := wire.Unquote([]byte(value)); ok {
			t.Errorf("%s: %q", value, got)
		}
	}
}
