package server

import (
	"mime"
	"strconv"
	"strings"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// acceptance says which types of answers a client takes.
type acceptance struct {
	json, protobuf, octets bool
}

// acceptedTypes reads Accept headers. Without any, everything is accepted.
func acceptedTypes(headers []string) (a acceptance) {
	if len(headers) == 0 {
		return acceptance{true, true, true}
	}
	for _, header := range headers {
		for _, element := range strings.Split(header, ",") {
			a.add(element)
		}
	}
	return a
}

func (a *acceptance) add(element string) {
	media, params, err := mime.ParseMediaType(element)
	if err != nil {
		return
	}
	if q, err := strconv.ParseFloat(params["q"], 64); err == nil && q <= 0 {
		return
	}
	switch media {
	case wire.MediaJSON:
		a.json = true
	case wire.MediaProtobuf:
		a.protobuf = true
	case wire.MediaOctets:
		a.octets = true
	case "*/*", "application/*":
		*a = acceptance{true, true, true}
	}
}

// choose chooses the type of an answer, "" if nothing is accepted. simple means
// that there is a single event without payload.
func (a acceptance) choose(simple bool) string {
	switch {
	case simple && a.json:
		return wire.MediaJSON
	case !simple && a.protobuf:
		return wire.MediaProtobuf
	case !simple && a.octets:
		return wire.MediaOctets
	case a.json:
		return wire.MediaJSON
	case a.protobuf:
		return wire.MediaProtobuf
	case a.octets:
		return wire.MediaOctets
	}
	return ""
}
