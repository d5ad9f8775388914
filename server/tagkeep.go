package server

import (
	"iter"

	"github.com/ninchat-community/ninchat/api"
)

type tagRecord struct {
	ID    string       `json:"id"`
	Realm string       `json:"realm"`
	Attrs api.TagAttrs `json:"attrs"`
}

func (t *tag) row() row { return row{"tag", keyOf(t.id)} }

func (t *tag) record(h *hub) any {
	if h.tags[t.id] != t {
		return nil
	}
	return &tagRecord{t.id, t.realm.id, t.attrs}
}

func allTags(h *hub) iter.Seq[entity] { return valuesOf(h.tags) }

func (l *loader) tag(r *tagRecord) error {
	in, err := l.findRealm(r.Realm)
	if err != nil {
		return err
	}
	l.hub.addTag(&tag{id: r.ID, realm: in, attrs: r.Attrs})
	return nil
}
