package server

import (
	"fmt"
	"iter"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server/internal/thumbnail"
)

// fileRecord is a file. What is in it has a record of its own.
type fileRecord struct {
	ID    string        `json:"id"`
	Owner string        `json:"owner"`
	Attrs api.FileAttrs `json:"attrs"`
}

func (f *file) row() row { return row{"file", keyOf(f.id)} }

func (f *file) record(h *hub) any {
	if h.files[f.id] != f {
		return nil
	}
	return &fileRecord{f.id, f.ownerID, f.attrs}
}

func allFiles(h *hub) iter.Seq[entity] { return valuesOf(h.files) }

func (l *loader) file(r *fileRecord) error {
	f := l.hub.newFile(r.Owner, "", nil, nil)
	f.id, f.attrs = r.ID, r.Attrs
	l.hub.files[f.id] = f
	return nil
}

// storedFile is what is in a file. It never changes.
type storedFile struct{ file *file }

type storedFileRecord struct {
	File      string           `json:"file"`
	Content   []byte           `json:"content"`
	Thumbnail *thumbnailRecord `json:"thumbnail,omitzero"`
}

type thumbnailRecord struct {
	Type    string `json:"type"`
	Content []byte `json:"content"`
}

func (s storedFile) row() row { return row{"filecontent", keyOf(s.file.id)} }

func (s storedFile) record(h *hub) any {
	f := s.file
	if h.files[f.id] != f {
		return nil
	}
	r := &storedFileRecord{File: f.id, Content: f.content}
	if p := f.thumbnail; p != nil {
		r.Thumbnail = &thumbnailRecord{p.Kind, p.Content}
	}
	return r
}

func allFileContents(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for _, f := range h.files {
			if !yield(storedFile{f}) {
				return
			}
		}
	}
}

func (l *loader) fileContent(r *storedFileRecord) error {
	f := l.hub.files[r.File]
	if f == nil {
		return fmt.Errorf("there is no file %q", r.File)
	}
	f.content = r.Content
	if t := r.Thumbnail; t != nil {
		size, _ := f.attrs.Thumbnail.Get()
		f.thumbnail = &thumbnail.Picture{Kind: t.Type, Content: t.Content, Width: int(size.Width), Height: int(size.Height)}
	}
	l.hub.countFile(f, 1)
	return nil
}

// linkFiles finds the files that a message brings.
func (l *loader) linkFiles(m *message) error {
	if m.kind != api.MessageTypeFile {
		return nil
	}
	content, err := fileContent(m)
	if err != nil {
		return err
	}
	for _, ref := range content.Files {
		f := l.hub.files[ref.FileID]
		if f == nil {
			return fmt.Errorf("message %q brings a file that isn't there", m.id)
		}
		m.files = append(m.files, f)
	}
	m.holdFiles()
	return nil
}

// checkFiles checks that there are no files that nobody could get at.
func (l *loader) checkFiles() error {
	for _, f := range l.hub.files {
		if len(f.messages) == 0 {
			return fmt.Errorf("no message brings file %q", f.id)
		}
		if int64(len(f.content)) != f.attrs.Size.Or(0) {
			return fmt.Errorf("file %q has %d bytes", f.id, len(f.content))
		}
	}
	return nil
}

type iconRecord struct {
	ID      string `json:"id"`
	URL     string `json:"url"`
	User    string `json:"user"`
	Type    string `json:"type"`
	Content []byte `json:"content"`
}

func (i *icon) row() row { return row{"icon", keyOf(i.id)} }

func (i *icon) record(h *hub) any {
	if h.icons[i.id] != i {
		return nil
	}
	return &iconRecord{i.id, i.url, i.user.id, i.kind, i.content}
}

func allIcons(h *hub) iter.Seq[entity] { return valuesOf(h.icons) }

func (l *loader) icon(r *iconRecord) error {
	u, err := l.findUser(r.User)
	if err != nil {
		return err
	}
	u.icon = &icon{r.ID, r.URL, u, r.Type, r.Content}
	l.hub.icons[r.ID] = u.icon
	return nil
}
