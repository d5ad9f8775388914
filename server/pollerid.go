package server

import (
	"slices"
	"strconv"
	"strings"
)

// pollerID says who polls, by the query parameter poller: a client, and which of its
// connections it is. Published clients don't say: theirs is zero, and one can't be
// told from another.
type pollerID struct {
	client string
	number uint64
}

// maxPollerID is the longest name of a client that polls, in bytes.
const maxPollerID = 64

// parsePollerID reads CLIENT.NUMBER. Anything else is nobody.
func parsePollerID(text string) pollerID {
	client, digits, _ := strings.Cut(text, ".")
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || client == "" || len(client) > maxPollerID {
		return pollerID{}
	}
	return pollerID{client, number}
}

// maxOusted is how many of those who have polled a session are remembered.
const maxOusted = 8

// oust notes that somebody else has the session now: a poll that is still on its way,
// or comes because its client doesn't know yet, mustn't take it back.
func (s *session) oust(id pollerID) {
	if id == (pollerID{}) {
		return
	}
	s.ousted = slices.DeleteFunc(s.ousted, func(old pollerID) bool { return old.client == id.client })
	if len(s.ousted) == maxOusted {
		s.ousted = slices.Delete(s.ousted, 0, 1)
	}
	s.ousted = append(s.ousted, id)
}

// isOusted reports whether somebody else has taken the session from whoever this is,
// or the client itself by a later connection.
func (s *session) isOusted(id pollerID) bool {
	if q, ok := s.carrier.(*poller); ok && q.by.client == id.client && id.number < q.by.number {
		return true
	}
	return slices.ContainsFunc(s.ousted, func(old pollerID) bool { return old.client == id.client && id.number <= old.number })
}
