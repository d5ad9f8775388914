package server

import (
	"bytes"
	"net/http"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/server/internal/thumbnail"

	messages "github.com/ninchat-community/ninchat/message"
)

// file is a file that was sent to a channel or dialogue. It is there as long as a
// message brings it.
type file struct {
	hub     *hub
	id      string
	ownerID string
	attrs   api.FileAttrs
	// content never changes.
	content []byte
	// thumbnail is nil unless the file is an image.
	thumbnail *thumbnail.Picture
	// messages are those that bring the file.
	messages map[*message]struct{}
}

const (
	// fileAction is the action whose payload is a file.
	fileAction = "send_file"
	// maxFileName is how many bytes a file's name has at most.
	maxFileName = 255
)

func fileNotFound() *failure { return fail(api.ErrFileNotFound, "") }

// prepareSendFile makes a thumbnail before the state is locked.
func prepareSendFile(h *hub, m *wire.Message) (perform, error) {
	a := new(api.SendFile)
	if err := json.Unmarshal(m.Text, a); err != nil {
		return nil, err
	}
	if len(m.Payload) != 1 {
		return func(*call) *failure {
			return fail(api.ErrRequestMalformed, "payload: a file has one part, not %d", len(m.Payload))
		}, nil
	}
	thumbnail, _ := h.studio.Thumbnail(m.Payload[0]) // what can't be shown small is a file still
	// The payload may be a part of something larger. Those who waited had no copy.
	content := bytes.Clone(m.Payload[0])
	return func(c *call) *failure { return c.sendFile(a, content, thumbnail) }, nil
}

func (c *call) sendFile(a *api.SendFile, content []byte, thumbnail *thumbnail.Picture) *failure {
	if why := permit("file_attrs", &a.FileAttrs, true, func(role string) bool { return role == "owner" }); why != nil {
		return why
	}
	name := a.FileAttrs.Name.Or("")
	if name == "" || len(name) > maxFileName || !utf8.ValidString(name) {
		return fail(api.ErrRequestMalformed, "file_attrs.name: must have from 1 to %d bytes", maxFileName)
	}
	f := c.hub.newFile(c.user.id, name, content, thumbnail)
	if why := c.hub.mayStore(c.user, f); why != nil {
		return why
	}
	m, why := c.fileMessage(a, f)
	if why == nil {
		why = c.sendTo(&api.SendMessage{ChannelID: a.ChannelID, UserID: a.UserID}, m)
	}
	if why != nil {
		return why
	}
	// It may have been sent where nothing is kept.
	if len(f.messages) > 0 {
		c.hub.addFile(f)
	}
	return nil
}

// mayStore says whether a user may have one more file.
func (h *hub) mayStore(u *user, f *file) *failure {
	limits := &h.config.Limits
	switch {
	case u.uploaded+int64(len(f.content)) > int64(limits.Uploads):
		return fail(api.ErrUploadQuotaExceeded, "the files of a user can have %d bytes together", limits.Uploads)
	case h.fileBytes+f.size() > int64(limits.Files):
		return fail(api.ErrUploadQuotaExceeded, "the server has no room for more files")
	}
	return nil
}

// newFile makes a file, but doesn't make it known. thumbnail may be nil.
func (h *hub) newFile(ownerID, name string, content []byte, thumbnail *thumbnail.Picture) *file {
	f := &file{hub: h, id: newID(), ownerID: ownerID, content: content, thumbnail: thumbnail, messages: make(map[*message]struct{})}
	f.attrs = api.FileAttrs{Name: api.Set(name), Type: api.Set(http.DetectContentType(content)), Size: api.Set(int64(len(content)))}
	if thumbnail != nil {
		f.attrs.Thumbnail = api.Set(api.FileThumbnail{Width: int64(thumbnail.Width), Height: int64(thumbnail.Height)})
	}
	return f
}

