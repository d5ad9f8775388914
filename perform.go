package ninchat

import (
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// work gives inputs to the engine and does what it asks for. It never waits.
func (s *Session) work(inputs []engine.Input) {
	for _, in := range inputs {
		s.trace.received(&in)
		if in.Kind == engine.Abandon {
			s.abandon()
		}
		effects := s.engine.Step(time.Now(), in)
		if len(effects) > 0 {
			// Whoever is woken by them may look at once.
			s.noteEarly(s.engine.Stats())
		}
		for i := range effects {
			s.perform(&effects[i])
		}
		if in.Kind == engine.Tick {
			s.armed = time.Time{}
		}
	}
	s.arm()
	stats := s.engine.Stats()
	if s.queued {
		s.queued = false
		// With more than one call on its way, others are likely to come now.
		s.link.Flush(stats.Pending <= 1)
	}
	s.note(stats)
	s.warnUnread(&stats)
}

// warnUnread says once, when the queue of events is full and nobody has ever read it,
// what can be done: otherwise all that is to be seen is a session that stands still.
func (s *Session) warnUnread(stats *engine.Stats) {
	full := stats.Queued >= s.config.QueueEvents || stats.QueuedBytes >= s.config.QueueBytes
	if s.filled || !full {
		return
	}
	s.filled = true
	if s.config.DiscardEvents || s.stream.wasRead() {
		return
	}
	s.config.Logger.Warn("nobody reads the events, and the queue is full: loop over Session.Events, call Session.Handle, or set Config.DiscardEvents",
		"events", stats.Queued, "bytes", stats.QueuedBytes)
}

// noteEarly shows the engine's counters to others, and which action_ids have been
// used.
func (s *Session) noteEarly(stats engine.Stats) {
	used := s.engine.Place().ActionID
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats, s.place.ActionID = stats, used
}

// note shows where the engine is to others.
func (s *Session) note(stats engine.Stats) {
	place := s.engine.Place()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats = stats
	if place.SessionID != s.place.SessionID || place.EventID != s.place.EventID {
		s.savePlace()
	}
	s.place = place
}

// arm sets the timer to the engine's deadline. A timer that fires too early does
// no harm; deadlines mostly move away, so it is left alone then.
func (s *Session) arm() {
	at := s.engine.Deadline()
	if at.IsZero() || !s.armed.IsZero() && !at.Before(s.armed) {
		return
	}
	s.armed = at
	wait := max(time.Until(at), 0)
	if s.timer == nil {
		s.timer = time.AfterFunc(wait, func() { s.mailbox.Post(engine.Input{Kind: engine.Tick}) })
		return
	}
	s.timer.Reset(wait)
}

func (s *Session) perform(e *engine.Effect) {
	s.trace.performed(e)
	switch e.Kind {
	case engine.Connect:
		s.connect(e)
	case engine.AskLogin:
		s.findLogin(e.Conn, e.Flag)
	case engine.Claim:
		s.sessionCreated(e.Message)
		s.handOver()
	case engine.Send:
		s.link.Queue(&e.Outgoing)
		s.queued = true
	case engine.Disconnect:
		s.link.Close()
	case engine.Pause, engine.Unpause:
		s.link.Pause(e.Kind == engine.Pause)
	case engine.Deliver:
		s.deliver(e)
	case engine.Reply:
		s.reply(e)
	case engine.Accept:
		e.Call.Owner.(*call).accept()
	case engine.Fail:
		s.fail(e)
	case engine.Created:
		s.sessionCreated(e.Message)
		s.trace.created(e.Message)
	case engine.Lost:
		s.noteLoss(s.explain(e.Err))
	case engine.Change:
		s.changeState(e)
	case engine.End:
		s.finish(e)
	}
}

// sessionCreated notes whose session it is, and where it is: its token is to be
// saved before the application has the session.
func (s *Session) sessionCreated(m *wire.Message) {
	s.mu.Lock()
	s.sessionID = api.Secret(m.SessionID)
	s.credentials.UserID = wire.StringMember(m.Text, "user_id")
	if auth := wire.StringMember(m.Text, "user_auth"); auth != "" {
		s.credentials.UserAuth = api.Secret(auth)
	} else if known := s.login.used.UserAuth; known != "" {
		s.credentials.UserAuth = known
	}
	s.home = wire.StringMember(m.Text, "session_host")
	s.host = s.home
	s.secrets.auths(s.sessionID, s.credentials.UserAuth)
	s.mu.Unlock()
	s.note(s.engine.Stats())
}

// changeState makes the state known. Who is told of it may look at the session at
// once.
func (s *Session) changeState(e *engine.Effect) {
	change := StateChange{State: State(e.State), Err: s.causeOf(e)}
	if change.State == Closed {
		s.err = change.Err
	}
	s.state.set(change)
	s.trace.changed(change, e.Delay)
	switch {
	case change.Err != nil && change.State != Closed:
		s.config.Logger.Warn("session "+change.State.String(), "error", change.Err)
	default:
		s.config.Logger.Info("session "+change.State.String(), "user_id", s.UserID())
	}
	if change.State == Online && !s.wasCreated() {
		close(s.created)
	}
}

// finish ends the session.
func (s *Session) finish(e *engine.Effect) {
	s.left = e.Flag
	if s.err != nil {
		s.config.Logger.Error("session ended", "error", s.err)
	}
	s.note(s.engine.Stats())
	s.last = s.Token()
	s.cancel()
	s.settleToken()
	// Who sees the end of the stream may ask Err why.
	close(s.ended)
	s.stream.end(s.err)
	s.dispatcher.sessionEnded()
}

// causeOf is why a session has got into a state, or has ended.
func (s *Session) causeOf(e *engine.Effect) error {
	if e.Message != nil {
		return s.secrets.fault("", toEvent(e.Message))
	}
	return s.explain(e.Err)
}

// noteLoss notes why the session was lost.
func (s *Session) noteLoss(err error) {
	s.mu.Lock()
	s.lost = err
	s.mu.Unlock()
	s.config.Logger.Warn("session lost", "user_id", s.UserID(), "error", err)
}

// explain adds what the server has said to an error of the engine.
func (s *Session) explain(err error) error {
	event, ok := err.(*engine.EventError)
	if !ok {
		return err
	}
	return &saidError{event.Err, s.secrets.fault("", toEvent(event.Message))}
}
