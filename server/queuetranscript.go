package server

import (
	"math"
	"slices"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server/internal/clock"
)

// interval checks a time span, and returns it as points in time.
func interval(begin, end float64) (from, to time.Time, why *failure) {
	for _, at := range []float64{begin, end} {
		if math.IsNaN(at) || math.Abs(at) > 1e11 {
			return from, to, fail(api.ErrRequestMalformed, "interval_begin, interval_end: not a time in seconds")
		}
	}
	if end < begin {
		return from, to, fail(api.ErrRequestMalformed, "interval_end: before interval_begin")
	}
	return time.UnixMicro(int64(begin * 1e6)), time.UnixMicro(int64(end * 1e6)), nil
}

func (c *call) describeQueueTranscripts(a *api.DescribeQueueTranscripts) *failure {
	q, why := c.staffedQueue(a.QueueID)
	if why != nil {
		return why
	}
	end := math.Max(a.IntervalBegin, clock.Seconds(c.hub.clock.Now())+1)
	if a.IntervalEnd != nil {
		end = *a.IntervalEnd
	}
	from, to, why := interval(a.IntervalBegin, end)
	if why != nil {
		return why.queue(q.id)
	}
	found := &api.QueueTranscriptsFound{QueueID: q.id, QueueTranscripts: []api.QueueTranscript{}}
	for _, served := range q.completed(from, to) {
		found.QueueTranscripts = append(found.QueueTranscripts, served.visible())
	}
	if a.IntervalOngoing != nil && *a.IntervalOngoing {
		for _, served := range q.served {
			if served.completed.IsZero() {
				found.QueueTranscripts = append(found.QueueTranscripts, served.visible())
			}
		}
	}
	c.reply(found)
	return nil
}

// completed are the audiences that were completed in a time span, in the order of
// that.
func (q *queue) completed(from, to time.Time) []*audience {
	var found []*audience
	for _, a := range q.served {
		if !a.completed.IsZero() && !a.completed.Before(from) && a.completed.Before(to) {
			found = append(found, a)
		}
	}
	slices.SortStableFunc(found, func(a, b *audience) int { return a.completed.Compare(b.completed) })
	return found
}

// visible is the audience as an item of a list of transcripts.
func (a *audience) visible() api.QueueTranscript {
	visible := api.QueueTranscript{
		RequestTime:  clock.Seconds(a.requested),
		AcceptTime:   clock.Seconds(a.accepted),
		FinishTime:   ifTime(a.finished),
		CompleteTime: ifTime(a.completed),
		DeleteTime:   ifTime(a.deleting),
		AudienceID:   &a.id,
		AgentID:      ifAny(a.agentID),
		Rating:       a.metadata.Rating,
	}
	if a.channel != nil {
		visible.ChannelID = &a.channel.id
	}
	if a.dialogue != nil {
		visible.DialogueID = a.dialogue.ids()
	}
	return visible
}

func ifTime(t time.Time) *float64 {
	if t.IsZero() {
		return nil
	}
	return new(clock.Seconds(t))
}

// maxDeletion is the longest time span of which transcripts are deleted at once.
const maxDeletion = 31 * 24 * time.Hour

func (c *call) deleteQueueTranscripts(a *api.DeleteQueueTranscripts) *failure {
	q, why := c.operatedQueue(a.QueueID)
	if why != nil {
		return why
	}
	from, to, why := interval(a.IntervalBegin, a.IntervalEnd)
	if why == nil && to.Sub(from) > maxDeletion {
		why = fail(api.ErrRequestMalformed, "interval_end: more than a month after interval_begin")
	}
	if why != nil {
		return why.queue(q.id)
	}
	for _, served := range q.completed(from, to) {
		c.hub.deleteTranscript(served, nil)
	}
	c.reply(&api.QueueTranscriptsDeleted{QueueID: q.id, IntervalBegin: a.IntervalBegin, IntervalEnd: a.IntervalEnd})
	return nil
}
