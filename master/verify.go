package master

import (
	"bytes"
	"context"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"
	"time"
)

// DefaultSkew is how much clocks may differ unless [Verifier.Skew] says so.
const DefaultSkew = 30 * time.Second

// maxSkew bounds what can be tolerated.
const maxSkew = time.Hour

// Verifier checks what clients present: signatures, encrypted metadata and
// tokens. The zero Verifier refuses everything. It must not be changed once it is
// in use; then it can be used by several goroutines.
type Verifier struct {
	// Keys looks up a key of type ninchat by its id. It returns nil if there is
	// none. Default: there are none.
	Keys func(id string) *Key
	// JWTKeys looks up a key of type jwt by its id. It returns nil if there is
	// none. Default: there are none.
	JWTKeys func(id string) *JWTKey
	// Replays sees to it that each signature, and all encrypted metadata, are used
	// once. It is needed for [Verifier.Verify] and [Verifier.Decrypt]; [Reusable]
	// does without.
	Replays ReplayStore
	// Skew is how much the clock of who signed may differ: so long something is
	// still good after it has expired, and already good before it expires in a
	// week. Zero means [DefaultSkew]; less than zero means not at all. At most an
	// hour is tolerated.
	Skew time.Duration
	// Now returns the current time. Default: [time.Now].
	Now func() time.Time
}

// Grant is what a genuine signature permits.
type Grant struct {
	// KeyID is the key that it was signed with.
	KeyID string
	// Action is what was signed for. It is [JoinChannel] if a signature for
	// joining a channel is used for following it.
	Action string
	// UserID is the user for whom it was signed, empty if that can be anyone.
	UserID string
	// Expire is when it expires.
	Expire time.Time
	// Format is the form in which it was written.
	Format Format
}

func (v *Verifier) now() time.Time {
	if v.Now == nil {
		return time.Now()
	}
	return v.Now()
}

func (v *Verifier) skew() time.Duration {
	switch {
	case v.Skew < 0:
		return 0
	case v.Skew == 0:
		return DefaultSkew
	}
	return min(v.Skew, maxSkew)
}

// Verify checks that a signature permits a request, and uses it up. It accepts
// both forms, and the JSON encodings of the Python, Node, PHP and Java libraries.
// For [FollowChannel], a signature for joining the channel without attributes is
// good, too.
//
// Errors wrap [ErrMalformed] (the signature or the request), [ErrUnknownKey],
// [ErrMismatch], and, if the signature is genuine, [ErrWrongUser], [ErrExpired],
// [ErrPremature] and [ErrReplayed]; a failing or missing ReplayStore leads to
// [ErrReplayStore]. A signature isn't used up by a request that it doesn't
// permit.
func (v *Verifier) Verify(ctx context.Context, text string, r Request) (*Grant, error) {
	s, err := parseSignature(text)
	if err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if s.personal && r.Action == CreateSession {
		return nil, malformed("the signature has a flag, which isn't for %s", r.Action)
	}
	digest, known := v.digester(s.keyID)
	if s.personal && r.UserID == "" {
		return nil, fmt.Errorf("%w: and nobody is named", ErrWrongUser)
	}
	action, err := s.match(&r, digest)
	switch {
	case err != nil:
		return nil, err
	case !known:
		return nil, fmt.Errorf("%w %s", ErrUnknownKey, s.keyID)
	case action == "":
		return nil, ErrMismatch
	}
	grant := &Grant{KeyID: s.keyID, Action: action, Expire: time.Unix(s.expire, 0), Format: s.format}
	if s.personal || r.Action == CreateSession {
		grant.UserID = r.UserID
	}
	now, skew := v.now(), v.skew()
	if err := judge(grant.Expire, now, skew); err != nil {
		return nil, err
	}
	if err := v.spend(ctx, s.use(), grant.Expire, now); err != nil {
		return nil, err
	}
	return grant, nil
}

// digester looks up what computes the digests of a key. If there is none, it
// returns one of a secret that nobody has.
func (v *Verifier) digester(id string) (digest digester, known bool) {
	if v.Keys != nil {
		if key := v.Keys(id); key != nil && key.digest != nil {
			return key.digest, true
		}
	}
	return newDigester(make([]byte, secretSize)), false
}

// secret looks up a key. If there is none, it returns a secret that nobody has,
// so that the answer takes as long as usual.
func (v *Verifier) secret(id string) (secret []byte, known bool) {
	if v.Keys != nil {
		if secret, err := v.Keys(id).usable(); err == nil {
			return secret, true
		}
	}
	return make([]byte, secretSize), false
}

// spend uses up what is genuine. It is remembered for as long as any Verifier could
// accept it: the next one with the same store may tolerate more.
func (v *Verifier) spend(ctx context.Context, id string, expire, now time.Time) error {
	if v.Replays == nil {
		return fmt.Errorf("%w: there is no ReplayStore", ErrReplayStore)
	}
	first, err := v.Replays.Spend(ctx, Use{ID: id, Until: expire.Add(maxSkew), Now: now})
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrReplayStore, err)
	case !first:
		return ErrReplayed
	}
	return nil
}

// match compares the digest with those of all accepted ways to write the request.
// It returns the action that was signed for, or "".
func (s *signature) match(r *Request, digest digester) (action string, err error) {
	attrs, err := sortedAttrs(r.Attrs)
	if err != nil {
		return "", malformed("%v", err)
	}
	about := statement{action: r.Action, channelID: r.ChannelID, attrs: attrs, expire: s.expire, nonce: s.nonce}
	if s.personal || r.Action == CreateSession {
		about.userID = r.UserID
	}
	matched, err := s.matchStatement(&about, r.Attrs != nil, digest)
	if err != nil {
		return "", malformed("%v", err)
	}
	if matched {
		action = r.Action
	}
	if r.Action == FollowChannel {
		about.action = JoinChannel
		if matched, _ := s.matchStatement(&about, false, digest); matched {
			action = JoinChannel
		}
	}
	return action, nil
}

// matchStatement compares the digest with those of a statement. withAttrs says
// that there are attributes, if only an empty set.
func (s *signature) matchStatement(about *statement, withAttrs bool, digest digester) (bool, error) {
	texts, err := about.texts()
	if err != nil {
		return false, err
	}
	if withAttrs && len(about.attrs) == 0 {
		empty := *about
		empty.emptyAttrs = true
		more, err := empty.texts()
		if err != nil {
			return false, err
		}
		texts = append(texts, more...)
	}
	matched := 0
	var want [sha512.Size]byte
	for _, text := range texts { // all of them, whether or not one fits
		digest(&want, text)
		matched |= subtle.ConstantTimeCompare(want[:], s.digest[:])
	}
	return matched == 1, nil
}

// texts are the different ways to write a statement: usually there is only one.
func (s *statement) texts() ([][]byte, error) {
	e := encoder{dst: make([]byte, 0, 512)}
	if err := e.statement(s); err != nil {
		return nil, err
	}
	texts := make([][]byte, 1, 2*dialects)
	texts[0] = e.dst
	if !e.differs {
		return texts, nil
	}
	for dialect := range dialects {
		for _, raw := range []bool{false, true} {
			e := encoder{dialect: dialect, raw: raw}
			if err := e.statement(s); err != nil {
				return nil, err
			}
			if !contains(texts, e.dst) {
				texts = append(texts, e.dst)
			}
		}
	}
	return texts, nil
}

func contains(texts [][]byte, text []byte) bool {
	for _, other := range texts {
		if bytes.Equal(other, text) {
			return true
		}
	}
	return false
}
