package server

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/spec"
)

// performer decodes an action, which has been checked, and returns what does it.
type performer func(h *hub, m *wire.Message) (perform, error)

// perform does an action, with the state locked.
type perform func(*call) *failure

// performers has what the server can do, by the name of the action.
func performers() map[string]performer {
	return map[string]performer{
		"create_session": on((*call).createSession),
		"resume_session": on((*call).resumeSession),
		"update_session": on((*call).updateSession),
		"close_session":  on((*call).closeSession),
		"ping":           on((*call).ping),
		"describe_conn":  on((*call).describeConn),

		"create_user":   on((*call).createUser),
		"describe_user": on((*call).describeUser),
		"update_user":   prepareUpdateUser,
		"delete_user":   on((*call).deleteUser),

		"create_identity":                        on((*call).createIdentity),
		"create_identity_with_auth_reset_access": on((*call).createIdentityWithAuthResetAccess),
		"request_identity_verify_access":         on((*call).requestIdentityVerifyAccess),
		"verify_identity":                        on((*call).verifyIdentity),
		"describe_identity":                      on((*call).describeIdentity),
		"update_identity":                        on((*call).updateIdentity),
		"update_identity_auth":                   on((*call).updateIdentityAuth),
		"request_identity_auth_reset_access":     on((*call).requestIdentityAuthResetAccess),
		"reset_identity_auth":                    on((*call).resetIdentityAuth),
		"delete_identity":                        on((*call).deleteIdentity),

		"create_access":   on((*call).createAccess),
		"send_access":     on((*call).sendAccess),
		"describe_access": on((*call).describeAccess),

		"update_dialogue": on((*call).updateDialogue),

		"create_realm":   on((*call).createRealm),
		"describe_realm": on((*call).describeRealm),
		"update_realm":   on((*call).updateRealm),
		"delete_realm":   on((*call).deleteRealm),

		"create_channel":   on((*call).createChannel),
		"describe_channel": on((*call).describeChannel),
		"update_channel":   on((*call).updateChannel),
		"delete_channel":   on((*call).deleteChannel),
		"join_channel":     on((*call).joinChannel),
		"follow_channel":   on((*call).followChannel),
		"part_channel":     on((*call).partChannel),

		"add_member":    on((*call).addMember),
		"update_member": on((*call).updateMember),
		"remove_member": on((*call).removeMember),

		"create_tag":    on((*call).createTag),
		"describe_tag":  on((*call).describeTag),
		"describe_tags": on((*call).describeTags),
		"update_tag":    on((*call).updateTag),
		"delete_tag":    on((*call).deleteTag),

		"search":          on((*call).search),
		"search_users":    on((*call).searchUsers),
		"search_channels": on((*call).searchChannels),
		"track":           on((*call).track),
		"begin_ice":       on((*call).beginICE),
		"discover_jitsi":  on((*call).discoverJitsi),

		"create_queue":          on((*call).createQueue),
		"describe_queue":        on((*call).describeQueue),
		"update_queue":          on((*call).updateQueue),
		"delete_queue":          on((*call).deleteQueue),
		"describe_realm_queues": on((*call).describeRealmQueues),
		"get_queue_stats":       on((*call).getQueueStats),

		"create_audience":   on((*call).createAudience),
		"request_audience":  on((*call).requestAudience),
		"register_audience": on((*call).registerAudience),
		"accept_audience":   on((*call).acceptAudience),
		"transfer_audience": on((*call).transferAudience),

		"get_transcript":             on((*call).getTranscript),
		"delete_transcript":          on((*call).deleteTranscript),
		"describe_queue_transcripts": on((*call).describeQueueTranscripts),
		"delete_queue_transcripts":   on((*call).deleteQueueTranscripts),

		"send_message":         on((*call).sendMessage),
		"update_message":       on((*call).updateMessage),
		"update_user_messages": on((*call).updateUserMessages),

		fileAction:      prepareSendFile,
		"describe_file": on((*call).describeFile),

		"load_history":    on((*call).loadHistory),
		"discard_history": on((*call).discardHistory),

		"create_master_key":    on((*call).createMasterKey),
		"delete_master_key":    on((*call).deleteMasterKey),
		"describe_master_keys": on((*call).describeMasterKeys),
		"describe_master":      on((*call).describeMaster),
	}
}

// on makes a performer of a function that takes a typed action.
func on[T any](do func(*call, *T) *failure) performer {
	return func(_ *hub, m *wire.Message) (perform, error) {
		action := new(T)
		if err := json.Unmarshal(m.Text, action); err != nil {
			return nil, err
		}
		return func(c *call) *failure { return do(c, action) }, nil
	}
}

// prepare checks and decodes an action. It needs no lock.
func (h *hub) prepare(m *wire.Message) (perform, *failure) {
	if m.Damage != nil {
		return nil, damaged(m.Damage)
	}
	if !m.IsAction {
		return nil, fail(api.ErrRequestMalformed, "action: missing")
	}
	performer, ok := h.done[m.Name]
	if !ok {
		return nil, fail(api.ErrActionNotSupported, "there is no such action")
	}
	mode := spec.Tolerant
	if h.config.Strict {
		mode = spec.Strict
	}
	if err := spec.CheckAction(m.Name, m.Text, mode); err != nil {
		return nil, fail(api.ErrRequestMalformed, "%s", err)
	}
	run, err := performer(h, m)
	if err != nil {
		return nil, fail(api.ErrRequestMalformed, "%s", misfit(err))
	}
	return run, nil
}

