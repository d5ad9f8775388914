package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

func (a *app) demoCommand() *cobra.Command {
	var wide bool
	command := &cobra.Command{
		Use:     "demo",
		GroupID: groupDevelop,
		Short:   "See what it is about, in a few seconds",
		Long: `Start a server in this process, let two users talk, let things go wrong, and show
what goes over the wire meanwhile. It takes no account and no network, and leaves
nothing behind. Each step checks its result; the exit status is 1 if one fails.`,
		Example: "  ninchat demo\n  ninchat demo --wide | less -S\n  ninchat demo --json | jq .title",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.demo(command.Context(), wide)
		},
	}
	command.Flags().BoolVar(&wide, "wide", false, "don't shorten long lines")
	return command
}

// demoTime is how long the demo may take. It takes about a second, where there is
// something else to do some more.
const demoTime = 2 * time.Minute

// demo is the state of the story.
type demo struct {
	app   *app
	tape  tape
	width int
	steps int

	server     *server.Server
	served     chan error
	url        string
	alice, bob *person
	channelID  string
	// lastID is the last message that Bob has seen.
	lastID string
}

// person is one of the users.
type person struct {
	*ninchat.Session
	name string
	// events has what the session receives.
	events chan *api.Event
	done   chan struct{}
}

func (a *app) demo(ctx context.Context, wide bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, demoTime, errors.New("the demo takes too long"))
	defer cancel()
	d := &demo{app: a, width: 150}
	if wide {
		d.width = 1 << 20
	}
	defer d.end(cancel)
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"A server is started on this computer.", d.startServer},
		{"Alice opens a session. She is new, so a user is created for her.", d.openAlice},
		{"Bob does the same.", d.openBob},
		{"Alice creates a channel, and is its first member.", d.createChannel},
		{"Bob joins the channel, and Alice is told.", d.join},
		{"Alice says something, and Bob receives it.", d.talk},
		{"Bob answers, and Alice receives that.", d.answer},
		{"Bob looks at the history of the channel.", d.history},
		{"Bob's connection is cut while Alice goes on talking. His session reconnects, resumes, and has lost nothing.", d.cut},
		{"The server loses Bob's session. He is told, gets a new one, and finds in the history what he missed.", d.lose},
		{"Both close their sessions.", d.leave},
	} {
		if err := d.step(ctx, step.title, step.do); err != nil {
			return err
		}
	}
	if !a.json {
		return a.printf("\nThat was it: %s, all checked. Now try: ninchat serve\n", plural(d.steps, "step"))
	}
	return nil
}

// end stops what runs.
func (d *demo) end(cancel context.CancelFunc) {
	for _, p := range []*person{d.alice, d.bob} {
		if p != nil {
			shut(p.Session)
		}
	}
	cancel()
	for _, p := range []*person{d.alice, d.bob} {
		if p != nil {
			<-p.done
		}
	}
	if d.server != nil {
		_ = d.server.Close()
		<-d.served
	}
}

// demoStep is what programs are told about a step.
type demoStep struct {
	Step  int        `json:"step"`
	Title string     `json:"title"`
	OK    bool       `json:"ok"`
	Wire  []wireLine `json:"wire"`
}

// step does a step and shows what went over the wire.
func (d *demo) step(ctx context.Context, title string, do func(context.Context) error) error {
	d.steps++
	style := d.app.styleOf(d.app.stdout)
	if !d.app.json {
		if err := d.app.printf("\n%s\n", style.bold(fmt.Sprintf("%d. %s", d.steps, title))); err != nil {
			return err
		}
	}
	failed := do(ctx)
	if failed != nil && ctx.Err() != nil {
		failed = context.Cause(ctx)
	}
	var lines []wireLine
	for _, line := range d.tape.take() {
		if !line.isChatter() {
			lines = append(lines, line)
		}
	}
	if err := d.show(style, title, lines, failed == nil); err != nil {
		return err
	}
	if failed != nil {
		return fmt.Errorf("step %d: %w", d.steps, failed)
	}
	return nil
}

