package cli

import (
	"cmp"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/mask"
	"github.com/ninchat-community/ninchat/message"
)

// conversation is a channel, or the dialogue with a user.
type conversation struct{ channelID, userID string }

func (c conversation) id() string { return cmp.Or(c.channelID, c.userID) }

func (c conversation) compare(other conversation) int { return cmp.Compare(c.id(), other.id()) }

// received is a message as it was received.
type received struct {
	event *api.Event
	*api.MessageReceived
}

// asMessage returns the message of an event, nil if it is another event.
func asMessage(event *api.Event) (*received, error) {
	message, ok, err := api.As[*api.MessageReceived](event)
	if !ok || err != nil {
		return nil, err
	}
	return &received{event, message}, nil
}

func (m *received) conversation() conversation {
	var c conversation
	if m.ChannelID != nil {
		c.channelID = *m.ChannelID
	} else if m.UserID != nil {
		c.userID = *m.UserID
	}
	return c
}

// author is the name of who wrote the message, or what else is known.
func (m *received) author() string {
	if m.MessageUserName != nil && *m.MessageUserName != "" {
		return *m.MessageUserName
	}
	if m.MessageUserID != nil {
		return *m.MessageUserID
	}
	return ""
}

// text is what the message says to people, made visible. If that isn't known, it
// is the type and the payload.
func (m *received) text() string {
	content, err := message.Parse(m.MessageType, m.Payload)
	if err != nil {
		return "[" + visible(m.MessageType) + "] malformed: " + visible(withoutType(err))
	}
	return contentText(content, m.Payload)
}

// contentText is what a message says to people, made visible.
func contentText(content message.Content, payload [][]byte) string {
	text := content.Text()
	switch content.(type) {
	case *message.Text, *message.Notice:
		return visible(text)
	}
	if text != "" {
		return visible(text)
	}
	text = "[" + visible(content.Type()) + "]"
	if shown := payloadJSON(payload); shown != nil {
		text += " " + string(shown)
	}
	return text
}

// withoutType is the text of an error about a message's content, without the
// type of the message.
func withoutType(err error) string {
	mistake, ok := errors.AsType[*message.Error](err)
	switch {
	case !ok:
		return err.Error()
	case mistake.Path == "":
		return mistake.Detail
	}
	return mistake.Path + ": " + mistake.Detail
}

// wanted says which types of messages are wanted, by their names or by how they
// begin, as in "ninchat.com/info/*". Nil means those that people write.
type wanted message.Patterns

func (w wanted) match(messageType string) bool {
	if w == nil {
		return !unwritten(messageType)
	}
	return message.Patterns(w).Match(messageType)
}

// unwritten reports whether messages of a type are written by software.
func unwritten(messageType string) bool {
	return message.Patterns{"ninchat.com/info/*", "ninchat.com/rtc/*", message.TypeMetadata}.Match(messageType)
}

// typesHelp explains the flag --type.
const typesHelp = "show messages of this `type`, exact or ending in * (can be repeated; default: all but info, rtc and metadata)"

// printer makes lines of messages.
type printer struct {
	json  bool
	style style
	// labels says that lines begin with the id of the conversation.
	labels bool
	// secrets are those that the command knows.
	secrets *mask.Set
}

// line is a message on a line.
func (p *printer) line(m *received) []byte {
	if p.json {
		return eventLine(m.event, p.secrets)
	}
	var b strings.Builder
	if p.labels {
		b.WriteString(p.style.faint(visible(m.conversation().id())) + " ")
	}
	if author := m.author(); author != "" {
		b.WriteString("<" + p.style.name(visibleName(author)) + "> ")
	} else {
		// The server says it, and nobody's name in it can look like an author.
		b.WriteString("* ")
	}
	b.WriteString(m.text())
	b.WriteByte('\n')
	return []byte(b.String())
}

// bareEvent is the line for an event that has nothing but a name.
func bareEvent(name string) []byte {
	line := jsontext.Value(`{"event":`)
	return append(append(line, quote(name)...), "}\n"...)
}
