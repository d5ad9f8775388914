package server

import (
	"compress/gzip"
	"compress/zlib"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// callAction reads the action of a request to /v2/call.
func (s *Server) callAction(w http.ResponseWriter, r *http.Request, q *urlQuery) *incoming {
	if r.Method != http.MethodPost {
		return s.action(w, r, q)
	}
	in := &incoming{among: &s.hub.bodies}
	media := wire.MediaJSON
	if given := r.Header.Get("Content-Type"); given != "" {
		media, _, _ = mime.ParseMediaType(given)
	}
	if media != wire.MediaJSON && media != wire.MediaOctets {
		in.status = http.StatusUnsupportedMediaType
		return in.fail(fail(api.ErrRequestMalformed, "Content-Type: must be %s or %s", wire.MediaJSON, wire.MediaOctets))
	}
	encoding := r.Header.Get("Content-Encoding")
	decode, ok := decoderOf(encoding)
	if !ok {
		in.status = http.StatusUnsupportedMediaType
		return in.fail(fail(api.ErrRequestMalformed, "Content-Encoding: must be deflate or gzip"))
	}
	if encoding != "" && !in.reserve(decoderRoom) {
		return in.fail(fail(api.ErrInternal, "too many requests at once"))
	}
	limit := s.config.Limits.bodyLimit()
	if media == wire.MediaOctets {
		limit = s.config.Limits.octetLimit()
	}
	text, why := s.body(w, r, in, decode, limit)
	if why != nil {
		return in.fail(why)
	}
	if media == wire.MediaJSON {
		return s.parse(in, text)
	}
	m, err := wire.ParseOctetAction(text, s.config.Limits.wire())
	if err != nil {
		return in.fail(malformedText(err))
	}
	in.message = m
	return in
}

// decoderRoom is what a decoder takes besides the body, however short that is.
const decoderRoom = 64 << 10

// decoder makes a reader of what a body is made of.
type decoder func(io.Reader) (io.Reader, error)

// decoderOf returns the decoder of a Content-Encoding. What the API calls deflate
// is the format of zlib.
func decoderOf(encoding string) (decoder, bool) {
	switch strings.ToLower(encoding) {
	case "", "identity":
		return func(body io.Reader) (io.Reader, error) { return body, nil }, true
	case "gzip":
		return func(body io.Reader) (io.Reader, error) { return gzip.NewReader(body) }, true
	case "deflate":
		return func(body io.Reader) (io.Reader, error) { return zlib.NewReader(body) }, true
	}
	return nil, false
}
