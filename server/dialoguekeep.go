package server

import (
	"iter"

	"github.com/ninchat-community/ninchat/api"
)

// dialogueRecord is a dialogue. Its messages have records of their own.
type dialogueRecord struct {
	Sides [2]sideRecord `json:"sides"`
}

type sideRecord struct {
	User      string                  `json:"user"`
	Attrs     api.DialogueMemberAttrs `json:"attrs"`
	Hidden    bool                    `json:"hidden,omitzero"`
	Unread    bool                    `json:"unread,omitzero"`
	Highlight bool                    `json:"highlight,omitzero"`
	Discarded string                  `json:"discarded,omitzero"`
}

func (d *dialogue) row() row {
	return row{"dialogue", keyOf(d.sides[0].user.id, d.sides[1].user.id)}
}

func (d *dialogue) record(*hub) any {
	if !d.there() {
		return nil
	}
	r := new(dialogueRecord)
	for i := range d.sides {
		side := &d.sides[i]
		r.Sides[i] = sideRecord{side.user.id, side.attrs, side.hidden, side.status.unread, side.status.highlight, side.discarded}
	}
	return r
}

// there reports whether anybody remembers the dialogue.
func (d *dialogue) there() bool {
	a, b := d.sides[0].user, d.sides[1].user
	return a.dialogues[b.id] == d || b.dialogues[a.id] == d
}

func allDialogues(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for d := range h.dialogues() {
			if !yield(d) {
				return
			}
		}
	}
}

// dialogues goes through all dialogues.
func (h *hub) dialogues() iter.Seq[*dialogue] {
	return func(yield func(*dialogue) bool) {
		for _, u := range h.users {
			for _, d := range u.dialogues {
				if d.sides[0].user == u && !yield(d) {
					return
				}
			}
		}
	}
}

func (l *loader) dialogue(r *dialogueRecord) error {
	var users [2]*user
	for i, side := range r.Sides {
		var err error
		if users[i], err = l.findUser(side.User); err != nil {
			return err
		}
	}
	d := l.hub.newDialogue(users[0], users[1])
	for i, side := range r.Sides {
		d.sides[i] = dialogueSide{users[i], side.Attrs, side.Hidden, status{side.Unread, side.Highlight}, side.Discarded}
	}
	return nil
}
