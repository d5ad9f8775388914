package server

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
)

// queueHour has the figures of a queue in one hour.
type queueHour struct {
	queue *queue
	// name is the hour as YYYYMMDDHH.
	name                 string
	described, requested int64
	// accepted are those who had waited, for so long together; dropped are those
	// who gave up.
	accepted    int64
	acceptDelay time.Duration
	dropped     int64
	dropDelay   time.Duration
	// services are the figures by agent, tags and variables.
	services map[string]*serviceFigures
}

// serviceFigures are figures of audiences that have agent, tags and variables in
// common.
type serviceFigures struct {
	agentID  string
	tagIDs   []string
	vars     map[string]string
	accepted int64
	finished int64
	duration time.Duration
	ratings  map[int64]int64
}

const (
	hourFormat = "2006010215"
	// maxStatsLength is how many hours can be asked for.
	maxStatsLength = 31 * 24
	// maxServices is how many figures by agent, tags and variables an hour has; what
	// exceeds it is by agent only.
	maxServices = 250
	// maxStatsVars bounds the variables in figures, in bytes of JSON. They come from
	// customers.
	maxStatsVars = 1 << 10
	// statsLife is how long figures are kept.
	statsLife = 400 * 24 * time.Hour
)

func hourName(t time.Time) string { return t.UTC().Format(hourFormat) }

// hour has the figures of the hour that a time is in, for one who changes them.
func (q *queue) hour(t time.Time) *queueHour {
	name := hourName(t)
	hour := q.hours[name]
	if hour == nil {
		oldest := hourName(t.Add(-statsLife))
		for name, old := range q.hours {
			if name < oldest {
				delete(q.hours, name)
				q.keeper.touch(old)
			}
		}
		hour = q.newHour(name)
	}
	q.keeper.touch(hour)
	return hour
}

func (q *queue) newHour(name string) *queueHour {
	if q.hours == nil {
		q.hours = make(map[string]*queueHour)
	}
	hour := &queueHour{queue: q, name: name, services: make(map[string]*serviceFigures)}
	q.hours[name] = hour
	return hour
}

// rebook changes something about an audience, and the figures with it.
func (a *audience) rebook(change func()) {
	a.book(-1)
	change()
	a.book(1)
}

// book adds what the audience contributes to the figures, or takes it away.
func (a *audience) book(sign int64) {
	if a.accepted.IsZero() || a.agentID == "" {
		return
	}
	if sign > 0 {
		a.crowded = nil
	}
	a.figures(a.accepted).accepted += sign
	if !a.finished.IsZero() {
		f := a.figures(a.finished)
		f.finished += sign
		f.duration += time.Duration(sign) * a.finished.Sub(a.accepted)
	}
	if a.metadata.Rating != nil {
		f := a.figures(a.rated)
		f.ratings[*a.metadata.Rating] += sign
		if f.ratings[*a.metadata.Rating] == 0 {
			delete(f.ratings, *a.metadata.Rating)
		}
	}
	if sign < 0 {
		for _, t := range []time.Time{a.accepted, a.finished, a.rated} {
			hour := a.queue.hours[hourName(t)]
			if hour == nil {
				continue
			}
			if key := a.sharedFigures(hour).key(); hour.services[key] != nil && hour.services[key].empty() {
				delete(hour.services, key)
			}
		}
	}
}

func (f *serviceFigures) empty() bool {
	return f.accepted == 0 && f.finished == 0 && len(f.ratings) == 0
}

// key is equal for figures that belong together.
func (f *serviceFigures) key() string {
	text, _ := json.Marshal([]any{f.agentID, f.tagIDs, f.vars}, json.Deterministic(true))
	return string(text)
}

// sharedFigures says what the audience has in common with others of an hour. The
// figures are none.
func (a *audience) sharedFigures(hour *queueHour) *serviceFigures {
	f := &serviceFigures{agentID: a.agentID, ratings: make(map[int64]int64)}
	if slices.Contains(a.crowded, hour.name) {
		return f
	}
	f.tagIDs, f.vars = a.metadata.TagIDs, a.metadata.Vars
	if text, err := json.Marshal(f.vars); err != nil || len(text) > maxStatsVars {
		f.vars = nil
	}
	return f
}

// figures finds the figures that the audience contributes to in the hour of a time.
func (a *audience) figures(t time.Time) *serviceFigures {
	hour := a.queue.hour(t)
	f := a.sharedFigures(hour)
	key := f.key()
	if hour.services[key] == nil && len(hour.services) >= maxServices && !slices.Contains(a.crowded, hour.name) {
		a.crowded = append(a.crowded, hour.name)
		f = a.sharedFigures(hour)
		key = f.key()
	}
	if hour.services[key] == nil {
		hour.services[key] = f
	}
	return hour.services[key]
}

// getQueueStats answers with the hours in which something happened.
func (c *call) getQueueStats(a *api.GetQueueStats) *failure {
	q, why := c.staffedQueue(a.QueueID)
	if why != nil {
		return why
	}
	if a.StatsLength < 1 || a.StatsLength > maxStatsLength {
		return fail(api.ErrRequestMalformed, "stats_length: not from 1 to %d", maxStatsLength).queue(q.id)
	}
	length := time.Duration(a.StatsLength) * time.Hour
	begin := c.hub.clock.Now().Add(time.Hour - length)
	if a.StatsHour != nil {
		var err error
		if begin, err = time.Parse(hourFormat, *a.StatsHour); err != nil {
			return fail(api.ErrRequestMalformed, "stats_hour: not of the form YYYYMMDDHH").queue(q.id)
		}
	}
	first, end := hourName(begin), hourName(begin.Add(length))
	contents := &api.QueueStatsContents{QueueStats: make(map[string]api.QueueStatsHour)}
	for name, hour := range q.hours {
		if first <= name && name < end && !hour.empty() {
			contents.QueueStats[name] = hour.visible()
		}
	}
	c.reply(contents)
	return nil
}

func (hour *queueHour) empty() bool {
	return hour.described == 0 && hour.requested == 0 && hour.accepted == 0 && hour.dropped == 0 && len(hour.services) == 0
}

func (hour *queueHour) visible() api.QueueStatsHour {
	stats := api.QueueStatsHour{
		DescribeCount:  hour.described,
		RequestCount:   hour.requested,
		Audiences:      make([]api.QueueStatsAudience, 0, len(hour.services)),
		AcceptDelayAvg: average(hour.acceptDelay, hour.accepted),
		DropCount:      hour.dropped,
		DropDelayAvg:   average(hour.dropDelay, hour.dropped),
	}
	for _, key := range slices.Sorted(maps.Keys(hour.services)) {
		f := hour.services[key]
		ratings := make(map[string]int64, len(f.ratings))
		for rating, count := range f.ratings {
			ratings[strconv.FormatInt(rating, 10)] = count
		}
		stats.Audiences = append(stats.Audiences, api.QueueStatsAudience{
			AgentID:           f.agentID,
			TagIDs:            f.tagIDs,
			Vars:              f.vars,
			AcceptCount:       f.accepted,
			FinishCount:       f.finished,
			FinishDurationAvg: average(f.duration, f.finished),
			Ratings:           ratings,
		})
	}
	return stats
}

// average is in seconds, nil if there is nothing to take it of.
func average(sum time.Duration, count int64) *float64 {
	if count == 0 {
		return nil
	}
	return new(sum.Seconds() / float64(count))
}
