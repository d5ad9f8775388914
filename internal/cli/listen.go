package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

func (a *app) listenCommand() *cobra.Command {
	var types []string
	var count int
	var resume string
	command := &cobra.Command{
		Use:     "listen [CHANNEL...]",
		GroupID: groupChat,
		Short:   "Print messages as they come",
		Long: `Print the messages of channels as they come, or, if none are named, of all
channels and dialogues of the user. Channels that the user isn't a member of are
joined.

Nothing is lost when the connection breaks. When the server loses the session, or
leaves events out, that is said, and what was missed is fetched from the history.
The command ends after --count messages, or when it is interrupted.

With --resume nothing is lost when the command itself ends, in whatever way: the
file keeps the session, and the next run with the same file goes on with what
hasn't been printed. After a crash the last messages may be printed again. The
server keeps a session for some minutes; if it has lost it since, that is said, and
what was missed is fetched from the history. How far that is needed is in
FILE.places. The file is as secret as a password: only its owner can use it. One
command at a time can use it; while it does, FILE.lock is locked.

With --json there is an object on each line. Its members are event (the name),
payload (the content of the message) and header (the complete event):

  {"event":"message_received","payload":{"text":"hello"},"header":{…}}`,
		Example: `  ninchat listen CHANNEL
  ninchat listen --json --count 1 CHANNEL | jq -r .payload.text
  ninchat listen --resume session.json CHANNEL`,
		RunE: func(command *cobra.Command, args []string) error {
			if count < 0 {
				return usagef("--count must not be less than 0")
			}
			return a.listen(command.Context(), args, types, count, resume)
		},
	}
	command.Flags().IntVar(&count, "count", 0, "end after so many messages, 0 for never")
	command.Flags().StringVar(&resume, "resume", "", "go on with the session in `FILE`, and keep it there")
	command.Flags().StringArrayVar(&types, "type", nil, typesHelp)
	return command
}

// listener prints the messages of conversations.
type listener struct {
	app     *app
	session *ninchat.Session
	out     *lineWriter
	printer printer
	types   wanted
	// named are the channels that the command line names; all conversations
	// count if it names none.
	named []string
	// left is how many messages are still to be printed, if limited is set.
	left    int
	limited bool
	// store is where the session is kept, nil if it isn't; resumed says that it
	// was there.
	store   *placeStore
	resumed bool

	started bool
	// lost says that the session was lost, and that messages may be missing.
	lost          bool
	conversations map[conversation]*place
	// moved are conversations whose places the store doesn't know yet.
	moved []conversation
}

// place is how far a conversation has been followed.
type place struct {
	// seen is the newest message that was there when listening began, or has
	// come since. Their ids sort by age.
	seen string
	// caught are the messages that were fetched from the history: those that
	// come as events, too, aren't to be printed again.
	caught map[string]bool
}

func (a *app) listen(ctx context.Context, channels, types []string, count int, resume string) error {
	l := &listener{
		app:           a,
		out:           newLineWriter(ctx, a.stdout),
		printer:       printer{json: a.json, style: a.styleOf(a.stdout), labels: len(channels) != 1, secrets: &a.secrets},
		types:         types,
		named:         channels,
		left:          count,
		limited:       count > 0,
		conversations: make(map[conversation]*place),
	}
	if err := l.openListener(ctx, resume); err != nil {
		return errors.Join(err, l.out.close())
	}
	defer shut(l.session)
	err := errors.Join(l.run(ctx), l.out.close())
	if ctx.Err() != nil {
		// Being interrupted is how it is meant to end.
		err = nil
	}
	return errors.Join(err, l.suspend())
}

// errEnough says that as many messages as wanted have been printed.
var errEnough = errors.New("enough messages")

func (l *listener) run(ctx context.Context) error {
	if l.resumed && !l.lost {
		switch err := l.goOn(ctx); {
		case errors.Is(err, errEnough):
			return l.notePlaces()
		case err != nil:
			return err
		}
	}
	for event, err := range l.session.Events(ctx) {
		if event == nil {
			return err
		}
		if err != nil {
			l.app.diagnose("%s", plain(err))
		}
		err = l.take(ctx, event)
		enough := errors.Is(err, errEnough)
		if err == nil || enough {
			err = l.printed(event)
		}
		if err != nil || enough {
			return err
		}
	}
	return nil
}

// take deals with an event.
func (l *listener) take(ctx context.Context, event *api.Event) error {
	switch event.Name {
	case "session_created":
		return l.begin(ctx, event)
	case ninchat.EventSessionLost:
		return l.sayLost()
	case ninchat.EventsMissing:
		return l.missing(ctx)
	case "message_received":
		m, err := asMessage(event)
		if err != nil {
			l.app.diagnose("%s", plain(err))
			return nil
		}
		return l.message(m)
	case "channel_joined", "dialogue_updated":
		return l.added(ctx, event)
	}
	return nil
}

func (l *listener) sayLost() error {
	l.lost = true
	l.app.diagnose("session lost; a new one was made")
	if l.printer.json {
		return l.out.write(bareEvent(ninchat.EventSessionLost))
	}
	return nil
}

// missing is called when the server has left events out.
func (l *listener) missing(ctx context.Context) error {
	l.app.diagnose("the server has left events out; fetching the history")
	if l.printer.json {
		if err := l.out.write(bareEvent(ninchat.EventsMissing)); err != nil {
			return err
		}
	}
	return l.makeUp(func() error { return l.catchUpAll(ctx) })
}

