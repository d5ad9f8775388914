package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/api"
)

// Fault is a fault as data, as /debug/faults and 'ninchat faults' have it. Its Name
// is like that of a method of [Faults], as cut-after for CutAfter; duplicate stands for
// Repeat, and error for FailAt: see [FaultNames]. Which fields count depends on the
// name, see [FaultFields]; the others must be left alone.
type Fault struct {
	// Name says what goes wrong.
	Name string `json:"fault"`
	// UserID and SessionID say who is concerned, all if both are "".
	UserID    string     `json:"user_id,omitzero"`
	SessionID api.Secret `json:"session_id,omitzero"`
	// Action names an action, "" for any.
	Action string `json:"action,omitzero"`
	// Nth counts matching actions; 0 means 1.
	Nth int `json:"nth,omitzero"`
	// ErrorType and Reason are what clients are told. The default type is
	// internal. Reason goes into close frames, too.
	ErrorType string `json:"error_type,omitzero"`
	Reason    string `json:"reason,omitzero"`
	// Bytes is how much is still sent.
	Bytes int64 `json:"bytes,omitzero"`
	// Code is a close code; 0 means 1001. Status is an HTTP status.
	Code   int `json:"code,omitzero"`
	Status int `json:"status,omitzero"`
	// Hosts is what discovery says.
	Hosts []string `json:"hosts,omitzero"`
	// Delay is how long something takes.
	Delay time.Duration `json:"-"`
	// Seed makes a random schedule repeatable, and Length is how long it is; 0
	// means until [Faults.Clear].
	Seed   uint64        `json:"seed,omitzero"`
	Length time.Duration `json:"-"`
	// Matched is how many connections or sessions have the fault, in what
	// [Faults.Active] returns.
	Matched int `json:"matched,omitzero"`
}

func (f *Fault) match() Match { return Match{UserID: f.UserID, SessionID: f.SessionID} }

// faultKind is a fault that can be asked for by name. given has the names of the
// fields that count.
type faultKind struct {
	given string
	apply func(Faults, *Fault) int
}

// later is for faults that wait for something.
func later(do func(Faults, *Fault)) func(Faults, *Fault) int {
	return func(f Faults, data *Fault) int {
		do(f, data)
		return 0
	}
}

const whom = "user_id session_id "

// faultKinds has all faults by their names.
func faultKinds() map[string]faultKind {
	return map[string]faultKind{
		"cut":            {whom, func(f Faults, d *Fault) int { return f.Cut(d.match()) }},
		"cut-after":      {whom + "bytes", func(f Faults, d *Fault) int { return f.CutAfter(d.match(), d.Bytes) }},
		"cut-next":       {"bytes", later(func(f Faults, d *Fault) { f.CutNext(d.Bytes) })},
		"cut-at":         {whom + "action", later(func(f Faults, d *Fault) { f.CutAt(d.match(), d.Action) })},
		"half-open":      {whom, func(f Faults, d *Fault) int { return f.HalfOpen(d.match()) }},
		"stall-next":     {"", later(func(f Faults, _ *Fault) { f.StallNext() })},
		"delay":          {whom + "delay", func(f Faults, d *Fault) int { return f.Delay(d.match(), d.Delay) }},
		"duplicate":      {whom, func(f Faults, d *Fault) int { return f.Repeat(d.match()) }},
		"reorder":        {whom, func(f Faults, d *Fault) int { return f.Reorder(d.match()) }},
		"error":          {whom + "action nth error_type reason", later(applyError)},
		"say":            {whom + "error_type reason", applySay},
		"lose":           {whom, func(f Faults, d *Fault) int { return f.Lose(d.match()) }},
		"lose-at":        {whom + "action", later(func(f Faults, d *Fault) { f.LoseAt(d.match(), d.Action) })},
		"overflow":       {whom, func(f Faults, d *Fault) int { return f.Overflow(d.match()) }},
		"supersede":      {whom, func(f Faults, d *Fault) int { return f.Supersede(d.match()) }},
		"close":          {whom + "code reason", applyClose},
		"refuse":         {"status", later(func(f Faults, d *Fault) { f.Refuse(d.Status) })},
		"slow":           {"delay", later(func(f Faults, d *Fault) { f.Slow(d.Delay) })},
		"slow-discovery": {"delay", later(func(f Faults, d *Fault) { f.SlowDiscovery(d.Delay) })},
		"lie":            {"hosts", later(func(f Faults, d *Fault) { f.Lie(d.Hosts...) })},
		"random":         {"seed for", later(func(f Faults, d *Fault) { f.Random(d.Seed, d.Length) })},
	}
}

