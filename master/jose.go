package master

import (
	"encoding/base64"
	"strings"
)

// checkJOSEHeader checks the header of a compact token before anything else is
// done with it, and returns its kid. pinned has the members that must be there
// with these values. What could make a library do something else than checking
// with a key of ours is refused, also if the library wouldn't.
func checkJOSEHeader(token string, parts int, pinned map[string]string) (kid string, err error) {
	if strings.Count(token, ".") != parts-1 || strings.ContainsAny(token, " \t\r\n") {
		return "", malformed("the token doesn't have %d parts", parts)
	}
	// Strict: there is only one way to write a token.
	pieces := strings.Split(token, ".")
	for _, piece := range pieces {
		if _, err := base64.RawURLEncoding.Strict().DecodeString(piece); err != nil {
			return "", malformed("the token isn't base64")
		}
	}
	text, _ := base64.RawURLEncoding.DecodeString(pieces[0])
	value, err := parseJSON(text, maxHeader)
	if err != nil {
		return "", err
	}
	header, ok := value.(Pairs)
	if !ok {
		return "", malformed("the token's header isn't an object")
	}
	for name, want := range pinned {
		if got, _ := header.text(name); got != want {
			return "", malformed("the token's %s isn't %s", name, want)
		}
	}
	for _, name := range []string{"crit", "zip", "b64", "jwk", "jku", "x5c", "x5u"} {
		if _, there := header.get(name); there {
			return "", malformed("the token's header has %s", name)
		}
	}
	if kid, ok = header.text("kid"); !ok || kid == "" || len(kid) > maxKeyID {
		return "", malformed("the token's kid is missing or too long")
	}
	return kid, nil
}

// maxHeader bounds the header of a token.
const maxHeader = 2 << 10
