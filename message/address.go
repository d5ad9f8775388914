package message

import (
	"strings"
	"unicode"
)

// CheckLink checks an address of a control in a ninchat.com/ui/compose message:
// it returns nil, or an *[Error] that is [ErrLink]. Acceptable are
//
//   - https, with the name of a public host: no port, no user information, no
//     numeric address, not localhost or below it, not below local;
//   - mailto, with one address and nothing else;
//   - tel, with digits, dashes, parentheses and spaces, and perhaps a plus in
//     front.
//
// Nothing may be encoded in a host, mail address or telephone number; elsewhere
// there may be no spaces, backslashes, control characters or what changes the
// direction of the text. The rules are those of a published client library and
// somewhat stricter; the API reference has none.
func CheckLink(address string) error {
	if why := checkLink(address); why != "" {
		return fault(ErrLink, why).of("link")
	}
	return nil
}

// checkLink returns what is wrong with an address, "" if nothing is.
func checkLink(address string) string {
	scheme, rest, ok := strings.Cut(address, ":")
	switch {
	case !ok:
		return "there is no scheme"
	case strings.ContainsFunc(address, isTricky):
		return "it has characters that don't belong into an address"
	case strings.EqualFold(scheme, "https") && isASCII(scheme):
		return checkHTTPS(rest)
	case strings.EqualFold(scheme, "mailto") && isASCII(scheme):
		return checkMail(rest)
	case strings.EqualFold(scheme, "tel") && isASCII(scheme):
		return checkTelephone(rest)
	}
	return "the scheme isn't https, mailto or tel"
}

// isTricky reports whether a character has no place in an address. Telephone
// numbers may have spaces, which are checked later.
func isTricky(r rune) bool { return r == '\\' || r == '\uFFFD' || Misleading(r) }

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

func checkHTTPS(rest string) string {
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return "there is no host"
	}
	if strings.ContainsAny(rest, " <>\"") {
		return "it has characters that don't belong into an address"
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return checkHost(rest)
}

// maxHost and maxLabel are the lengths of names in the domain name system.
const (
	maxHost  = 253
	maxLabel = 63
)

func checkHost(host string) string {
	switch {
	case strings.ContainsRune(host, '@'):
		return "there may be no user information"
	case strings.ContainsRune(host, ':'):
		return "there may be no port and no numeric address"
	case len(host) < 2 || len(host) > maxHost:
		return "the host is too short or too long"
	case strings.ContainsFunc(host, isNotInHost):
		return "the host has characters other than a-z, 0-9, dash and dot"
	}
	host = strings.ToLower(host)
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel {
			return "a label of the host is empty or too long"
		}
	}
	last := labels[len(labels)-1]
	switch {
	case host[0] == '-' || host[len(host)-1] == '-':
		return "the host begins or ends with a dash"
	case isNumeric(last) || !strings.ContainsFunc(host, isLetter):
		return "numeric addresses aren't allowed"
	case labels[0] == "localhost" || last == "localhost" || last == "local":
		return "local hosts aren't allowed"
	}
	return ""
}

func isNotInHost(r rune) bool { return !isLetter(r) && !isDigit(r) && r != '-' && r != '.' }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isNumeric reports whether browsers take a host with this last label for an
// address in numbers, which may be hexadecimal.
func isNumeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return !strings.ContainsFunc(hex, func(r rune) bool { return !isDigit(r) && (r < 'a' || r > 'f') })
	}
	return !strings.ContainsFunc(label, func(r rune) bool { return !isDigit(r) })
}

func checkMail(address string) string {
	user, host, ok := strings.Cut(address, "@")
	if !ok || user == "" || strings.ContainsFunc(address, isNotInMail) || strings.Contains(host, "@") {
		return "it isn't like mailto:user@example.com"
	}
	name, domain, ok := cutLast(host, '.')
	if !ok || name == "" || domain == "" {
		return "the mail address has no domain"
	}
	return ""
}

func isNotInMail(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`<>",;?#%/`, r) }

// cutLast cuts around the last separator.
func cutLast(text string, separator byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

func checkTelephone(number string) string {
	number = strings.TrimPrefix(number, " ")
	number = strings.TrimPrefix(number, "+")
	if number == "" || strings.ContainsFunc(number, isNotInNumber) {
		return "a telephone number has digits, dashes, parentheses and spaces only"
	}
	return ""
}

func isNotInNumber(r rune) bool { return !isDigit(r) && !strings.ContainsRune("-() ", r) }
