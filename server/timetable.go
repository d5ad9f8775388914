package server

import (
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server/internal/schedule"
)

// timetable makes something follow a schedule.
type timetable struct {
	// open is what the schedule said last.
	open  bool
	timer Timer
}

func (t *timetable) stop() {
	if t.timer != nil {
		t.timer.Stop()
		t.timer = nil
	}
}

// parseSchedule understands the schedule in an update, nil if there is none.
func parseSchedule(param string, attr api.Attr[api.Schedule]) (*schedule.Schedule, *failure) {
	s, ok := attr.Get()
	if !ok {
		return nil, nil
	}
	made, err := schedule.New(&s)
	if err != nil {
		return nil, fail(api.ErrRequestMalformed, "%s.%s", param, err)
	}
	return made, nil
}

// runTimetable makes the timetable follow a schedule, nil for none. change is called with
// the state locked whenever the opening hours begin or end, not for the time
// being.
func (h *hub) runTimetable(t *timetable, s *schedule.Schedule, change func(open bool)) {
	t.stop()
	t.open = false
	if s == nil {
		return
	}
	now := h.clock.Now()
	t.open = s.Open(now)
	var timer Timer
	timer = h.clock.After(s.Next(now).Sub(now), func() {
		h.do(func() {
			if t.timer != timer {
				return
			}
			was := t.open
			h.runTimetable(t, s, change)
			if t.open != was {
				change(t.open)
			}
		})
	})
	t.timer = timer
}
