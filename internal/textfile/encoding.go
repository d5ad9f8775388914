package textfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Encodings that aren't understood are named by these errors.
var (
	errUTF32    = errors.New("the text is in UTF-32, which isn't understood: save it as UTF-8")
	errNoMark   = errors.New("the text has a NUL byte at its beginning, as if it were in UTF-16 without a byte order mark: save it as UTF-8")
	utf8Mark    = []byte("\xef\xbb\xbf")
	utf16LEMark = []byte("\xff\xfe")
	utf16BEMark = []byte("\xfe\xff")
	utf32LEMark = []byte("\xff\xfe\x00\x00")
)

// Decode returns a text in UTF-8, without byte order mark. If the mark says that it
// is in UTF-16, it is converted; what isn't valid UTF-16 becomes what isn't valid
// UTF-8. Otherwise it is as it was. The error says what it is encoded in, if that
// isn't understood.
func Decode(text []byte) ([]byte, error) {
	marked := bytes.HasPrefix(text, utf16LEMark) || bytes.HasPrefix(text, utf16BEMark)
	switch {
	case marked:
		return io.ReadAll(NewReader(bytes.NewReader(text)))
	case bytes.IndexByte(text[:min(2, len(text))], 0) >= 0:
		return nil, errNoMark
	}
	return bytes.TrimPrefix(text, utf8Mark), nil
}

// NewReader returns a reader that does what [Decode] does with what comes from in, as
// it comes: it waits for no more than what it needs.
func NewReader(in io.Reader) io.Reader {
	return &reader{in: bufio.NewReader(in)}
}

// reader removes a mark, and converts UTF-16.
type reader struct {
	in    *bufio.Reader
	begun bool
	// order is nil if the text isn't in UTF-16.
	order binary.ByteOrder
	// passed is how much of a text that isn't in UTF-16 has been looked at: up to 2 bytes.
	passed int
	// high is the first half of a pair of surrogates, 0 if there is none.
	high rune
	// out is what has been converted and not been read.
	out []byte
	// err is what comes after it.
	err error
}

// Read reads text in UTF-8.
func (r *reader) Read(p []byte) (int, error) {
	if !r.begun && r.err == nil {
		r.begun = true
		r.err = r.begin()
	}
	if r.order == nil {
		if r.err != nil {
			return 0, r.err
		}
		return r.pass(p)
	}
	for len(r.out) == 0 && r.err == nil {
		r.convert()
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, r.err
}

// pass reads text as it is, unless its first two bytes say that it can't be UTF-8.
func (r *reader) pass(p []byte) (int, error) {
	n, err := r.in.Read(p)
	begin := p[:min(n, 2-r.passed)]
	r.passed += len(begin)
	before := bytes.IndexByte(begin, 0)
	if before < 0 {
		return n, err
	}
	r.err = errNoMark
	if before > 0 {
		return before, nil
	}
	return 0, r.err
}

// begin takes the mark off. More is looked at only if what there is may be one. What
// keeps it from being read is said when the text is.
func (r *reader) begin() error {
	first, _ := r.in.Peek(1)
	if len(first) == 0 {
		return nil
	}
	switch first[0] {
	case utf8Mark[0]:
		if r.begins(utf8Mark) {
			_, _ = r.in.Discard(len(utf8Mark))
			r.passed = 2 // it is UTF-8, whatever comes
		}
	case utf16LEMark[0], utf16BEMark[0]:
		switch {
		case r.begins(utf16BEMark):
			r.order = binary.BigEndian
		case !r.begins(utf16LEMark):
			return nil
		case r.begins(utf32LEMark):
			return errUTF32
		default:
			r.order = binary.LittleEndian
		}
		_, _ = r.in.Discard(2)
	}
	return nil
}

func (r *reader) begins(mark []byte) bool {
	// No more is waited for than it takes to know.
	for n := 1; n <= len(mark); n++ {
		text, err := r.in.Peek(n)
		if err != nil || text[n-1] != mark[n-1] {
			return false
		}
	}
	return true
}

// convert converts what has come, at least a code unit.
func (r *reader) convert() {
	if _, err := r.in.Peek(2); err != nil {
		r.end(err)
		return
	}
	units, _ := r.in.Peek(r.in.Buffered() &^ 1)
	r.out = r.out[:0]
	for i := 0; i < len(units); i += 2 {
		r.unit(rune(r.order.Uint16(units[i:])))
	}
	_, _ = r.in.Discard(len(units))
}

// unit converts a code unit.
func (r *reader) unit(c rune) {
	if r.high != 0 {
		if pair := utf16.DecodeRune(r.high, c); pair != utf8.RuneError {
			r.high = 0
			r.out = utf8.AppendRune(r.out, pair)
			return
		}
		r.unpaired()
	}
	const firstLow = 0xdc00
	switch {
	case !utf16.IsSurrogate(c):
		r.out = utf8.AppendRune(r.out, c)
	case c < firstLow:
		r.high = c
	default:
		r.invalid()
	}
}

// unpaired drops the first half of a pair that isn't one.
func (r *reader) unpaired() {
	if r.high != 0 {
		r.high = 0
		r.invalid()
	}
}

// invalid has whoever checks for UTF-8 notice.
func (r *reader) invalid() { r.out = append(r.out, 0xff) }

// end converts what is left at the end.
func (r *reader) end(err error) {
	r.out = r.out[:0]
	r.unpaired()
	if r.in.Buffered() > 0 {
		// Half a code unit.
		r.invalid()
		_, _ = r.in.Discard(r.in.Buffered())
	}
	r.err = err
}
