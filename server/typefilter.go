package server

import (
	"slices"
	"strings"

	"github.com/ninchat-community/ninchat/api"
	messages "github.com/ninchat-community/ninchat/message"
)

// typeFilter is a list of message types, exact or ending in *.
type typeFilter []string

// newTypeFilter checks a list that came from a client.
func (h *hub) newTypeFilter(types []string) (typeFilter, *failure) {
	if len(types) > h.config.Limits.MessageTypes {
		return nil, fail(api.ErrMessageTypesTooLong, "message_types: more than %d", h.config.Limits.MessageTypes)
	}
	for _, name := range types {
		if len(name) > h.config.Limits.MessageType {
			return nil, fail(api.ErrMessageTypeTooLong, "message_types: one is longer than %d bytes", h.config.Limits.MessageType)
		}
		if i := strings.IndexByte(name, '*'); i >= 0 && i != len(name)-1 {
			return nil, fail(api.ErrRequestMalformed, "message_types: a * is only good at the end")
		}
	}
	return slices.Clone(types), nil
}

func (f typeFilter) match(name string) bool { return messages.Patterns(f).Match(name) }
