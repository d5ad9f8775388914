package api

import (
	"strconv"
	"unicode/utf8"
)

// Most of the events in a busy session are messages. Their headers are flat
// objects with short strings and plain numbers, for which the general decoder
// does more than is needed. The decoder below knows just these, and leaves
// everything else, mistakes included, to the general one.

// flatEvent is implemented by events that are worth the trouble.
type flatEvent interface {
	// field returns a pointer to the field for a parameter: a *string,
	// **string, *float64, **float64, *int64, **int64, *int or **bool. It
	// returns nil for parameters that it leaves to the general decoder.
	field(name string) any
	// clear makes the event empty again.
	clear()
}

// field implements flatEvent.
func (e *MessageReceived) field(name string) any {
	switch name {
	case "event":
		return &e.Event
	case "event_id":
		return &e.EventID
	case "action_id":
		return &e.ActionID
	case "frames":
		return &e.Frames
	case "channel_id":
		return &e.ChannelID
	case "user_id":
		return &e.UserID
	case "message_id":
		return &e.MessageID
	case "message_time":
		return &e.MessageTime
	case "message_type":
		return &e.MessageType
	case "message_user_id":
		return &e.MessageUserID
	case "message_user_name":
		return &e.MessageUserName
	case "message_hidden":
		return &e.MessageHidden
	case "message_fold":
		return &e.MessageFold
	case "message_ttl":
		return &e.MessageTTL
	case "history_length":
		return &e.HistoryLength
	default:
		return nil
	}
}

func (e *MessageReceived) clear() { *e = MessageReceived{} }

// decodeFlat decodes the header of an event, if it can. If not, it returns
// false, and the event is empty.
func decodeFlat(header []byte, event flatEvent) bool {
	d := flatDecoder{text: string(header)}
	if d.object(event) {
		return true
	}
	event.clear()
	return false
}

// flatDecoder reads JSON text from a position on. The strings that it makes are
// parts of the text.
type flatDecoder struct {
	text string
	pos  int
}

// skip reads the next byte, if it is c and there is no white space before it.
func (d *flatDecoder) skip(c byte) bool {
	if d.pos < len(d.text) && d.text[d.pos] == c {
		d.pos++
		return true
	}
	return false
}

func (d *flatDecoder) object(event flatEvent) bool {
	if !d.skip('{') {
		return false
	}
	for {
		name, ok := d.str()
		if !ok || !d.skip(':') || !d.value(event.field(name)) {
			return false
		}
		if !d.skip(',') {
			return d.skip('}') && d.pos == len(d.text)
		}
	}
}

// value reads a value and stores it.
func (d *flatDecoder) value(field any) bool {
	switch field := field.(type) {
	case *string:
		return store(field, d.str)
	case *int64:
		return store(field, d.integer)
	case *int:
		return store(field, d.count)
	case *float64:
		return store(field, d.float)
	case **string:
		return storeNew(field, d.str)
	case **int64:
		return storeNew(field, d.integer)
	case **float64:
		return storeNew(field, d.float)
	case **bool:
		return storeNew(field, d.boolean)
	default:
		return false
	}
}

// store reads a value into a field, which must be zero: otherwise the parameter
// is there twice. So that this is certain, the value mustn't be zero itself.
func store[T comparable](field *T, read func() (T, bool)) bool {
	var zero T
	if *field != zero {
		return false
	}
	value, ok := read()
	*field = value
	return ok && value != zero
}

// storeNew is like store, for optional fields, and accepts zero.
func storeNew[T any](field **T, read func() (T, bool)) bool {
	if *field != nil {
		return false
	}
	value, ok := read()
	*field = &value
	return ok
}

// str reads a string without escape sequences.
func (d *flatDecoder) str() (value string, ok bool) {
	if !d.skip('"') {
		return "", false
	}
	ascii := true
	for i := d.pos; i < len(d.text); i++ {
		switch c := d.text[i]; {
		case c == '"':
			value, d.pos = d.text[d.pos:i], i+1
			return value, ascii || utf8.ValidString(value)
		case c == '\\' || c < ' ':
			return "", false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return "", false
}

// digits reads digits, of which there must be some.
func (d *flatDecoder) digits() bool {
	begin := d.pos
	for d.pos < len(d.text) && d.text[d.pos] >= '0' && d.text[d.pos] <= '9' {
		d.pos++
	}
	return d.pos > begin
}

// whole reads a number that isn't negative, without fraction and exponent.
func (d *flatDecoder) whole() (text string, ok bool) {
	begin := d.pos
	ok = d.skip('0') || d.digits()
	return d.text[begin:d.pos], ok
}

func (d *flatDecoder) integer() (int64, bool) {
	text, ok := d.whole()
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseInt(text, 10, 64)
	return value, err == nil
}

func (d *flatDecoder) count() (int, bool) {
	value, ok := d.integer()
	return int(value), ok && value < 1<<31
}

func (d *flatDecoder) float() (float64, bool) {
	begin := d.pos
	if _, ok := d.whole(); !ok {
		return 0, false
	}
	if d.skip('.') && !d.digits() {
		return 0, false
	}
	value, err := strconv.ParseFloat(d.text[begin:d.pos], 64)
	return value, err == nil
}

func (d *flatDecoder) boolean() (value, ok bool) {
	for _, word := range []string{"true", "false"} {
		if end := d.pos + len(word); end <= len(d.text) && d.text[d.pos:end] == word {
			d.pos = end
			return word == "true", true
		}
	}
	return false, false
}
