// Package wire frames Ninchat messages: it scans JSON headers, reads and writes
// WebSocket frames, and puts frames together into messages.
//
// A message is a header, which is one JSON object, and the payload parts that
// the header's frames member counts. On a WebSocket each of them travels as a
// WebSocket message of its own, and an empty one between messages is a
// keep-alive. The bodies of HTTP requests and answers hold messages as JSON, as
// frames with length prefixes, or as protobuf. Client and server share this
// package, and nothing else.
//
// Nothing here trusts the peer: every size, count and depth has a limit, and
// bytes that make no sense become an [*Error].
package wire
