package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
)

// sendWindow is how many messages may be on their way at a time.
const sendWindow = 64

func (a *app) sendCommand() *cobra.Command {
	var users []string
	var messageType string
	var stall time.Duration
	command := &cobra.Command{
		Use:     "send CHANNEL...",
		GroupID: groupChat,
		Short:   "Send the lines of the standard input",
		Long: `Send each line of the standard input as a text message to channels, or to users.
A line ends in LF or CRLF, which isn't part of it. The input is UTF-8 or, with a byte
order mark, UTF-16; the mark isn't part of the first line. Empty lines are messages
too. The order is kept, and each message is sent once, even if the connection breaks.

With --type, each line is the payload of a message of that type, which is JSON for
all types that begin with ninchat.com/. It is checked as by 'ninchat message check'.

A channel may take only so many messages in some time. What comes too soon is sent
again when the channel takes it, in its turn. A channel that has taken none for as long
as --stall-timeout is given up; others still get theirs.

The command ends when the server has confirmed all messages. If some couldn't be
sent, it says which lines they were, or how many, and the exit status is 1. A line that isn't
valid UTF-8 isn't sent; the others are.`,
		Example: `  echo hello | ninchat send CHANNEL
  ninchat send CHANNEL OTHER-CHANNEL < notes.txt
  tail -f build.log | ninchat send --user USER
  echo '[{"element":"button","label":"Yes"}]' | ninchat send --type ninchat.com/ui/compose CHANNEL`,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args)+len(users) == 0 {
				return usagef("whom to send to? Name channels, or users with --user")
			}
			if stall <= 0 {
				return usagef("--stall-timeout must be more than 0")
			}
			if command.Flags().Changed("type") {
				if err := checkMessageType(messageType); err != nil {
					return &usageError{err}
				}
			}
			return a.send(command.Context(), targets(args, users), messageType, stall)
		},
	}
	command.Flags().StringArrayVar(&users, "user", nil, "send to the `user` with this id (can be repeated)")
	command.Flags().StringVar(&messageType, "type", "", "send messages of this `type`, whose payloads are the lines (default: each line is a text)")
	command.Flags().DurationVar(&stall, "stall-timeout", time.Minute, "give up when no message has been confirmed, or a channel that limits them has taken none, for so long")
	return command
}

// target is a channel or user to send to.
type target struct {
	channelID, userID *string
	// closed is why the server takes nothing for it, nil if it does.
	closed error
	// skipped counts the messages that weren't sent because of that, or of the end.
	skipped int
	pacing
}

func targets(channels, users []string) []*target {
	var all []*target
	for _, id := range channels {
		all = append(all, &target{channelID: &id, pacing: newPacing()})
	}
	for _, id := range users {
		all = append(all, &target{userID: &id, pacing: newPacing()})
	}
	return all
}

func (t *target) name() string {
	if t.userID != nil {
		return *t.userID
	}
	return *t.channelID
}

// sender sends messages, several at a time. The session's stream has the
// answers: that way actions are submitted in order without waiting for them.
type sender struct {
	app     *app
	session *ninchat.Session
	targets []*target
	// messageType is the type of the messages whose payloads are given, "" if
	// texts are.
	messageType string
	stall       time.Duration
	started     time.Time
	// window has an element for each message on its way.
	window chan struct{}
	// readerDone is closed when nobody reads answers any more.
	readerDone chan struct{}

	mu sync.Mutex
	// pending has the messages on their way, by action id.
	pending map[int64]sending
	// sent and failed count messages. Only some failures are kept: the others
	// are only counted, by omitted.
	sent, failed int
	failures     []failure
	listed       int
	omitted      int
	progress     progress
	// unread is the line after which none was read, 0 if all were.
	unread int
	// err is why no more answers come.
	err error
}

// sending is a message on its way.
type sending struct {
	line    int
	target  *target
	payload []byte
}

// failure is a message that wasn't sent. The line is 0 if it isn't about one.
type failure struct {
	Line      int    `json:"line,omitzero"`
	ChannelID string `json:"channel_id,omitzero"`
	UserID    string `json:"user_id,omitzero"`
	Error     string `json:"error"`
}

func (a *app) send(ctx context.Context, targets []*target, messageType string, stall time.Duration) error {
	session, err := a.open(ctx, ninchat.Config{Login: api.CreateSession{MessageTypes: []string{typeOrText(messageType)}}})
	if err != nil {
		return err
	}
	defer shut(session)
	s := &sender{
		app:         a,
		session:     session,
		targets:     targets,
		messageType: messageType,
		stall:       stall,
		started:     time.Now(),
		window:      make(chan struct{}, sendWindow),
		readerDone:  make(chan struct{}),
		pending:     make(map[int64]sending),
		progress:    a.newProgress(),
	}
	reading, stop := context.WithCancel(ctx)
	go s.readAnswers(reading)
	s.learn(reading)
	s.sendAll(reading)
	stop()
	<-s.readerDone
	return s.finish(ctx)
}