func (d *demo) show(style style, title string, lines []wireLine, ok bool) error {
	if d.app.json {
		return d.app.printJSON(demoStep{d.steps, title, ok, lines})
	}
	for _, line := range lines {
		if err := d.app.printf("   %s\n", style.faint(line.text(d.width))); err != nil {
			return err
		}
	}
	return nil
}

// text is the line for people.
func (w *wireLine) text(width int) string {
	arrow := map[string]string{"sent": "→", "received": "←", "lost": "✂"}[w.Way]
	text := fmt.Sprintf("%-5s %s ", w.Who, arrow)
	switch {
	case w.Way == "lost":
		text += "the connection is gone"
	case w.Request != "" && w.Header != nil:
		text += w.Request + " " + string(w.Header)
	case w.Request != "":
		text += w.Request
	default:
		text += string(w.Header)
	}
	text = shorten(text, width)
	if w.Payload != nil {
		text += "\n           payload " + shorten(string(w.Payload), width)
	}
	return text
}

func shorten(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return string(runes[:width]) + "…"
}

func (d *demo) startServer(ctx context.Context) error {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if d.server, err = server.New(server.Config{Logger: d.app.logger()}); err != nil {
		_ = ln.Close()
		return err
	}
	d.served = make(chan error, 1)
	go func() { d.served <- d.server.Serve(context.Background(), ln) }()
	d.url = "http://" + ln.Addr().String()
	if d.app.json {
		return nil
	}
	return d.app.printf("   %s\n", d.url)
}

func (d *demo) openAlice(ctx context.Context) (err error) {
	d.alice, err = d.openPerson(ctx, "Alice")
	return err
}

func (d *demo) openBob(ctx context.Context) (err error) {
	d.bob, err = d.openPerson(ctx, "Bob")
	return err
}

func (d *demo) openPerson(ctx context.Context, name string) (*person, error) {
	login := ninchat.NewUser(name)
	login.UserAttrs.Guest = api.Set(false)
	session, err := ninchat.Open(ctx, ninchat.Config{
		Address: d.url,
		Login:   login,
		Dial:    d.tape.dial(name),
		Logger:  d.app.logger().With("user", name),
	})
	if err != nil {
		return nil, err
	}
	p := &person{Session: session, name: name, events: make(chan *api.Event), done: make(chan struct{})}
	go p.read(ctx)
	if _, err := p.expect(ctx, "session_created"); err != nil {
		return p, err
	}
	return p, nil
}

// read passes the session's events on.
func (p *person) read(ctx context.Context) {
	defer close(p.done)
	for event, err := range p.Events(ctx) {
		if err != nil {
			return
		}
		select {
		case p.events <- event:
		case <-ctx.Done():
			return
		}
	}
}

// expect waits for an event with the given name. Others that come before are
// ignored.
func (p *person) expect(ctx context.Context, name string) (*api.Event, error) {
	for {
		select {
		case event := <-p.events:
			if event.Name == name {
				return event, nil
			}
		case <-p.done:
			return nil, fmt.Errorf("%s's session ended: %w", p.name, errors.Join(p.Err(), context.Cause(ctx)))
		case <-ctx.Done():
			return nil, fmt.Errorf("%s didn't get %s", p.name, name)
		}
	}
}

// expectText waits for a text message, which must be the given one. It returns
// the message's id.
func (p *person) expectText(ctx context.Context, text string) (id string, err error) {
	for {
		event, err := p.expect(ctx, "message_received")
		if err != nil {
			return "", err
		}
		m, err := asMessage(event)
		if err != nil {
			return "", err
		}
		if m.MessageType != api.MessageTypeText {
			continue
		}
		if got := m.text(); got != text {
			return "", fmt.Errorf("%s got %q instead of %q", p.name, got, text)
		}
		return m.MessageID, nil
	}
}

// say sends a text message to the channel.
func (d *demo) say(ctx context.Context, p *person, text string) error {
	payload, err := textPayload([]byte(text))
	if err != nil {
		return err
	}
	_, err = p.SendMessage(ctx, api.SendMessage{
		ChannelID:   &d.channelID,
		MessageType: api.MessageTypeText,
		Payload:     [][]byte{payload},
	})
	return err
}

