package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

func (a *app) historyCommand() *cobra.Command {
	var user string
	var types []string
	var q historyQuery
	command := &cobra.Command{
		Use:     "history CHANNEL",
		GroupID: groupChat,
		Short:   "Print earlier messages",
		Long: `Print earlier messages of a channel, or of the dialogue with a user: the latest
ones, newest first, or from the beginning with --oldest-first.`,
		Example: `  ninchat history CHANNEL --length 10
  ninchat history CHANNEL --oldest-first --length 0 --json > archive.jsonl
  ninchat history --user USER --contains invoice`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && user == "":
				q.where = conversation{channelID: args[0]}
			case len(args) == 0 && user != "":
				q.where = conversation{userID: user}
			default:
				return usagef("name a channel, or a user with --user")
			}
			if q.limit < 0 {
				return usagef("--length must not be less than 0")
			}
			q.types = types
			q.timeout = a.timeout
			return a.history(command.Context(), q)
		},
	}
	flags := command.Flags()
	flags.StringVar(&user, "user", "", "print the dialogue with the `user` with this id")
	flags.IntVar(&q.limit, "length", 100, "how many messages to print at most, 0 for all")
	flags.BoolVar(&q.oldestFirst, "oldest-first", false, "begin with the oldest message")
	flags.StringArrayVar(&types, "type", nil, typesHelp)
	flags.StringVar(&q.contains, "contains", "", "print only messages with this `text` in them")
	return command
}

func (a *app) history(ctx context.Context, q historyQuery) error {
	session, err := a.openCaller(ctx)
	if err != nil {
		return err
	}
	defer shut(session)
	out := newLineWriter(ctx, a.stdout)
	p := printer{json: a.json, style: a.styleOf(a.stdout), secrets: &a.secrets}
	err = q.each(ctx, session, func(m *received) error { return out.write(p.line(m)) })
	return errors.Join(err, out.close())
}

// historyQuery says which messages of a conversation are wanted.
type historyQuery struct {
	where    conversation
	types    wanted
	contains string
	// from is the message to begin after, nil for the end of the history to
	// begin at.
	from        *string
	oldestFirst bool
	// limit is how many messages there may be, 0 for any number.
	limit int
	// timeout is how long to wait for each answer, 0 for ever.
	timeout time.Duration
}

// maxPage is how many messages are asked for at a time.
const maxPage = 500

// each calls do for each message. It asks for as many pages as it takes.
func (q historyQuery) each(ctx context.Context, session *ninchat.Session, do func(*received) error) error {
	if q.from == nil && q.oldestFirst {
		q.from = new("")
	}
	for left := q.limit; ; {
		loaded, accepted, err := q.page(ctx, session, left, do)
		switch {
		case errors.Is(err, ninchat.ErrSessionLost):
			// Ask again in the next session, from where this one got to.
		case errors.Is(err, ninchat.ErrTooManyReplies) && loaded > 0:
			// The rest of the page is asked for again.
		case err != nil:
			return err
		case loaded == 0:
			return nil
		}
		if left -= accepted; q.limit > 0 && left <= 0 {
			return nil
		}
	}
}

// page loads one page and moves q.from. It returns how many messages there were,
// and how many of them were of the wanted types.
func (q *historyQuery) page(ctx context.Context, session *ninchat.Session, left int, do func(*received) error) (loaded, accepted int, err error) {
	action, err := q.action(left)
	if err != nil {
		return 0, 0, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	waiting := q.watch(cancel)
	defer waiting.Stop()
	var failed error
	err = session.Invoke(ctx, action, func(event *api.Event) bool {
		waiting.Stop()
		defer waiting.Reset(q.patience())
		var m *received
		if m, failed = asMessage(event); m == nil {
			return failed == nil
		}
		loaded++
		q.from = &m.MessageID
		if q.types.match(m.MessageType) {
			accepted++
			failed = do(m)
		}
		return failed == nil
	})
	return loaded, accepted, errors.Join(failed, err)
}

// watch gives up when there is no answer.
func (q *historyQuery) watch(cancel context.CancelCauseFunc) *time.Timer {
	return time.AfterFunc(q.patience(), func() { cancel(errNoAnswer) })
}

func (q *historyQuery) patience() time.Duration {
	if q.timeout == 0 {
		return 1<<63 - 1
	}
	return q.timeout
}

// action asks for a page. It is transient: when the session is lost in the
// middle of the answer, the answer in the next one would begin anew.
func (q *historyQuery) action(left int) (*api.Action, error) {
	params := api.LoadHistory{
		MessageTypes:  q.types,
		MessageID:     q.from,
		HistoryLength: new(int64(maxPage)),
		HistoryOrder:  new(int64(-1)),
	}
	if left > 0 {
		params.HistoryLength = new(int64(min(left, maxPage)))
	}
	if q.oldestFirst {
		params.HistoryOrder = new(int64(1))
	}
	if q.where.channelID != "" {
		params.ChannelID = &q.where.channelID
	} else {
		params.UserID = &q.where.userID
	}
	if q.contains != "" {
		params.FilterProperty, params.FilterSubstring = new("text"), &q.contains
	}
	action, err := params.Action()
	if err != nil {
		return nil, err
	}
	action.Transient = true
	return action, nil
}
