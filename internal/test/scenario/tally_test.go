package scenario_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ninchat-community/ninchat/api"
)

// average is the sum and number of durations.
type average struct {
	sum   time.Duration
	count int64
}

func (a *average) add(d time.Duration) {
	a.sum += d
	a.count++
}

// seconds are NaN if there is nothing to take the average of.
func (a average) seconds() float64 { return a.sum.Seconds() / float64(a.count) }

// figures are those of a queue in an hour.
type figures struct {
	Described, Requested int64
	AcceptDelay          float64
	Dropped              int64
	DropDelay            float64
	// Services are by agent, tags and variables.
	Services map[string]service
}

// service has the figures of an agent.
type service struct {
	Accepted, Finished int64
	Duration           float64
	Ratings            map[string]int64
}

// account has what makes up figures.
type account struct {
	described, requested, dropped int64
	accepting, dropping           average
	services                      map[string]*serviceAccount
}

type serviceAccount struct {
	accepted, finished int64
	duration           average
	ratings            map[string]int64
}

// tally counts what has happened in a queue, by the hour.
func (q *queue) tally() map[string]figures {
	hours := make(map[string]*account)
	in := func(t time.Time) *account {
		name := t.UTC().Format("2006010215")
		if hours[name] == nil {
			hours[name] = &account{services: make(map[string]*serviceAccount)}
		}
		return hours[name]
	}
	for _, t := range q.described {
		in(t).described++
	}
	for _, v := range q.history {
		v.count(in)
	}
	counted := make(map[string]figures)
	for name, a := range hours {
		counted[name] = a.figures()
	}
	return counted
}

// count adds what has happened in a visit.
func (v *visit) count(in func(time.Time) *account) {
	in(v.requested).requested++
	if !v.dropped.IsZero() {
		in(v.dropped).dropped++
		in(v.dropped).dropping.add(v.dropped.Sub(v.requested))
	}
	if v.accepted.IsZero() {
		return
	}
	in(v.accepted).accepting.add(v.accepted.Sub(v.requested))
	key := serviceKey(v.agent.UserID(), v.tags, v.vars)
	in(v.accepted).service(key).accepted++
	if !v.finished.IsZero() {
		s := in(v.finished).service(key)
		s.finished++
		s.duration.add(v.finished.Sub(v.accepted))
	}
	if !v.rated.IsZero() {
		in(v.rated).service(key).ratings[strconv.FormatInt(v.rating, 10)]++
	}
}

func (a *account) service(key string) *serviceAccount {
	if a.services[key] == nil {
		a.services[key] = &serviceAccount{ratings: make(map[string]int64)}
	}
	return a.services[key]
}

func (a *account) figures() figures {
	f := figures{
		Described: a.described, Requested: a.requested, AcceptDelay: a.accepting.seconds(),
		Dropped: a.dropped, DropDelay: a.dropping.seconds(), Services: make(map[string]service),
	}
	for key, s := range a.services {
		f.Services[key] = service{Accepted: s.accepted, Finished: s.finished, Duration: s.duration.seconds(), Ratings: s.ratings}
	}
	return f
}

// serviceKey names what belongs together.
func serviceKey(agent string, tags []string, vars map[string]string) string {
	var pairs []string
	for name, value := range vars {
		pairs = append(pairs, name+"="+value)
	}
	slices.Sort(pairs)
	return agent + " " + strings.Join(tags, ",") + " " + strings.Join(pairs, ",")
}

// stated are the figures that the server states.
func stated(contents *api.QueueStatsContents) map[string]figures {
	found := make(map[string]figures)
	for name, hour := range contents.QueueStats {
		f := figures{
			Described: hour.DescribeCount, Requested: hour.RequestCount, AcceptDelay: orNaN(hour.AcceptDelayAvg),
			Dropped: hour.DropCount, DropDelay: orNaN(hour.DropDelayAvg), Services: make(map[string]service),
		}
		for _, a := range hour.Audiences {
			f.Services[serviceKey(a.AgentID, a.TagIDs, a.Vars)] = service{
				Accepted: a.AcceptCount, Finished: a.FinishCount, Duration: orNaN(a.FinishDurationAvg), Ratings: a.Ratings,
			}
		}
		found[name] = f
	}
	return found
}

func orNaN(f *float64) float64 {
	if f == nil {
		return math.NaN()
	}
	return *f
}

// addsUp compares the statistics of all queues with what has happened.
func (d *day) addsUp() {
	d.Helper()
	sums := make(map[string]int64)
	for _, q := range d.queues {
		contents := must[*api.QueueStatsContents](d.olga, "get_queue_stats")(d.olga.GetQueueStats(d.Context(), api.GetQueueStats{QueueID: q.id, StatsLength: 48}))
		// Somebody who polls learns of everything a moment later.
		if diff := cmp.Diff(q.tally(), stated(contents), cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 0.2)); diff != "" {
			d.Errorf("statistics of %s, - is what happened, + is what the server says:\n%s", q.name, diff)
		}
		for _, hour := range contents.QueueStats {
			sums["requested"] += hour.RequestCount
			sums["dropped"] += hour.DropCount
			for _, a := range hour.Audiences {
				sums["accepted"] += a.AcceptCount
				sums["finished"] += a.FinishCount
			}
		}
	}
	// Whoever came either was served to the end or went away.
	if sums["requested"] == 0 || sums["requested"] != sums["accepted"]+sums["dropped"] || sums["accepted"] != sums["finished"] {
		d.Errorf("the sums don't agree: %v", sums)
	}
}
