package scenario_test

import (
	"slices"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
)

// queue is a queue, and who waits in it as far as the story knows.
type queue struct {
	name    string
	id      string
	waiting []*visit
	// forgets says that transcripts are deleted after some time.
	forgets bool
	// described counts those who looked whether to enter.
	described []time.Time
	// history has everybody who ever came.
	history []*visit
}

// visit is a customer's way through a queue, as the story takes it down.
type visit struct {
	day      *day
	queue    *queue
	customer *person
	audience string
	// earlier is where the customer was transferred from, nil if nowhere.
	earlier *visit
	vars    map[string]string
	// Zero times are of what hasn't happened.
	requested, accepted, finished, dropped, rated, completed time.Time

	agent *person
	// channel is "" in a dialogue.
	channel string
	said    []string
	rating  int64
	tags    []string
}

// asks has a customer enter a queue, and checks the place.
func (p *person) asks(q *queue, metadata *api.AudienceMetadata) *visit {
	p.day.Helper()
	enqueued := must[*api.AudienceEnqueued](p, "request_audience")(p.RequestAudience(p.day.Context(), api.RequestAudience{QueueID: q.id, AudienceMetadata: metadata}))
	v := &visit{day: p.day, customer: p}
	if metadata != nil {
		v.vars = metadata.Vars
	}
	return v.enters(q, enqueued)
}

// enters notes that a customer is at the end of a queue.
func (v *visit) enters(q *queue, enqueued *api.AudienceEnqueued) *visit {
	v.day.Helper()
	v.queue, v.audience, v.requested = q, enqueued.AudienceID, time.Now()
	q.waiting, q.history = append(q.waiting, v), append(q.history, v)
	if want := int64(len(q.waiting)); enqueued.QueuePosition != want || enqueued.QueueAttrs.Length.Or(-1) != want {
		v.day.Errorf("%s is number %d of %d in %s, should be %d", v.customer.name, enqueued.QueuePosition, enqueued.QueueAttrs.Length.Or(-1), q.name, want)
	}
	return v
}

// waitsNoMore takes a visit out of its queue, and checks that those behind it
// learn of their new places.
func (v *visit) waitsNoMore(cause string) {
	v.day.Helper()
	i := slices.Index(v.queue.waiting, v)
	v.queue.waiting = slices.Delete(v.queue.waiting, i, i+1)
	for n, behind := range v.queue.waiting[i:] {
		position := int64(i + n + 1)
		sees(behind.customer, "a new place", func(e *api.QueueUpdated) bool {
			return e.QueueID == v.queue.id && e.QueuePosition != nil && *e.QueuePosition == position && *e.EventCause == cause
		})
	}
}

// next accepts who is next.
func (p *person) next(q *queue) *visit {
	p.day.Helper()
	return p.accepts(q.waiting[0], nil)
}

// picks accepts somebody out of turn.
func (p *person) picks(v *visit) *visit {
	p.day.Helper()
	return p.accepts(v, &v.audience)
}

func (p *person) accepts(v *visit, audience *string) *visit {
	p.day.Helper()
	reply := must[*api.AcceptAudienceReply](p, "accept_audience")(p.AcceptAudience(p.day.Context(), api.AcceptAudience{QueueID: v.queue.id, AudienceID: audience}))
	v.agent, v.accepted = p, time.Now()
	if joined := reply.ChannelJoined; joined != nil {
		v.meetsInChannel(joined)
	} else {
		v.meetsInDialogue(reply.DialogueUpdated)
	}
	v.waitsNoMore(api.EventCauseAudienceAcceptPeer)
	return v
}

// meetsInChannel checks what both see of the new channel.
func (v *visit) meetsInChannel(joined *api.ChannelJoined) {
	v.day.Helper()
	v.channel = joined.ChannelID
	theirs := sees(v.customer, "the channel", func(e *api.ChannelJoined) bool { return e.ChannelID == v.channel })
	for name, e := range map[string]*api.ChannelJoined{v.agent.name: joined, v.customer.name: theirs} {
		attrs := e.ChannelAttrs
		if attrs.AudienceID.Or("") != v.audience || attrs.QueueID.Or("") != v.queue.id || attrs.RequesterID.Or("") != v.customer.UserID() {
			v.day.Errorf("%s sees a channel of another audience: %+v", name, attrs)
		}
		if len(e.ChannelMembers) != 2 || e.AudienceMetadata == nil || e.RealmID == nil {
			v.day.Errorf("%s sees %d members and metadata %v", name, len(e.ChannelMembers), e.AudienceMetadata)
		}
	}
	v.beginsWell()
}

// beginsWell checks what both read at the top of the channel: where the customer has
// come from, if from another one, and who has joined.
func (v *visit) beginsWell() {
	v.day.Helper()
	for _, p := range []*person{v.agent, v.customer} {
		if e := v.earlier; e != nil {
			source := hears[*message.InfoTransferSource](p, v.channel)
			if source.ChannelID != e.channel || source.AudienceID != e.audience || source.QueueID != e.queue.id || source.UserID != e.agent.UserID() {
				v.day.Errorf("%s came from %+v", v.customer.name, source)
			}
		}
		for _, who := range []*person{v.customer, v.agent} {
			if joined := hears[*message.InfoJoin](p, v.channel); joined.UserID != who.UserID() || joined.UserName == nil || *joined.UserName != who.name {
				v.day.Errorf("%s reads of %+v instead of %s", p.name, joined, who.name)
			}
		}
	}
}

