package wire

import "unicode/utf8"

// The types of the bodies of sessionless calls and their answers.
const (
	MediaJSON     = "application/json"
	MediaOctets   = "application/octet-stream"
	MediaProtobuf = "application/x-protobuf"
)

// AppendCall appends the body of the request for a sessionless call, and returns
// its type. It is JSON if the payload has at most one part, which is JSON too,
// and if that isn't longer than limit altogether; otherwise it is octet-stream.
// credentials is a JSON object whose members are added to the header, or nil.
func (o *Outgoing) AppendCall(dst, credentials []byte, limit int) (body []byte, media string) {
	start := len(dst)
	dst = o.appendCallHeader(dst, credentials, nil)
	if len(o.Payload) == 0 {
		return dst, MediaJSON
	}
	if part := o.Payload[0]; len(o.Payload) == 1 && len(dst)-start+len(part) <= limit && isPayload(part) {
		return o.appendCallHeader(dst[:start], credentials, part), MediaJSON
	}
	header := dst[start:]
	body = AppendOctets(dst[:start:start], header)
	for _, part := range o.Payload {
		body = AppendOctets(body, part)
	}
	return body, MediaOctets
}

// appendCallHeader appends a header without the number of frames, which only
// streams need.
func (o *Outgoing) appendCallHeader(dst, credentials, payload []byte) []byte {
	dst = o.appendEnvelope(dst, 0)
	dst = AppendMembers(dst, credentials)
	dst = dst[:len(dst)-1]
	if payload != nil {
		dst = append(dst, `,"payload":`...)
		dst = append(dst, payload...)
	}
	return AppendMembers(dst, o.Params)
}

// isPayload reports whether a payload part can be a member of a header. A null
// would be taken to be absent.
func isPayload(part []byte) bool {
	s := scanner{text: part}
	value := s.value(1)
	s.end()
	return s.fault == "" && utf8.Valid(part) && string(value) != "null"
}
