package endurance_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// hall is a channel with several who send and several who listen, and a queue that is
// served meanwhile, on a server that is killed again and again.
type hall struct {
	t       *testing.T
	ctx     context.Context
	giveUp  context.CancelFunc
	server  *victim
	channel string
	realm   string
	queue   string
	owner   *ninchat.Session
	// sessions are all, and none of them may get lost.
	sessions []*ninchat.Session

	mu sync.Mutex
	// confirmed are the texts of the messages by their ids, as the senders were told.
	confirmed map[string]string
	// each has something whenever a message has been confirmed.
	each chan struct{}
	// served are the audiences that have been served.
	served []string
}

// A server is killed by SIGKILL in the middle of traffic, and started again, ten
// times. All that anybody was told is there afterwards, in its order and once; no
// session is lost; nobody is served twice.
func TestKilled(t *testing.T) {
	const kills, senders, listeners = 10, 3, 3
	count := number(110, 5_000) // for each sender
	// Building the command takes its time, too.
	server := newVictim(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(number(8, 15))*time.Minute)
	defer cancel()
	h := newHall(t, server, ctx, cancel)
	began := time.Now()

	var talking, hearing, serving sync.WaitGroup
	heard := make([][]string, listeners)
	for i := range listeners {
		listener := h.enter(fmt.Sprint("Listener ", i), transportOf(i))
		hearing.Go(func() { heard[i] = h.listen(listener, senders*count) })
	}
	over := make(chan struct{})
	customer := h.come("Customer", ninchat.WebSocketOnly, true)
	serving.Go(func() { h.serve(customer, over) })
	for i := range senders {
		sender := h.enter(fmt.Sprint("Sender ", i), transportOf(i))
		talking.Go(func() { h.send(sender, i, count) })
	}
	for range kills {
		h.wait(senders * count / (kills + 1))
		h.server.kill()
		h.server.begin()
	}
	h.wait(senders*count - kills*(senders*count/(kills+1)))
	talking.Wait()
	hearing.Wait()
	close(over)
	serving.Wait()
	h.checkMessages(heard, senders, count)
	h.checkService()
	h.checkSessions()
	t.Logf("%d kills, %d messages to %d listeners and %d audiences in %v", kills, senders*count, listeners, len(h.served), time.Since(began).Round(time.Millisecond))
}

// transportOf has some poll.
func transportOf(i int) ninchat.Transport {
	if i == 0 {
		return ninchat.LongPollOnly
	}
	return ninchat.WebSocketOnly
}

func newHall(t *testing.T, server *victim, ctx context.Context, giveUp context.CancelFunc) *hall {
	t.Helper()
	h := &hall{t: t, ctx: ctx, giveUp: giveUp, server: server, confirmed: make(map[string]string), each: make(chan struct{}, 1<<20)}
	h.owner = h.come("Owner", ninchat.WebSocketOnly, true)
	channel, err := h.owner.CreateChannel(ctx, api.CreateChannel{ChannelAttrs: &api.ChannelAttrs{Name: api.Set("Hall")}})
	if err != nil {
		t.Fatal(err)
	}
	realm, err := h.owner.CreateRealm(ctx, api.CreateRealm{})
	if err != nil {
		t.Fatal(err)
	}
	h.channel, h.realm = channel.ChannelID, realm.RealmJoined.RealmID
	queue, err := h.owner.CreateQueue(ctx, api.CreateQueue{RealmID: h.realm, QueueAttrs: api.QueueAttrs{Name: api.Set("Desk")}})
	if err != nil {
		t.Fatal(err)
	}
	h.queue = queue.QueueID
	if _, err := h.owner.AddMember(ctx, api.AddMember{QueueID: &h.queue, UserID: h.owner.UserID()}); err != nil {
		t.Fatal(err)
	}
	return h
}