func (v *visit) meetsInDialogue(updated *api.DialogueUpdated) {
	v.day.Helper()
	theirs := sees(v.customer, "the dialogue", func(e *api.DialogueUpdated) bool { return e.UserID == v.agent.UserID() })
	for name, e := range map[string]*api.DialogueUpdated{v.agent.name: updated, v.customer.name: theirs} {
		if attrs := e.DialogueMembers[v.customer.UserID()]; attrs.AudienceID.Or("") != v.audience || attrs.QueueID.Or("") != v.queue.id || e.DialogueStatus == nil {
			v.day.Errorf("%s sees another dialogue: %+v", name, e)
		}
	}
}

// talk is a conversation: lines by turns, the agent's first.
func (v *visit) talk(lines ...string) *visit {
	v.day.Helper()
	from, to := v.agent, v.customer
	for _, line := range lines {
		v.says(from, to, message.NewText(line))
		v.said = append(v.said, from.name+": "+line)
		from, to = to, from
	}
	return v
}

// says has one of the two send a message, and the other one get it.
func (v *visit) says(from, to *person, content message.Content) *api.MessageReceived {
	v.day.Helper()
	m := send(content)
	if v.channel != "" {
		m.ChannelID = &v.channel
	} else {
		m.UserID = new(to.UserID())
	}
	sent := must[*api.MessageReceived](from, "send_message")(from.SendMessage(v.day.Context(), m))
	got := sees(to, "the message", func(e *api.MessageReceived) bool { return e.MessageID == sent.MessageID })
	if got.MessageType != m.MessageType || !slices.EqualFunc(got.Payload, m.Payload, slices.Equal) ||
		got.MessageUserID == nil || *got.MessageUserID != from.UserID() || got.MessageUserName == nil || *got.MessageUserName != from.name {
		v.day.Errorf("%s gets something else from %s: %+v", to.name, from.name, got)
	}
	return got
}

// hears waits for a message that nobody has written, and understands it.
func hears[C message.Content](p *person, channel string) C {
	p.day.Helper()
	var content C
	sees(p, content.Type(), func(e *api.MessageReceived) bool {
		if e.ChannelID == nil || *e.ChannelID != channel || e.MessageType != content.Type() {
			return false
		}
		parsed, err := message.Parse(e.MessageType, e.Payload)
		if err != nil {
			p.day.Errorf("%s: %v", p.name, err)
			return false
		}
		content = parsed.(C)
		return true
	})
	return content
}

// rates has the customer rate, as the web page does.
func (v *visit) rates(rating int64) *visit {
	v.day.Helper()
	if v.channel == "" {
		must[*api.DialogueUpdated](v.customer, "rate")(v.customer.UpdateDialogue(v.day.Context(), api.UpdateDialogue{
			UserID: v.agent.UserID(), MemberAttrs: &api.DialogueMemberAttrs{Rating: api.Set(rating)},
		}))
	} else {
		v.annotates(v.customer, map[string]any{"rating": rating})
	}
	v.rating, v.rated = rating, time.Now()
	return v
}

// tagged has the agent say what it was about.
func (v *visit) tagged(tags ...string) *visit {
	v.day.Helper()
	v.annotates(v.agent, map[string]any{"tag_ids": tags})
	v.tags = tags
	return v
}

func (v *visit) annotates(p *person, data map[string]any) {
	v.day.Helper()
	object, err := message.NewObject(data)
	if err != nil {
		v.day.Fatal(err)
	}
	m := send(&message.Metadata{Data: object})
	m.MessageFold, m.MessageRecipientIDs = new(false), []string{}
	m.ChannelID = &v.channel
	must[*api.MessageReceived](p, "metadata")(p.SendMessage(v.day.Context(), m))
}

// ends has the agent end the conversation; it isn't complete before the agent
// leaves.
func (v *visit) ends() *visit {
	v.day.Helper()
	ctx := v.day.Context()
	if v.channel == "" {
		must[*api.DialogueUpdated](v.agent, "end")(v.agent.UpdateDialogue(ctx, api.UpdateDialogue{
			UserID: v.customer.UserID(), MemberAttrs: &api.DialogueMemberAttrs{AudienceEnded: api.Set(true)},
		}))
	} else {
		must[*api.ChannelUpdated](v.agent, "end")(v.agent.UpdateChannel(ctx, api.UpdateChannel{
			ChannelID: v.channel, ChannelAttrs: api.ChannelAttrs{Closed: api.Set(true)},
		}))
		sees(v.customer, "the end", func(e *api.ChannelUpdated) bool { return e.ChannelID == v.channel && e.ChannelAttrs.Closed.Or(false) })
	}
	v.finished = time.Now()
	return v
}

