package engine

import (
	"errors"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// Errors that end calls or the session.
var (
	// ErrClosed says that the session was closed.
	ErrClosed = errors.New("ninchat: session is closed")
	// ErrSessionLost says that the session was lost while a transient call was
	// on its way.
	ErrSessionLost = errors.New("ninchat: session was lost")
	// ErrIDUsed says that an action_id was given out before, or one above it.
	ErrIDUsed = errors.New("ninchat: action_id isn't above those that were used")
	// ErrQuiet says that nothing was received for too long.
	ErrQuiet = errors.New("ninchat: nothing received for too long")
	// ErrNoAnswer says that the server didn't create or resume the session in
	// time.
	ErrNoAnswer = errors.New("ninchat: server didn't answer in time")
)

// Engine is the state of one session. It isn't safe for concurrent use.
type Engine struct {
	config Config
	now    time.Time
	// first is when the first step was made.
	first time.Time
	// grace is until when nobody is given up: see noteStandstill.
	grace   time.Time
	effects []Effect
	stats   Stats

	phase phase
	// conn is the number of the current connection, and of no other.
	conn    int
	closing bool
	drain   bool
	// proven says that the session has been online.
	proven bool
	// left says that the session goes on on the server.
	left bool

	connection connection
	hints      hints
	session    session
	stream     stream
	pending    calls
	// unsent is the first pending call that hasn't been sent on this
	// connection; the ones after it haven't either.
	unsent *Call
	// claim is the session_created whose credentials are being handed over, and
	// unclaimable why the connection broke meanwhile.
	claim       *wire.Message
	unclaimable error
	// former is where the consumer was in a session that has been lost: see
	// Place.
	former Place
	// loss is why a session was lost last.
	loss error
	// lastID is the action_id that was given out last.
	lastID int64
	// careful, if not 0, is the order of the last of those calls that are sent
	// one at a time: see culprit.
	careful int64
}

// phase is what the engine waits for.
type phase uint8

const (
	phaseIdle       phase = iota // the start
	phaseConnecting              // a connection
	phaseLogin                   // the parameters of create_session
	phaseCreating                // session_created
	phaseClaiming                // somebody to take the credentials
	phaseResuming                // the first event or pong after resume_session
	phaseOnline                  // anything
	phaseWaiting                 // the time of the next attempt
	phaseEnded                   // nothing
)

// New makes an engine.
func New(config Config) *Engine {
	e := &Engine{config: config}
	if config.Resume != nil {
		e.restore(config.Resume)
	}
	return e
}

// Step takes one input and returns what is to be done about it, in this order.
// The result is valid until the next Step.
func (e *Engine) Step(now time.Time, in Input) []Effect {
	e.now = now
	if e.first.IsZero() {
		e.first = now
	}
	e.noteStandstill()
	clear(e.effects)
	e.effects = e.effects[:0]
	if e.phase == phaseEnded {
		e.afterEnd(in)
		return e.effects
	}
	e.take(in)
	e.finishDrain()
	if e.phase != phaseEnded {
		e.deadlines()
	}
	return e.effects
}

// afterEnd refuses what comes too late.
func (e *Engine) afterEnd(in Input) {
	if in.Kind == Submit || in.Kind == Reserve {
		e.effect(Effect{Kind: Fail, Call: in.Call, Err: ErrClosed})
	}
	if in.Kind == Handled {
		e.stream.handled(in.Count)
	}
}

func (e *Engine) take(in Input) {
	switch in.Kind {
	case Start:
		e.connect(false)
	case Submit:
		e.submit(in.Call)
	case Reserve:
		e.reserve(in.Call, in.ID)
	case Cancel:
		e.cancel(in.Call, in.Err)
	case Handled:
		e.handled(in.Count)
	case Drain:
		e.drain = true
	case Close:
		e.beginClose()
	case Abandon:
		e.abandon()
	case Leave:
		e.leave()
	case Taken:
		e.taken()
	case Claimed:
		e.claimed(in.Err)
	case Hint:
		e.hint()
	case Tick:
	default:
		if in.Conn == e.conn {
			e.takeFromConnection(in)
		}
	}
}

func (e *Engine) takeFromConnection(in Input) {
	e.connection.retryAfter = in.RetryAfter
	switch in.Kind {
	case Connected:
		e.connected(in.Polls)
	case ConnectFailed:
		e.connectFailed(in.Err, in.Final)
	case LoginReady:
		e.create(in.Login)
	case LoginFailed:
		e.loginFailed(in.Err, in.Final)
	case Received:
		if in.Message != nil {
			e.received([]*wire.Message{in.Message})
			return
		}
		e.received(in.Messages)
	case Disconnected:
		e.disconnected(in.Err, in.Final)
	}
}

func (e *Engine) effect(effect Effect) {
	e.effects = append(e.effects, effect)
}

func (e *Engine) change(state State, err error) {
	if e.closing && state != Closed {
		state = Closing
	}
	if state == e.stats.State && err == nil {
		return
	}
	e.stats.State = state
	change := Effect{Kind: Change, State: state, Err: err}
	if state == Waiting {
		change.Delay = e.connection.retryAt.Sub(e.now)
	}
	e.effect(change)
}
