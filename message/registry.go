package message

import "strings"

// ParseFunc makes a content of a message of an application's own type. The
// payload has at least one part; it must not be changed.
type ParseFunc func(messageType string, payload [][]byte) (Content, error)

// Registry has the message types of an application, by patterns as of [Match]:
//
//	types := message.Registry{
//		"example.com/order": parseOrder,
//		"example.com/*":     parseOther,
//	}
//	content, err := types.Parse(received.MessageType, received.Payload)
//
// The longest pattern that fits counts, and the type itself before any other. A
// registry doesn't change the meaning of the types that this package knows. Like
// any map, it may be used concurrently as long as it isn't changed.
type Registry map[string]ParseFunc

// Parse is like the function [Parse], and calls the registered function for a
// type that the package doesn't know. If that returns no content, the result is
// a *[Raw] together with the function's error. A nil Registry has no types.
func (r Registry) Parse(messageType string, payload [][]byte) (Content, error) {
	function := r.find(messageType)
	if len(payload) == 0 || function == nil || Known(messageType) {
		return Parse(messageType, payload)
	}
	content, err := function(messageType, payload)
	if content == nil {
		content = &Raw{messageType, payload}
	}
	return content, err
}

// find returns the function for a message type, nil if there isn't any.
func (r Registry) find(messageType string) ParseFunc {
	if function, ok := r[messageType]; ok && !strings.HasSuffix(messageType, "*") {
		return function
	}
	best := ""
	for pattern := range r {
		if len(pattern) > len(best) && Match(pattern, messageType) {
			best = pattern
		}
	}
	return r[best]
}
