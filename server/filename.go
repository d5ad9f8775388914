package server

import (
	"fmt"
	"mime"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSavedName is how long a name can be under which a file is saved, in bytes. File
// systems have 255 at most, some fewer, and browsers add to the name what makes it
// unique.
const maxSavedName = 200

// savedName is a name under which a file can be saved, whatever system that is on,
// and whatever the sender calls it: it names no other directory, hides nothing, does
// not look like another name, and isn't a device.
func savedName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, strings.ContainsRune(`/\:*?"<>|`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r): // control characters, and those that turn text around
			return -1
		}
		return r
	}, name)
	name = shorten(trimName(name))
	if name == "" {
		return "file"
	}
	if isDevice(name) {
		return "_" + name
	}
	return name
}

// trimName takes off what hides a file at the beginning, and what Windows ignores at
// the end.
func trimName(name string) string {
	return strings.TrimRight(strings.TrimLeft(name, ". "), ". ")
}

// shorten cuts off what is too long, but leaves the extension, if it is one.
func shorten(name string) string {
	if len(name) < maxSavedName {
		return name
	}
	extension := path.Ext(name)
	if len(extension) > 20 {
		extension = ""
	}
	end := maxSavedName - 1 - len(extension) // and an underscore, should it need one
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return trimName(name[:end]) + extension
}

// isDevice reports whether Windows has a device by this name, with any extension.
func isDevice(name string) bool {
	base, _, _ := strings.Cut(strings.ToUpper(name), ".")
	base = strings.TrimRight(base, " ")
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	digit, isPort := strings.CutPrefix(base, "COM")
	if !isPort {
		digit, isPort = strings.CutPrefix(base, "LPT")
	}
	return isPort && utf8.RuneCountInString(digit) == 1 && strings.Contains("0123456789¹²³", digit)
}

// disposition has a browser save a file under a name. Names that aren't simple are
// there twice: for software that knows nothing else in ASCII, and encoded.
func disposition(name string) string {
	name = savedName(name)
	simple := strings.Map(func(r rune) rune {
		if r > '~' || r == '%' { // which some take for the beginning of an escape
			return '_'
		}
		return r
	}, name)
	text := mime.FormatMediaType("attachment", map[string]string{"filename": simple})
	if simple != name {
		text += "; filename*=UTF-8''" + escapeName(name)
	}
	return text
}

// escapeName encodes what stands in an extended parameter of a header (RFC 8187).
func escapeName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; c < utf8.RuneSelf && (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