func (d *demo) createChannel(ctx context.Context) error {
	joined, err := d.alice.CreateChannel(ctx, api.CreateChannel{ChannelAttrs: &api.ChannelAttrs{Name: api.Set("lobby")}})
	if err != nil {
		return err
	}
	d.channelID = joined.ChannelID
	if _, member := joined.ChannelMembers[d.alice.UserID()]; !member {
		return errors.New("the creator isn't a member of the channel")
	}
	return nil
}

func (d *demo) join(ctx context.Context) error {
	reply, err := d.bob.JoinChannel(ctx, api.JoinChannel{ChannelID: &d.channelID})
	if err != nil {
		return err
	}
	if reply.ChannelJoined == nil || len(reply.ChannelJoined.ChannelMembers) != 2 {
		return errors.New("the channel doesn't have two members")
	}
	event, err := d.alice.expect(ctx, "channel_member_joined")
	if err != nil {
		return err
	}
	joined, _, err := api.As[*api.ChannelMemberJoined](event)
	if err == nil && joined.UserID != d.bob.UserID() {
		err = errors.New("somebody else is said to have joined")
	}
	return err
}

func (d *demo) talk(ctx context.Context) (err error) {
	const text = "Hello Bob, ¿qué tal? 👋"
	if err := d.say(ctx, d.alice, text); err != nil {
		return err
	}
	d.lastID, err = d.bob.expectText(ctx, text)
	return err
}

func (d *demo) answer(ctx context.Context) error {
	const text = "Fine, thank you!"
	if err := d.say(ctx, d.bob, text); err != nil {
		return err
	}
	_, err := d.alice.expectText(ctx, text)
	return err
}

func (d *demo) history(ctx context.Context) error {
	texts, err := d.load(ctx, nil, 2)
	if err == nil && len(texts) != 2 {
		err = fmt.Errorf("there are %s in the history instead of 2", plural(len(texts), "message"))
	}
	return err
}

// load returns the first texts in the history that Bob sees, after a message.
func (d *demo) load(ctx context.Context, from *string, limit int) ([]string, error) {
	var texts []string
	q := historyQuery{
		where:       conversation{channelID: d.channelID},
		types:       wanted{api.MessageTypeText},
		from:        from,
		oldestFirst: true,
		limit:       limit,
	}
	err := q.each(ctx, d.bob.Session, func(m *received) error {
		texts = append(texts, m.text())
		return nil
	})
	return texts, err
}

func (d *demo) cut(ctx context.Context) (err error) {
	connections := d.bob.Stats().Connections
	if d.server.Faults().Cut(server.Match{UserID: d.bob.UserID()}) != 1 {
		return errors.New("there was no connection to cut")
	}
	texts := []string{"One.", "Two.", "Three."}
	for _, text := range texts {
		if err := d.say(ctx, d.alice, text); err != nil {
			return err
		}
	}
	for _, text := range texts {
		if d.lastID, err = d.bob.expectText(ctx, text); err != nil {
			return err
		}
	}
	if d.bob.Stats().Connections != connections+1 {
		return errors.New("the session that was cut didn't reconnect")
	}
	return nil
}

func (d *demo) lose(ctx context.Context) error {
	if d.server.Faults().Lose(server.Match{UserID: d.bob.UserID()}) != 1 {
		return errors.New("there was no session to lose")
	}
	const text = "Did you miss this?"
	if err := d.say(ctx, d.alice, text); err != nil {
		return err
	}
	for _, name := range []string{ninchat.EventSessionLost, "session_created"} {
		if _, err := d.bob.expect(ctx, name); err != nil {
			return err
		}
	}
	texts, err := d.load(ctx, &d.lastID, 1)
	if err == nil && (len(texts) != 1 || texts[0] != text) {
		err = fmt.Errorf("the history has %q", texts)
	}
	return err
}

func (d *demo) leave(context.Context) error {
	return errors.Join(d.alice.Close(), d.bob.Close())
}
