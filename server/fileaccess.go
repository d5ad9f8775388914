package server

import "github.com/ninchat-community/ninchat/api"

// mayUpload reports whether the channel lets the member send files.
func (m *member) mayUpload() bool {
	switch m.channel.attrs.Upload.Or("") {
	case api.ChannelUploadMember:
		return true
	case api.ChannelUploadModerator:
		return m.moderating()
	case api.ChannelUploadOperator:
		return m.operator()
	}
	return false
}

// mayUpload reports whether one of the two may send files to the other. While the
// dialogue serves an audience, the queue says so.
func (d *dialogue) mayUpload(u *user) bool {
	a := d.audience
	if a == nil || !a.finished.IsZero() {
		return true
	}
	switch a.queue.attrs.Upload.Or("") {
	case api.QueueUploadMember:
		return true
	case api.QueueUploadModerator, api.QueueUploadAgent: //lint:ignore SA1019 queues may still have it
		return u != a.customer
	case api.QueueUploadCustomer: //lint:ignore SA1019 queues may still have it
		return u == a.customer
	}
	return false
}

// visibleTo reports whether a user may get the file: those who have sent it, and
// those who can read a message that brings it.
func (f *file) visibleTo(u *user) bool {
	if f.ownerID == u.id {
		return true
	}
	for m := range f.messages {
		if m.readableBy(u) {
			return true
		}
	}
	return false
}

// readableBy reports whether a user can get at a stored message: in the history, in
// a transcript or by following the channel.
func (m *message) readableBy(u *user) bool {
	if d := m.log.dialogue; d != nil {
		return d.readableBy(u, m)
	}
	ch := m.log.channel
	if by := ch.members[u.id]; by != nil && m.id > by.disclosedFrom() && m.visibleTo(by) {
		return true
	}
	if a := ch.audience; a != nil {
		return a.concerns(u)
	}
	return ch.ownerID == u.id || ch.operatedByRealm(u) || ch.followedBy(u) && !m.hidden && !m.restricted
}

func (d *dialogue) readableBy(u *user, m *message) bool {
	for i := range d.sides {
		if side := &d.sides[i]; side.user == u {
			return m.id > side.discarded && m.addressed(u.id)
		}
	}
	a := d.audience
	return a != nil && a.concerns(u) && a.transcript().sees(m)
}

// followedBy reports whether a session of the user is given the messages of the
// channel without membership.
func (ch *channel) followedBy(u *user) bool {
	for s, signed := range ch.followers {
		if s.user == u && (signed || ch.followableByAll() && !ch.closedTo(u)) {
			return true
		}
	}
	return false
}
