package scenario_test

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
)

// item is a visit in the list of transcripts.
type item struct {
	Agent                                       string
	Request, Accept, Finish, Complete, DeleteAt float64
	Rating                                      int64
	Channel                                     string
}

func stamp(t time.Time) float64 {
	if t.IsZero() {
		return math.NaN()
	}
	return float64(t.UnixMicro()) / 1e6
}

// item is how the visit should be listed.
func (v *visit) item() item {
	made := item{
		Agent: v.agent.UserID(), Rating: v.rating, Channel: v.channel, DeleteAt: math.NaN(),
		Request: stamp(v.requested), Accept: stamp(v.accepted), Finish: stamp(v.finished), Complete: stamp(v.completed),
	}
	if v.queue.forgets {
		made.DeleteAt = stamp(v.completed.Add(keeping))
	}
	return made
}

// transcripts lists what the server has.
func (d *day) transcripts(q *queue) map[string]item {
	d.Helper()
	found := must[*api.QueueTranscriptsFound](d.olga, "describe_queue_transcripts")(d.olga.DescribeQueueTranscripts(d.Context(), api.DescribeQueueTranscripts{QueueID: q.id}))
	items := make(map[string]item)
	for _, t := range found.QueueTranscripts {
		listed := item{
			Request: t.RequestTime, Accept: t.AcceptTime,
			Finish: orNaN(t.FinishTime), Complete: orNaN(t.CompleteTime), DeleteAt: orNaN(t.DeleteTime),
		}
		for to, from := range map[*string]*string{&listed.Agent: t.AgentID, &listed.Channel: t.ChannelID} {
			if from != nil {
				*to = *from
			}
		}
		if t.Rating != nil {
			listed.Rating = *t.Rating
		}
		items[*t.AudienceID] = listed
	}
	return items
}

// remembers checks that what was said is in the transcripts.
func (d *day) remembers() {
	d.Helper()
	for _, q := range d.queues {
		want := make(map[string]item)
		for _, v := range q.history {
			if v.accepted.IsZero() {
				continue
			}
			want[v.audience] = v.item()
			if diff := cmp.Diff(v.said, d.reads(v), cmpopts.EquateEmpty()); diff != "" {
				d.Errorf("the transcript of %s in %s:\n%s", v.customer.name, q.name, diff)
			}
		}
		if diff := cmp.Diff(want, d.transcripts(q), cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 0.2)); diff != "" {
			d.Errorf("transcripts of %s:\n%s", q.name, diff)
		}
	}
}

// reads returns the texts of a transcript.
func (d *day) reads(v *visit) (lines []string) {
	d.Helper()
	t := must[*api.TranscriptContents](d.olga, "get_transcript")(d.olga.GetTranscript(d.Context(), api.GetTranscript{AudienceID: &v.audience}))
	agent, customer := t.AudienceMembers[v.agent.UserID()].Agent, t.AudienceMembers[v.customer.UserID()].Customer
	if len(t.AudienceMembers) != 2 || agent == nil || !*agent || customer == nil || !*customer {
		d.Errorf("%s and %s: took part: %+v", v.agent.name, v.customer.name, t.AudienceMembers)
	}
	if t.AudienceMetadata == nil || !slices.Equal(t.AudienceMetadata.TagIDs, v.tags) {
		d.Errorf("%s: the metadata is %+v", v.customer.name, t.AudienceMetadata)
	}
	for _, m := range t.TranscriptMessages {
		if m.MessageType != message.TypeText {
			continue
		}
		var text struct{ Text string }
		if err := json.Unmarshal(m.Payload, &text); err != nil || m.MessageUserName == nil {
			d.Fatalf("%+v: %v", m, err)
		}
		lines = append(lines, *m.MessageUserName+": "+text.Text)
	}
	return lines
}

// forgets waits until the transcripts are deleted, and the photo with them. Kaisa is told, as she may have
// hers before her eyes.
func (d *day) forgets() {
	d.Helper()
	time.Sleep(keeping + time.Hour)
	d.photograph.hiddenFrom(d.bert).hiddenFrom(d.olga)
	if _, status := d.fetch(d.photograph.address); status == http.StatusOK {
		d.Error("the photo is still there")
	}
	gone := sees(d.kaisa, "her transcript deleted", func(e *api.TranscriptDeleted) bool { return e.ChannelID != nil })
	for reply, err := range d.kaisa.LoadHistory(d.Context(), api.LoadHistory{ChannelID: gone.ChannelID}) {
		if err != nil || reply.MessageReceived != nil {
			d.Errorf("Kaisa still reads %+v, %v", reply.MessageReceived, err)
		}
	}
	for _, q := range d.queues {
		for _, v := range q.history {
			if v.accepted.IsZero() {
				continue
			}
			if lines := d.reads(v); (len(lines) == 0) != (q.forgets || len(v.said) == 0) {
				d.Errorf("%s in %s: left is %q", v.customer.name, q.name, lines)
			}
		}
	}
}
