package server

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/internal/ring"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/spec"
)

// Clients send an action again when they don't know whether it was done: after
// resuming the session, and after losing it in the one that replaces it. What
// was done is written down, so that it isn't done twice.

// record is what was done about one action with an action_id.
type record struct {
	// name is the name of the action.
	name string
	// message is the action, nil once the replies have been acknowledged, or if
	// it is long: then there is its digest, as there is if a store needs it.
	message *wire.Message
	digest  actionDigest
	// replies are the events that answered it.
	replies []entry
	// last is the id of the last of them, 0 if there are none.
	last int64
	size int
	// settled is when all of them had been acknowledged, or the server was started
	// since.
	settled time.Time
}

func (r *record) add(e entry, id int64) {
	r.replies = append(r.replies, e)
	r.last = id
	r.size += e.size()
}

// journal has the records of a session.
type journal struct {
	session *session
	records map[int64]*record
	// waiting are the ids of actions whose replies haven't been acknowledged,
	// in the order of the replies.
	waiting ring.Queue[int64]
	// settled are the ids of the others, oldest first, and bytes is the size of
	// their replies.
	settled ring.Queue[int64]
	bytes   int
	// past are actions that there is no record of any more.
	past past
}

const (
	// maxSettled and maxSettledBytes bound what is kept for clients that repeat
	// what they have had an answer to. None is known to.
	maxSettled      = 256
	maxSettledBytes = 256 << 10
)

func (j *journal) open(c *call) *record {
	m := c.message
	if j.records == nil {
		j.records = make(map[int64]*record)
	}
	r := &record{name: m.Name}
	if m.Size() <= maxKept {
		r.message = m
	}
	if c.hub.needsDigest(m) {
		r.digest = c.digest()
	}
	j.records[m.ActionID] = r
	return r
}

// maxKept is how long an action may be to be kept. That is only cheaper than
// making digests of all actions.
const maxKept = 4 << 10

// close files a record after the action has been done.
func (j *journal) close(id int64, r *record) {
	j.touch(id)
	if r.last != 0 {
		j.waiting.Push(id)
		return
	}
	j.settle(id, r)
}

// acknowledge settles the actions whose replies have all been acknowledged.
func (j *journal) acknowledge(event int64) {
	for j.waiting.Len() > 0 {
		id := j.waiting.At(0)
		r := j.records[id]
		if r.last > event {
			return
		}
		j.waiting.Pop()
		j.settle(id, r)
	}
}

func (j *journal) settle(id int64, r *record) {
	if readOnly(r.name) {
		// It can just as well be done again.
		delete(j.records, id)
		j.touch(id)
		return
	}
	r.summarize()
	r.message = nil
	r.settled = j.session.hub.clock.Now()
	j.settled.Push(id)
	j.bytes += r.size
	for j.settled.Len() > maxSettled || j.bytes > maxSettledBytes {
		oldest, _ := j.settled.Pop()
		j.bytes -= j.records[oldest].size
		j.past.add(oldest, j.records[oldest].digest)
		delete(j.records, oldest)
		j.touch(oldest)
	}
}

func (j *journal) touch(id int64) {
	if k := j.session.hub.keeper; k != nil {
		k.touch(performed{j.session, id})
	}
}

// drop forgets everything.
func (j *journal) drop() {
	for id := range j.records {
		j.touch(id)
	}
	*j = journal{session: j.session}
}

func readOnly(action string) bool {
	a, ok := spec.LookUpAction(action)
	return ok && a.ReadOnly
}

// repeated reports whether the action has been done already, and sees to it
// that it is answered.
func (c *call) repeated() bool {
	if !c.numbered() {
		return false
	}
	j := &c.session.journal
	r := j.records[c.message.ActionID]
	if r == nil && j.past.has(c) {
		c.hub.stats.Repeats++
		return true // the replies have been acknowledged long ago
	}
	if r == nil {
		return c.recalled()
	}
	if j.replaced(c, r) {
		return false
	}
	c.hub.stats.Repeats++
	if r.last > c.session.buffer.acked {
		return true // the replies are on their way, or come with resuming
	}
	for _, e := range r.replies {
		r.last = c.session.push(e)
	}
	j.touch(c.message.ActionID)
	return true
}

// replaced reports whether the action is another one than that of the record, which
// is forgotten then. There are clients that count from 1 again after resuming a
// session. While an action is on its way, its id is its own.
func (j *journal) replaced(c *call, r *record) bool {
	if r.message != nil || r.last > j.session.buffer.acked || r.digest == (actionDigest{}) || r.digest == c.digest() {
		return false
	}
	var kept ring.Queue[int64]
	for i := range j.settled.Len() {
		if id := j.settled.At(i); id != c.message.ActionID {
			kept.Push(id)
		}
	}
	if kept.Len() == j.settled.Len() {
		return false
	}
	j.settled = kept
	j.bytes -= r.size
	delete(j.records, c.message.ActionID)
	return true
}

// begin opens a record for the action.
func (c *call) begin() {
	if c.numbered() {
		c.record = c.session.journal.open(c)
	}
}

// end files the record. The action may have ended its session.
func (c *call) end() {
	if c.record != nil && !c.session.ended {
		c.session.journal.close(c.message.ActionID, c.record)
	}
}

