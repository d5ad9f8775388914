package server_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/spec"
)

// actionCase is how an action is done in TestEveryAction. What makes it malformed
// follows from spec, as does who can't do it for somebody else.
type actionCase struct {
	// setup is what the action needs, in a world that newActionWorld has made.
	setup func(*world)
	// who does the action. Somebody without a name has a connection without a
	// session.
	who     string
	action  string
	payload []string
	// want has members of the reply; if it is "", there is none, but an effect that
	// can be seen.
	want   string
	effect func(*world)
	// refused is how somebody isn't allowed to do the action. Without an action
	// nobody is refused, for the reason in want.
	refused step
	// malformed is for actions without parameters.
	malformed string
}

// newActionWorld is a world of queues in which there is something of everything:
// $message by anna and $file by bert in $channel, a $tag, and an audience of $cleo,
// $a in $ch-a. Zoe is a puppet of anna's, and twin another session of bert's.
func newActionWorld(t *testing.T, seen func(event)) *world {
	w := newQueueWorld(t)
	w.clients["twin"] = login(t, w.srv, w.fill(`,"message_types":["*"],"user_id":"$bert","user_auth":"$bert.auth"`))
	for _, c := range w.clients {
		c.seen = seen
	}
	w.open()
	w.names["file"] = w.sendFile("bert", upload(toChannel), "content")
	w.names["message"] = w.say("anna", "hello")
	w.names["tag"] = w.tag(`"name":"top"`)
	w.names["zoe"] = w.do("anna", `{"action":"create_user","user_attrs":{"name":"zoe"}}`).text("user_id")
	w.serve("a", "cleo", "bert")
	return w
}

// client is the one who does an action, or a new connection if nobody is named.
func (w *world) client(who string, seen func(event)) *client {
	if who != "" {
		return w.clients[who]
	}
	c := connect(w.t, w.srv)
	c.seen = seen
	return c
}

// attemptAs does an action, and returns the reply. Actions that are about sessions
// have no action_id.
func (w *world) attemptAs(who, action string, payload []string, seen func(event)) event {
	w.t.Helper()
	c := w.client(who, seen)
	action = w.fill(action)
	if found(action).ActionID != spec.Never {
		id := c.send(action, payload...)
		return c.find("a reply", func(e event) bool {
			actionID := int64(e.number("action_id"))
			return actionID == id || actionID == 0 && e.name == "error"
		})
	}
	c.write(action, payload...)
	for {
		if e := c.read(); e.name == "error" || slices.Contains(found(action).Replies, e.name) {
			return e
		}
	}
}

// found looks up what an action is.
func found(action string) *spec.Action {
	var members struct {
		Action string `json:"action"`
	}
	_ = json.Unmarshal([]byte(action), &members)
	if a, ok := spec.LookUpAction(members.Action); ok {
		return a
	}
	return new(spec.Action)
}

// mutations makes an action malformed: without each parameter that it needs, and
// with each parameter of another type.
func mutations(t *testing.T, text string) (mutated []string) {
	t.Helper()
	action := found(text)
	mutate := func(change func(map[string]any)) {
		members := object(t, text)
		change(members)
		encoded, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		mutated = append(mutated, string(encoded))
	}
	for _, p := range action.Params {
		if p.Required {
			mutate(func(m map[string]any) { delete(m, p.Name) })
		}
		mutate(func(m map[string]any) { m[p.Name] = wrongType(p.Type) })
	}
	if action.Puppet {
		mutate(func(m map[string]any) { m["puppet_id"] = 1 })
	}
	return mutated
}

// wrongType is a value that isn't of a type.
func wrongType(kind spec.Type) any {
	if kind == spec.TypeString || kind == spec.TypeObject || strings.Contains(string(kind), "array") {
		return 1
	}
	return "x"
}

// eventLog collects the names of events.
type eventLog struct {
	mu    sync.Mutex
	names map[string]bool
}

func (l *eventLog) note(e event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.name != "" {
		l.names[e.name] = true
	}
}

// finish reads what has come. The connection may have ended.
func (c *client) finish() {
	if c.sessionID == "" {
		return
	}
	c.actionID++
	id := c.actionID
	// An action without effect; writing may fail, as reading then does.
	if c.tryWrite(`{"action":"ping","action_id":`+strconv.FormatInt(id, 10)+`}`) != nil {
		return
	}
	for {
		if e, err := c.tryRead(); err != nil || int64(e.number("action_id")) == id {
			return
		}
	}
}

// check does the action of a case in all ways.
func (a *actionCase) check(t *testing.T, name string, seen func(event)) {
	w := newActionWorld(t, seen)
	if a.setup != nil {
		a.setup(w)
	}
	action := w.fill(a.action)
	if got := object(t, action)["action"]; got != name {
		t.Fatalf("the case does %v", got)
	}
	refuse := func(what string, s step) {
		t.Helper()
		e := w.attemptAs(s.who, s.action, s.payload, seen)
		t.Logf("%s: %s -> %v", what, s.action, e)
		expect(t, e, w.fill(s.want))
		expect(t, e, `{"event":"error"}`)
	}
	malformed := mutations(t, action)
	if a.malformed != "" {
		malformed = append(malformed, a.malformed)
	}
	if len(malformed) == 0 {
		t.Error("nothing malformed is done")
	}
	for _, m := range malformed {
		refuse("malformed", step{a.who, m, a.payload, `{"error_type":"request_malformed"}`})
	}
	if a.refused.action != "" {
		refuse("refused", a.refused)
	} else if a.refused.want == "" {
		t.Error("nobody is refused, without a reason")
	}
	if found(action).Puppet {
		for id, want := range map[string]string{"none": "user_not_found", "$mona": "permission_denied"} {
			puppet := action[:len(action)-1] + `,"puppet_id":"` + id + `"}`
			refuse("as a puppet", step{a.who, puppet, a.payload, `{"error_type":"` + want + `","user_id":"` + id + `"}`})
		}
	}
	w.allow(a, action, seen)
	for _, who := range slices.Sorted(maps.Keys(w.clients)) {
		w.clients[who].finish()
	}
}

// allow does the action of a case.
func (w *world) allow(a *actionCase, action string, seen func(event)) {
	w.t.Helper()
	if a.want == "" {
		w.client(a.who, seen).write(action, a.payload...)
		a.effect(w)
		return
	}
	e := w.attemptAs(a.who, action, a.payload, seen)
	w.t.Logf("allowed: %s -> %v", action, e)
	expect(w.t, e, w.fill(a.want))
	if !slices.Contains(found(action).Replies, e.name) {
		w.t.Errorf("%s isn't a reply to the action", e.name)
	}
}
