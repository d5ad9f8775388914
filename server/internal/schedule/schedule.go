// Package schedule understands opening hours.
package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // schedules mean the same on computers without time zones

	"github.com/ninchat-community/ninchat/api"
)

// Schedule is the attribute of that name, understood.
type Schedule struct {
	zone *time.Location
	week [7][]span
	// annual and exceptions are by MM/DD and YYYY-MM-DD; a day that is there
	// counts instead of that of the week, the latter ones first.
	annual, exceptions map[string][]span
}

// span is a time during a day, in minutes since midnight.
type span struct{ begin, end int }

const (
	dayMinutes = 24 * 60
	// maxHours and maxDays bound a schedule.
	maxHours = 48
	maxDays  = 1000

	annualFormat    = "01/02"
	exceptionFormat = "2006-01-02"
)

// New understands a schedule. It returns nil for one that is disabled.
func New(s *api.Schedule) (*Schedule, error) {
	if s.Timezone == "" || s.Timezone == "Local" {
		return nil, fmt.Errorf("timezone: no name of a time zone")
	}
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return nil, fmt.Errorf("timezone: there is no such time zone")
	}
	made := &Schedule{zone: zone}
	if len(s.Week) > len(made.week) {
		return nil, fmt.Errorf("week: more than %d days", len(made.week))
	}
	for i, hours := range s.Week {
		if made.week[i], err = newSpans(hours); err != nil {
			return nil, fmt.Errorf("week.%d: %w", i, err)
		}
	}
	if made.annual, err = newDays(s.Annual, annualFormat); err != nil {
		return nil, fmt.Errorf("annual: %w", err)
	}
	if made.exceptions, err = newDays(s.Exceptions, exceptionFormat); err != nil {
		return nil, fmt.Errorf("exceptions: %w", err)
	}
	if s.Disabled != nil && *s.Disabled {
		return nil, nil
	}
	return made, nil
}

func newDays(days map[string]api.DayHours, format string) (map[string][]span, error) {
	if len(days) > maxDays {
		return nil, fmt.Errorf("more than %d days", maxDays)
	}
	made := make(map[string][]span, len(days))
	for name, hours := range days {
		if !validDay(name, format) {
			return nil, fmt.Errorf("a name is not of the form %s", format)
		}
		spans, err := newSpans(hours)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		made[name] = spans
	}
	return made, nil
}

// validDay reports whether there is such a day, be it in leap years only.
func validDay(name, format string) bool {
	if format == annualFormat {
		name, format = "2000/"+name, "2006/"+format
	}
	_, err := time.Parse(format, name)
	return err == nil && len(name) == len(format)
}

// newSpans understands the hours of a day: opening and closing times by turns,
// in their order. A null in front stands for the beginning of the day; a null at
// the end, or nothing, for its end.
func newSpans(hours api.DayHours) ([]span, error) {
	if len(hours) > maxHours {
		return nil, fmt.Errorf("more than %d times", maxHours)
	}
	var spans []span
	at := -1
	for i, text := range hours {
		minute := 0
		switch {
		case text != nil:
			var ok bool
			if minute, ok = parseMinute(*text); !ok {
				return nil, fmt.Errorf("a time is not of the form H:MM")
			}
		case i == len(hours)-1 && i > 0:
			minute = dayMinutes
		case i > 0:
			return nil, fmt.Errorf("null is good at the beginning and the end only")
		}
		if minute <= at {
			return nil, fmt.Errorf("the times are not in their order")
		}
		at = minute
		if i%2 == 0 {
			spans = append(spans, span{minute, dayMinutes})
		} else {
			spans[len(spans)-1].end = minute
		}
	}
	return spans, nil
}

// parseMinute reads H:MM or HH:MM. The end of a day is 24:00.
func parseMinute(text string) (minute int, ok bool) {
	left, right, _ := strings.Cut(text, ":")
	if len(left) < 1 || len(left) > 2 || len(right) != 2 || strings.Trim(left+right, "0123456789") != "" {
		return 0, false
	}
	h, _ := strconv.Atoi(left)
	m, _ := strconv.Atoi(right)
	return 60*h + m, m < 60 && 60*h+m <= dayMinutes
}

// spansOf are the opening hours of a day, which is named by its noon.
func (s *Schedule) spansOf(noon time.Time) []span {
	if spans, ok := s.exceptions[noon.Format(exceptionFormat)]; ok {
		return spans
	}
	if spans, ok := s.annual[noon.Format(annualFormat)]; ok {
		return spans
	}
	return s.week[(noon.Weekday()+6)%7]
}

// day is the noon of the day that is some days after that of a time. Unlike
// midnight it isn't skipped when clocks are put forward.
func (s *Schedule) day(t time.Time, days int) time.Time {
	t = t.In(s.zone)
	return time.Date(t.Year(), t.Month(), t.Day()+days, 12, 0, 0, 0, s.zone)
}

// clockTime is when clocks show a minute of a day.
func clockTime(noon time.Time, minute int) time.Time {
	return time.Date(noon.Year(), noon.Month(), noon.Day(), 0, minute, 0, 0, noon.Location())
}

// Open reports whether a time is within the opening hours.
func (s *Schedule) Open(t time.Time) bool {
	noon := s.day(t, 0)
	for _, span := range s.spansOf(noon) {
		if !t.Before(clockTime(noon, span.begin)) && t.Before(clockTime(noon, span.end)) {
			return true
		}
	}
	return false
}

// lookAhead is how many days the next change is looked for.
const lookAhead = 8

// Next is when to look again: when the opening hours begin or end, or after some
// days without a change.
func (s *Schedule) Next(t time.Time) time.Time {
	now := s.Open(t)
	for i := range lookAhead {
		noon := s.day(t, i)
		for _, span := range s.spansOf(noon) {
			for _, minute := range [...]int{span.begin, span.end} {
				if at := clockTime(noon, minute); at.After(t) && s.Open(at) != now {
					return at
				}
			}
		}
	}
	return s.day(t, lookAhead)
}
