package ninchat

import (
	"crypto/tls"
	"runtime/debug"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/internal/engine"
	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// tracer calls the functions of a Trace. It is nil if there is none; all of its
// methods do nothing then.
type tracer struct {
	hooks   Trace
	session *Session

	mu    sync.Mutex
	queue []func()
	// missed counts the calls that were left out.
	missed int
	// busy says that there is a goroutine. It ends when the queue is empty.
	busy bool
}

// maxTraced is how many calls may wait.
const maxTraced = 4096

func newTracer(s *Session) *tracer {
	if s.config.Trace == nil {
		return nil
	}
	return &tracer{hooks: *s.config.Trace, session: s}
}

// later has f called after all that was given before.
func (t *tracer) later(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) >= maxTraced {
		t.missed++
		return
	}
	t.queue = append(t.queue, f)
	if !t.busy {
		t.busy = true
		go t.run()
	}
}

// run calls what waits. Close doesn't wait for it, as it may be one of these
// functions that closes the session.
func (t *tracer) run() {
	var calls []func()
	ended := false
	defer func() {
		if !ended {
			// A function has ended the goroutine.
			t.mu.Lock()
			defer t.mu.Unlock()
			t.queue = append(calls, t.queue...)
			go t.run()
		}
	}()
	for {
		var missed int
		t.mu.Lock()
		calls, missed = t.queue, t.missed
		t.queue, t.missed = nil, 0
		t.busy = len(calls) > 0
		t.mu.Unlock()
		if len(calls) == 0 {
			ended = true
			return
		}
		for len(calls) > 0 {
			f := calls[0]
			calls = calls[1:]
			t.call(f)
		}
		if missed > 0 && t.hooks.Missed != nil {
			t.call(func() { t.hooks.Missed(missed) })
		}
	}
}

// call survives a panic.
func (t *tracer) call(f func()) {
	defer func() {
		if v := recover(); v != nil {
			stack := debug.Stack()
			t.session.countPanic()
			t.session.config.Logger.Error("callback panicked", "callback", "Config.Trace", "stack", string(stack))
			t.sayPanicked(v, stack)
		}
	}()
	f()
}

// sayPanicked calls CallbackPanicked, which may be what panicked.
func (t *tracer) sayPanicked(value any, stack []byte) {
	if t.hooks.CallbackPanicked == nil {
		return
	}
	defer func() { _ = recover() }()
	t.hooks.CallbackPanicked("Config.Trace", value, stack)
}

// clock returns the time if somebody wants to know how long calls take, or else nil.
func (t *tracer) clock() *time.Time {
	if t == nil || t.hooks.ActionAnswered == nil {
		return nil
	}
	return new(time.Now())
}

// transport has the dialer say what it does.
func (t *tracer) transport() transport.Trace {
	if t == nil {
		return transport.Trace{}
	}
	return transport.Trace{Discovery: t.discovery, Connect: t.connect, TLS: t.tls}
}

func (t *tracer) discovery() func([]string, error) {
	if f := t.hooks.DiscoveryStart; f != nil {
		t.later(f)
	}
	began := time.Now()
	return func(hosts []string, err error) {
		if f := t.hooks.DiscoveryDone; f != nil {
			done := TraceDiscovery{t.hidden(hosts), time.Since(began), t.session.secrets.Error(err)}
			t.later(func() { f(done) })
		}
	}
}

func (t *tracer) connect(host string) func(bool, error) {
	host = t.session.secrets.Text(host)
	if f := t.hooks.ConnectStart; f != nil {
		t.later(func() { f(host) })
	}
	began := time.Now()
	return func(polls bool, err error) {
		f := t.hooks.ConnectDone
		if f == nil {
			return
		}
		done := TraceConnect{host, WebSocketOnly, time.Since(began), t.session.secrets.Error(err)}
		switch {
		case err != nil:
			done.Transport = AutoTransport
		case polls:
			done.Transport = LongPollOnly
		}
		t.later(func() { f(done) })
	}
}

func (t *tracer) tls(host string) func(tls.ConnectionState, error) {
	began := time.Now()
	return func(state tls.ConnectionState, err error) {
		if f := t.hooks.TLSDone; f != nil {
			done := TraceTLS{t.session.secrets.Text(host), state, time.Since(began), t.session.secrets.Error(err)}
			t.later(func() { f(done) })
		}
	}
}