// come opens a session of somebody new.
func (h *hall) come(name string, by ninchat.Transport, discard bool) *ninchat.Session {
	h.t.Helper()
	user := ninchat.NewUser(name)
	user.UserAttrs.Guest = api.Set(false)
	s := open(h.t, ninchat.Config{
		Address:       "http://" + h.server.addr,
		Proxy:         func(*http.Request) (*url.URL, error) { return nil, nil },
		Login:         user,
		Transport:     by,
		DiscardEvents: discard,
	})
	h.sessions = append(h.sessions, s)
	return s
}

// enter has somebody new join the channel, who listens unless it is a sender.
func (h *hall) enter(name string, by ninchat.Transport) *ninchat.Session {
	h.t.Helper()
	s := h.come(name, by, strings.HasPrefix(name, "Sender"))
	if _, err := s.JoinChannel(h.ctx, api.JoinChannel{ChannelID: &h.channel}); err != nil {
		h.t.Fatal(err)
	}
	return s
}

// send sends numbered messages, one after the other.
func (h *hall) send(s *ninchat.Session, sender, count int) {
	for n := range count {
		text := fmt.Sprintf(`"%d %06d"`, sender, n)
		sent, err := s.SendMessage(h.ctx, api.SendMessage{ChannelID: &h.channel, MessageType: messageType, Payload: [][]byte{[]byte(text)}})
		if err != nil {
			h.t.Errorf("message %s: %v", text, err)
			h.giveUp()
			return
		}
		h.mu.Lock()
		h.confirmed[sent.MessageID] = text
		h.mu.Unlock()
		h.each <- struct{}{}
	}
}

// wait waits until so many more messages have been confirmed.
func (h *hall) wait(count int) {
	h.t.Helper()
	for range count {
		select {
		case <-h.each:
		case <-h.ctx.Done():
			h.t.Fatal("messages are missing")
		}
	}
}

// listen returns the ids and texts of so many messages, in the order in which they
// come.
func (h *hall) listen(s *ninchat.Session, count int) (heard []string) {
	for event, err := range s.Events(h.ctx) {
		if err != nil {
			h.t.Errorf("after %d messages: %v", len(heard), err)
			return heard
		}
		m, ok, err := api.As[*api.MessageReceived](event)
		if err != nil {
			h.t.Error(err)
		}
		if ok && m.MessageType == messageType {
			if heard = append(heard, m.MessageID+" "+string(m.Payload[0])); len(heard) == count {
				return heard
			}
		}
	}
	return heard
}

// maxServed is less than the number of audiences that the server remembers.
const maxServed = 5000

// serve has the owner serve the customer again and again.
func (h *hall) serve(customer *ninchat.Session, over <-chan struct{}) {
	defer func() {
		if h.t.Failed() {
			h.giveUp()
		}
	}()
	for len(h.served) < maxServed {
		enqueued, err := customer.RequestAudience(h.ctx, api.RequestAudience{QueueID: h.queue})
		if err != nil {
			h.t.Errorf("request_audience: %v", err)
			return
		}
		accepted, err := h.owner.AcceptAudience(h.ctx, api.AcceptAudience{QueueID: h.queue, AudienceID: &enqueued.AudienceID})
		if err != nil {
			h.t.Errorf("accept_audience: %v", err)
			return
		}
		for _, s := range []*ninchat.Session{customer, h.owner} {
			if _, err := s.PartChannel(h.ctx, api.PartChannel{ChannelID: accepted.ChannelJoined.ChannelID}); err != nil {
				h.t.Errorf("part_channel: %v", err)
				return
			}
		}
		h.served = append(h.served, enqueued.AudienceID)
		select {
		case <-over:
			return
		default:
		}
	}
}

