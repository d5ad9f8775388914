package scenario_test

import (
	"errors"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
)

// robot is an agent that works by itself, in the manner of published bots: it
// accepts whoever is in its queue, greets, passes on those who want a human, and
// leaves when it is over.
type robot struct {
	*person
	// audiences are by their channels.
	audiences map[string]string

	mu sync.Mutex
	// served says when audiences were accepted.
	served map[string]time.Time
}

const (
	greeting = "Beep. What is it about?"
	please   = "A human, please!"
)

// begins has the robot react to what its person sees.
func (r *robot) begins() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.person.mu.Lock()
	defer r.person.mu.Unlock()
	r.reflex = func(event *api.Event) {
		if err := r.reacts(event); err != nil {
			r.day.Errorf("the robot: %s: %v", event.Name, err)
		}
	}
}

func (r *robot) reacts(event *api.Event) error {
	ctx := r.day.Context()
	typed, err := event.Typed()
	if err != nil {
		return err
	}
	switch e := typed.(type) {
	case *api.QueueUpdated:
		if e.QueueAttrs.Length.Or(0) > 0 {
			return r.takes(e.QueueID)
		}
	case *api.MessageReceived:
		if content, err := message.Parse(e.MessageType, e.Payload); err == nil && content.Text() == please {
			_, err := r.TransferAudience(ctx, api.TransferAudience{AudienceID: new(r.audiences[*e.ChannelID]), QueueID: r.day.support.id})
			return err
		}
	case *api.ChannelUpdated:
		if e.ChannelAttrs.Closed.Or(false) {
			_, err := r.PartChannel(ctx, api.PartChannel{ChannelID: e.ChannelID})
			return err
		}
	}
	return nil
}

// takes accepts the next customer, if there still is one, and greets.
func (r *robot) takes(queueID string) error {
	ctx := r.day.Context()
	reply, err := r.AcceptAudience(ctx, api.AcceptAudience{QueueID: queueID})
	if errors.Is(err, api.ErrQueueIsEmpty) {
		return nil
	}
	if err != nil {
		return err
	}
	joined := reply.ChannelJoined
	r.audiences[joined.ChannelID] = joined.ChannelAttrs.AudienceID.Or("")
	r.note(r.audiences[joined.ChannelID])
	m := send(message.NewText(greeting))
	m.ChannelID = &joined.ChannelID
	_, err = r.SendMessage(ctx, m)
	return err
}

func (r *robot) note(audience string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.served[audience] = time.Now()
}

// serves notes that the robot has accepted a customer, who reads its greeting.
func (r *robot) serves(v *visit) *visit {
	r.day.Helper()
	joined := sees(v.customer, "the robot's channel", func(e *api.ChannelJoined) bool { return e.ChannelAttrs.AudienceID.Or("") == v.audience })
	v.agent, v.channel = r.person, joined.ChannelID
	if text := hears[*message.Text](v.customer, v.channel); text.Body != greeting {
		r.day.Errorf("the robot says %q", text.Body)
	}
	r.mu.Lock()
	v.accepted = r.served[v.audience]
	r.mu.Unlock()
	v.said = append(v.said, r.name+": "+greeting)
	v.waitsNoMore(api.EventCauseAudienceAcceptPeer)
	return v
}
