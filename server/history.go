package server

import (
	"slices"
	"strings"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// query is what load_history asks for.
type query struct {
	log *chatlog
	// sees says whether the caller may see a message.
	sees  func(*message) bool
	types typeFilter
	// first and last are positions in the log: first <= i < last.
	first, last int
	oldestFirst bool
	length      int
	folded      bool
	contains    string
}

func (c *call) loadHistory(a *api.LoadHistory) *failure {
	q, side, why := c.newQuery(a)
	if why != nil {
		return why
	}
	if why := c.refine(q, a); why != nil {
		return why
	}
	found := q.run()
	results := &api.HistoryResults{ChannelID: a.ChannelID, UserID: a.UserID, HistoryLength: int64(len(found))}
	if len(found) > 0 {
		results.MessageID = &found[len(found)-1].id
	}
	c.reply(results)
	for i, m := range found {
		e := plain(m.parcels[side])
		e.remaining = int64(len(found) - i - 1)
		c.send(e)
	}
	return nil
}

// newQuery finds the log, and says what the caller may see of it. side is the
// position of the parcels made for the caller.
func (c *call) newQuery(a *api.LoadHistory) (q *query, side int, why *failure) {
	if a.ChannelID != nil {
		ch, m, why := c.membership(*a.ChannelID)
		if why != nil {
			return nil, 0, why
		}
		from := m.disclosedFrom()
		return &query{log: &ch.log, sees: func(other *message) bool {
			return other.id > from && other.visibleTo(m)
		}}, 0, nil
	}
	if a.UserID == nil {
		return nil, 0, fail(api.ErrRequestMalformed, "channel_id, user_id: one is needed")
	}
	d := c.user.dialogues[*a.UserID]
	if d == nil {
		if c.hub.users[*a.UserID] == nil {
			return nil, 0, userNotFound(*a.UserID)
		}
		return &query{log: new(chatlog)}, 0, nil
	}
	from, id := d.side(c.user).discarded, c.user.id
	return &query{log: &d.log, sees: func(m *message) bool {
		return m.id > from && m.addressed(id)
	}}, d.index(c.user), nil
}

// disclosedFrom is the id that messages must exceed to be seen by a member: what
// was said before the member came is disclosed as far as the channel says.
func (m *member) disclosedFrom() string {
	if since, ok := m.channel.attrs.DisclosedSince.Get(); ok {
		return min(m.first, messageIDAt(time.Unix(since, 0)))
	}
	return m.first
}

// refine completes a query.
func (c *call) refine(q *query, a *api.LoadHistory) *failure {
	limits := &c.hub.config.Limits
	q.types = typeFilter{"*"}
	if c.session != nil {
		q.types = c.session.types
	}
	if a.MessageTypes != nil {
		types, why := c.hub.newTypeFilter(a.MessageTypes)
		if why != nil {
			return why
		}
		q.types = types
	}
	q.length = limits.LoadDefault
	if a.HistoryLength != nil {
		if *a.HistoryLength < 0 {
			return fail(api.ErrRequestMalformed, "history_length: negative")
		}
		q.length = int(min(*a.HistoryLength, int64(limits.Load)))
	}
	if a.HistoryOrder != nil {
		if *a.HistoryOrder != 1 && *a.HistoryOrder != -1 {
			return fail(api.ErrRequestMalformed, "history_order: neither 1 nor -1")
		}
		q.oldestFirst = *a.HistoryOrder == 1
	}
	q.folded = a.MessageFold != nil && *a.MessageFold
	if a.FilterProperty != nil && a.FilterSubstring != nil {
		if *a.FilterProperty != "text" {
			return fail(api.ErrRequestMalformed, "filter_property: not text")
		}
		q.contains = strings.ToLower(*a.FilterSubstring)
	}
	q.bound(a.MessageID)
	return nil
}

// bound sets where to begin. The message there isn't among the results.
func (q *query) bound(id *string) {
	q.last = len(q.log.messages)
	switch {
	case id == nil:
	case q.oldestFirst:
		q.first = q.log.after(*id)
	default:
		q.last = q.log.from(*id)
	}
}

// run returns the messages that the query is about, in its order.
func (q *query) run() []*message {
	if q.folded {
		return q.runFolded()
	}
	var found []*message
	for n := 0; n < q.last-q.first && len(found) < q.length; n++ {
		if m := q.at(n); q.matches(m) && q.contained(m) {
			found = append(found, m)
		}
	}
	return found
}

// at is the nth message in the order of the query.
func (q *query) at(n int) *message {
	if q.oldestFirst {
		return q.log.messages[q.first+n]
	}
	return q.log.messages[q.last-1-n]
}

func (q *query) matches(m *message) bool {
	return q.sees(m) && q.types.match(m.kind)
}

func (q *query) contained(m *message) bool {
	return q.contains == "" || strings.Contains(strings.ToLower(m.text), q.contains)
}

// runFolded looks at folded messages only, and of each author and type at the
// newest one only, wherever the query begins.
func (q *query) runFolded() []*message {
	type key struct{ authorID, kind string }
	seen := make(map[key]bool)
	var found []*message
	for i := len(q.log.messages) - 1; i >= 0; i-- {
		m := q.log.messages[i]
		k := key{m.authorID, m.kind}
		if !m.fold || seen[k] || !q.matches(m) {
			continue
		}
		seen[k] = true
		if q.first <= i && i < q.last && q.contained(m) {
			found = append(found, m)
		}
	}
	if q.oldestFirst {
		slices.Reverse(found)
	}
	return found[:min(len(found), q.length)]
}

func (c *call) discardHistory(a *api.DiscardHistory) *failure {
	d := c.user.dialogues[a.UserID]
	if d == nil {
		return userNotFound(a.UserID)
	}
	side := d.side(c.user)
	side.discarded = max(side.discarded, min(a.MessageID, d.log.newest()))
	c.hub.touch(d)
	if c.wantsReply() {
		c.reply(&api.HistoryDiscarded{UserID: &a.UserID, MessageID: a.MessageID})
	}
	return nil
}