// fileMessage makes the message that brings a file.
func (c *call) fileMessage(a *api.SendFile, f *file) (*message, *failure) {
	content := &messages.File{Files: []messages.FileRef{f.ref()}}
	payload, err := content.Encode()
	if err != nil {
		return nil, fail(api.ErrRequestMalformed, "file_attrs: %v", err)
	}
	m, why := c.newMessage(&api.SendMessage{MessageType: api.MessageTypeFile}, payload)
	if why != nil {
		return nil, why
	}
	m.files = []*file{f}
	return m, nil
}

// ref is what a message says about the file.
func (f *file) ref() messages.FileRef {
	attrs, err := json.Marshal(f.attrs, json.Deterministic(true))
	if err != nil {
		panic("ninchat: server: encode file_attrs: " + err.Error())
	}
	return messages.FileRef{FileID: f.id, FileAttrs: attrs}
}

// attachFiles finds the files of a message that a client has made, which must be
// the client's own, and has the message say the truth about them.
func (c *call) attachFiles(m *message) *failure {
	content, err := fileContent(m)
	if err != nil {
		return fail(api.ErrMessageMalformed, "%v", err).messageType(m.kind)
	}
	for i := range content.Files {
		ref := &content.Files[i]
		f := c.hub.files[ref.FileID]
		if f == nil || f.ownerID != c.user.id {
			return fileNotFound().messageType(m.kind)
		}
		ref.FileAttrs = f.ref().FileAttrs
		m.files = append(m.files, f)
	}
	truth, err := content.Encode()
	if err != nil {
		return fail(api.ErrMessageMalformed, "%v", err).messageType(m.kind)
	}
	m.payload = append(truth, m.payload[1:]...)
	return nil
}

func fileContent(m *message) (*messages.File, error) {
	content, err := messages.Parse(m.kind, m.payload)
	if err != nil {
		return nil, err
	}
	return content.(*messages.File), nil
}

// addFile makes a file known.
func (h *hub) addFile(f *file) {
	h.files[f.id] = f
	h.countFile(f, 1)
	h.touch(f, storedFile{f})
}

// countFile counts the file's size among those of the owner and of all.
func (h *hub) countFile(f *file, sign int64) {
	h.fileBytes += sign * f.size()
	if owner := h.users[f.ownerID]; owner != nil && !owner.deleted {
		owner.uploaded += sign * int64(len(f.content))
	}
}

// size is how much memory the file takes, with its thumbnail, which is no business
// of the owner's.
func (f *file) size() int64 {
	size := int64(len(f.content))
	if f.thumbnail != nil {
		size += int64(len(f.thumbnail.Content))
	}
	return size
}

// holdFiles is called when the message is stored.
func (m *message) holdFiles() {
	for _, f := range m.files {
		f.messages[m] = struct{}{}
	}
}

// releaseFiles is called when the message is forgotten. Files that no message
// brings are no more.
func (m *message) releaseFiles() {
	for _, f := range m.files {
		delete(f.messages, m)
		if h := f.hub; len(f.messages) == 0 && h.files[f.id] == f {
			delete(h.files, f.id)
			h.countFile(f, -1)
			h.touch(f, storedFile{f})
		}
	}
}

func (c *call) describeFile(a *api.DescribeFile) *failure {
	f := c.hub.files[a.FileID]
	if f == nil || !f.visibleTo(c.user) {
		return fileNotFound()
	}
	expiry := c.hub.clock.Now().Add(c.hub.config.Download).Unix()
	found := &api.FileFound{
		FileID:    f.id,
		FileAttrs: f.attrs,
		FileURL:   c.hub.fileURL(c.origin.base().own, download{f.id, c.user.id, expiry, false}),
		URLExpiry: expiry,
	}
	if f.thumbnail != nil {
		found.ThumbnailURL = new(c.hub.fileURL(c.origin.base().own, download{f.id, c.user.id, expiry, true}))
	}
	c.reply(found)
	return nil
}
