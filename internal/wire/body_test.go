package wire_test

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// octets makes an octet-stream body, protobuf the text of an event.
func octets(frames ...string) (body string) {
	for _, frame := range frames {
		body = string(wire.AppendOctets([]byte(body), []byte(frame)))
	}
	return body
}

func protobuf(header string, payload ...string) string {
	var parts [][]byte
	for _, part := range payload {
		parts = append(parts, []byte(part))
	}
	return string(wire.AppendProtobufEvent(nil, []byte(header), parts...))
}

// summary is what the messages of a body say: header|part|part for each, and
// what is wrong.
func summary(messages iter.Seq2[*wire.Message, error]) (all []string) {
	for m, err := range messages {
		if err != nil {
			problem, _ := errors.AsType[*wire.Error](err)
			text := "error " + strconv.Itoa(int(problem.Kind)) + ": " + problem.Reason
			if problem.Header != nil {
				text += " in " + problem.Header.Name
			}
			all = append(all, text)
			continue
		}
		text := string(m.Text)
		for _, part := range m.Payload {
			text += "|" + string(part)
		}
		if m.Damage != nil {
			text += " damaged: " + m.Damage.Reason
		}
		all = append(all, text)
	}
	return all
}

const (
	headerA  = `{"event":"a"}`
	headerA2 = `{"event":"a","frames":2}`
	headerB  = `{"event":"b"}`
)

