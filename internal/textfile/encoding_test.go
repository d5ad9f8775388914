package textfile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ninchat-community/ninchat/internal/textfile"
)

// utf16Text encodes a text with a byte order mark.
func utf16Text(order binary.AppendByteOrder, text string) string {
	var encoded []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		encoded = order.AppendUint16(encoded, unit)
	}
	return string(encoded)
}

func TestDecode(t *testing.T) {
	const text = "{\"a\": \"ä€😀\x00\"}\r\n\ufeff"
	for name, test := range map[string]struct{ in, want string }{
		"empty":                  {"", ""},
		"one byte":               {"\xff", "\xff"},
		"a NUL byte later":       {"ab\x00", "ab\x00"},
		"a NUL after a mark":     {"\ufeff\x00", "\x00"},
		"UTF-8":                  {text, text},
		"UTF-8 with a mark":      {"\ufeff" + text, text},
		"two marks":              {"\ufeff\ufeff", "\ufeff"},
		"half a mark":            {"\xef\xbbx", "\xef\xbbx"},
		"UTF-16LE":               {utf16Text(binary.LittleEndian, text), text},
		"UTF-16BE":               {utf16Text(binary.BigEndian, text), text},
		"only a mark":            {"\xff\xfe", ""},
		"half a pair":            {"\xfe\xff\xd8\x3d\x00x", "\xffx"},
		"the other half":         {"\xfe\xff\xde\x00\x00x", "\xffx"},
		"half a pair at the end": {"\xfe\xff\x00x\xd8\x3d", "x\xff"},
		"half a unit":            {"\xfe\xff\x00xy", "x\xff"},
	} {
		got, err := textfile.Decode([]byte(test.in))
		if err != nil || string(got) != test.want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, test.want)
		}
	}
}

func TestDecodeNamesEncoding(t *testing.T) {
	for in, want := range map[string]string{
		"\xff\xfe\x00\x00{\x00\x00\x00": "UTF-32",
		"{\x00}\x00":                    "UTF-16 without a byte order mark",
		"\xff\x00\xfe":                  "UTF-16 without a byte order mark",
		"\x00{\x00}":                    "UTF-16 without a byte order mark",
		"\x00":                          "UTF-16 without a byte order mark",
	} {
		if _, err := textfile.Decode([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", in, err)
		}
	}
}

// A reader gives what has come, and waits for nothing that may come later.
func TestReaderWaitsForNoMore(t *testing.T) {
	for name, lines := range map[string][]string{
		"UTF-8":             {"\n", "a\n", "é\n"},
		"UTF-8 with a mark": {"\ufeff\n", "a\n"},
		"UTF-16":            {utf16Text(binary.LittleEndian, "\n"), "a\x00\n\x00", "\x3d\xd8\x00\xde\n\x00"},
	} {
		in, more := io.Pipe()
		r := textfile.NewReader(in)
		for _, line := range lines {
			go func() { _, _ = io.WriteString(more, line) }()
			var got []byte
			for !bytes.HasSuffix(got, []byte("\n")) {
				p := make([]byte, 16)
				n, err := r.Read(p)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				got = append(got, p[:n]...)
			}
			if !utf8.Valid(got) || bytes.ContainsAny(got, "\x00\ufeff") {
				t.Errorf("%s: %q became %q", name, line, got)
			}
		}
		_ = more.Close()
	}
}

// Errors come after what was read before them.
func TestReaderError(t *testing.T) {
	broken := errors.New("broken")
	for _, text := range []string{"", "x", "\ufeff", "\ufeffx", utf16Text(binary.BigEndian, "x")} {
		in := io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))
		got, err := io.ReadAll(textfile.NewReader(in))
		if !errors.Is(err, broken) || strings.Contains(text, "x") != (string(got) == "x") {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}

// Whatever the pieces in which a text comes, it is decoded as a whole.
func FuzzReader(f *testing.F) {
	f.Add([]byte("\ufeffa\r\n"))
	f.Add([]byte(utf16Text(binary.LittleEndian, "a😀\r\n")))
	f.Add([]byte(utf16Text(binary.BigEndian, "😀")))
	f.Add([]byte("\xfe\xff\xd8\x3d\xd8\x3d\x00"))
	f.Add([]byte("a\x00"))
	f.Add([]byte("\x00"))
	f.Add([]byte("\ufeff\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, err := io.ReadAll(textfile.NewReader(bytes.NewReader(in)))
		byByte, err2 := io.ReadAll(textfile.NewReader(iotest.OneByteReader(bytes.NewReader(in))))
		if !bytes.Equal(whole, byByte) || (err == nil) != (err2 == nil) {
			t.Errorf("%q: %q, %v; byte by byte %q, %v", in, whole, err, byByte, err2)
		}
		if decoded, err2 := textfile.Decode(in); (err == nil) != (err2 == nil) || err == nil && !bytes.Equal(whole, decoded) {
			t.Errorf("%q: %q, %v; decoded %q, %v", in, whole, err, decoded, err2)
		}
		if len(in) < 2 || len(in)%2 != 0 || err != nil || !bytes.HasPrefix(in, []byte("\xfe\xff")) {
			return
		}
		var units []uint16
		for i := 2; i < len(in); i += 2 {
			units = append(units, binary.BigEndian.Uint16(in[i:]))
		}
		want := strings.ReplaceAll(string(utf16.Decode(units)), "\ufffd", "?")
		got := strings.ReplaceAll(strings.ReplaceAll(string(whole), "\xff", "?"), "\ufffd", "?")
		if got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	})
}