// begin is called at the beginning of each session.
func (l *listener) begin(ctx context.Context, event *api.Event) error {
	created, _, err := api.As[*api.SessionCreated](event)
	if err != nil {
		return err
	}
	switch {
	case !l.started:
		if l.resumed {
			// The run before began, and the server has lost its session since.
			l.knowPlaces()
		}
		if err := l.start(ctx, created); err != nil {
			return err
		}
		l.started = true
		l.app.diagnose("listening to %s", l.what())
		if !l.lost {
			return nil
		}
		fallthrough
	case l.lost:
		l.lost = false
		return l.makeUp(func() error { return l.catchUp(ctx, created) })
	}
	return nil
}

func (l *listener) what() string {
	if len(l.named) > 0 {
		return plural(len(l.named), "channel")
	}
	return plural(len(l.conversations), "conversation")
}

// start joins channels, and notes where the conversations are.
func (l *listener) start(ctx context.Context, created *api.SessionCreated) error {
	for _, id := range l.named {
		if _, member := created.UserChannels[id]; !member {
			if err := l.join(ctx, id); err != nil {
				return err
			}
		}
	}
	for _, c := range l.follow(created) {
		if err := l.add(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// follow lists the conversations to be listened to.
func (l *listener) follow(created *api.SessionCreated) []conversation {
	var all []conversation
	for _, id := range l.named {
		all = append(all, conversation{channelID: id})
	}
	if len(l.named) > 0 {
		return all
	}
	for _, id := range sortedKeys(created.UserChannels) {
		all = append(all, conversation{channelID: id})
	}
	for _, id := range sortedKeys(created.UserDialogues) {
		all = append(all, conversation{userID: id})
	}
	return all
}

func (l *listener) join(ctx context.Context, id string) error {
	ctx, cancel := l.app.within(ctx)
	defer cancel()
	_, err := l.session.JoinChannel(ctx, api.JoinChannel{ChannelID: &id})
	return err
}

// add notes the newest message of a conversation. Events about messages up to it
// have been received already, though they haven't had their turn yet.
func (l *listener) add(ctx context.Context, c conversation) error {
	if l.conversations[c] != nil {
		return nil
	}
	p := &place{}
	newest := historyQuery{where: c, limit: 1, types: wanted{"*"}, timeout: l.app.timeout}
	if err := newest.each(ctx, l.session, func(m *received) error {
		p.seen = m.MessageID
		return nil
	}); err != nil {
		return fmt.Errorf("history of %s: %w", c.id(), err)
	}
	l.conversations[c] = p
	l.moved = append(l.moved, c)
	return nil
}

// added begins to follow a conversation that is new for the user, if all count.
func (l *listener) added(ctx context.Context, event *api.Event) error {
	var header struct {
		ChannelID string `json:"channel_id"`
		UserID    string `json:"user_id"`
	}
	if err := event.Decode(&header); err != nil || len(l.named) > 0 || !l.started {
		return nil
	}
	c := conversation{channelID: header.ChannelID}
	if c.channelID == "" {
		c.userID = header.UserID
	}
	if err := l.add(ctx, c); err != nil {
		// It may be gone again.
		l.conversations[c] = &place{}
	}
	return nil
}

// catchUp prints what was sent between the lost session and the new one.
func (l *listener) catchUp(ctx context.Context, created *api.SessionCreated) error {
	for _, c := range l.follow(created) {
		if l.conversations[c] == nil {
			if l.resumed {
				// How far it was followed by the run before isn't known.
				l.app.diagnose("messages may be missing in %s", c.id())
				_ = l.add(ctx, c)
				continue
			}
			l.conversations[c] = &place{}
		}
		if err := l.catchUpOrSay(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// catchUpOrSay prints what was missed in a conversation, or says that it can't
// be had.
func (l *listener) catchUpOrSay(ctx context.Context, c conversation) error {
	err := l.catchUpWith(ctx, c)
	if errors.Is(err, errEnough) || ctx.Err() != nil {
		return err
	}
	if err != nil {
		l.app.diagnose("messages may be missing: history of %s: %s", c.id(), plain(err))
	}
	return nil
}

func (l *listener) catchUpWith(ctx context.Context, c conversation) error {
	p := l.conversations[c]
	if p.caught == nil {
		p.caught = make(map[string]bool)
	}
	missed := historyQuery{where: c, types: wanted{"*"}, from: new(p.seen), oldestFirst: true}
	return missed.each(ctx, l.session, func(m *received) error {
		// Those that were caught before still count: when a session is lost while
		// its predecessor's losses are made up for, both fetch what the next one
		// brings as events.
		p.caught[m.MessageID] = true
		p.seen = m.MessageID
		l.moved = append(l.moved, c)
		return l.print(m)
	})
}

// message deals with a message that came as an event.
func (l *listener) message(m *received) error {
	c := m.conversation()
	p := l.conversations[c]
	if p == nil {
		if len(l.named) > 0 {
			return nil
		}
		p = &place{}
		l.conversations[c] = p
	}
	if p.caught[m.MessageID] {
		return nil
	}
	if m.MessageID > p.seen {
		// Those that come now are newer than what was fetched.
		p.seen, p.caught = m.MessageID, nil
		l.moved = append(l.moved, c)
	}
	return l.print(m)
}

// print prints a message, if it is of a wanted type.
func (l *listener) print(m *received) error {
	if !l.types.match(m.MessageType) {
		return nil
	}
	if err := l.out.write(l.printer.line(m)); err != nil {
		return err
	}
	if l.left--; l.limited && l.left == 0 {
		return errEnough
	}
	return nil
}
