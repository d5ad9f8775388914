package message

import "github.com/go-json-experiment/json/jsontext"

// Text is a text for people: ninchat.com/text, see
// https://ninchat.com/docs/api#ninchatcomtext. The action load_history can
// filter such messages by the property text.
type Text struct {
	// Body is the property text. It may be empty.
	Body string
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var textForm = form[Text]{
	members: []member[Text]{
		{name: "text", required: true, at: func(t *Text) any { return &t.Body }},
	},
	unknown: func(t *Text) *jsontext.Value { return &t.Unknown },
}

// NewText makes a text message.
func NewText(body string) *Text { return &Text{Body: body} }

// Text returns the body.
func (t *Text) Text() string { return t.Body }

// Type returns [TypeText].
func (*Text) Type() string { return TypeText }

// Validate implements [Content].
func (t *Text) Validate() error { return textForm.validate(TypeText, t) }

// Property implements [Content].
func (t *Text) Property(name string) (value any, ok bool) { return textForm.property(t, name) }

// Encode implements [Content].
func (t *Text) Encode() (payload [][]byte, err error) { return textForm.encode(TypeText, t) }

func (t *Text) parse(part []byte, strict bool) *Error { return textForm.parse(part, t, strict) }

// Notice is a text that people need not notice: ninchat.com/notice, see
// https://ninchat.com/docs/api#ninchatcomnotice. Operators of a channel can send
// it there.
type Notice struct {
	// Body is the property text. It may be empty.
	Body string
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var noticeForm = form[Notice]{
	members: []member[Notice]{
		{name: "text", required: true, at: func(n *Notice) any { return &n.Body }},
	},
	unknown: func(n *Notice) *jsontext.Value { return &n.Unknown },
}

// NewNotice makes a notice.
func NewNotice(body string) *Notice { return &Notice{Body: body} }

// Text returns the body.
func (n *Notice) Text() string { return n.Body }

// Type returns [TypeNotice].
func (*Notice) Type() string { return TypeNotice }

// Validate implements [Content].
func (n *Notice) Validate() error { return noticeForm.validate(TypeNotice, n) }

// Property implements [Content].
func (n *Notice) Property(name string) (value any, ok bool) { return noticeForm.property(n, name) }

// Encode implements [Content].
func (n *Notice) Encode() (payload [][]byte, err error) { return noticeForm.encode(TypeNotice, n) }

func (n *Notice) parse(part []byte, strict bool) *Error { return noticeForm.parse(part, n, strict) }
