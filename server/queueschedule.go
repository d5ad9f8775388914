package server

import (
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server/internal/schedule"
)

// setHours makes the queue open and close as the schedule in an update says. With
// closed in the same update, that counts until the schedule says something new.
func (h *hub) setHours(q *queue, update *api.QueueAttrs, s *schedule.Schedule) {
	if update.Schedule.IsZero() {
		return
	}
	h.runQueueTable(q, s)
	if s != nil && update.Closed.IsZero() {
		q.setClosed(!q.table.open)
	}
}

// runQueueTable makes the queue follow a schedule, nil for none, from the next change
// on.
func (h *hub) runQueueTable(q *queue, s *schedule.Schedule) {
	h.runTimetable(&q.table, s, func(open bool) { q.turn(h, open) })
	h.touch(q)
}

// turn opens or closes the queue because its schedule says so.
func (q *queue) turn(h *hub, open bool) {
	h.touch(q)
	if q.setClosed(!open) {
		h.broadcast(q, change{cause: api.EventCauseQueueSchedule, wide: true}, nil)
	}
}

func (q *queue) setClosed(closed bool) (changed bool) {
	_, _, changed = merge(&q.attrs, &api.QueueAttrs{Closed: api.Set(closed)})
	return changed
}