// completes has the agent leave.
func (v *visit) completes() {
	v.day.Helper()
	ctx := v.day.Context()
	if v.channel == "" {
		must[*api.DialogueUpdated](v.agent, "hide")(v.agent.UpdateDialogue(ctx, api.UpdateDialogue{
			UserID: v.customer.UserID(), DialogueStatus: new(api.DialogueStatusHidden),
		}))
	} else {
		must[*api.ChannelParted](v.agent, "part")(v.agent.PartChannel(ctx, api.PartChannel{ChannelID: v.channel}))
	}
	v.completed = time.Now()
}

// transfers has the agent send the customer to another queue.
func (v *visit) transfers(to *queue) *visit {
	v.day.Helper()
	reply := must[*api.TransferAudienceReply](v.agent, "transfer_audience")(v.agent.TransferAudience(v.day.Context(), api.TransferAudience{AudienceID: &v.audience, QueueID: to.id}))
	if reply.ChannelParted == nil || reply.ChannelParted.EventCause == nil || *reply.ChannelParted.EventCause != api.EventCauseAudienceTransfer {
		v.day.Errorf("%s left otherwise: %+v", v.agent.name, reply)
	}
	return v.moves(to)
}

// moves notes that the customer has been sent to another queue.
func (v *visit) moves(to *queue) *visit {
	v.day.Helper()
	v.finished, v.completed = time.Now(), time.Now()
	sees(v.customer, "the transfer", func(e *api.ChannelUpdated) bool {
		return e.ChannelID == v.channel && e.ChannelAttrs.Suspended.Or(false) && e.EventCause != nil && *e.EventCause == api.EventCauseAudienceTransfer
	})
	if target := hears[*message.InfoTransferTarget](v.customer, v.channel); target.QueueID != to.id {
		v.day.Errorf("%s is transferred to %s", v.customer.name, target.QueueID)
	}
	enqueued := sees(v.customer, "the other queue", func(e *api.AudienceEnqueued) bool { return e.QueueID == to.id })
	moved := &visit{day: v.day, customer: v.customer, vars: v.vars, earlier: v}
	return moved.enters(to, enqueued)
}

// leaves has a customer who waits go away.
func (v *visit) leaves() {
	v.day.Helper()
	v.customer.leave()
	v.dropped = v.customer.gone
	v.waitsNoMore(api.EventCauseAudienceDrop)
}

// parts has the customer leave the conversation, which ends by that.
func (v *visit) parts() *visit {
	v.day.Helper()
	must[*api.ChannelParted](v.customer, "part")(v.customer.PartChannel(v.day.Context(), api.PartChannel{ChannelID: v.channel}))
	sees(v.agent, "the end", func(e *api.ChannelUpdated) bool { return e.ChannelID == v.channel && e.ChannelAttrs.Closed.Or(false) })
	v.finished, v.completed = time.Now(), time.Now()
	return v
}

// overAfter waits until the server doesn't expect the customer, who has gone away,
// to come back.
func (v *visit) overAfter(grace time.Duration) {
	v.day.Helper()
	v.finished = v.customer.gone.Add(grace)
	v.completed = v.finished
	time.Sleep(time.Until(v.finished) + time.Second)
	sees(v.agent, "the end", func(e *api.ChannelUpdated) bool { return e.ChannelID == v.channel && e.ChannelAttrs.Closed.Or(false) })
}

// wants has the customer say something to the robot.
func (v *visit) wants(line string) *visit {
	v.day.Helper()
	v.says(v.customer, v.agent, message.NewText(line))
	v.said = append(v.said, v.customer.name+": "+line)
	return v
}

// writes has the other one see that somebody is writing.
func (v *visit) writes(from, to *person) {
	v.day.Helper()
	must[*api.UpdateMemberReply](from, "update_member")(from.UpdateMember(v.day.Context(), api.UpdateMember{
		ChannelID: &v.channel, UserID: from.UserID(), MemberAttrs: api.MemberAttrs{Writing: api.Set(true)},
	}))
	sees(to, "somebody writing", func(e *api.ChannelMemberUpdated) bool {
		return e.ChannelID == v.channel && e.UserID == from.UserID() && e.MemberAttrs.Writing.Or(false)
	})
}

// secret is what the agent is told about the customer, and the customer isn't.
func (v *visit) secret() string {
	v.day.Helper()
	ctx, describe := v.day.Context(), api.DescribeChannel{ChannelID: v.channel}
	theirs := must[*api.ChannelFound](v.customer, "describe_channel")(v.customer.DescribeChannel(ctx, describe))
	if theirs.AudienceMetadata == nil || theirs.AudienceMetadata.Secure != nil {
		v.day.Errorf("%s sees the metadata %+v", v.customer.name, theirs.AudienceMetadata)
	}
	ours := must[*api.ChannelFound](v.agent, "describe_channel")(v.agent.DescribeChannel(ctx, describe))
	if ours.AudienceMetadata == nil || ours.AudienceMetadata.Vars["page"] != "account" {
		v.day.Fatalf("%s sees the metadata %+v", v.agent.name, ours.AudienceMetadata)
	}
	return string(ours.AudienceMetadata.Secure)
}