// sendAll sends the lines of the input, and waits until all are confirmed.
func (s *sender) sendAll(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := readLines(ctx, s.app.stdin, func(err error) { s.fail(failure{Error: "reading the standard input: " + err.Error()}) })
	for {
		var l line
		var ok bool
		select {
		case l, ok = <-lines:
		case <-ctx.Done():
			return
		case <-s.readerDone:
			return
		}
		if !ok {
			break
		}
		if !s.sendLine(ctx, l) {
			s.mu.Lock()
			s.unread = l.number
			s.mu.Unlock()
			break
		}
	}
	s.flush(ctx)
}

// sendLine sends a line to all targets. It returns false when there is no point
// in going on.
func (s *sender) sendLine(ctx context.Context, l line) bool {
	if l.err != nil {
		s.fail(failure{Line: l.number, Error: l.err.Error()})
		return true
	}
	payload, err := s.payload(l.text)
	if err != nil {
		s.fail(failure{Line: l.number, Error: err.Error()})
		return true
	}
	open := false
	for i, t := range s.targets {
		if !s.admit(t) {
			continue
		}
		open = true
		if !s.pace(ctx, t) {
			s.skip(s.targets[i:])
			return false
		}
		if !s.admit(t) { // it may have been given up
			continue
		}
		if !s.acquire(ctx) {
			s.skip(s.targets[i:])
			return false
		}
		if !s.submit(sending{line: l.number, target: t, payload: payload}) {
			s.skip(s.targets[i+1:])
			return false
		}
	}
	return open
}

// skip notes that a line isn't sent to some targets.
func (s *sender) skip(targets []*target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range targets {
		t.skipped++
	}
}

// payload makes a payload of a line.
func (s *sender) payload(text []byte) ([]byte, error) {
	if s.messageType == "" {
		return textPayload(text)
	}
	_, err := message.Parse(s.messageType, [][]byte{text})
	return text, err
}

// typeOrText is the type of messages that are sent.
func typeOrText(messageType string) string { return cmp.Or(messageType, message.TypeText) }

// admit reports whether the target takes messages, as far as is known.
func (s *sender) admit(t *target) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.closed != nil {
		t.skipped++
		return false
	}
	return true
}

// acquire waits until there is room for another message on its way.
func (s *sender) acquire(ctx context.Context) bool {
	select {
	case s.window <- struct{}{}:
		return true
	default:
	}
	stalled, stop := timer(s.stall)
	defer stop()
	select {
	case s.window <- struct{}{}:
		return true
	case <-stalled:
		s.failStalled()
	case <-s.readerDone:
	case <-ctx.Done():
	}
	return false
}

func (s *sender) failStalled() {
	s.fail(failure{Error: fmt.Sprintf("nothing was confirmed for %v", s.stall)})
}

// submit sends a message. It returns false when the session has ended.
func (s *sender) submit(m sending) bool {
	action, err := api.SendMessage{
		ChannelID:   m.target.channelID,
		UserID:      m.target.userID,
		MessageType: typeOrText(s.messageType),
		Payload:     [][]byte{m.payload},
	}.Action()
	if err != nil {
		s.failMessage(m, err)
		return true
	}
	// The answer may come before Send has returned: the lock holds it up.
	s.mu.Lock()
	id, err := s.session.Send(action)
	if err == nil {
		s.pending[id] = m
		m.target.flying++
	}
	s.mu.Unlock()
	if err != nil {
		<-s.window
		s.failMessage(m, err)
		_, unfit := errors.AsType[*ninchat.ActionError](err)
		return unfit
	}
	return true
}

// readAnswers reads the session's stream until ctx or the session ends.
func (s *sender) readAnswers(ctx context.Context) {
	defer close(s.readerDone)
	for event, err := range s.session.Events(ctx) {
		switch {
		case event == nil:
			s.mu.Lock()
			s.err = err
			s.mu.Unlock()
			return
		case event.Name == ninchat.EventSessionLost:
			s.progress.clear()
			s.app.diagnose("session lost; a new one is made, and what isn't confirmed is sent again")
		case event.Name == ninchat.EventsMissing:
			s.app.diagnose("the server has left events out; what was sent may not be confirmed")
		case event.ActionID != 0:
			s.answered(event)
		}
	}
}

// answered notes the answer to a message.
func (s *sender) answered(event *api.Event) {
	s.mu.Lock()
	message, ok := s.pending[event.ActionID]
	delete(s.pending, event.ActionID)
	s.mu.Unlock()
	if !ok {
		return
	}
	if event.Name == "error" {
		s.refuse(message, api.NewError("send_message", event))
	} else {
		s.mu.Lock()
		s.sent++
		message.target.inARow = 0
		s.progress.show(s.sent)
		s.mu.Unlock()
	}
	s.mu.Lock()
	message.target.landed()
	s.mu.Unlock()
	<-s.window
}

// refuse notes that the server hasn't taken a message. One that came too soon is sent
// again.
func (s *sender) refuse(m sending, err error) {
	if errors.Is(err, api.ErrSendRateLimited) {
		s.limited(m)
		return
	}
	s.failMessage(m, err)
}

