package engine

import (
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// Rule says when a call has been answered.
type Rule uint8

// The rules, with the numbers that package api gives them.
const (
	RuleOne     Rule = iota // by one event
	RuleNone                // never
	RuleHistory             // by events up to the one without history_length
	RuleSearch              // by events up to the one without results
	RuleJoin                // by one event or two
)

// Call is an action on its way. The exported fields belong to the caller until the
// call is submitted, and to the engine until it has completed. There are as many of
// them as actions on their way: the fields are ordered so that they take little room.
type Call struct {
	// Name, Params and Payload are as in [wire.Outgoing].
	Name    string
	Params  []byte
	Payload [][]byte
	// Rule says when the call is complete.
	Rule Rule
	// Transient calls fail when the session is lost; others are sent again in
	// the next one.
	Transient bool
	// Stream delivers the replies to the stream of events.
	Stream bool
	// Announce asks for Accept when the call has got its id. Stream implies it.
	Announce bool
	// pending says that the call is in the list of those that are.
	pending bool
	// reserved says that the call got its id before it was submitted, when as
	// many sessions had been lost as era says.
	reserved bool
	era      int64
	// Owner is for the caller's use.
	Owner any

	// id is the action_id; conn and sent tell on which connection, and how long
	// after the engine's first step, the call was last sent.
	id   int64
	sent time.Duration
	conn int32
	// replies counts the events that have answered so far; answered is the id of
	// the last of them. They may come again: see skip.
	replies  int32
	answered int64
	// doubted says that events were given up, a reply perhaps among them, and left is
	// the history_length of the reply before.
	doubted bool
	left    int64
	// torn says that a reply may be missing before those that come now: see letGo.
	torn bool
	// order is the call's place among all that were submitted. Ids needn't
	// ascend: see reserve.
	order int64
	// barrier is the call that is complete when this one is: see [RuleJoin].
	barrier *Call
	// previous and next are the neighbours in the list of pending calls.
	previous, next *Call
}

// ID is the action_id, 0 before the call was submitted.
func (c *Call) ID() int64 { return c.id }

// calls is a list of pending calls in the order in which they were submitted.
type calls struct {
	first, last *Call
	byID        map[int64]*Call
	count       int
	// orders is the order that was given out last.
	orders int64
}

func (l *calls) add(c *Call) {
	l.orders++
	c.order = l.orders
	c.pending = true
	c.previous, c.next = l.last, nil
	if l.last == nil {
		l.first = c
	} else {
		l.last.next = c
	}
	l.last = c
	l.count++
	if c.id != 0 {
		if l.byID == nil {
			l.byID = make(map[int64]*Call)
		}
		l.byID[c.id] = c
	}
}

func (l *calls) remove(c *Call) {
	if c.previous == nil {
		l.first = c.next
	} else {
		c.previous.next = c.next
	}
	if c.next == nil {
		l.last = c.previous
	} else {
		c.next.previous = c.previous
	}
	c.pending = false
	l.count--
	delete(l.byID, c.id)
}

// isLong reports whether a call takes more than one event to be complete.
func (c *Call) isLong() bool {
	return c.barrier != nil || c.Rule == RuleHistory || c.Rule == RuleSearch || c.Rule == RuleJoin
}

// lacks reports whether a reply is missing before m: those to RuleHistory are counted
// down.
func (c *Call) lacks(m *wire.Message) bool {
	if !c.doubted || c.Rule != RuleHistory || m.Name == "error" {
		return false
	}
	if c.replies == 0 {
		return m.Name == "message_received"
	}
	return m.HistoryLength != c.left-1
}

// complete reports whether m is the last reply to c.
func (c *Call) complete(m *wire.Message) bool {
	if m.Name == "error" {
		return true
	}
	switch c.Rule {
	case RuleHistory:
		return m.HistoryLength == 0
	case RuleSearch:
		return !m.HasResults
	case RuleJoin:
		return c.replies >= 2
	default:
		return true
	}
}
