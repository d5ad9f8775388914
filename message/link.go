package message

import "github.com/go-json-experiment/json/jsontext"

// Link is a link to a file elsewhere: ninchat.com/link, see
// https://ninchat.com/docs/api#ninchatcomlink. The API reference says that the
// type is deprecated; official clients ignore it.
type Link struct {
	// Name is the name of the file.
	Name string
	// Size is its size in bytes.
	Size int64
	// Icon is the address of an icon.
	Icon string
	// URL is the address of the file. It isn't checked.
	URL string
	// Thumbnail is the address of a small version of the image. Optional.
	Thumbnail *string
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var linkForm = form[Link]{
	members: []member[Link]{
		{name: "name", required: true, at: func(l *Link) any { return &l.Name }},
		{name: "size", required: true, at: func(l *Link) any { return &l.Size }},
		{name: "icon", required: true, at: func(l *Link) any { return &l.Icon }},
		{name: "url", required: true, at: func(l *Link) any { return &l.URL }},
		{name: "thumbnail", at: func(l *Link) any { return &l.Thumbnail }},
	},
	unknown: func(l *Link) *jsontext.Value { return &l.Unknown },
}

// Text returns the name, the size and the address:
// "report.pdf (12.0 kB) https://example.com/report.pdf".
func (l *Link) Text() string {
	text := l.Name
	if l.Size >= 0 {
		text += " (" + sizeText(l.Size) + ")"
	}
	return text + " " + l.URL
}

// Type returns [TypeLink].
func (*Link) Type() string { return TypeLink }

// Validate implements [Content].
func (l *Link) Validate() error { return linkForm.validate(TypeLink, l) }

// Property implements [Content].
func (l *Link) Property(name string) (value any, ok bool) { return linkForm.property(l, name) }

// Encode implements [Content].
func (l *Link) Encode() (payload [][]byte, err error) { return linkForm.encode(TypeLink, l) }

func (l *Link) parse(part []byte, strict bool) *Error { return linkForm.parse(part, l, strict) }
