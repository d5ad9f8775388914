package master

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// maxToken bounds the length of a signed token.
	maxToken = 16 << 10
	// maxScopes bounds the number of scopes in a token.
	maxScopes = 256

	channelScope  = "channel:"
	claimMetadata = "ninchat.com/metadata"
	claimUserName = "preferred_username"
)

// Claims say what a token is good for: logging in, joining channels, or both.
type Claims struct {
	// Subject identifies the user to whoever signs: the first session that is
	// created with a subject makes a puppet, later ones are those of the same
	// puppet. It is the claim sub. A token without it can't be used to log in.
	Subject string
	// PreferredUsername is the name of the puppet, if it is to have one. It needs
	// a Subject.
	PreferredUsername string
	// Channels are the ids of the channels that may be joined or followed. They
	// are in the claim scopes.
	Channels []string
}

// Token is what a genuine token says.
type Token struct {
	Claims
	// KeyID is the key that it was signed with.
	KeyID string
	// Scopes are all scopes of the token, among them those of channels.
	Scopes []string
	// Expire is when it expires.
	Expire time.Time
}

// Sign makes a JSON Web Token (HS256, with the key's id as kid) for the parameter
// master_sign, together with master_key_type=jwt. Other than a signature it can be
// used any number of times until expire, which must be at most a week ahead
// ([MaxLifetime]); fractions of seconds are cut off. Options other than [At] have
// no effect. Errors are those of [Key.SignCreateSession].
func (k *JWTKey) Sign(expire time.Time, claims Claims, options ...Option) (string, error) {
	secret, o, err := k.prepare(&expire, options)
	if err != nil {
		return "", err
	}
	if err := o.noUserName(); err != nil {
		return "", err
	}
	if err := checkExpiry(expire, o.now); err != nil {
		return "", err
	}
	payload, err := claims.encode(expire)
	if err != nil {
		return "", err
	}
	key := jose.SigningKey{Algorithm: jose.HS256, Key: secret}
	signer, err := jose.NewSigner(key, new(jose.SignerOptions).WithType("JWT").WithHeader("kid", k.id))
	if err != nil {
		return "", fmt.Errorf("%w: it can't sign", ErrKey)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("%w: it can't sign", ErrKey)
	}
	token, err := signed.CompactSerialize()
	if err == nil && len(token) > maxToken {
		return "", unsuitable("the token is longer than %d bytes", maxToken)
	}
	return token, err
}

func (k *JWTKey) prepare(expire *time.Time, list []Option) (secret []byte, o options, err error) {
	if secret, err = k.usable(); err != nil {
		return nil, o, err
	}
	*expire = expire.Truncate(time.Second)
	o, err = newOptions(list)
	return secret, o, err
}

func (c *Claims) encode(expire time.Time) ([]byte, error) {
	switch {
	case c.Subject == "" && len(c.Channels) == 0:
		return nil, unsuitable("the token would be good for nothing: neither a subject nor a channel")
	case c.Subject == "" && c.PreferredUsername != "":
		return nil, unsuitable("a preferred username needs a subject")
	case len(c.Channels) > maxScopes:
		return nil, unsuitable("more than %d channels", maxScopes)
	case slices.Contains(c.Channels, ""):
		return nil, unsuitable("a channel's id is missing")
	}
	claims := Pairs{{"exp", expire.Unix()}}
	if c.Subject != "" {
		claims = append(claims, Pair{"sub", c.Subject})
	}
	if c.PreferredUsername != "" {
		claims = append(claims, Pair{claimUserName, c.PreferredUsername})
	}
	if len(c.Channels) > 0 {
		scopes := make([]string, len(c.Channels))
		for i, id := range c.Channels {
			scopes[i] = channelScope + id
		}
		claims = append(claims, Pair{"scopes", scopes})
	}
	e := encoder{}
	err := e.value(claims)
	return e.dst, err
}

// VerifyLogin checks a token that is to be used to log in: it must have a
// subject. Only HS256 is accepted, whatever the token says, and only the key that
// its kid names.
//
// Errors wrap [ErrMalformed], [ErrUnknownKey], [ErrMismatch], and, if the token is
// genuine, [ErrExpired], [ErrPremature] and [ErrScope].
func (v *Verifier) VerifyLogin(token string) (*Token, error) {
	t, err := v.verifyToken(token)
	if err != nil {
		return nil, err
	}
	if t.Subject == "" {
		return nil, fmt.Errorf("%w: there is no subject", ErrScope)
	}
	return t, nil
}

// VerifyChannel checks a token that is to be used to join or follow a channel: it
// must have a scope for the channel. Otherwise it is like
// [Verifier.VerifyLogin].
func (v *Verifier) VerifyChannel(token, channelID string) (*Token, error) {
	t, err := v.verifyToken(token)
	if err != nil {
		return nil, err
	}
	if channelID == "" || !slices.Contains(t.Channels, channelID) {
		return nil, fmt.Errorf("%w: there is no scope for the channel", ErrScope)
	}
	return t, nil
}

func (v *Verifier) verifyToken(token string) (*Token, error) {
	if len(token) > maxToken {
		return nil, malformed("the token is too long")
	}
	kid, err := checkJOSEHeader(token, 3, map[string]string{"alg": string(jose.HS256)})
	if err != nil {
		return nil, err
	}
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		return nil, malformed("not a token signed with HS256")
	}
	secret, known := v.jwtSecret(kid)
	payload, err := parsed.Verify(secret)
	switch {
	case !known:
		return nil, ErrUnknownKey
	case err != nil:
		return nil, ErrMismatch
	}
	claims, expire, err := v.parseClaims(payload)
	if err != nil {
		return nil, err
	}
	t := &Token{KeyID: kid, Expire: expire}
	if err := t.read(claims); err != nil {
		return nil, err
	}
	if err := judge(expire, v.now(), v.skew()); err != nil {
		return nil, err
	}
	return t, nil
}

