package server

import (
	"net/http"
	"slices"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/spec"
)

// callRequest is a request to /v2/call: an action without a session.
type callRequest struct {
	hub *hub
	id  uint64
	// address is what addresses begin with that the client can use.
	address addresses
	// remote is where the request came from.
	remote string
	// snapped requests are cut.
	snapped bool
	// replies are the answer.
	replies []entry
}

var _ origin = (*callRequest)(nil)

// call does an action that came by /v2/call.
func (s *Server) call(w http.ResponseWriter, r *http.Request) {
	q, ok := newActionQuery(w, r)
	if !ok {
		return
	}
	h := s.hub
	p := &callRequest{hub: h, address: s.base(r), remote: r.RemoteAddr}
	fault := h.nextFault()
	in := s.callAction(w, r, q)
	defer in.free()
	p.run(in)
	accept := acceptedTypes(r.Header.Values("Accept"))
	if q.callback != "" {
		accept = acceptance{json: true}
	}
	w.Header().Add("Vary", "Accept")
	a := p.answer(in, accept)
	if a.contentType == wire.MediaJSON {
		a.text, a.contentType = q.apply(a.text), q.contentType()
	}
	a.fault, a.status, a.snapped = fault, in.status, p.snapped
	s.answer(w, r, a)
}

// run does the action. What there is no session for has no journal, and needs no digest.
func (p *callRequest) run(in *incoming) {
	(&call{hub: p.hub, origin: p, message: in.message}).execute(in.why, p.enter)
}

// enter finds out who calls.
func (p *callRequest) enter(c *call) bool {
	h := p.hub
	h.stats.Calls++
	p.id = h.stats.Calls
	if h.closed {
		p.snapped = true
		return false
	}
	if c.why == nil {
		c.why = c.loginForCall()
	}
	return true
}

// loginForCall finds out who calls.
func (c *call) loginForCall() (why *failure) {
	m := c.message
	if known, ok := spec.LookUpAction(m.Name); ok && known.Scope != spec.ScopeAny {
		return fail(api.ErrActionNotSupported, "%s needs a session", m.Name)
	}
	text := func(name string) string { return wire.StringMember(m.Text, name) }
	id, kind, name, auth := text("caller_id"), text("caller_type"), text("caller_name"), api.Secret(text("caller_auth"))
	identity := kind != "" || name != ""
	switch {
	case id != "" && identity:
		return fail(api.ErrRequestMalformed, "caller_id: not together with caller_type and caller_name")
	case id != "":
		c.self, why = c.authenticate(id, &auth)
	case identity:
		c.self, why = c.identify(&api.CreateSession{IdentityType: &kind, IdentityName: &name, IdentityAuth: &auth})
	case auth != "":
		return fail(api.ErrRequestMalformed, "caller_auth: without caller_id, or caller_type and caller_name")
	case forStrangers(m):
		c.user = new(user)
		return nil
	case sessionUse(m.Name) == spec.SessionRequired:
		return fail(api.ErrAccessDenied, "caller_id, caller_auth: missing")
	}
	c.user = c.self
	return why
}

// forStrangers reports whether an action only reads what is public, so that those
// can do it who don't say who they are. They see what strangers with a session see.
func forStrangers(m *wire.Message) bool {
	known, ok := spec.LookUpAction(m.Name)
	if !ok || !known.Public || wire.StringMember(m.Text, "puppet_id") != "" {
		return false
	}
	// By default it is the caller who is described.
	return m.Name != "describe_user" || wire.StringMember(m.Text, "user_id") != ""
}

// answer makes the answer of the replies, as the client wants it.
func (p *callRequest) answer(in *incoming, accept acceptance) *answer {
	if !in.reserve(p.size()) {
		p.replies = []entry{plain(pack(&fail(api.ErrInternal, "too many requests at once").event))}
	}
	// An error is always the first event.
	slices.SortStableFunc(p.replies, func(a, b entry) int { return rank(a) - rank(b) })
	a := &answer{contentType: accept.choose(len(p.replies) == 1 && len(p.replies[0].payload) == 0)}
	switch a.contentType {
	case wire.MediaJSON:
		a.text = p.json()
	case wire.MediaProtobuf:
		a.text = p.protobuf()
	case wire.MediaOctets:
		a.text = p.octets()
	}
	return a
}

func rank(e entry) int {
	if e.name == "error" {
		return 0
	}
	return 1
}

// size is about how much memory the answer takes.
func (p *callRequest) size() (size int64) {
	for _, e := range p.replies {
		size += int64(e.size())
	}
	return size
}

// header is the header of an event. frames tells how many payload parts there
// are.
func (p *callRequest) header(e entry, frames bool) []byte {
	var head []byte
	if frames {
		head = e.appendHead(nil, 0)
	} else {
		head = e.appendEnvelope(nil, 0)
	}
	p.hub.check(&item{entry: e}, head)
	return wire.AppendMembers(head, e.tail)
}

// json is one event, or an array of events if there isn't exactly one. Payloads
// are left out; frames says so.
func (p *callRequest) json() []byte {
	if len(p.replies) == 1 {
		return p.header(p.replies[0], true)
	}
	text := []byte{'['}
	for i, e := range p.replies {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, p.header(e, true)...)
	}
	return append(text, ']')
}

func (p *callRequest) protobuf() (body []byte) {
	for _, e := range p.replies {
		body = wire.AppendProtobufEvent(body, p.header(e, false), e.payload...)
	}
	return body
}

func (p *callRequest) octets() (body []byte) {
	for _, e := range p.replies {
		body = wire.AppendOctets(body, p.header(e, true))
		for _, part := range e.payload {
			body = wire.AppendOctets(body, part)
		}
	}
	return body
}

func (p *callRequest) say(e entry) { p.replies = append(p.replies, e) }

func (p *callRequest) mention(entry) {}

// adopt isn't called: there are no sessions.
func (p *callRequest) adopt(*session) {}

func (p *callRequest) spent() bool { return true }

func (p *callRequest) spend() {}

func (p *callRequest) end(string) {}

func (p *callRequest) base() addresses { return p.address }

func (p *callRequest) peer() string { return peerOf(p.remote) }

func (p *callRequest) number() uint64 { return p.id }

func (p *callRequest) snap() { p.snapped = true }
