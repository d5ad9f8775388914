package server

import "github.com/ninchat-community/ninchat/api"

// obeySchedule completes an update that has a schedule: the channel is closed or
// open at once as it says, unless the update says that too.
func (h *hub) obeySchedule(ch *channel, update *api.ChannelAttrs) {
	if !update.Closed.IsZero() {
		return
	}
	if s, why := parseSchedule("schedule", update.Schedule); why == nil && s != nil {
		update.Closed = api.Set(!s.Open(h.clock.Now()))
	}
}

// runChannelTable makes a channel follow its schedule, if it has one, from the
// next change on.
func (h *hub) runChannelTable(ch *channel) {
	s, why := parseSchedule("schedule", ch.attrs.Schedule)
	if why != nil {
		s = nil // it has been checked already
	}
	h.runTimetable(&ch.table, s, func(open bool) { h.turnChannel(ch, open) })
	h.touch(ch)
}

// turnChannel opens or closes a channel because its schedule says so.
func (h *hub) turnChannel(ch *channel, open bool) {
	h.touch(ch)
	before, after, changed := merge(&ch.attrs, &api.ChannelAttrs{Closed: api.Set(!open)})
	if !changed {
		return
	}
	updated := ch.updated()
	updated.EventCause = new(api.EventCauseChannelSchedule)
	tell(pack(updated), ch.users()...)
	h.inform(ch, infoChannel(&before, &after))
	h.settle(ch)
}

// resumeChannelHours makes a channel follow its schedule again, which may have said
// something new while there was no server.
func (h *hub) resumeChannelHours(ch *channel) {
	was := ch.table.open
	h.runChannelTable(ch)
	if ch.table.open != was {
		h.turnChannel(ch, ch.table.open)
	}
}
