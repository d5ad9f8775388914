package scenario_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
)

// person is somebody with a session, and what has come in it that the story hasn't
// looked at yet.
type person struct {
	*ninchat.Session
	day  *day
	name string
	// stop ends the listening, and left is closed when it has ended.
	stop context.CancelFunc
	left chan struct{}
	// gone is when the session ended, zero if it hasn't.
	gone time.Time

	mu    sync.Mutex
	inbox []*api.Event
	// reflex is called with each event, if there is one.
	reflex func(*api.Event)
	news   chan struct{}
}

// come has somebody open a session.
func (d *day) come(name string, login api.CreateSession) *person {
	d.Helper()
	s, err := ninchat.Open(d.Context(), d.config(login))
	if err != nil {
		d.Fatalf("%s: %v", name, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &person{Session: s, day: d, name: name, stop: stop, left: make(chan struct{}), news: make(chan struct{}, 1)}
	d.people[s.UserID()] = p
	go p.listen(ctx)
	d.Cleanup(p.leave)
	return p
}

func (d *day) config(login api.CreateSession) ninchat.Config {
	return ninchat.Config{
		Address:   d.srv().URL(),
		Transport: d.by,
		Dial:      d.dial,
		Proxy:     func(*http.Request) (*url.URL, error) { return nil, nil },
		Login:     login,
	}
}

// guest is a customer whom nobody knows.
func (d *day) guest(name string) *person {
	d.Helper()
	return d.come(name, ninchat.NewUser(name))
}

// listen puts what comes into the inbox.
func (p *person) listen(ctx context.Context) {
	defer close(p.left)
	for event, err := range p.Events(ctx) {
		if err != nil {
			if ctx.Err() == nil {
				p.day.Errorf("%s: %v", p.name, err)
			}
			return
		}
		p.mu.Lock()
		p.inbox = append(p.inbox, event)
		reflex := p.reflex
		p.mu.Unlock()
		if reflex != nil {
			reflex(event)
		}
		select {
		case p.news <- struct{}{}:
		default:
		}
	}
}

// leave closes the session. It can be called again.
func (p *person) leave() {
	if err := p.Close(); err != nil {
		p.day.Errorf("%s leaves: %v", p.name, err)
	}
	p.ended()
}

// vanish ends without a word, as when a phone is switched off.
func (p *person) vanish() {
	if _, err := p.Suspend(); err != nil {
		p.day.Errorf("%s vanishes: %v", p.name, err)
	}
	p.ended()
}

func (p *person) ended() {
	p.stop()
	<-p.left
	if p.gone.IsZero() {
		p.gone = time.Now()
	}
}

// sees waits for an event, and takes it and all before it of its kind out of the
// inbox.
func sees[E api.TypedEvent](p *person, what string, like func(E) bool) E {
	p.day.Helper()
	limit := time.After(time.Minute)
	for {
		if found, ok := look(p, like); ok {
			return found
		}
		select {
		case <-p.news:
		case <-limit:
			p.day.Fatalf("%s doesn't see %s, but %s", p.name, what, p.unseen())
		}
	}
}

// look takes an event out of the inbox, if it is there.
func look[E api.TypedEvent](p *person, like func(E) bool) (found E, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, event := range p.inbox {
		typed, is, err := api.As[E](event)
		if err != nil {
			p.day.Errorf("%s: %s: %v", p.name, event.Name, err)
		}
		if is && err == nil && like(typed) {
			kept := slices.DeleteFunc(p.inbox[:i:i], func(e *api.Event) bool { return e.Name == event.Name })
			p.inbox = append(kept, p.inbox[i+1:]...)
			return typed, true
		}
	}
	return found, false
}

// unseen names what is in the inbox.
func (p *person) unseen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var text strings.Builder
	for _, event := range p.inbox {
		fmt.Fprintf(&text, "\n%s", event.Header)
	}
	return text.String()
}

// must fails the test if something that should work doesn't.
func must[T any](p *person, what string) func(T, error) T {
	return func(result T, err error) T {
		p.day.Helper()
		if err != nil {
			p.day.Fatalf("%s: %s: %v", p.name, what, err)
		}
		return result
	}
}

// send is a message of any type, to a channel or user.
func send(content message.Content) api.SendMessage {
	payload, err := content.Encode()
	if err != nil {
		panic(err) // the test's own
	}
	return api.SendMessage{MessageType: content.Type(), Payload: payload}
}
