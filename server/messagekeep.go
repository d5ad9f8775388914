package server

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
)

// messageRecord is a message. What it says is in its parcels.
type messageRecord struct {
	ID string `json:"id"`
	// Channel, or Users in the order of the dialogue's sides, say where it is.
	Channel    string   `json:"channel,omitzero"`
	Users      []string `json:"users,omitempty"`
	At         float64  `json:"at"`
	Type       string   `json:"type"`
	Author     string   `json:"author,omitzero"`
	AuthorName string   `json:"author_name,omitzero"`
	Restricted bool     `json:"restricted,omitzero"`
	Recipients []string `json:"recipients,omitempty"`
	Hidden     bool     `json:"hidden,omitzero"`
	Fold       bool     `json:"fold,omitzero"`
	Parcels    []uint64 `json:"parcels"`
}

func (m *message) row() row {
	if ch := m.log.channel; ch != nil {
		return row{"message", keyOf(ch.id, m.id)}
	}
	sides := &m.log.dialogue.sides
	return row{"message", keyOf(sides[0].user.id, sides[1].user.id, m.id)}
}

func (m *message) refersTo() []*parcel {
	return slices.DeleteFunc(slices.Clone(m.parcels[:]), func(p *parcel) bool { return p == nil })
}

func (m *message) record(*hub) any {
	if m.forgotten {
		return nil
	}
	r := &messageRecord{
		ID: m.id, At: m.at, Type: m.kind, Author: m.authorID, AuthorName: m.authorName,
		Restricted: m.restricted, Recipients: m.recipients, Hidden: m.hidden, Fold: m.fold,
	}
	for _, p := range m.refersTo() {
		r.Parcels = append(r.Parcels, p.keptNumber())
	}
	if ch := m.log.channel; ch != nil {
		r.Channel = ch.id
	} else {
		for _, side := range m.log.dialogue.sides {
			r.Users = append(r.Users, side.user.id)
		}
	}
	return r
}

func allMessages(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for l := range h.chatlogs() {
			for _, m := range l.messages {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// chatlogs goes through all logs of messages.
func (h *hub) chatlogs() iter.Seq[*chatlog] {
	return func(yield func(*chatlog) bool) {
		for _, ch := range h.channels {
			if !yield(&ch.log) {
				return
			}
		}
		for d := range h.dialogues() {
			if !yield(&d.log) {
				return
			}
		}
	}
}

func (l *loader) message(r *messageRecord) error {
	log, err := l.findLog(r)
	if err != nil {
		return err
	}
	m := &message{
		id: r.ID, at: r.At, kind: r.Type, authorID: r.Author, authorName: r.AuthorName,
		restricted: r.Restricted, recipients: r.Recipients, hidden: r.Hidden, fold: r.Fold,
	}
	if len(r.Parcels) == 0 || len(r.Parcels) > len(m.parcels) {
		return fmt.Errorf("message %q has %d parcels", r.ID, len(r.Parcels))
	}
	for i, number := range r.Parcels {
		if m.parcels[i], err = l.find(number); err != nil {
			return err
		}
	}
	m.payload = m.parcels[0].payload
	if m.authorID != "" {
		// What was accepted once is only read here.
		said, _ := checkContent(m.kind, m.payload, false)
		m.text = said.text
	}
	m.log = log
	if err := l.linkFiles(m); err != nil {
		return err
	}
	log.messages = append(log.messages, m)
	l.refer(m)
	return nil
}

func (l *loader) findLog(r *messageRecord) (*chatlog, error) {
	if r.Channel != "" {
		if ch := l.hub.channels[r.Channel]; ch != nil {
			return &ch.log, nil
		}
		return nil, fmt.Errorf("there is no channel %q", r.Channel)
	}
	if len(r.Users) == 2 {
		if u := l.hub.users[r.Users[0]]; u != nil && u.dialogues[r.Users[1]] != nil {
			return &u.dialogues[r.Users[1]].log, nil
		}
	}
	return nil, fmt.Errorf("message %q is in a dialogue that isn't there", r.ID)
}

// sortLogs puts the messages in their order.
func (l *loader) sortLogs() {
	for log := range l.hub.chatlogs() {
		slices.SortFunc(log.messages, func(a, b *message) int { return cmp.Compare(a.id, b.id) })
		for _, m := range log.messages {
			log.newestID, log.at = m.id, m.at
			log.bytes += m.size()
		}
	}
}
