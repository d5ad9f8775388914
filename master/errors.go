package master

// Error is what kind of thing is wrong: the errors of this package wrap one of
// the constants below, for [errors.Is], unless their documentation says more.
type Error string

// Error returns a description.
func (e Error) Error() string { return "master: " + string(e) }

const (
	// ErrKey says that there is no key, or that its id or secret can't be used.
	ErrKey Error = "unusable master key"
	// ErrKeyFile says that a key file can't be used: it can't be read, others
	// than its owner can read it, or it isn't a JSON object with id and secret.
	ErrKeyFile Error = "unusable key file"

	// ErrExpiryPast says that something was to be made which would have expired
	// already.
	ErrExpiryPast Error = "the expiry is in the past"
	// ErrExpiryTooFar says that the expiry is more than [MaxLifetime] ahead.
	ErrExpiryTooFar Error = "the expiry is more than a week ahead"
	// ErrExpiryAbsurd says that the expiry can't be what was meant: it is
	// missing, or so far ahead that milliseconds were probably given as seconds.
	ErrExpiryAbsurd Error = "the expiry is absurd"

	// ErrValue says that a value can't be signed or encrypted: it can't be
	// expressed in JSON, is too long or too deep, has a name twice, or an id is
	// missing.
	ErrValue Error = "unsuitable value"

	// ErrMalformed says that a signature, token or request isn't in the
	// documented form.
	ErrMalformed Error = "malformed"
	// ErrUnknownKey says that the key isn't known.
	ErrUnknownKey Error = "unknown master key"
	// ErrMismatch says that a signature was made with another secret or for
	// something else.
	ErrMismatch Error = "the signature doesn't fit"
	// ErrExpired says that a genuine signature or token has expired.
	ErrExpired Error = "expired"
	// ErrPremature says that a genuine signature or token expires more than a
	// week from now, or isn't valid yet.
	ErrPremature Error = "not acceptable yet"
	// ErrWrongUser says that a genuine signature is for another user.
	ErrWrongUser Error = "for another user"
	// ErrScope says that a genuine token isn't for what it is used for.
	ErrScope Error = "not for this use"
	// ErrReplayed says that a genuine signature, or genuine metadata, has been used
	// before.
	ErrReplayed Error = "used before"
	// ErrReplayStore says that it couldn't be found out whether a signature, or
	// metadata, has been used before.
	ErrReplayStore Error = "single use can't be ensured"

	// ErrRefused is all that [Verifier.Decrypt] says about why it refuses
	// something. See [RefusedError].
	ErrRefused Error = "the encrypted metadata is refused"
)

// RefusedError is the error of [Verifier.Decrypt]. Its text is always the same,
// so that passing it on to whoever sent the metadata tells nothing about the key
// or the plaintext. It matches [ErrRefused] and nothing else.
type RefusedError struct{ reason error }

// Error returns the same text for all reasons.
func (e *RefusedError) Error() string { return ErrRefused.Error() }

// Unwrap returns [ErrRefused].
func (e *RefusedError) Unwrap() error { return ErrRefused }

// Reason is why the metadata was refused. It is for those who have the key, and
// their logs: never send it to others.
func (e *RefusedError) Reason() error { return e.reason }
