package ninchat

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/spec"
)

// Invoke makes a call, and calls reply, in the calling goroutine, for each event
// that answers it: see [api.Invoker]. All of them come with one answer of the
// server, and share its memory. Waiting ends with ctx.
//
// Errors are: an *[ActionError] if the action can't be sent; an *[api.Error] if
// the server refused it; a *[DamageError] if an event was too large; a
// *[CallError] if there was no answer that can be used; [ErrClosed]; the cause of
// ctx. The action is tried again as CallerConfig.Retry says.
func (c *Caller) Invoke(ctx context.Context, action *api.Action, reply func(*api.Event) bool) error {
	if err := c.checkAction(action); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer context.AfterFunc(c.ctx, func() { end(ErrClosed) })()
	if c.ctx.Err() != nil {
		return ErrClosed
	}
	c.secrets.sending(action)
	answer, err := c.attempts(ctx, action)
	if err == nil {
		err = c.deliver(action, answer, reply)
	}
	return err
}

// Call makes a call and returns the first event that answers it. See Invoke for
// the errors. Actions that aren't answered give nil.
func (c *Caller) Call(ctx context.Context, action *api.Action) (*api.Event, error) {
	var event *api.Event
	err := c.Invoke(ctx, action, func(e *api.Event) bool {
		if event == nil {
			event = e
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return event, nil
}

// attempts makes a call, more than once if that is needed and safe, and returns
// the answer of a server that has done what it was asked to, or says by events
// why not.
func (c *Caller) attempts(ctx context.Context, action *api.Action) (callAnswer, error) {
	known, _ := spec.LookUpAction(action.Name)
	harmless := known != nil && known.ReadOnly
	media, body := c.encode(action, known)
	sent := false
	for attempt := 1; ; attempt++ {
		answer, err := c.attempt(ctx, media, body)
		if err == nil {
			c.config.Logger.Debug("call", "action", action.Name, "attempts", attempt)
			return callAnswer{answer, attempt}, nil
		}
		if ctx.Err() != nil {
			return callAnswer{}, context.Cause(ctx)
		}
		if c.ctx.Err() != nil {
			// Close ends connections that are being made, and ctx a moment later.
			return callAnswer{}, ErrClosed
		}
		_, unsent := errors.AsType[*transport.NotSentError](err)
		sent = sent || !unsent
		wait := c.config.Retry.wait(attempt, max(answer.RetryAfter, transport.RetryAfter(err)))
		again := unsent && !isHopelessCall(err) || harmless && isPassing(err)
		if !again || wait < 0 || attempt >= c.config.Retry.Attempts {
			return callAnswer{}, &CallError{Action: action.Name, Address: c.config.Address, Sent: sent, Attempts: attempt, Err: err}
		}
		c.config.Logger.Warn("call failed, and is tried again", "action", action.Name, "attempt", attempt, "wait", wait, "error", err)
		if err := sleep(ctx, wait); err != nil {
			return callAnswer{}, err
		}
	}
}

// callAnswer is an answer, and the number of attempts that it took.
type callAnswer struct {
	transport.Answer
	attempts int
}

// isHopelessCall reports whether connecting would fail again.
func isHopelessCall(err error) bool {
	_, plain := errors.AsType[tls.RecordHeaderError](err)
	return plain || isHopeless(err)
}

// encode makes the body of a request.
func (c *Caller) encode(action *api.Action, known *spec.Action) (media string, body []byte) {
	o := wire.Outgoing{Name: action.Name, Params: action.Params, Payload: action.Payload}
	if known != nil && known.Rule == spec.RuleOneWithActionID {
		// It would not be answered without.
		o.ActionID = 1
	}
	body, media = o.AppendCall(nil, c.credentials, c.config.Limits.Header-maxEnvelope)
	return media, body
}

var errAttemptTimeout = errors.New("no answer after CallerConfig.Timeout")

// attempt makes a call once. An answer whose status or type is wrong is an error.
func (c *Caller) attempt(ctx context.Context, media string, body []byte) (transport.Answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.config.Timeout, errAttemptTimeout)
	defer cancel()
	answer, err := c.poster.Post(ctx, media, body)
	if err != nil {
		return answer, c.secrets.Error(err)
	}
	return answer, c.checkAnswer(answer)
}

// checkAnswer checks the status and the type of an answer.
func (c *Caller) checkAnswer(answer transport.Answer) error {
	fault := errors.New("the status isn't 200")
	if answer.Code == http.StatusOK || answer.Code == http.StatusNoContent {
		if len(answer.Body) == 0 || c.messages(answer) != nil {
			return nil
		}
		fault = errors.New("the Content-Type isn't one of those that were asked for: is this a Ninchat server?")
	} else if refusal := c.refusal(answer); refusal != nil {
		fault = refusal
	}
	return &HTTPError{Code: answer.Code, ContentType: c.secrets.Text(answer.Media), Err: fault}
}

// refusal returns the error event that an answer begins with, nil if it doesn't.
func (c *Caller) refusal(answer transport.Answer) error {
	messages := c.messages(answer)
	if messages == nil {
		return nil
	}
	for m, err := range messages {
		if err == nil && m.Name == "error" {
			return c.secrets.fault("", toEvent(m))
		}
		break
	}
	return nil
}

// messages reads the events of an answer. It returns nil if its type isn't known.
func (c *Caller) messages(answer transport.Answer) iter.Seq2[*wire.Message, error] {
	limits := c.config.Limits.wire()
	switch answer.Media {
	case wire.MediaJSON:
		return wire.JSONMessages(answer.Body, limits)
	case wire.MediaProtobuf:
		return wire.ProtobufMessages(answer.Body, limits)
	case wire.MediaOctets:
		return wire.OctetMessages(answer.Body, limits)
	}
	return nil
}

// isPassing reports whether a call that failed may well succeed when it is made
// again.
func isPassing(err error) bool {
	answer, ok := errors.AsType[*HTTPError](err)
	if !ok {
		return !errors.Is(err, ErrAnswerTooLong) && !isHopelessCall(err)
	}
	switch answer.Code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// wait returns how long to wait after an attempt, or a negative duration if the
// server asks for too much. The server asks for at least the given time.
func (r Retry) wait(attempt int, asked time.Duration) time.Duration {
	if asked > r.Max {
		return -1
	}
	longest := min(r.First, r.Max)
	for range attempt - 1 {
		// Twice as much might not fit.
		longest += min(longest, r.Max-longest)
	}
	jittered := longest - time.Duration(rand.Int64N(int64(longest)/2+1))
	return max(jittered, asked)
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// deliver passes the events of an answer on.
func (c *Caller) deliver(action *api.Action, answer callAnswer, reply func(*api.Event) bool) error {
	failed := func(err error) error {
		fault := &HTTPError{Code: answer.Code, ContentType: c.secrets.Text(answer.Media), Err: c.secrets.Error(err)}
		return &CallError{Action: action.Name, Address: c.config.Address, Sent: true, Attempts: answer.attempts, Err: fault}
	}
	var last *wire.Message
	if len(answer.Body) > 0 {
		for m, err := range c.messages(answer.Answer) {
			if err != nil {
				return failed(fmt.Errorf("the answer can't be read: %w", err))
			}
			if err := c.eventFault(action, m); err != nil {
				return err
			}
			c.secrets.received(m)
			if reply != nil && !reply(toEvent(m)) {
				return nil
			}
			last = m
		}
	}
	switch {
	case last == nil && action.Rule != api.RuleNone:
		return failed(errors.New("the answer has no events in it"))
	case last != nil && action.Rule == api.RuleHistory && last.HistoryLength > 0:
		return failed(fmt.Errorf("the answer is incomplete: %d messages are missing", last.HistoryLength))
	}
	return nil
}

// eventFault returns the error that an event means, nil if it is a reply.
func (c *Caller) eventFault(action *api.Action, m *wire.Message) error {
	switch {
	case m.Name == "error":
		return c.secrets.fault(action.Name, toEvent(m))
	case m.Damage != nil:
		return &DamageError{toEvent(m), m.Damage}
	}
	return nil
}