// jwtSecret looks up a key. If there is none, it returns a secret that nobody
// has.
func (v *Verifier) jwtSecret(id string) (secret []byte, known bool) {
	if v.JWTKeys != nil {
		if secret, err := v.JWTKeys(id).usable(); err == nil {
			return secret, true
		}
	}
	return make([]byte, secretSize), false
}

// parseClaims reads the payload of a genuine token, and what all tokens have in
// common.
func (v *Verifier) parseClaims(payload []byte) (claims Pairs, expire time.Time, err error) {
	value, err := parseJSON(payload, maxMetadata)
	if err != nil {
		return nil, expire, err
	}
	claims, ok := value.(Pairs)
	if !ok {
		return nil, expire, malformed("the claims aren't an object")
	}
	if expire, ok = claims.time("exp"); !ok {
		return nil, expire, malformed("the claim exp is missing or absurd")
	}
	if _, there := claims.get("nbf"); there {
		since, ok := claims.time("nbf")
		if !ok {
			return nil, expire, malformed("the claim nbf is absurd")
		}
		if since.After(v.now().Add(v.skew())) {
			return nil, expire, fmt.Errorf("%w: not valid before %s", ErrPremature, since.UTC().Format(time.RFC3339))
		}
	}
	return claims, expire, nil
}

func (t *Token) read(claims Pairs) error {
	for name, field := range map[string]*string{"sub": &t.Subject, claimUserName: &t.PreferredUsername} {
		if value, there := claims.get(name); there {
			text, ok := value.(string)
			if !ok {
				return malformed("the claim %s isn't a string", name)
			}
			*field = text
		}
	}
	value, there := claims.get("scopes")
	if !there {
		return nil
	}
	scopes, ok := value.([]any)
	if !ok {
		return malformed("the claim scopes isn't an array")
	}
	for _, scope := range scopes {
		text, ok := scope.(string)
		if !ok {
			return malformed("the claim scopes has something other than strings")
		}
		t.Scopes = append(t.Scopes, text)
		if id, ok := strings.CutPrefix(text, channelScope); ok && id != "" {
			t.Channels = append(t.Channels, id)
		}
	}
	return nil
}

// Encrypt encrypts metadata as a JWE (dir and A256GCM, with the key's id as kid).
// The metadata must be an object, as described at [Pair]; nil stands for an empty
// one. The key's secret must have exactly 32 bytes. The option [UserName] adds the
// user's name. Otherwise it is like [Key.Encrypt], but fractions of seconds are cut
// off.
func (k *JWTKey) Encrypt(expire time.Time, metadata any, options ...Option) (string, error) {
	secret, o, err := k.prepare(&expire, options)
	if err != nil {
		return "", err
	}
	if len(secret) != secretSize {
		return "", fmt.Errorf("%w: encrypting takes a secret of %d bytes", ErrKey, secretSize)
	}
	if err := checkExpiry(expire, o.now); err != nil {
		return "", err
	}
	payload, err := encodeMetadataClaims(expire, metadata, o.userName)
	if err != nil {
		return "", err
	}
	return sealJWE(k.id, secret, payload)
}

func encodeMetadataClaims(expire time.Time, metadata any, userName string) ([]byte, error) {
	e := encoder{}
	if err := e.metadata(metadata); err != nil {
		return nil, err
	}
	if string(e.dst) == "null" {
		e.dst = []byte("{}") // the claim is an object in any case
	}
	claims := Pairs{{"exp", expire.Unix()}, {claimMetadata, json.RawMessage(e.dst)}}
	if userName != "" {
		claims = append(claims, Pair{claimUserName, userName})
	}
	e = encoder{}
	err := e.value(claims)
	if err == nil && len(e.dst) > maxMetadata {
		err = unsuitable("the metadata is longer than %d bytes", maxMetadata)
	}
	return e.dst, err
}

// openJWE decrypts a JWE. id identifies its use.
func (v *Verifier) openJWE(token string) (m *Metadata, id string, err error) {
	pinned := map[string]string{"alg": algorithmDirect, "enc": encryptionGCM}
	kid, err := checkJOSEHeader(token, 5, pinned)
	if err != nil {
		return nil, "", err
	}
	if strings.Split(token, ".")[1] != "" {
		// With dir there is no encrypted key, and nothing would protect it: the same
		// token could be written in many ways.
		return nil, "", malformed("the token has an encrypted key")
	}
	secret, known := v.jwtSecret(kid)
	if len(secret) != secretSize {
		return nil, "", ErrUnknownKey
	}
	payload, genuine, err := decryptJWE(token, secret)
	switch {
	case err != nil:
		return nil, "", err
	case !known:
		return nil, "", ErrUnknownKey
	case !genuine:
		return nil, "", ErrMismatch
	}
	claims, expire, err := v.parseClaims(payload)
	if err != nil {
		return nil, "", err
	}
	m = &Metadata{KeyType: typeJWT, KeyID: kid, Expire: expire}
	value, _ := claims.get(claimMetadata)
	metadata, ok := value.(Pairs)
	if !ok {
		return nil, "", malformed("the claim %s isn't an object", claimMetadata)
	}
	if value, there := claims.get(claimUserName); there {
		if m.UserName, ok = value.(string); !ok {
			return nil, "", malformed("the claim %s isn't a string", claimUserName)
		}
	}
	m.JSON, err = rawJSON(metadata)
	return m, tokenUse(token), err
}