// hidden is a copy of what a peer has said, without the secrets in it.
func (t *tracer) hidden(texts []string) []string {
	var hidden []string
	for _, text := range texts {
		hidden = append(hidden, t.session.secrets.Text(text))
	}
	return hidden
}

// received tells of events.
func (t *tracer) received(in *engine.Input) {
	if t == nil || in.Kind != engine.Received || t.hooks.EventReceived == nil {
		return
	}
	if in.Message != nil {
		t.event(t.hooks.EventReceived, in.Message)
	}
	for _, m := range in.Messages {
		t.event(t.hooks.EventReceived, m)
	}
}

func (t *tracer) event(f func(TraceEvent), m *wire.Message) {
	event := TraceEvent{t.session.secrets.name(m.Name), m.EventID, m.ActionID, m.Size()}
	t.later(func() { f(event) })
}

// delivered tells of what is put into the stream.
func (t *tracer) delivered(f func(TraceEvent), e *engine.Effect) {
	switch {
	case e.Message != nil:
		t.event(f, e.Message)
	case e.Missing != (engine.Span{}):
		t.later(func() { f(TraceEvent{Name: EventsMissing}) })
	default:
		t.later(func() { f(TraceEvent{Name: EventSessionLost}) })
	}
}

// performed tells of what the engine asks for, apart from what can be looked up in
// the session: that is told when it can.
func (t *tracer) performed(e *engine.Effect) {
	if t == nil {
		return
	}
	switch e.Kind {
	case engine.Send:
		t.sent(e)
	case engine.Reply, engine.Fail:
		t.answered(e)
	case engine.Deliver:
		if f := t.hooks.EventDelivered; f != nil {
			t.delivered(f, e)
		}
	default:
		t.plain(e.Kind)
	}
}

// plain tells of what has no details.
func (t *tracer) plain(kind engine.EffectKind) {
	var f func()
	switch kind {
	case engine.Pause:
		f = t.hooks.Paused
	case engine.Unpause:
		f = t.hooks.Unpaused
	case engine.Resumed:
		f = t.hooks.SessionResumed
	case engine.Lost:
		f = t.hooks.SessionLost
	}
	if f != nil {
		t.later(f)
	}
}

// created tells of a session that has been created.
func (t *tracer) created(m *wire.Message) {
	if t == nil || t.hooks.SessionCreated == nil {
		return
	}
	user := t.session.secrets.Text(wire.StringMember(m.Text, "user_id"))
	t.later(func() { t.hooks.SessionCreated(user) })
}

// changed tells of a state, and how long it will last if it is Waiting.
func (t *tracer) changed(change StateChange, delay time.Duration) {
	if t == nil {
		return
	}
	if f := t.hooks.StateChanged; f != nil {
		t.later(func() { f(change) })
	}
	if f := t.hooks.RetryScheduled; f != nil && change.State == Waiting {
		t.later(func() { f(delay, change.Err) })
	}
}

func (t *tracer) sent(e *engine.Effect) {
	o := &e.Outgoing
	if f := t.hooks.ActionSent; f != nil && o.Name != "" {
		action := TraceAction{o.Name, o.ActionID, e.Flag}
		t.later(func() { f(action) })
	}
	if f := t.hooks.EventsAcknowledged; f != nil && o.EventID != 0 {
		id := o.EventID
		t.later(func() { f(id) })
	}
}

// answered tells of the end of a call.
func (t *tracer) answered(e *engine.Effect) {
	f := t.hooks.ActionAnswered
	if f == nil || e.Kind == engine.Reply && !e.Last {
		return
	}
	c := e.Call.Owner.(*call)
	answer := TraceAnswer{c.Name, c.ID(), time.Since(*c.began), t.session.explain(e.Err)}
	if m := e.Message; m != nil && m.Name == "error" {
		answer.Err = t.session.secrets.fault(c.Name, toEvent(m))
	}
	t.later(func() { f(answer) })
}

func (t *tracer) tokenSaved(token Token, err error) {
	if t == nil || t.hooks.TokenSaved == nil {
		return
	}
	t.later(func() { t.hooks.TokenSaved(token.EventID, err) })
}

// callbackPanicked tells of the panic of a function of the application.
func (t *tracer) callbackPanicked(name string, value any, stack []byte) {
	if t == nil || t.hooks.CallbackPanicked == nil {
		return
	}
	t.later(func() { t.hooks.CallbackPanicked(name, value, stack) })
}
