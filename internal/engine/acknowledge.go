package engine

import (
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// ackPosition is the id up to which all events have been handled.
func (e *Engine) ackPosition() int64 {
	if first := e.stream.firstID(); first != 0 {
		return first - 1
	}
	return e.session.received
}

// ackLater remembers that there is something to acknowledge, and does it when
// it is much.
func (e *Engine) ackLater() {
	if e.phase != phaseOnline || e.ackPosition() <= e.session.acked {
		return
	}
	if e.session.ackSince.IsZero() {
		e.session.ackSince = e.now
	}
	// The next poll tells from where on events are wanted, and takes whatever
	// isn't wanted any more for acknowledged.
	if e.connection.polls || e.ackPosition()-e.session.acked >= e.config.AckCount {
		e.ack()
	}
}

// ack acknowledges by itself.
func (e *Engine) ack() {
	if id := e.takeAck(); id != 0 {
		e.send(wire.Outgoing{Name: "resume_session", EventID: id})
	}
}

// takeAck returns the id to be acknowledged, 0 if there is nothing new.
func (e *Engine) takeAck() int64 {
	position := e.ackPosition()
	e.session.ackSince = time.Time{}
	if position <= e.session.acked {
		return 0
	}
	e.session.acked = position
	return position
}
