package message

import (
	"errors"
	"slices"
	"strings"
)

// Match reports whether a message type fits a pattern of the session parameter
// message_types: the type itself, the beginning of types followed by "*", or
// "*" for all. See https://ninchat.com/docs/api#create_session.
func Match(pattern, messageType string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(messageType, prefix)
	}
	return pattern == messageType
}

// CheckPattern returns an error if a pattern makes no sense: "*" is only good at
// the end, and the empty pattern for nothing.
func CheckPattern(pattern string) error {
	if pattern == "" {
		return errors.New("ninchat: message: the pattern is empty")
	}
	if i := strings.IndexByte(pattern, '*'); i >= 0 && i != len(pattern)-1 {
		return errors.New("ninchat: message: a * is only good at the end of a pattern")
	}
	return nil
}

// Patterns is a list of patterns, such as message_types.
type Patterns []string

// Match reports whether a message type fits one of the patterns. None fits an
// empty list.
func (p Patterns) Match(messageType string) bool {
	return slices.ContainsFunc(p, func(pattern string) bool { return Match(pattern, messageType) })
}
