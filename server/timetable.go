package server

import (
	"github.com/ninchat-community/ninchat/api"
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
func parseSchedule(param string, attr api.Attr[api.Schedule]) (*schedule, *failure) {
	s, ok := attr.Get()
	if !ok {
		return nil, nil
	}
	made, err := newSchedule(&s)
	if err != nil {
		return nil, fail(api.ErrRequestMalformed, "%s.%s", param, err)
	}
	return made, nil
}

// runTimetable makes the timetable follow a schedule, nil for none. change is called with
// the state locked whenever the opening hours begin or end, not for the time
// being.
func (h *hub) runTimetable(t *timetable, s *schedule, change func(open bool)) {
	t.stop()
	t.open = false
	if s == nil {
		return
	}
	now := h.clock.now()
	t.open = s.open(now)
	var timer Timer
	timer = h.clock.after(s.next(now).Sub(now), func() {
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