// FaultNames are the names of all faults, sorted.
func FaultNames() []string { return slices.Sorted(maps.Keys(faultKinds())) }

// FaultFields are the names of the fields that count for a fault, as they are in
// JSON; nil if there is no such fault.
func FaultFields(name string) []string {
	kind, ok := faultKinds()[name]
	if !ok {
		return nil
	}
	return append([]string{}, strings.Fields(kind.given)...)
}

func errorTypeOf(d *Fault) api.ErrorType {
	if d.ErrorType == "" {
		return api.ErrInternal
	}
	return api.ErrorType(d.ErrorType)
}

func applyError(f Faults, d *Fault) {
	f.FailAt(d.match(), d.Action, max(d.Nth, 1), errorTypeOf(d), d.Reason)
}

func applySay(f Faults, d *Fault) int { return f.Say(d.match(), errorTypeOf(d), d.Reason) }

func applyClose(f Faults, d *Fault) int {
	code := d.Code
	if code == 0 {
		code = int(closeGoingAway)
	}
	return f.Close(d.match(), code, d.Reason)
}

// Apply does what a fault says. It returns how many connections or sessions
// matched, 0 for faults that wait for something. The error says which field makes
// no sense; nothing has been done then.
func (f Faults) Apply(d Fault) (matched int, err error) {
	kind, ok := faultKinds()[d.Name]
	if !ok {
		return 0, fmt.Errorf("fault: there is none with the name %q; there are: %s", d.Name, strings.Join(FaultNames(), ", "))
	}
	if err := d.check(strings.Fields(kind.given)); err != nil {
		return 0, err
	}
	return kind.apply(f, &d), nil
}

// check refuses values that make no sense, and fields that don't count.
func (f *Fault) check(given []string) error {
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"user_id", f.UserID != ""},
		{"session_id", f.SessionID != ""},
		{"action", f.Action != ""},
		{"nth", f.Nth != 0},
		{"error_type", f.ErrorType != ""},
		{"reason", f.Reason != ""},
		{"bytes", f.Bytes != 0},
		{"code", f.Code != 0},
		{"status", f.Status != 0},
		{"hosts", len(f.Hosts) > 0},
		{"delay", f.Delay != 0},
		{"seed", f.Seed != 0},
		{"for", f.Length != 0},
		{"matched", f.Matched != 0},
	} {
		if field.set && !slices.Contains(given, field.name) {
			return fmt.Errorf("%s: isn't for the fault %s", field.name, f.Name)
		}
	}
	atAction := f.Name == "cut-at" || f.Name == "lose-at"
	switch {
	case f.Bytes < 0, f.Nth < 0, f.Delay < 0, f.Length < 0:
		return fmt.Errorf("bytes, nth, delay, for: can't be less than 0")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("status: not from 400 to 599")
	case f.Code != 0 && ws.CheckCloseFrameData(ws.StatusCode(f.Code), "") != nil:
		return fmt.Errorf("code: can't be in a close frame")
	case len(f.Reason) > maxCloseReason:
		return fmt.Errorf("reason: more than %d bytes", maxCloseReason)
	case atAction && f.Action == "":
		return fmt.Errorf("action: missing")
	case len(f.Hosts) > maxHosts:
		return fmt.Errorf("hosts: more than %d", maxHosts)
	}
	return nil
}

const (
	// maxCloseReason is how long the reason in a close frame can be, in bytes.
	maxCloseReason = 123
	// maxHosts bounds what discovery is made to say.
	maxHosts = 1000
)