// checkMessages compares what was confirmed with what was heard, and with the
// history.
func (h *hall) checkMessages(heard [][]string, senders, count int) {
	h.t.Helper()
	var want []string
	for id, text := range h.confirmed {
		want = append(want, id+" "+text)
	}
	slices.Sort(want) // ids of messages sort by age
	if len(want) != senders*count {
		h.t.Errorf("%d messages were confirmed, of %d", len(want), senders*count)
	}
	next := make(map[string]int)
	for _, entry := range want {
		fields := strings.Fields(strings.ReplaceAll(entry, `"`, ""))
		if text := fmt.Sprintf("%06d", next[fields[1]]); fields[2] != text {
			h.t.Fatalf("message %s of sender %s comes where %s should", fields[2], fields[1], text)
		}
		next[fields[1]]++
	}
	for i, got := range heard {
		if !slices.Equal(got, want) {
			h.t.Errorf("listener %d heard something else: %s", i, difference(got, want))
		}
	}
	if got, kept := h.history(), want[max(0, len(want)-historyKept):]; !slices.Equal(got, kept) {
		h.t.Errorf("the history has something else: %s", difference(got, kept))
	}
}

// historyKept is less than what the server keeps, which has messages about those who
// join and leave in it, too.
const historyKept = 1000

// history returns the latest messages of the channel.
func (h *hall) history() (got []string) {
	h.t.Helper()
	for reply, err := range h.owner.LoadHistory(h.ctx, api.LoadHistory{ChannelID: &h.channel, HistoryLength: new(int64(historyKept)), MessageTypes: []string{messageType}}) {
		if err != nil {
			h.t.Fatal(err)
		}
		if m := reply.MessageReceived; m != nil {
			got = append(got, m.MessageID+" "+string(m.Payload[0]))
		}
	}
	slices.Sort(got)
	return got
}

// difference names where two lists differ first.
func difference(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("number %d is %q, should be %q", i, got[i], want[i])
		}
	}
	return fmt.Sprintf("%d, should be %d", len(got), len(want))
}

// checkService compares the statistics and transcripts of the queue with what has
// been done.
func (h *hall) checkService() {
	h.t.Helper()
	stats, err := h.owner.GetQueueStats(h.ctx, api.GetQueueStats{QueueID: h.queue, StatsLength: 24})
	if err != nil {
		h.t.Fatal(err)
	}
	var requested, accepted, finished int64
	for _, hour := range stats.QueueStats {
		requested += hour.RequestCount
		for _, a := range hour.Audiences {
			accepted += a.AcceptCount
			finished += a.FinishCount
		}
	}
	if n := int64(len(h.served)); n == 0 || requested != n || accepted != n || finished != n {
		h.t.Errorf("%d audiences were served; the statistics say %d, %d and %d", n, requested, accepted, finished)
	}
	found, err := h.owner.DescribeQueueTranscripts(h.ctx, api.DescribeQueueTranscripts{QueueID: h.queue})
	if err != nil {
		h.t.Fatal(err)
	}
	var listed []string
	for _, transcript := range found.QueueTranscripts {
		listed = append(listed, *transcript.AudienceID)
	}
	if !slices.Equal(listed, h.served) {
		h.t.Errorf("the transcripts are of other audiences: %s", difference(listed, h.served))
	}
	realm, err := h.owner.DescribeRealm(h.ctx, api.DescribeRealm{RealmID: h.realm})
	if err != nil || realm.RealmAttrs.OwnerID.Or("") != h.owner.UserID() {
		h.t.Errorf("the realm is %+v, %v", realm, err)
	}
	queue, err := h.owner.DescribeQueue(h.ctx, api.DescribeQueue{QueueID: h.queue})
	if err != nil || queue.QueueAttrs.Name.Or("") != "Desk" || queue.QueueAttrs.Length.Or(-1) != 0 {
		h.t.Errorf("the queue is %+v, %v", queue, err)
	}
}

// checkSessions checks that all sessions have been resumed, never lost.
func (h *hall) checkSessions() {
	h.t.Helper()
	for i, s := range h.sessions {
		stats := s.Stats()
		if stats.SessionsLost != 0 {
			h.t.Errorf("session %d was lost", i)
		}
		if stats.Connections < 2 {
			h.t.Errorf("session %d has had %d connections", i, stats.Connections)
		}
	}
}
