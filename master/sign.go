package master

import (
	"crypto/rand"
	"fmt"
	"time"
)

// nonceSize is the number of random bytes in a nonce.
const nonceSize = 12

// Option changes how something is signed or encrypted: a [Format], [At] or
// [UserName].
type Option interface{ apply(*options) }

type options struct {
	format Format
	now    time.Time
	// userName is for a JWE only.
	userName string
	// nonce and iv are set in tests only.
	nonce string
	iv    []byte
}

func (f Format) apply(o *options) { o.format = f }

type at time.Time

func (t at) apply(o *options) { o.now = time.Time(t) }

// At judges the expiry as of t instead of the current time.
func At(t time.Time) Option { return at(t) }

// UserName is an [Option] of [JWTKey.Encrypt]: the name that the user is to have.
// Everything else refuses it with [ErrValue].
type UserName string

func (n UserName) apply(o *options) { o.userName = string(n) }

func (o *options) noUserName() error {
	if o.userName != "" {
		return unsuitable("a user name can't be added here")
	}
	return nil
}

func newOptions(list []Option) (options, error) {
	var o options
	for _, option := range list {
		option.apply(&o)
	}
	if o.now.IsZero() {
		o.now = time.Now()
	}
	if o.format > Dash {
		return o, unsuitable("there is no format %d", o.format)
	}
	return o, nil
}

// SignCreateSession signs for whoever wants to create a session as a new puppet
// of the key's owner, with the attributes puppet, if any. The client must send
// the same attributes as puppet_attrs.
//
// The result goes into the parameter master_sign. It can be used once, by anyone
// who gets hold of it, until expire, which must be at most a week ahead
// ([MaxLifetime]); fractions of seconds are cut off, as by the Python library.
// Errors wrap [ErrKey], [ErrExpiryPast], [ErrExpiryTooFar], [ErrExpiryAbsurd] or
// [ErrValue]. All of this is the same for the other methods that sign.
func (k *Key) SignCreateSession(expire time.Time, puppet Attrs, options ...Option) (string, error) {
	return k.sign(expire, Request{Action: CreateSession, Attrs: puppet}, false, options)
}

// SignCreateSessionForUser signs for whoever wants to create a session as an
// existing user, a puppet of the key's owner.
func (k *Key) SignCreateSessionForUser(expire time.Time, userID string, options ...Option) (string, error) {
	return k.sign(expire, Request{Action: CreateSession, UserID: userID}, true, options)
}

// SignJoinChannel signs for any user who wants to join a channel, with the
// attributes member, if any. The client must send the same attributes as
// member_attrs.
func (k *Key) SignJoinChannel(expire time.Time, channelID string, member Attrs, options ...Option) (string, error) {
	return k.sign(expire, Request{Action: JoinChannel, ChannelID: channelID, Attrs: member}, false, options)
}

// SignJoinChannelForUser signs for one user who wants to join a channel, with the
// attributes member, if any. The client must send the same attributes as
// member_attrs.
func (k *Key) SignJoinChannelForUser(expire time.Time, channelID, userID string, member Attrs, options ...Option) (string, error) {
	return k.sign(expire, Request{Action: JoinChannel, ChannelID: channelID, UserID: userID, Attrs: member}, true, options)
}

// SignFollowChannel signs for any user who wants to follow a channel.
func (k *Key) SignFollowChannel(expire time.Time, channelID string, options ...Option) (string, error) {
	return k.sign(expire, Request{Action: FollowChannel, ChannelID: channelID}, false, options)
}

// SignFollowChannelForUser signs for one user who wants to follow a channel.
func (k *Key) SignFollowChannelForUser(expire time.Time, channelID, userID string, options ...Option) (string, error) {
	return k.sign(expire, Request{Action: FollowChannel, ChannelID: channelID, UserID: userID}, true, options)
}

// sign signs a request. forUser says that it must name a user: a missing id must
// not turn the signature into one for anybody.
func (k *Key) sign(expire time.Time, r Request, forUser bool, list []Option) (string, error) {
	if _, err := k.usable(); err != nil {
		return "", err
	}
	o, err := newOptions(list)
	if err != nil {
		return "", err
	}
	if err := o.noUserName(); err != nil {
		return "", err
	}
	expire = expire.Truncate(time.Second)
	if err := checkExpiry(expire, o.now); err != nil {
		return "", err
	}
	switch {
	case forUser && r.UserID == "":
		return "", unsuitable("the user's id is missing")
	case r.Action != CreateSession && r.ChannelID == "":
		return "", unsuitable("the channel's id is missing")
	case len(r.UserID) > maxID || len(r.ChannelID) > maxID:
		return "", unsuitable("an id is longer than %d bytes", maxID)
	}
	attrs, err := sortedAttrs(r.Attrs)
	if err != nil {
		return "", err
	}
	if o.nonce == "" {
		o.nonce = newNonce(o.format)
	}
	s := statement{
		action: r.Action, channelID: r.ChannelID, userID: r.UserID,
		attrs: attrs, expire: expire.Unix(), nonce: o.nonce,
	}
	e := encoder{dst: make([]byte, 0, 512)}
	if err := e.statement(&s); err != nil {
		return "", fmt.Errorf("sign %s: %w", r.Action, err)
	}
	result := signature{
		format: o.format, keyID: k.id, expire: s.expire, nonce: s.nonce,
		personal: r.UserID != "" && r.Action != CreateSession,
	}
	k.digest(&result.digest, e.dst)
	return result.encode(), nil
}

// maxID bounds the ids of users and channels.
const maxID = 256

// newNonce makes a random text that the format allows.
func newNonce(f Format) string {
	var random [nonceSize]byte
	_, _ = rand.Read(random[:]) // never fails
	var text [nonceSize / 3 * 4]byte
	f.encoding().Encode(text[:], random[:])
	return string(text[:])
}
