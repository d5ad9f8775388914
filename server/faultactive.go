package server

import (
	"slices"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// Reorder makes the next two events of sessions be sent in the wrong order, the
// first one after the second, for which it waits. Everything comes in order again
// when the session is resumed.
func (f Faults) Reorder(m Match) int {
	return f.sessions(m, func(s *session) { s.swapping = true })
}

// FailAt answers the nth matching action from now on with an error, and doesn't do
// it. The action "" is any. Repeated actions, which are answered from memory, don't
// count.
func (f Faults) FailAt(m Match, action string, nth int, kind api.ErrorType, reason string) {
	f.at(trap{match: m, action: action, left: max(nth, 1), kind: kind, reason: reason})
}

// Lie makes discovery answer with other hosts. Without any it tells the truth.
func (f Faults) Lie(hosts ...string) {
	f.lock()
	defer f.unlock()
	f.hub.faults.hosts = slices.Clone(hosts)
}

// SlowDiscovery makes discovery wait before it answers. 0 ends that.
func (f Faults) SlowDiscovery(d time.Duration) {
	f.lock()
	defer f.unlock()
	f.hub.faults.discovery = d
}

// failure is the error for an action that is to fail, nil for others.
func (p *plan) failure(c *call) *failure {
	for i := range p.traps {
		t := &p.traps[i]
		if t.left == 0 || t.action != "" && t.action != c.message.Name || !t.match.call(c) {
			continue
		}
		if t.left--; t.left > 0 {
			continue
		}
		why := fail(t.kind, "%s", t.reason)
		p.traps = slices.Delete(p.traps, i, i+1)
		return why
	}
	return nil
}

// Active lists the faults that are at work, or wait for something. Session ids,
// which are secrets, are hidden.
func (f Faults) Active() []Fault {
	h := f.hub
	f.lock()
	defer f.unlock()
	p := &h.faults
	var active []Fault
	if p.refuse != 0 {
		active = append(active, Fault{Name: "refuse", Status: p.refuse})
	}
	if p.slow != 0 {
		active = append(active, Fault{Name: "slow", Delay: p.slow})
	}
	if p.discovery != 0 {
		active = append(active, Fault{Name: "slow-discovery", Delay: p.discovery})
	}
	if len(p.hosts) > 0 {
		active = append(active, Fault{Name: "lie", Hosts: slices.Clone(p.hosts)})
	}
	if p.random != nil {
		active = append(active, Fault{Name: "random", Seed: p.random.seed, Length: p.random.left()})
	}
	for _, fault := range p.next {
		if fault.Frozen() {
			active = append(active, Fault{Name: "stall-next"})
		} else {
			active = append(active, Fault{Name: "cut-next", Bytes: fault.Remaining()})
		}
	}
	for i := range p.traps {
		active = append(active, p.traps[i].data())
	}
	return append(active, h.activeLines()...)
}

// data describes a trap.
func (t *trap) data() Fault {
	d := Fault{Name: "cut-at", UserID: t.match.UserID, Action: t.action}
	if t.match.SessionID != "" {
		d.SessionID = "[hidden]"
	}
	switch {
	case t.left > 0:
		d.Name, d.Nth, d.ErrorType, d.Reason = "error", t.left, string(t.kind), t.reason
	case t.lose:
		d.Name = "lose-at"
	}
	return d
}

// activeLines sums up the faults of connections and sessions.
func (h *hub) activeLines() (active []Fault) {
	halfOpen, delayed, reordered := 0, make(map[time.Duration]int), 0
	for c := range h.conns {
		f := c.fault.Load()
		if c.broken {
			continue
		}
		if f.Frozen() {
			halfOpen++
		}
		if d := f.Lag(); d != 0 {
			delayed[d]++
		}
	}
	for f := range h.heldUp {
		if f.Frozen() {
			halfOpen++
		}
	}
	for p := range h.pollers {
		if p.fault.Frozen() {
			halfOpen++
		}
		if p.delay != 0 {
			delayed[p.delay]++
		}
	}
	for _, s := range h.sessions {
		if s.swapping {
			reordered++
		}
	}
	if halfOpen > 0 {
		active = append(active, Fault{Name: "half-open", Matched: halfOpen})
	}
	for _, d := range sortedKeys(delayed) {
		active = append(active, Fault{Name: "delay", Delay: d, Matched: delayed[d]})
	}
	if reordered > 0 {
		active = append(active, Fault{Name: "reorder", Matched: reordered})
	}
	return active
}

// Clear ends all faults that are at work or wait for something. Connections that
// are half-open are cut.
func (f Faults) Clear() {
	h := f.hub
	f.lock()
	defer f.unlock()
	h.faults.random.stop()
	h.faults = plan{}
	for _, c := range h.allConns() {
		switch fault := c.fault.Load(); {
		case fault.Frozen():
			c.snap()
		case fault != nil:
			fault.Clear()
		}
	}
	for p := range h.pollers {
		if p.fault.Frozen() {
			p.snap()
		}
		p.fault, p.delay = nil, 0
		if r := p.waiting; r != nil && r.fault.Load().Frozen() {
			p.snap()
		}
	}
	for fault := range h.heldUp {
		if fault.Frozen() {
			fault.Limit(0)
			fault.Release()
		} else {
			fault.Clear()
		}
	}
	for _, s := range h.sessions {
		if s.swapping {
			s.swapping = false
			if s.carrier != nil {
				s.carrier.wake()
			}
		}
	}
}
