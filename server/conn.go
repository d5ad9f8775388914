package server

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/server/internal/damage"
)

// conn is a WebSocket connection. One goroutine reads from it and does the
// actions; another one writes while there is something to write, and isn't there
// otherwise. Idle connections are plenty.
type conn struct {
	hub *hub
	// id is for the log.
	id     uint64
	net    net.Conn
	reader *wire.Reader
	began  time.Time
	// address is what addresses begin with that the client can use.
	address addresses
	// heard is when the client last finished saying something, in nanoseconds.
	heard atomic.Int64
	// fault is what faults do to the connection, nil for nothing.
	fault atomic.Pointer[damage.Fault]

	// The rest belongs to the hub.

	session *session
	// direct are events that belong to the connection.
	direct []directEvent
	// done means that there can be no session any more.
	done bool
	// closing means that nothing is read any more, and that the connection ends
	// when everything has been written: with a close frame of this code.
	closing     bool
	closeCode   ws.StatusCode
	closeReason string
	// cutAt is when a connection that is closing is cut, if it hasn't ended.
	cutAt time.Time
	// broken connections aren't written to.
	broken bool
	// writing means that there is a goroutine that writes, or the handshake hasn't been
	// answered.
	writing bool
	// wrote is when something was last given to the client.
	wrote time.Time
	// pong is the payload of the latest ping, if it hasn't been answered.
	pong    []byte
	hasPong bool
	// alive asks for an empty frame.
	alive bool
	// room is closed when there is room for more events again, nil if nobody
	// waits for that.
	room  chan struct{}
	timer Timer
}

// directEvent is an event without an event_id, to be sent after that event of
// the session.
type directEvent struct {
	entry
	after int64
}

const (
	closeNormal    = ws.StatusNormalClosure
	closeGoingAway = ws.StatusGoingAway
	closeProtocol  = ws.StatusProtocolError
	closeBadData   = ws.StatusInvalidFramePayloadData
	closePolicy    = ws.StatusPolicyViolation
	closeInternal  = ws.StatusInternalServerError
	closeTooBig    = ws.StatusMessageTooBig
)

const (
	// maxDirect is how many events without a session a client may leave
	// unread.
	maxDirect = 64
	// farewell is how long a client has to react to a close frame.
	farewell = 2 * time.Second
)

// admit makes a connection of what the handshake left, which hasn't been answered yet.
// It returns nil if there are too many.
func (h *hub) admit(nc net.Conn, early []byte, address addresses) *conn {
	h.lock()
	defer h.unlock()
	if h.closed || h.leaving || len(h.conns) >= h.config.Limits.Connections {
		return nil
	}
	h.stats.Accepted++
	now := h.pulse.Now()
	c := &conn{hub: h, id: h.stats.Accepted, net: nc, began: now, wrote: now, address: address, writing: true}
	c.heard.Store(now.UnixNano())
	c.reader = wire.NewReader(c, wire.Server, h.config.Limits.wire(), c.control)
	c.reader.Within(&intake{conn: c})
	c.reader.Preload(early)
	c.fault.Store(h.faults.forNext())
	h.conns[c] = struct{}{}
	c.timer = h.pulse.After(min(h.config.KeepAlive, h.config.Hello), c.tick)
	h.active.Add(1)
	return c
}

func (c *conn) base() addresses { return c.address }

func (c *conn) peer() string { return peerOf(c.net.RemoteAddr().String()) }

// serve answers the handshake, and reads until the connection ends.
func (c *conn) serve(answer []byte) {
	defer c.hub.active.Done()
	err := c.hub.reply(c.net, answer)
	c.open()
	if err == nil {
		err = c.readAll()
	}
	c.finish(err)
}

// open lets the connection be written to, after the answer to the handshake.
func (c *conn) open() {
	c.hub.lock()
	defer c.hub.unlock()
	c.writing = false
	if c.closing || c.alive {
		c.wake()
	}
}

// readAll does what the client says.
func (c *conn) readAll() error {
	// Should a panic end the reading, the connection ends as well.
	defer c.hub.guard(c)
	defer c.reader.Release()
	for {
		m, err := c.reader.Next()
		if err != nil {
			return err
		}
		c.heard.Store(c.hub.pulse.Now().UnixNano())
		if m != nil {
			(&call{hub: c.hub, origin: c, message: m, sum: c.hub.digestAhead(m)}).execute(nil, c.enter)
			c.reader.Release()
			c.hold()
			c.hub.yield()
		}
	}
}

// enter brings a call into the session of the connection.
func (c *conn) enter(call *call) bool {
	if c.hub.closed || c.closing {
		return false
	}
	call.within(c.session)
	return true
}

// crowd is how many events may wait to be written before the client's next
// action has to wait.
const crowd = 1024

// hold keeps a client that doesn't read from asking for more and more.
func (c *conn) hold() {
	c.hub.lock()
	var room chan struct{}
	if c.crowded() {
		room = make(chan struct{})
		c.room = room
	}
	c.hub.unlock()
	if room != nil {
		<-room
	}
}

func (c *conn) crowded() bool {
	s := c.session
	return s != nil && c.writing && !c.closing && !c.broken && !s.ended && s.buffer.last()-s.sent > crowd
}

// control reacts to control frames, in the reading goroutine.
func (c *conn) control(op ws.OpCode, payload []byte) {
	c.heard.Store(c.hub.pulse.Now().UnixNano())
	if op != ws.OpPing {
		return
	}
	c.hub.lock()
	defer c.hub.unlock()
	c.pong, c.hasPong = append(c.pong[:0], payload...), true
	c.wake()
}