// lostAction is the record of an action that was done in a session that has been
// lost.
type lostAction struct {
	user    *user
	id      int64
	digest  actionDigest
	replies []entry
	size    int
	until   time.Time
	// settled means that the replies had been acknowledged. The client has missed
	// them nevertheless if it asks again, but most don't: see session.heir.
	settled bool
	// number is for the store, as is forgotten, which means that there is no need
	// for it any more.
	number    uint64
	forgotten bool
}

// bequeath keeps what the client may ask for again after the session was lost. What has
// been acknowledged is remembered for as long since then as the rest is from now on.
func (s *session) bequeath() {
	j, h := &s.journal, s.hub
	now := h.clock.Now()
	for i := range j.settled.Len() {
		id := j.settled.At(i)
		if until := j.records[id].settled.Add(h.config.Repeats); until.After(now) {
			s.leave(id, until, true)
		}
	}
	for i := range j.waiting.Len() {
		s.leave(j.waiting.At(i), now.Add(h.config.Repeats), false)
	}
	h.trimLost(s.user)
	j.drop()
}

// leave keeps an action that has been done in the session.
func (s *session) leave(id int64, until time.Time, settled bool) {
	r := s.journal.records[id]
	if readOnly(r.name) {
		return
	}
	r.summarize()
	a := &lostAction{user: s.user, id: id, digest: r.digest, replies: r.replies, size: r.size, until: until, settled: settled}
	s.user.lost = append(s.user.lost, a)
	s.hub.keeper.enroll(a)
}

// trimLost forgets the oldest of what is kept of the lost sessions of a user, if that
// is more than maxLost actions, or than a session's buffer may have.
func (h *hub) trimLost(u *user) {
	first, bytes := len(u.lost), 0
	for first > 0 && len(u.lost)-first < maxLost {
		if bytes += u.lost[first-1].size; bytes > h.config.Limits.EventBytes {
			break
		}
		first--
	}
	if first > 0 {
		h.forgetLost(u.lost[:first]...)
		u.lost = slices.Clone(u.lost[first:])
	}
}

// maxLost bounds what is kept of the lost sessions of a user.
const maxLost = 8192

// forgetLost notes that actions are no longer remembered.
func (h *hub) forgetLost(actions ...*lostAction) {
	for _, a := range actions {
		a.forgotten = true
		h.touch(a)
	}
}

// recalled answers an action that was done in a session that has been lost. It
// does so once: from then on the action belongs to this session.
func (c *call) recalled() bool {
	s, u := c.session, c.session.user
	c.hub.forgetExpired(u)
	for i, lost := range u.lost {
		if lost.id != c.message.ActionID || lost.settled && !s.heir || lost.digest != c.digest() {
			continue
		}
		u.lost = slices.Delete(u.lost, i, i+1)
		c.hub.forgetLost(lost)
		c.hub.stats.Repeats++
		c.begin()
		for _, e := range lost.replies {
			c.send(e)
		}
		c.end()
		return true
	}
	if s.heir && !readOnly(c.message.Name) {
		s.heir = false
		c.hub.touch(s)
	}
	return false
}

// forgetExpired forgets what nobody may ask for any more.
func (h *hub) forgetExpired(u *user) {
	now := h.clock.Now()
	u.lost = slices.DeleteFunc(u.lost, func(a *lostAction) bool {
		if a.until.After(now) {
			return false
		}
		h.forgetLost(a)
		return true
	})
	if len(u.lost) == 0 {
		u.lost = nil
	}
}

// needsDigest reports whether the record of an action has a digest from the beginning.
func (h *hub) needsDigest(m *wire.Message) bool {
	return m.ActionID != 0 && !readOnly(m.Name) && (m.Size() > maxKept || h.keeper != nil)
}

// digestAhead returns the digest of an action if its record is to have it, so that the
// state isn't locked while it is computed; else the zero digest.
func (h *hub) digestAhead(m *wire.Message) actionDigest {
	if !h.needsDigest(m) {
		return actionDigest{}
	}
	return digestOf(m)
}

// digest returns the digest of the action, which is computed once.
func (c *call) digest() actionDigest {
	if c.sum == (actionDigest{}) {
		c.sum = digestOf(c.message)
	}
	return c.sum
}

// summarize sees to it that the record has a digest.
func (r *record) summarize() {
	if r.message != nil && r.digest == (actionDigest{}) {
		r.digest = digestOf(r.message)
	}
}

// actionDigest identifies what an action says.
type actionDigest [sha256.Size]byte

// digestOf identifies what an action says: its name, parameters and payload,
// but neither its envelope nor the order and spelling of the parameters, which
// may change when a client encodes it anew.
func digestOf(m *wire.Message) actionDigest {
	var members map[string]jsontext.Value
	_ = json.Unmarshal(m.Text, &members) // an unreadable action has none
	for _, name := range []string{"action_id", "event_id", "session_id", "frames", "client"} {
		delete(members, name)
	}
	text, _ := json.Marshal(members, json.Deterministic(true))
	_ = (*jsontext.Value)(&text).Canonicalize()
	sum := sha256.New()
	sum.Write(text)
	for _, part := range m.Payload {
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		sum.Write(part)
	}
	return actionDigest(sum.Sum(nil))
}