func TestOctetMessages(t *testing.T) {
	long := strings.Repeat("x", 126)
	tests := map[string]struct {
		body string
		want []string
	}{
		"nothing":              {"", nil},
		"by hand":              {"\x0d" + headerA, []string{headerA}},
		"several":              {octets(headerA2, "x", "", headerB, headerA), []string{headerA2 + "|x|", headerB, headerA}},
		"no count, payload":    {octets(headerA, "x"), []string{headerA, "error 0: header: a JSON object is wanted at byte 0"}},
		"a part is missing":    {octets(headerB, headerA2, "x"), []string{headerB, "error 0: a frame is missing in a"}},
		"cut off":              {octets(headerA2, "x", "yz")[:29], []string{"error 0: a frame is incomplete in a"}},
		"size cut off":         {octets(headerA2, long, long)[:25+2], []string{"error 0: a frame's size is incomplete in a"}},
		"size cut off, long":   {"\x7f\x00\x00\x00\x00\x00\x00\x00", []string{"error 0: a frame's size is incomplete"}},
		"size too large":       {"\x7f\x7f\xff\xff\xff\xff\xff\xff\xff{}", []string{"error 0: a frame is incomplete"}},
		"size negative":        {"\x7f\xff\xff\xff\xff\xff\xff\xff\xff{}", []string{"error 0: a frame's size is negative"}},
		"size above 127":       {"\x8d" + headerA, []string{"error 0: the first byte of a frame's size is above 127"}},
		"long size for little": {"\x7f\x00\x00\x00\x00\x00\x00\x00\x0d" + headerA + "\x7e\x00\x0d" + headerB, []string{headerA, headerB}},
		"an empty header":      {"\x00" + octets(headerA), []string{"error 0: header: a JSON object is wanted at byte 0"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := summary(wire.OctetMessages([]byte(test.body), limits)); !slices.Equal(got, test.want) {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
}

// The sizes where the prefix changes its length.
func TestAppendOctets(t *testing.T) {
	for length, prefix := range map[int]string{
		0: "\x00", 125: "\x7d", 126: "\x7e\x00\x7e", 65535: "\x7e\xff\xff", 65536: "\x7f\x00\x00\x00\x00\x00\x01\x00\x00",
	} {
		frame := bytes.Repeat([]byte("x"), length)
		if got := wire.AppendOctets([]byte("before"), frame); string(got) != "before"+prefix+string(frame) {
			t.Errorf("%d bytes: prefix %q", length, got[:len(got)-length])
		}
	}
}

func TestParseOctetAction(t *testing.T) {
	const header, counted = `{"action":"a"}`, `{"action":"a","frames":2}`
	part := strings.Repeat("x", 500)
	tests := map[string]struct{ body, want string }{
		"header only":     {octets(header), header},
		"payload":         {octets(header, "", "\xff"), header + "||\xff"},
		"counted":         {octets(counted, "x", "y"), counted + "|x|y"},
		"counted wrong":   {octets(counted, "x"), "error 0: a header counts 2 payload parts, but there are 1 in a"},
		"nothing":         {"", "error 0: a frame is missing"},
		"no header":       {octets("[]"), "error 0: header: a JSON object is wanted at byte 0"},
		"cut off":         {octets(header, "xyz")[:17], "error 0: a frame is incomplete in a"},
		"too many parts":  {octets(header, "a", "b", "c", "d"), header + " damaged: a message has too many payload parts"},
		"part too long":   {octets(header, part+"x", "b"), header + " damaged: a payload part is too long"},
		"all too long":    {octets(header, part, part), header + " damaged: a payload is too long"},
		"header too long": {octets(`{"action":"` + part + part + `"}`), "error 1: a header is too long"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := summary(func(yield func(*wire.Message, error) bool) {
				m, err := wire.ParseOctetAction([]byte(test.body), limits)
				if err == nil && m.Damage == nil && m.Frames != len(m.Payload) {
					t.Errorf("%d frames, %d parts", m.Frames, len(m.Payload))
				}
				yield(m, err)
			})
			if len(got) != 1 || got[0] != test.want {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestProtobufMessages(t *testing.T) {
	part := strings.Repeat("x", 500)
	tests := map[string]struct {
		body string
		want []string
	}{
		"nothing":           {"", nil},
		"by hand":           {"\x0a\x0f\x0a\x0d" + headerA, []string{headerA}},
		"by hand, payload":  {"\x0a\x14\x0a\x0d" + headerA + "\x0a\x01x\x0a\x00" + "\x0a\x0f\x0a\x0d" + headerB, []string{headerA + "|x|", headerB}},
		"several":           {protobuf(headerA, "x", "") + protobuf(headerB) + protobuf(headerA2, "x", "y"), []string{headerA + "|x|", headerB, headerA2 + "|x|y"}},
		"counted wrong":     {protobuf(headerB) + protobuf(headerA2, "x"), []string{headerB, "error 0: a header counts 2 payload parts, but there are 1 in a"}},
		"no header":         {protobuf(headerB) + "\x0a\x00", []string{headerB, "error 0: an event has no header"}},
		"unknown fields":    {"\x10\x80\x01" + "\x19\x01\x02\x03\x04\x05\x06\x07\x08" + "\x22\x03abc" + "\x2d\x01\x02\x03\x04" + "\x0a\x13\x0a\x0d" + headerA + "\x12\x02zz", []string{headerA}},
		"length too large":  {"\x0a\x7f\x0a\x0d" + headerA, []string{"error 0: a protobuf field is incomplete"}},
		"length enormous":   {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", []string{"error 0: a protobuf field is incomplete"}},
		"length overflows":  {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", []string{"error 0: a protobuf field is incomplete"}},
		"length unfinished": {"\x0a\x80", []string{"error 0: a protobuf field is incomplete"}},
		"tag unfinished":    {protobuf(headerA) + "\x80", []string{headerA, "error 0: the tag of a protobuf field makes no sense"}},
		"field 0":           {"\x02\x00", []string{"error 0: the tag of a protobuf field makes no sense"}},
		"a group":           {"\x13\x14", []string{"error 0: a protobuf field is of an unknown type"}},
		"field 1, varint":   {"\x08\x01", []string{"error 0: protobuf field 1 isn't bytes"}},
		"a part cut off":    {"\x0a\x12\x0a\x0d" + headerA + "\x0a\x02x", []string{"error 0: a protobuf field is incomplete in a"}},
		"too many parts":    {protobuf(headerA, "a", "b", "c", "d") + protobuf(headerB), []string{headerA + " damaged: a message has too many payload parts", headerB}},
		"part too long":     {protobuf(headerA, part+"x") + protobuf(headerB, part), []string{headerA + " damaged: a payload part is too long", headerB + "|" + part}},
		"all too long":      {protobuf(headerA, part, part), []string{headerA + " damaged: a payload is too long"}},
		"header too long":   {protobuf(`{"event":"` + part + part + `"}`), []string{"error 1: a header is too long"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := summary(wire.ProtobufMessages([]byte(test.body), limits)); !slices.Equal(got, test.want) {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestJSONMessages(t *testing.T) {
	part := `"` + strings.Repeat("x", 500) + `"`
	tests := map[string]struct {
		body string
		want []string
	}{
		"object":           {" " + headerA + "\n", []string{headerA}},
		"array":            {"[ " + headerA + ",\n" + headerB + "]\n", []string{headerA, headerB}},
		"empty array":      {"[]", nil},
		"payload":          {`{"event":"a","payload":[1,{"b":2}],"c":3}`, []string{`{"event":"a","c":3}|[1,{"b":2}]`}},
		"payload null":     {`{"event":"a","payload":null}`, []string{`{"event":"a"}`}},
		"payload too long": {`[{"event":"a","payload":` + part + `},` + headerB + `]`, []string{headerA + " damaged: a message is too long", headerB}},
		"payload left out": {headerA2, []string{headerA2 + " damaged: the server left it out of its answer"}},
		"header too long":  {`{"event":"a","x":` + part + `,"y":` + part + `}`, []string{"error 2: a message is too long"}},
		"nothing":          {"", []string{"error 0: a JSON value is wanted at byte 0"}},
		"not JSON":         {"<html>", []string{"error 0: a JSON value is wanted at byte 0"}},
		"a string":         {`"a"`, []string{"error 0: event: a JSON object is wanted at byte 0"}},
		"array of strings": {`["a"]`, []string{"error 0: event: a JSON object is wanted at byte 0"}},
		"array cut off":    {"[" + headerA, []string{headerA, "error 0: a JSON array doesn't end at byte 14"}},
		"a comma too many": {"[" + headerA + ",]", []string{headerA, "error 0: a JSON value is wanted at byte 15"}},
		"text after":       {headerA + headerB, []string{"error 0: text after the JSON value at byte 13"}},
		"text after array": {"[]x", []string{"error 0: text after the JSON value at byte 2"}},
		"no UTF-8":         {"[{\"event\":\"\xff\"}]", []string{"error 0: header: the header isn't valid UTF-8 at byte 0"}},
		"no event":         {`[` + headerB + `,{"a":1}]`, []string{headerB, "error 0: header: the header has neither event nor action at byte 7"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := summary(wire.JSONMessages([]byte(test.body), limits)); !slices.Equal(got, test.want) {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
}

// How the payload decides the form of a request.
func TestAppendCall(t *testing.T) {
	credentials := []byte(`{"caller_id":"u"}`)
	params := []byte(`{"x":1}`)
	const header = `{"action":"a","caller_id":"u","x":1}`
	const start = `{"action":"a","caller_id":"u","payload":`
	tests := map[string]struct {
		payload     []string
		body, media string
	}{
		"none":            {nil, header, wire.MediaJSON},
		"one of JSON":     {[]string{` {"text":"ä"} `}, start + ` {"text":"ä"} ,"x":1}`, wire.MediaJSON},
		"an array":        {[]string{`[1,true]`}, start + `[1,true],"x":1}`, wire.MediaJSON},
		"two":             {[]string{"1", "2"}, octets(header, "1", "2"), wire.MediaOctets},
		"not JSON":        {[]string{"{"}, octets(header, "{"), wire.MediaOctets},
		"two JSON values": {[]string{"1,2"}, octets(header, "1,2"), wire.MediaOctets},
		"empty":           {[]string{""}, octets(header, ""), wire.MediaOctets},
		"null":            {[]string{" null"}, octets(header, " null"), wire.MediaOctets},
		"not UTF-8":       {[]string{"\"\xff\""}, octets(header, "\"\xff\""), wire.MediaOctets},
		"long":            {[]string{`"` + strings.Repeat("x", 500) + `"`}, octets(header, `"`+strings.Repeat("x", 500)+`"`), wire.MediaOctets},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := wire.Outgoing{Name: "a", Params: params}
			for _, part := range test.payload {
				o.Payload = append(o.Payload, []byte(part))
			}
			body, media := o.AppendCall([]byte("before"), credentials, 500)
			if string(body) != "before"+test.body || media != test.media {
				t.Errorf("got %s: %q\nwant %s: %q", media, body, test.media, test.body)
			}
		})
	}
	o := wire.Outgoing{Name: "a", ActionID: 1}
	if body, _ := o.AppendCall(nil, nil, 500); string(body) != `{"action":"a","action_id":1}` {
		t.Errorf("without parameters and credentials: %s", body)
	}
}

// A loop over messages may be left at any of them.
func TestMessagesBreak(t *testing.T) {
	for name, messages := range map[string]iter.Seq2[*wire.Message, error]{
		"octets":   wire.OctetMessages([]byte(octets(headerA, headerB)), limits),
		"protobuf": wire.ProtobufMessages([]byte(protobuf(headerA)+protobuf(headerB)), limits),
		"JSON":     wire.JSONMessages([]byte("["+headerA+","+headerB+"]"), limits),
	} {
		count := 0
		for m, err := range messages {
			if err != nil || m.Name != "a" {
				t.Errorf("%s: %v, %v", name, m, err)
			}
			count++
			break
		}
		if count != 1 {
			t.Errorf("%s: %d messages", name, count)
		}
	}
}

// What is appended to a part must not change the next one.
func TestMessagesCapacity(t *testing.T) {
	for m, err := range wire.ProtobufMessages([]byte(protobuf(headerA, "x", "y")), limits) {
		if err != nil {
			t.Fatal(err)
		}
		_ = append(m.Payload[0], "zzz"...)
		if string(m.Payload[1]) != "y" {
			t.Errorf("the second part is %q", m.Payload[1])
		}
	}
}