// finish is called by the reading goroutine when there is nothing more to read.
func (c *conn) finish(err error) {
	h := c.hub
	if errors.Is(err, os.ErrDeadlineExceeded) {
		h.lock()
		c.close(closePolicy, "a message took too long")
		h.unlock()
	}
	if why, actionID := broken(err); why != nil {
		h.lock()
		e := plain(pack(&why.event))
		e.actionID = actionID
		c.say(e)
		c.close(closeCodeOf(err), why.event.ErrorType)
		h.unlock()
		// What the client still sends is read, as otherwise the system might
		// throw away what the client hasn't read yet.
		_, _ = io.Copy(io.Discard, c)
	}
	h.lock()
	defer h.unlock()
	if closed, ok := errors.AsType[*wire.CloseError](err); ok {
		c.close(answerTo(closed.Code), "")
	}
	if s := c.session; s != nil && s.carrier == c {
		s.detach()
	}
	delete(h.conns, c)
	if c.closing && c.writing {
		// The writing goroutine ends it after the close frame.
		h.parting[c] = struct{}{}
	} else {
		c.cut()
		c.part()
	}
	h.note(slog.LevelDebug, "connection ended", "conn", c.id, "cause", err)
}

// part forgets a connection that is neither read nor written any more.
func (c *conn) part() {
	delete(c.hub.parting, c)
	c.timer.Stop()
	c.hub.noteEmpty()
}

func closeCodeOf(err error) ws.StatusCode {
	e, ok := errors.AsType[*wire.Error](err)
	switch {
	case ok && e.Kind == wire.TooMuch:
		return closeTooBig
	case ok && e.Kind == wire.NoRoom:
		return closeInternal
	case ok && e.Part == wire.PartHeader:
		return closeBadData
	}
	return closeProtocol
}

// answerTo is the code to answer a close frame with: the same one, if it may be
// sent at all.
func answerTo(code int) ws.StatusCode {
	status := ws.StatusCode(code)
	if ws.CheckCloseFrameData(status, "") != nil {
		return closeNormal
	}
	return status
}

// tick is called by the timer, and sets it again.
func (c *conn) tick() {
	c.hub.watch(func() {
		if !c.there() {
			return
		}
		config := c.hub.config
		now := c.hub.pulse.Now()
		if c.closing {
			// A tick may have been due before there was anything to wait for.
			if !now.Before(c.cutAt) {
				c.cut()
			}
			return
		}
		if f := c.fault.Load(); f != nil && f.Frozen() {
			c.timer.Reset(config.KeepAlive)
			return
		}
		silent := time.Unix(0, c.heard.Load()).Add(config.Silence)
		hello := c.began.Add(config.Hello)
		switch {
		case !now.Before(silent):
			c.close(closePolicy, "nothing was heard for too long")
			return
		case c.session == nil && !now.Before(hello):
			c.close(closePolicy, "no session was begun")
			return
		}
		if !now.Before(c.wrote.Add(config.KeepAlive)) {
			c.alive = true
			c.wake()
			c.wrote = now
		}
		next := earliest(c.wrote.Add(config.KeepAlive), silent)
		if c.session == nil {
			next = earliest(next, hello)
		}
		c.timer.Reset(max(next.Sub(now), time.Millisecond))
	})
}

// there reports whether the connection hasn't ended altogether.
func (c *conn) there() bool {
	_, reading := c.hub.conns[c]
	return reading || c.parting()
}

// parting reports whether the connection has ended, except for what is being written.
func (c *conn) parting() bool {
	_, parting := c.hub.parting[c]
	return parting
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// say sends an event that belongs to the connection.
func (c *conn) say(e entry) {
	if len(c.direct) >= maxDirect {
		c.close(closePolicy, "too many unread events")
		return
	}
	d := directEvent{entry: e}
	if c.session != nil {
		d.after = c.session.buffer.last()
	}
	c.direct = append(c.direct, d)
	c.wake()
}

// drop takes the session away, says why, and ends the connection.
func (c *conn) drop(why *failure) {
	c.session = nil
	c.say(plain(pack(&why.event)))
	c.close(closePolicy, why.event.ErrorType)
}

// adopt makes the connection the carrier of a session.
func (c *conn) adopt(s *session) {
	s.attach(c)
	c.session = s
	c.wake()
}

func (c *conn) mention(e entry) { c.say(e) }

func (c *conn) spent() bool { return c.done }

func (c *conn) spend() { c.done = true }

func (c *conn) number() uint64 { return c.id }

// end ends the connection after a session that is over.
func (c *conn) end(reason string) {
	c.done = true
	c.close(closeNormal, reason)
}

// close ends the connection when everything has been written.
func (c *conn) close(code ws.StatusCode, reason string) {
	if c.closing {
		return
	}
	c.closing, c.closeCode, c.closeReason = true, code, reason
	// A client that doesn't read mustn't keep the connection open.
	c.cutAfter(c.hub.config.Stall)
	c.wake()
}

// cutAfter has a connection that is closing cut after some time.
func (c *conn) cutAfter(d time.Duration) {
	c.cutAt = c.hub.pulse.Now().Add(d)
	c.timer.Reset(d)
}

// cut ends the connection at once, without a word. It can be called with or
// without the lock.
func (c *conn) cut() {
	_ = abrupt(c.net).Close()
	c.fault.Load().Release()
}

// abrupt is the connection below TLS: closing that says no goodbye.
func abrupt(nc net.Conn) net.Conn {
	if outer, ok := nc.(interface{ NetConn() net.Conn }); ok {
		return outer.NetConn()
	}
	return nc
}
