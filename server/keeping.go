package server

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// startKeeping sees to it that what happens is kept, if there is a store, and
// that what was kept is there again.
func (h *hub) startKeeping() error {
	store, check := h.config.Store, h.config.OnDefect != nil
	if store == nil && !check {
		return nil
	}
	h.keeper = newKeeper(h, check)
	h.masterKeys.spent.keeper = h.keeper
	h.lock()
	defer h.unlock()
	if store == nil {
		h.touch(&h.secrets, &h.ids)
		return nil
	}
	err := h.load(store)
	if beginner, ok := store.(Beginner); ok && err == nil {
		err = beginner.Begin()
	}
	if err != nil {
		h.giveUpLoading()
		return err
	}
	h.keeper.committer = newCommitter(store, h.storeFailed)
	h.resumeTimers()
	return nil
}

// giveUpLoading makes the state, which is incomplete, rest.
func (h *hub) giveUpLoading() {
	h.closed = true
	h.keeper = nil
	h.restTimers()
}

// stopKeeping waits until everything has been kept. The error says why it hasn't.
func (h *hub) stopKeeping() error {
	h.lock()
	defects := h.keeper.check()
	if h.keeper != nil {
		h.keeper.shadow = nil // closing again finds stopped timers
	}
	h.unlock()
	for _, err := range defects {
		h.defect(err, nil)
	}
	if k := h.keeper; k != nil && k.committer != nil {
		if err := k.committer.close(); err != nil {
			return fmt.Errorf("ninchat: server: the store has failed: %w", err)
		}
	}
	return nil
}

// lastCommit is how long closing waits for the store.
const lastCommit = 10 * time.Second

// hurry sees to it that nobody waits for the store for ever while the server is
// being closed. What it returns ends that.
func (h *hub) hurry() (stop func()) {
	if h.keeper == nil || h.keeper.committer == nil {
		return func() {}
	}
	timer := h.pulse.After(lastCommit, h.keeper.committer.abandon)
	return func() { timer.Stop() }
}

// mark is a point in time for awaitKept. It is called with the state locked.
func (h *hub) mark() uint64 {
	if h.keeper == nil || h.keeper.committer == nil {
		return 0
	}
	return h.keeper.committer.mark()
}

// awaitKept waits until everything that had happened at the mark has been kept. Nobody
// may be told of it before. If it returns false, nobody may be told at all, as the
// store has failed. The state must not be locked.
func (h *hub) awaitKept(mark uint64) bool {
	return mark == 0 || h.keeper.committer.wait(mark)
}

// yield holds a client back while the store is far behind. The state must not be
// locked.
func (h *hub) yield() {
	if h.keeper != nil && h.keeper.committer != nil {
		h.keeper.committer.yield()
	}
}

// awaitAllKept waits until everything that has happened has been kept.
func (h *hub) awaitAllKept() error {
	h.lock()
	mark := h.mark()
	h.unlock()
	if !h.awaitKept(mark) {
		return errors.New("ninchat: server: the store has failed")
	}
	return nil
}

// storeFailed ends all service: what happens from now on would be forgotten.
func (h *hub) storeFailed(err error) {
	h.log.Error("the store has failed: no action is done any more, restart the server", "error", err)
	h.lock()
	defer h.unlock()
	h.failed = true
	for c := range h.conns {
		c.giveUp()
	}
	for p := range h.pollers {
		p.close(closeInternal, "")
	}
}

// giveUp ends a connection of a server whose store has failed. What hasn't been
// written isn't written any more, as it may not have been kept.
func (c *conn) giveUp() {
	c.session, c.direct = nil, nil
	c.say(plain(pack(&storeFailure().event)))
	c.close(closeInternal, string(api.ErrInternal))
}

// refuseFailed answers an action after the store has failed.
func (c *call) refuseFailed() {
	c.hub.note(slog.LevelDebug, "action refused: the store has failed", "conn", c.origin.number())
	e := plain(pack(&storeFailure().event))
	e.actionID = c.message.ActionID
	c.origin.say(e)
	c.origin.end(string(api.ErrInternal))
}

func storeFailure() *failure {
	return fail(api.ErrInternal, "the server's store has failed")
}
