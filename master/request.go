package master

import "fmt"

// The actions that signatures are for.
const (
	CreateSession = "create_session"
	JoinChannel   = "join_channel"
	FollowChannel = "follow_channel"
)

// Request is what somebody wants to do by means of a signature.
type Request struct {
	// Action is [CreateSession], [JoinChannel] or [FollowChannel].
	Action string
	// ChannelID is the channel to join or follow. It is empty for CreateSession.
	ChannelID string
	// UserID is who does it. For CreateSession it is the parameter user_id, and
	// empty if that isn't there, because a puppet is to be made. For the other
	// actions it isn't a parameter: it is the user of the session, or the puppet
	// on whose behalf that user acts.
	UserID string
	// Attrs is the parameter puppet_attrs or member_attrs, nil if it isn't there.
	Attrs Attrs
}

// ParseRequest makes a Request of an action's parameters, as a client sends them:
// a JSON object like
//
//	{"action":"join_channel","channel_id":"1bfbr0u","member_attrs":{"silenced":false}}
//
// Parameters that aren't signed are ignored. UserID remains to be set for actions
// other than create_session. Errors wrap [ErrMalformed].
func ParseRequest(text []byte) (Request, error) {
	value, err := parseJSON(text, maxAttrs)
	if err != nil {
		return Request{}, err
	}
	params, ok := value.(Pairs)
	if !ok {
		return Request{}, malformed("the request isn't an object")
	}
	var r Request
	r.Action, _ = params.text("action")
	if r.attrsName() == "" && r.Action != FollowChannel {
		return Request{}, malformed("action isn't %s, %s or %s", CreateSession, JoinChannel, FollowChannel)
	}
	idName, id := "channel_id", &r.ChannelID
	if r.Action == CreateSession {
		idName, id = "user_id", &r.UserID
	}
	if value, there := params.get(idName); there {
		if *id, ok = value.(string); !ok || *id == "" {
			return Request{}, malformed("%s isn't a string with something in it", idName)
		}
	}
	if value, _ := params.get(r.attrsName()); value != nil {
		attrs, ok := value.(Pairs)
		if !ok {
			return Request{}, malformed("%s isn't an object", r.attrsName())
		}
		r.Attrs = attrs
	}
	return r, r.check()
}

// attrsName is the parameter with attributes, "" if the action has none.
func (r *Request) attrsName() string {
	switch r.Action {
	case CreateSession:
		return "puppet_attrs"
	case JoinChannel:
		return "member_attrs"
	}
	return ""
}

// check refuses combinations that don't exist.
func (r *Request) check() error {
	switch r.Action {
	case CreateSession:
		if r.ChannelID != "" {
			return fmt.Errorf("%w: %s has no channel", ErrMalformed, r.Action)
		}
		if r.UserID != "" && !isEmpty(r.Attrs) {
			return fmt.Errorf("%w: puppet_attrs are for new users", ErrMalformed)
		}
		return nil
	case FollowChannel:
		if !isEmpty(r.Attrs) {
			return fmt.Errorf("%w: %s has no attributes", ErrMalformed, r.Action)
		}
		fallthrough
	case JoinChannel:
		if r.ChannelID == "" {
			return fmt.Errorf("%w: channel_id is missing", ErrMalformed)
		}
		return nil
	}
	return fmt.Errorf("%w: nothing is signed for the action %q", ErrMalformed, r.Action)
}

func isEmpty(attrs Attrs) bool { return attrs == nil || len(attrs.pairs()) == 0 }

// statement is what the digest of a signature is about.
type statement struct {
	action, channelID, userID string
	// attrs are sorted. emptyAttrs says that an empty set is mentioned, too,
	// which only Java does.
	attrs      []Pair
	emptyAttrs bool
	expire     int64
	nonce      string
}

// encode writes the members of the statement as an array, in the order of their
// names.
func (e *encoder) statement(s *statement) error {
	e.dst = append(e.dst, '[')
	if err := e.member("action", s.action); err != nil {
		return err
	}
	if s.channelID != "" {
		e.dst = append(e.dst, ',')
		if err := e.member("channel_id", s.channelID); err != nil {
			return err
		}
	}
	e.dst = append(e.dst, `,["expire",`...)
	e.dst = appendInt(e.dst, s.expire)
	e.dst = append(e.dst, ']')
	if s.action == JoinChannel {
		if err := e.statementAttrs("member_attrs", s); err != nil {
			return err
		}
	}
	differs := e.differs
	e.dst = append(e.dst, ',')
	if err := e.member("nonce", s.nonce); err != nil {
		return err
	}
	// A dash form's nonce may have a slash, which PHP would escape; but PHP
	// doesn't write that form.
	e.differs = differs
	if s.action == CreateSession {
		if err := e.statementAttrs("puppet_attrs", s); err != nil {
			return err
		}
	}
	if s.userID != "" {
		e.dst = append(e.dst, ',')
		if err := e.member("user_id", s.userID); err != nil {
			return err
		}
	}
	e.dst = append(e.dst, ']')
	return nil
}

func (e *encoder) statementAttrs(name string, s *statement) error {
	if len(s.attrs) == 0 && !s.emptyAttrs {
		return nil
	}
	e.dst = append(e.dst, `,["`...)
	e.dst = append(e.dst, name...)
	e.dst = append(e.dst, `",`...)
	attrs := s.attrs
	if len(attrs) > 1 {
		e.differs = true
		if e.dialect == node {
			attrs = nodeOrder(attrs)
		}
	}
	if err := e.attrs(attrs); err != nil {
		return err
	}
	e.dst = append(e.dst, ']')
	if len(e.dst) > maxAttrs {
		return unsuitable("the attributes are longer than %d bytes", maxAttrs)
	}
	return nil
}