// maxFailures is how many failures people are told about one by one.
const maxFailures = 20

func (s *sender) fail(f failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(f)
}

// note keeps a failure. s.mu is locked.
func (s *sender) note(f failure) {
	if f.Line > 0 {
		s.failed++
		if s.listed == maxFailures {
			s.omitted++
			return
		}
		s.listed++
	}
	s.failures = append(s.failures, f)
}

// failMessage notes that a message wasn't sent. If the reason is about the
// target rather than the message, nothing more is sent there.
func (s *sender) failMessage(m sending, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !isAboutTarget(err):
	case m.target.closed != nil:
		m.target.skipped++
		return
	default:
		m.target.closed = err
	}
	s.note(failureOf(m, err))
}

func failureOf(m sending, err error) failure {
	f := failure{Line: m.line, Error: plain(err)}
	if m.target.channelID != nil {
		f.ChannelID = *m.target.channelID
	}
	if m.target.userID != nil {
		f.UserID = *m.target.userID
	}
	return f
}

func isAboutTarget(err error) bool {
	return errors.Is(err, api.ErrChannelNotFound) || errors.Is(err, api.ErrUserNotFound) || errors.Is(err, api.ErrPermissionDenied) ||
		errors.Is(err, api.ErrSendRateLimited)
}

// finish says what became of the messages.
func (s *sender) finish(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress.clear()
	s.noteTheRest(ctx)
	if err := s.summarize(); err != nil {
		return err
	}
	if len(s.failures) > 0 {
		return errReported
	}
	return nil
}

// noteTheRest notes failures that aren't about single messages.
func (s *sender) noteTheRest(ctx context.Context) {
	switch {
	case ctx.Err() != nil:
		s.note(failure{Error: "interrupted"})
	case s.err != nil && !errors.Is(s.err, context.Canceled):
		s.note(failure{Error: plain(s.err)})
	}
	for _, t := range s.targets {
		if t.skipped > 0 {
			s.failed += t.skipped
			s.note(failureOf(sending{target: t}, fmt.Errorf("%s not sent to %s", plural(t.skipped, "more message"), t.name())))
		}
	}
	s.noteRefused()
	if s.unread > 0 {
		s.note(failure{Error: fmt.Sprintf("nothing after line %d was read", s.unread)})
	}
	if n := len(s.pending); n > 0 {
		s.failed += n
		s.note(failure{Error: plural(n, "message") + " not confirmed; whether the server got them isn't known"})
	}
}

// summarize tells people, or programs, what has been sent and what hasn't.
func (s *sender) summarize() error {
	took := time.Since(s.started).Seconds()
	for _, f := range s.failures {
		s.app.diagnose("%s", f.text())
	}
	if s.omitted > 0 {
		s.app.diagnose("and %s", plural(s.omitted, "more failure"))
	}
	s.adviseOnTargets()
	if s.app.json {
		return s.app.printJSON(s.result(took))
	}
	fmt.Fprintf(s.app.stderr, "sent %s to %s in %.1fs\n", plural(s.sent, "message"), s.recipients(), took)
	return nil
}

// adviseOnTargets says what can be done about channels that take nothing.
func (s *sender) adviseOnTargets() {
	for _, t := range s.targets {
		if advice := adviceOnAnswer(t.closed); advice != "" {
			s.app.diagnose("%s", advice)
			return
		}
	}
}

// sendResult is what programs are told.
type sendResult struct {
	Sent     int       `json:"sent"`
	Failed   int       `json:"failed"`
	Channels int       `json:"channels"`
	Users    int       `json:"users,omitzero"`
	Seconds  float64   `json:"seconds"`
	Errors   []failure `json:"errors,omitempty"`
}

func (s *sender) result(took float64) sendResult {
	channels, users := s.count()
	return sendResult{s.sent, s.failed, channels, users, math.Round(took*1000) / 1000, s.failures}
}

func (s *sender) count() (channels, users int) {
	for _, t := range s.targets {
		if t.channelID != nil {
			channels++
		} else {
			users++
		}
	}
	return channels, users
}

func (s *sender) recipients() string {
	channels, users := s.count()
	switch {
	case users == 0:
		return plural(channels, "channel")
	case channels == 0:
		return plural(users, "user")
	}
	return plural(channels, "channel") + " and " + plural(users, "user")
}

func (f failure) text() string {
	if f.Line == 0 {
		return f.Error
	}
	return fmt.Sprintf("line %d: %s", f.Line, f.Error)
}

// progress shows on a terminal how far a command has got.
type progress struct {
	app   *app
	on    bool
	shown time.Time
}

func (a *app) newProgress() progress {
	return progress{app: a, on: isTerminal(a.stderr) && !a.json && !a.verbose}
}

func (p *progress) show(sent int) {
	if !p.on || time.Since(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown = time.Now()
	fmt.Fprintf(p.app.stderr, "\r%s sent", plural(sent, "message"))
}

// clear makes room for other text.
func (p *progress) clear() {
	if p.on && !p.shown.IsZero() {
		fmt.Fprint(p.app.stderr, "\r\x1b[K")
	}
}
