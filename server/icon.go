package server

import (
	"errors"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server/internal/thumbnail"
)

// icon is the image of a user. Whoever knows its address can get it.
type icon struct {
	id, url string
	user    *user
	kind    string
	content []byte
}

// iconOf makes an icon of the payload of an action. names says what the parts are.
// It returns nil if there is none.
func iconOf(s *thumbnail.Studio, names []string, payload [][]byte) (*thumbnail.Picture, *failure) {
	switch {
	case len(names) != len(payload):
		return nil, fail(api.ErrRequestMalformed, "payload_attrs: must have one item for each payload part")
	case len(names) == 0:
		return nil, nil
	case len(names) > 1, names[0] != api.PayloadAttrsIcon:
		return nil, fail(api.ErrRequestMalformed, "payload_attrs: can have one item, which is %q", api.PayloadAttrsIcon)
	}
	p, err := s.Icon(payload[0])
	if err != nil {
		return nil, iconFailure(err)
	}
	return p, nil
}

// addIcon gives a user an icon, and returns its address.
func (h *hub) addIcon(u *user, p *thumbnail.Picture, base string) string {
	h.dropIcon(u.icon)
	id := newToken()
	u.icon = &icon{id: id, url: base + "/icons/" + id, user: u, kind: p.Kind, content: p.Content}
	h.icons[id] = u.icon
	h.touch(u.icon)
	return u.icon.url
}

// dropOldIcon removes the user's icon if the attribute doesn't refer to it any more.
func (h *hub) dropOldIcon(u *user) {
	if u.icon != nil && u.attrs.IconURL.Or("") != u.icon.url {
		h.dropIcon(u.icon)
		u.icon = nil
	}
}

// dropIcon makes an icon inaccessible. It may be nil.
func (h *hub) dropIcon(i *icon) {
	if i != nil {
		delete(h.icons, i.id)
		h.touch(i)
	}
}

// iconFailure is what to answer if an image can't be made an icon.
func iconFailure(err error) *failure {
	if errors.Is(err, thumbnail.ErrBusy) {
		return fail(api.ErrInternal, "too many images at once")
	}
	return fail(api.ErrFileNotSupported, "payload[0]: %v", err)
}