// misfit says where a parameter doesn't fit its type, without its value, which
// may be a secret.
func misfit(err error) string {
	if e, ok := errors.AsType[*json.SemanticError](err); ok && e.JSONPointer != "" {
		return strings.ReplaceAll(strings.TrimPrefix(string(e.JSONPointer), "/"), "/", ".") + ": doesn't fit its type"
	}
	return "the parameters don't fit their types"
}

// sessionUse says whether an action needs a session.
func sessionUse(name string) spec.Session {
	if action, ok := spec.LookUpAction(name); ok {
		return action.Session
	}
	return spec.SessionRequired
}

// call is one action on its way.
type call struct {
	hub     *hub
	origin  origin
	message *wire.Message
	// session is nil before create_session, and in calls without session.
	session *session
	// self is who has logged in, nil if nobody has.
	self *user
	// user is who acts: self, a puppet, or a stranger without an id. It is nil if
	// nobody has logged in and the action isn't for strangers.
	user *user
	// key is the access key that the session was made with, nil if none.
	key *access
	// sum is the action's digest, zero if it isn't known yet: see digest.
	sum actionDigest
	// record takes the replies down, nil if there is no need.
	record *record
	// perform does the action, and why, if it isn't nil, is why it isn't done.
	perform perform
	why     *failure
}

// execute does the action, or refuses it with why. When the state is locked, enter
// brings the call into its session, if it has one; it returns false if there is nothing
// to be done any more.
func (c *call) execute(why *failure, enter func(*call) bool) {
	if c.why = why; why == nil {
		c.perform, c.why = c.hub.prepare(c.message)
	}
	c.hub.lock()
	defer c.hub.unlock()
	if enter(c) {
		c.do()
	}
}

// within makes the call one of a session's, nil for none.
func (c *call) within(s *session) {
	c.session = s
	if s != nil {
		c.self, c.user = s.user, s.user
	}
}

// actsForSelf reports whether it is no puppet that acts.
func (c *call) actsForSelf() bool { return c.user == c.self }

// do does the action, or refuses it. The state must be locked.
func (c *call) do() {
	h, m := c.hub, c.message
	h.stats.Actions++
	if h.failed {
		c.refuseFailed()
		return
	}
	if s := c.session; s != nil {
		if m.EventID > 0 {
			s.acknowledge(m.EventID)
		}
		if c.repeated() {
			return
		}
		c.begin()
	}
	why := c.why
	if why == nil {
		why = c.admit()
	}
	if why == nil {
		why = h.faults.failure(c)
	}
	if why == nil {
		why = c.perform(c)
	}
	if why != nil {
		c.refuse(why)
	}
	c.end()
	h.faults.acted(c)
}

// admit checks what all actions have in common.
func (c *call) admit() *failure {
	switch c.message.Name {
	case "create_session", "resume_session", "close_session":
		return nil
	}
	if c.user == nil && sessionUse(c.message.Name) == spec.SessionRequired {
		return sessionNotFound("")
	}
	return c.actAsPuppet()
}

// actAsPuppet lets a master act on behalf of a puppet.
func (c *call) actAsPuppet() *failure {
	id := wire.StringMember(c.message.Text, "puppet_id")
	if action, ok := spec.LookUpAction(c.message.Name); id == "" || c.user == nil || !ok || !action.Puppet {
		return nil
	}
	puppet := c.hub.users[id]
	if puppet == nil || puppet.deleted {
		return userNotFound(id)
	}
	if _, ok := puppet.masters[c.user.id]; !ok {
		return fail(api.ErrPermissionDenied, "not a puppet of the user who has logged in").user(id)
	}
	c.user = puppet
	return nil
}

// numbered reports whether there can be a reply that is recognized by its
// action_id.
func (c *call) numbered() bool { return c.message.ActionID != 0 }

// wantsReply reports whether there is to be a reply that the API makes depend on
// the action_id. Calls without session always have one.
func (c *call) wantsReply() bool { return c.numbered() || c.session == nil }

// reply answers the action.
func (c *call) reply(event api.TypedEvent) { c.send(plain(pack(event))) }

// send sends an event to the caller, as a reply.
func (c *call) send(e entry) {
	e.actionID = c.message.ActionID
	if c.session == nil {
		c.origin.say(e)
		return
	}
	id := c.session.push(e)
	if c.record != nil {
		c.record.add(e, id)
	}
}

// refuse answers the action with an error event. That there is no session isn't about
// the action: with its action_id, clients would take it for answered, and not send it
// again in their next session.
func (c *call) refuse(why *failure) {
	c.hub.note(slog.LevelDebug, "action refused", "conn", c.origin.number(), "action", c.message.Name, "error", why.event.ErrorType)
	if c.session == nil && why.event.ErrorType == string(api.ErrSessionNotFound) {
		c.origin.say(plain(pack(&why.event)))
		return
	}
	c.reply(&why.event)
}

// announce answers the action with an event that other sessions get too: those
// of the users, except for the calling one.
func (c *call) announce(event api.TypedEvent, users ...*user) {
	p := pack(event)
	c.send(plain(p))
	c.spread(p, users...)
}

// spread sends an event to the sessions of users, except for the calling one.
func (c *call) spread(p *parcel, users ...*user) {
	for _, u := range users {
		for _, s := range u.sessions {
			if s != c.session {
				s.push(plain(p))
			}
		}
	}
}

// tell sends an event to all sessions of users.
func tell(p *parcel, users ...*user) {
	for _, u := range users {
		for _, s := range u.sessions {
			s.push(plain(p))
		}
	}
}
