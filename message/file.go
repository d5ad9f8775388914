package message

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// File brings files: ninchat.com/file, see
// https://ninchat.com/docs/api#ninchatcomfile. The server sends it on behalf of
// the caller of send_file.
type File struct {
	// Body is the property text, about the files. Optional.
	Body *string
	// Files are the files, at least one.
	Files []FileRef
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

// FileRef names a file of a message.
type FileRef struct {
	// FileID is the file.
	FileID string
	// FileAttrs has attributes of the file, such as name, type, size (in bytes)
	// and url. The API reference says that it is a string, clients use an
	// object; so it is here.
	FileAttrs Object
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var fileForm = form[File]{
	members: []member[File]{
		{name: "text", at: func(f *File) any { return &f.Body }},
		{name: "files", required: true, at: func(f *File) any { return (*fileList)(&f.Files) }},
	},
	unknown: func(f *File) *jsontext.Value { return &f.Unknown },
}

var fileRefForm = form[FileRef]{
	members: []member[FileRef]{
		{name: "file_id", required: true, at: func(f *FileRef) any { return &f.FileID }},
		{name: "file_attrs", required: true, at: func(f *FileRef) any { return &f.FileAttrs }},
	},
	unknown: func(f *FileRef) *jsontext.Value { return &f.Unknown },
}

type fileList []FileRef

func (l *fileList) parse(array []byte, strict bool) (err *Error) {
	if *l, err = parseList(&fileRefForm, array, strict); err == nil && len(*l) == 0 {
		err = fault(ErrCount, "there must be at least one")
	}
	return err
}

func (l *fileList) append(dst []byte) ([]byte, *Error) { return appendList(dst, &fileRefForm, *l) }
func (l *fileList) length() int                        { return len(*l) }
func (l *fileList) value() any                         { return []FileRef(*l) }

// Text returns the body, if there is one, and the names and sizes of the files:
// "The photos: beach.jpg (1.2 MB), dog.jpg". A file without a name is called by
// its id.
func (f *File) Text() string {
	names := make([]string, len(f.Files))
	for i := range f.Files {
		names[i] = f.Files[i].text()
	}
	text := strings.Join(names, ", ")
	if f.Body != nil && *f.Body != "" {
		text = *f.Body + ": " + text
	}
	return text
}

// text is the name and the size, as far as they are known.
func (f *FileRef) text() string {
	text := stringIn(f.FileAttrs, "name")
	if text == "" {
		text = f.FileID
	}
	var size int64
	if value, ok := memberOf(f.FileAttrs, "size"); ok && parseInt(value, &size) == nil && size >= 0 {
		text += " (" + sizeText(size) + ")"
	}
	return text
}

// sizeText is a number of bytes for people.
func sizeText(size int64) string {
	switch {
	case size == 1:
		return "1 byte"
	case size < 1000:
		return strconv.FormatInt(size, 10) + " bytes"
	}
	value, unit := float64(size)/1000, 0
	units := [...]string{" kB", " MB", " GB", " TB"}
	for value >= 999.95 && unit < len(units)-1 {
		value, unit = value/1000, unit+1
	}
	return strconv.FormatFloat(value, 'f', 1, 64) + units[unit]
}

// Type returns [TypeFile].
func (*File) Type() string { return TypeFile }

// Validate implements [Content].
func (f *File) Validate() error { return fileForm.validate(TypeFile, f) }

// Property implements [Content].
func (f *File) Property(name string) (value any, ok bool) { return fileForm.property(f, name) }

// Encode implements [Content].
func (f *File) Encode() (payload [][]byte, err error) { return fileForm.encode(TypeFile, f) }

func (f *File) parse(part []byte, strict bool) *Error { return fileForm.parse(part, f, strict) }
