package ninchat

import (
	"cmp"
	"context"
	"slices"

	"github.com/ninchat-community/ninchat/api"
)

// handling is a handler at work. What is below the line is protected by the
// dispatcher's lock.
type handling struct {
	session *Session
	ctx     context.Context
	handler func(*api.Event, error)

	// outstanding counts the events that the dispatcher has; left are those that
	// it had and that weren't handled.
	outstanding int
	left        []item
	// stopped says that no more events are to be handled, and over that none will
	// come; cause is why.
	stopped, over, concluded bool
	cause                    error
	// unwatch ends the watch over the context.
	unwatch func() bool
}

// Handle has handler called for each event that isn't a reply, by the executor
// (see Config.Executor), which by default is a goroutine of the session's own.
// It returns at once. Like [Session.Events], it begins with the first event that
// hasn't been handled yet, and an event together with an error is a
// *[DamageError]. An event counts as handled, and is acknowledged to the server
// some time later, when the handler has returned.
//
// Handling goes on until ctx or the session ends. At last, after all other calls
// have returned, the handler is called with a nil event and the reason: the cause
// of ctx, and then the events that it wasn't called for are left to whoever comes
// next; or [ErrClosed], or the error that ended the session, and then it was
// called for all.
//
// Unless Config.Key says otherwise, the session's handler and callbacks are
// called one at a time, in the order in which what they are about was received.
// They may call any method of any session, also those that wait, apart from
// [Session.Join]; only what they wait for mustn't be another callback or handler
// of the same session. A handler that panics is reported by Config.Logger, the
// event counts as handled, and the session goes on.
//
// Errors are: [ErrNoCallback]; the cause of ctx, if it has ended; [ErrBusy] if
// there is another handler or a loop over events. The handler isn't called then.
func (s *Session) Handle(ctx context.Context, handler func(event *api.Event, err error)) error {
	if handler == nil {
		return ErrNoCallback
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	h := &handling{session: s, ctx: ctx, handler: handler}
	attached, ended := s.stream.attach(h)
	if !attached {
		return ErrBusy
	}
	unwatch := context.AfterFunc(ctx, func() { h.stop(context.Cause(ctx)) })
	d := &s.dispatcher
	d.mu.Lock()
	h.unwatch = unwatch
	concluded := h.concluded
	d.mu.Unlock()
	if concluded {
		unwatch()
	}
	if ended {
		h.end(endOf(s.Err()))
	}
	return nil
}

// take gives an event to the dispatcher.
func (h *handling) take(it item) {
	h.session.dispatcher.add(job{handling: h, item: it})
}

// handle calls the handler.
func (h *handling) handle(j *job) {
	if j.final {
		h.handler(nil, h.cause)
		return
	}
	// Once ctx has ended nothing begins, although stop may still be to come.
	if j.skipped = h.ctx.Err() != nil; !j.skipped {
		h.handler(j.item.event, j.item.err)
	}
}

// finish notes that an event has been handled, or that it hasn't been after all.
func (h *handling) finish(j *job) {
	if j.final {
		return
	}
	if !j.skipped {
		h.session.handled(j.item.seq)
	}
	d := &h.session.dispatcher
	d.mu.Lock()
	h.outstanding--
	if j.skipped {
		h.left = append(h.left, j.item)
	} else {
		d.handled++
	}
	concluded := h.conclude()
	idle := h.outstanding == 0
	d.mu.Unlock()
	if idle {
		h.session.tellHandled()
	}
	if concluded {
		h.leave()
	}
}

// stop ends handling because of the context.
func (h *handling) stop(cause error) {
	h.session.stream.detach(h)
	d := &h.session.dispatcher
	d.mu.Lock()
	// Until the last call is on its way, too, there is something to wait for.
	d.unfinished++
	if !h.concluded {
		h.stopped, h.over, h.cause = true, true, cause
		d.withdraw(h)
	}
	concluded := h.conclude()
	d.mu.Unlock()
	if concluded {
		h.leave()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(1)
}

// end ends handling after all events that there are, because of the session.
func (h *handling) end(cause error) {
	d := &h.session.dispatcher
	d.mu.Lock()
	if !h.over {
		h.over, h.cause = true, cause
	}
	concluded := h.conclude()
	d.mu.Unlock()
	if concluded {
		h.leave()
	}
}

// conclude reports whether handling has just come to its end. The dispatcher's
// lock is held.
func (h *handling) conclude() bool {
	if !h.over || h.outstanding > 0 || h.concluded {
		return false
	}
	h.concluded = true
	if len(h.left) > 0 {
		// There are some only because of ctx, even if stop is still to come.
		h.cause = context.Cause(h.ctx)
	}
	return true
}

// leave lets others have the events, and has the handler called for the last
// time.
func (h *handling) leave() {
	d := &h.session.dispatcher
	d.mu.Lock()
	unwatch := h.unwatch
	d.mu.Unlock()
	if unwatch != nil {
		unwatch()
	}
	slices.SortFunc(h.left, func(a, b item) int { return cmp.Compare(a.seq, b.seq) })
	h.session.stream.putBack(h.left)
	h.session.stream.signal()
	d.add(job{handling: h, final: true})
}

// Join waits until the session has ended and all callbacks and handlers have
// returned, which [Session.Close] doesn't wait for. If ctx ends first, its cause
// is returned. It mustn't be called by a callback or handler, nor, with a [Loop],
// by the goroutine that runs it: it would wait for itself until ctx ends.
func (s *Session) Join(ctx context.Context) error {
	return s.dispatcher.wait(ctx)
}
