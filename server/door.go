package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/ninchat-community/ninchat/api"
)

// door is the way in to what is for whoever runs the server only. It takes the token
// of the server, and a request that was made on this computer. The second is no proof,
// as a proxy on this computer need not say that it is one; it keeps the token from
// being of use to those who have come by it elsewhere.
type door struct {
	// digest is that of the token: the comparison takes as long for every text.
	digest [sha256.Size]byte
}

func newDoor(token api.Secret) *door {
	return &door{sha256.Sum256([]byte(token.Reveal()))}
}

// guard lets a handler be called through the door only.
func (d *door) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		if !fromHere(r) {
			http.Error(w, "only for programs on the same computer", http.StatusForbidden)
			return
		}
		if !d.knows(r) {
			header.Set("WWW-Authenticate", `Bearer realm="debug"`)
			http.Error(w, "the debug token of the server is missing, or wrong", http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// knows reports whether a request has the token, once.
func (d *door) knows(r *http.Request) bool {
	lines := r.Header.Values("Authorization")
	if len(lines) != 1 {
		return false
	}
	scheme, token, _ := strings.Cut(lines[0], " ")
	digest := sha256.Sum256([]byte(strings.TrimLeft(token, " ")))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(digest[:], d.digest[:]) == 1
}

// fromHere reports whether a program on this computer has made a request itself, as
// far as that can be seen: neither a web page, by a trick with names for example, nor
// a proxy for somebody else.
func fromHere(r *http.Request) bool {
	if !peerIsLocal(r) || !isLoopbackName(hostName(r.Host)) {
		return false
	}
	for name := range r.Header {
		if name == "Origin" || ofProxy(name) {
			return false // even if it is empty
		}
	}
	return true
}

// ofProxy reports whether a header is one that proxies add.
func ofProxy(name string) bool {
	switch name {
	case "Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-Forwarded-For", "True-Client-Ip", "Cf-Connecting-Ip":
		return true
	}
	return strings.HasPrefix(name, "X-Forwarded")
}

// peerIsLocal reports whether a connection comes from this computer, or from this
// process. The latter has addresses of its own kind, which nothing that is sent can
// imitate.
func peerIsLocal(r *http.Request) bool {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && local.Network() == "pipe" {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

const (
	minDebugToken = 16
	maxDebugToken = 256
)

// checkDebugToken refuses tokens that are easy to guess, or that don't fit into a
// header. The error doesn't quote it.
func checkDebugToken(token string) error {
	if len(token) < minDebugToken || len(token) > maxDebugToken {
		return errors.New("ninchat: server: DebugToken must have 16 to 256 characters")
	}
	for _, c := range strings.TrimRight(token, "=") {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-._~+/", c) {
			continue
		}
		return errors.New("ninchat: server: DebugToken can have letters, digits and -._~+/ only, and = at its end")
	}
	return nil
}
