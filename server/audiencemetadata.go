package server

import (
	"context"
	"errors"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/master"
	messages "github.com/ninchat-community/ninchat/message"
)

// maxMetadata bounds the metadata of a request, in bytes of JSON.
const maxMetadata = 64 << 10

// takeMetadata checks the metadata of a request, and decrypts what is secure in
// it, which is used up thereby. What only agents or the server may say is left out.
// userName is what secure metadata calls the user, "" if it doesn't.
func (c *call) takeMetadata(q *queue, given *api.AudienceMetadata) (metadata api.AudienceMetadata, userName string, why *failure) {
	if given != nil {
		if text, err := json.Marshal(given); err != nil || len(text) > maxMetadata {
			return metadata, "", fail(api.ErrRequestMalformed, "audience_metadata: longer than %d bytes", maxMetadata)
		}
		metadata = *given
	}
	metadata.Rating, metadata.TagIDs, metadata.Ninchat = nil, nil, nil
	sealed := metadata.Secure
	metadata.Secure = nil
	if q.attrs.IgnoreSecureMetadata.Or(false) {
		return metadata, "", nil
	}
	if sealed == nil {
		if q.attrs.SecureMetadata.Or(false) {
			return metadata, "", fail(api.ErrPermissionDenied, "audience_metadata.secure: the queue demands it")
		}
		return metadata, "", nil
	}
	var text string
	if err := json.Unmarshal(sealed, &text); err != nil {
		return metadata, "", fail(api.ErrRequestMalformed, "audience_metadata.secure: not a string")
	}
	// It is the last thing that can go wrong: what isn't put to use isn't used up.
	opened, err := c.hub.verifierFor(q.realm).Decrypt(context.Background(), text, c.user.id)
	if refused, ok := errors.AsType[*master.RefusedError](err); ok {
		// Nobody learns more of metadata that isn't genuine.
		return metadata, "", permissionRefusals().failure("audience_metadata.secure", refused.Reason())
	}
	metadata.Secure = secureObject(opened.JSON)
	return metadata, opened.UserName, nil
}

// secureObject is decrypted metadata, nil if it is null, or nothing that an event
// could be made of.
func secureObject(text []byte) jsontext.Value {
	if value := jsontext.Value(text); value.Kind() == '{' && value.IsValid() {
		return value
	}
	return nil
}

// metadataFor is what a user sees of the metadata. What the organization has said
// about the customer, and what agents have, isn't for the customer.
func (a *audience) metadataFor(u *user) *api.AudienceMetadata {
	visible := a.metadata
	if u == a.customer {
		visible.Secure, visible.TagIDs = nil, nil
	}
	return &visible
}

// rename gives a user the name that secure metadata says.
func (h *hub) rename(u *user, name string) {
	before, after, changed := merge(&u.attrs, &api.UserAttrs{Name: api.Set(name)})
	if !changed {
		return
	}
	h.touch(u)
	tell(pack(h.updatedSelf(u)), u)
	tell(pack(u.updated()), h.acquaintances(u)...)
	for _, ch := range sortedChannels(u) {
		h.inform(ch, infoRenamed(u.id, &before, &after))
	}
}

// maxTags bounds the tags of an audience.
const maxTags = 100

// annotate applies what a metadata message says about an audience: the customer
// rates it, and agents tag it.
func (h *hub) annotate(a *audience, m *message) *failure {
	if a == nil || m.kind != messages.TypeMetadata {
		return nil
	}
	content, err := messages.Parse(m.kind, m.payload)
	said, ok := content.(*messages.Metadata)
	if err != nil || !ok {
		return nil // it has been checked already
	}
	var data struct {
		Rating api.Attr[int64]    `json:"rating"`
		TagIDs api.Attr[[]string] `json:"tag_ids"`
	}
	if err := json.Unmarshal(jsontext.Value(said.Data), &data); err != nil {
		return fail(api.ErrMessageMalformed, "data: rating or tag_ids: doesn't fit its type").messageType(m.kind)
	}
	if m.authorID == a.customer.id {
		return h.rate(a, data.Rating)
	}
	return h.tag(a, data.TagIDs)
}

func (h *hub) rate(a *audience, given api.Attr[int64]) *failure {
	if given.IsZero() {
		return nil
	}
	rating, ok := given.Get()
	if rating < -1 || rating > 1 {
		return fail(api.ErrMessageMalformed, "data.rating: not one of -1, 0 and 1").messageType(api.MessageTypeMetadata)
	}
	h.touch(a)
	a.rebook(func() {
		a.metadata.Rating, a.rated = nil, h.clock.Now()
		if ok {
			a.metadata.Rating = &rating
		}
	})
	return nil
}

func (h *hub) tag(a *audience, given api.Attr[[]string]) *failure {
	if given.IsZero() {
		return nil
	}
	ids := given.Or(nil)
	if len(ids) > maxTags {
		return fail(api.ErrMessageMalformed, "data.tag_ids: more than %d", maxTags).messageType(api.MessageTypeMetadata)
	}
	for _, id := range ids {
		// Tags that the audience has already may have been deleted meanwhile.
		if a.queue.realm.tags[id] == nil && !slices.Contains(a.metadata.TagIDs, id) {
			return tagNotFound(id).messageType(api.MessageTypeMetadata)
		}
	}
	h.touch(a)
	a.rebook(func() { a.metadata.TagIDs = ids })
	return nil
}
