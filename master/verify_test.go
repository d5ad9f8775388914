package master

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var joinRequest = Request{Action: JoinChannel, ChannelID: "c", UserID: "u", Attrs: Map{"silenced": false}}

func TestVerify(t *testing.T) {
	key := testKey(t, testSecret)
	ask := func(action, channel, user string, attrs Attrs) Request {
		return Request{Action: action, ChannelID: channel, UserID: user, Attrs: attrs}
	}
	puppet := Map{"name": "Jörgen", "z": 1.5}
	for _, format := range []Format{URLSafe, Dash} {
		o := []Option{At(noon), format}
		create := must[string](t)(key.SignCreateSession(soon, puppet, o...))
		login := must[string](t)(key.SignCreateSessionForUser(soon, "u", o...))
		join := must[string](t)(key.SignJoinChannel(soon, "c", nil, o...))
		joinAttrs := must[string](t)(key.SignJoinChannel(soon, "c", Map{"silenced": false}, o...))
		joinUser := must[string](t)(key.SignJoinChannelForUser(soon, "c", "u", nil, o...))
		follow := must[string](t)(key.SignFollowChannel(soon, "c", o...))
		followUser := must[string](t)(key.SignFollowChannelForUser(soon, "c", "u", o...))
		for _, test := range []struct {
			name, text string
			request    Request
			want       error
			user       string
		}{
			{"create", create, ask(CreateSession, "", "", puppet), nil, ""},
			{"create with pairs", create, ask(CreateSession, "", "", Pairs{{"z", 1.5}, {"name", "Jörgen"}}), nil, ""},
			{"create with another name", create, ask(CreateSession, "", "", Map{"name": "Jorgen", "z": 1.5}), ErrMismatch, ""},
			{"create without name", create, ask(CreateSession, "", "", nil), ErrMismatch, ""},
			{"create for user", create, ask(CreateSession, "", "u", nil), ErrMismatch, ""},
			{"create with both", create, ask(CreateSession, "", "u", puppet), ErrMalformed, ""},
			{"create with channel", create, ask(CreateSession, "c", "", puppet), ErrMalformed, ""},
			{"login", login, ask(CreateSession, "", "u", nil), nil, "u"},
			{"login as another", login, ask(CreateSession, "", "v", nil), ErrMismatch, ""},
			{"login as new", login, ask(CreateSession, "", "", nil), ErrMismatch, ""},
			{"join", join, ask(JoinChannel, "c", "v", nil), nil, ""},
			{"join with none", join, ask(JoinChannel, "c", "v", Map{}), nil, ""},
			{"join another", join, ask(JoinChannel, "d", "v", nil), ErrMismatch, ""},
			{"join with more", join, ask(JoinChannel, "c", "v", Map{"operator": true}), ErrMismatch, ""},
			{"join as login", join, ask(CreateSession, "", "", nil), ErrMismatch, ""},
			{"join nowhere", join, ask(JoinChannel, "", "v", nil), ErrMalformed, ""},
			{"join with attributes", joinAttrs, ask(JoinChannel, "c", "v", Map{"silenced": false}), nil, ""},
			{"join without attributes", joinAttrs, ask(JoinChannel, "c", "v", nil), ErrMismatch, ""},
			{"join with others", joinAttrs, ask(JoinChannel, "c", "v", Map{"silenced": true}), ErrMismatch, ""},
			{"join for user", joinUser, ask(JoinChannel, "c", "u", nil), nil, "u"},
			{"join for another", joinUser, ask(JoinChannel, "c", "v", nil), ErrMismatch, ""},
			{"join for nobody", joinUser, ask(JoinChannel, "c", "", nil), ErrWrongUser, ""},
			{"join as create", joinUser, ask(CreateSession, "", "u", nil), ErrMalformed, ""},
			{"follow", follow, ask(FollowChannel, "c", "v", nil), nil, ""},
			{"follow another", follow, ask(FollowChannel, "d", "v", nil), ErrMismatch, ""},
			{"follow as join", follow, ask(JoinChannel, "c", "v", nil), ErrMismatch, ""},
			{"follow with attributes", follow, ask(FollowChannel, "c", "v", Map{"a": 1}), ErrMalformed, ""},
			{"follow for user", followUser, ask(FollowChannel, "c", "u", nil), nil, "u"},
			{"follow for another", followUser, ask(FollowChannel, "c", "v", nil), ErrMismatch, ""},
			{"follow by joining", join, ask(FollowChannel, "c", "v", nil), nil, ""},
			{"follow by joining for user", joinUser, ask(FollowChannel, "c", "u", nil), nil, "u"},
			{"follow by joining with attributes", joinAttrs, ask(FollowChannel, "c", "u", nil), ErrMismatch, ""},
			{"unknown action", join, ask("part_channel", "c", "v", nil), ErrMalformed, ""},
			{"no action", join, Request{}, ErrMalformed, ""},
			{"attribute twice", join, ask(JoinChannel, "c", "v", Pairs{{"a", 1}, {"a", 2}}), ErrMalformed, ""},
			{"odd attribute", join, ask(JoinChannel, "c", "v", Map{"a": "\xff"}), ErrMalformed, ""},
		} {
			grant, err := newVerifier(t).Verify(t.Context(), test.text, test.request)
			wantError(t, test.name, err, test.want)
			if test.want != nil {
				if grant != nil || err == nil {
					t.Errorf("%s: got %+v", test.name, grant)
				}
				continue
			}
			if grant == nil || grant.UserID != test.user || grant.KeyID != testID || !grant.Expire.Equal(soon) || grant.Format != format {
				t.Errorf("%s: got %+v", test.name, grant)
			}
		}
	}
}

func TestGrantSaysWhatWasSigned(t *testing.T) {
	key := testKey(t, testSecret)
	join := must[string](t)(key.SignJoinChannel(soon, "c", nil, At(noon)))
	grant := must[*Grant](t)(newVerifier(t).Verify(t.Context(), join, Request{Action: FollowChannel, ChannelID: "c"}))
	if grant.Action != JoinChannel {
		t.Errorf("got %s", grant.Action)
	}
}

func TestVerifyTimes(t *testing.T) {
	key := testKey(t, testSecret)
	text := must[string](t)(key.SignJoinChannelForUser(soon, "c", "u", joinRequest.Attrs, At(noon)))
	for _, test := range []struct {
		after time.Duration // the expiry
		skew  time.Duration
		want  error
	}{
		{0, 0, nil}, {DefaultSkew - 1, 0, nil}, {DefaultSkew, 0, ErrExpired}, {-1, -1, nil}, {0, -1, ErrExpired},
		{time.Minute, 2 * time.Minute, nil}, {3 * time.Minute, 2 * time.Minute, ErrExpired}, {2 * time.Hour, 1000 * time.Hour, ErrExpired},
		{-MaxLifetime, -1, nil}, {-MaxLifetime - 1, -1, ErrPremature}, {-MaxLifetime - DefaultSkew, 0, nil}, {-MaxLifetime - DefaultSkew - 1, 0, ErrPremature},
	} {
		v := newVerifier(t)
		v.Skew = test.skew
		v.Now = func() time.Time { return soon.Add(test.after) }
		_, err := v.Verify(t.Context(), text, joinRequest)
		wantError(t, fmt.Sprint(test), err, test.want)
	}
}

func TestVerifyKeys(t *testing.T) {
	sign := func(secret string) string {
		return must[string](t)(testKey(t, secret).SignJoinChannelForUser(soon, "c", "u", joinRequest.Attrs, At(noon)))
	}
	_, err := newVerifier(t).Verify(t.Context(), sign(evilSecret), joinRequest)
	wantError(t, "another secret", err, ErrMismatch)
	_, err = newVerifier(t).Verify(t.Context(), "x"+sign(testSecret), joinRequest)
	wantError(t, "another key", err, ErrUnknownKey)
	_, err = new(Verifier).Verify(t.Context(), sign(testSecret), joinRequest)
	wantError(t, "no keys", err, ErrUnknownKey)
	// What is computed for an unknown key isn't good for anything.
	zero := must[*Key](t)(ParseKey(testID, strings.Repeat("A", 43)))
	text := must[string](t)(zero.SignJoinChannelForUser(soon, "c", "u", joinRequest.Attrs, At(noon)))
	_, err = new(Verifier).Verify(t.Context(), text, joinRequest)
	wantError(t, "the secret for unknown keys", err, ErrUnknownKey)
}

// Each character of a signature is replaced by each other that could be there.
func TestEveryCharacterOfSignaturesCounts(t *testing.T) {
	key := testKey(t, testSecret)
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/-_=. \n\x00"
	for _, format := range []Format{URLSafe, Dash} {
		text := must[string](t)(key.SignJoinChannelForUser(soon, "c", "u", joinRequest.Attrs, At(noon), format))
		v := newVerifier(t)
		for i := range text {
			for j := range alphabet {
				if alphabet[j] != text[i] {
					refuse(t, v, text[:i]+alphabet[j:j+1]+text[i+1:])
				}
			}
			for bit := range 8 {
				refuse(t, v, text[:i]+string([]byte{text[i] ^ 1<<bit})+text[i+1:])
			}
			refuse(t, v, text[:i])
			refuse(t, v, text[i+1:])
			refuse(t, v, text[:i]+text[i+1:])
			refuse(t, v, text[:i]+text[i:i+1]+text[i:])
		}
		for _, more := range []string{"1", "-", ".", "-1", ".1", "=", " ", "\n"} {
			refuse(t, v, text+more)
			refuse(t, v, more+text)
		}
		if _, err := v.Verify(t.Context(), text, joinRequest); err != nil {
			t.Errorf("the attempts have used it up: %v", err)
		}
	}
}

func refuse(t *testing.T, v *Verifier, text string) {
	t.Helper()
	if grant, err := v.Verify(t.Context(), text, joinRequest); err == nil || grant != nil {
		t.Errorf("accepted %q", text)
	}
}

func TestMalformedSignatures(t *testing.T) {
	digest := strings.Repeat("A", 86)
	for _, text := range []string{
		"", "-", ".", "....", "----", "a.1.n." + digest, "a.1.n." + digest + ".2", "a.1.n." + digest + ".1.", "a.1.n." + digest + "=.", ".1.n." + digest + ".",
		"a..n." + digest + ".", "a.1.." + digest + ".", "a.01.n." + digest + ".", "a.-1.n." + digest + ".", "a.+1.n." + digest + ".", "a.1e3.n." + digest + ".",
		"a.1.5.n." + digest + ".", "a.9999999999999.n." + digest + ".", "a.1.n/." + digest + ".", "a.1.n." + digest[1:] + ".", "a-1-n-" + digest + "==-", "a-1-n-" + digest + "==-2",
		"a-1-n-" + digest, "a-1-n-" + digest[:85] + "B==", "a.1." + strings.Repeat("n", 129) + "." + digest + ".", strings.Repeat("a", 65) + ".1.n." + digest + ".", strings.Repeat("x", 100_000),
	} {
		_, err := newVerifier(t).Verify(t.Context(), text, joinRequest)
		wantError(t, text, err, ErrMalformed)
	}
}

func TestReplay(t *testing.T) {
	key := testKey(t, testSecret)
	text := must[string](t)(key.SignJoinChannelForUser(soon, "c", "u", joinRequest.Attrs, At(noon)))
	v := newVerifier(t)
	_ = must[*Grant](t)(v.Verify(t.Context(), text, joinRequest))
	_, err := v.Verify(t.Context(), text, joinRequest)
	wantError(t, "second time", err, ErrReplayed)
	// The other form of the same signature is the same.
	s := must[signature](t)(parseSignature(text))
	if !strings.ContainsAny(s.nonce, "-_") {
		s.format = Dash
		_, err = v.Verify(t.Context(), s.encode(), joinRequest)
		wantError(t, "other form", err, ErrReplayed)
	}
	v.Now = func() time.Time { return soon.Add(DefaultSkew - 1) }
	_, err = v.Verify(t.Context(), text, joinRequest)
	wantError(t, "in the last moment", err, ErrReplayed)
	v.Replays = nil
	_, err = v.Verify(t.Context(), text, joinRequest)
	wantError(t, "no store", err, ErrReplayStore)
	v.Replays = brokenStore{}
	_, err = v.Verify(t.Context(), text, joinRequest)
	wantError(t, "broken store", err, ErrReplayStore)
	wantError(t, "broken store", err, errBroken)
	v.Replays = Reusable{}
	for range 2 {
		_ = must[*Grant](t)(v.Verify(t.Context(), text, joinRequest))
	}
}

var errBroken = errors.New("broken")

type brokenStore struct{}

func (brokenStore) Spend(context.Context, Use) (bool, error) { return true, errBroken }

// Of many who present a signature at the same time, one is let in.
func TestReplayRace(t *testing.T) {
	text := must[string](t)(testKey(t, testSecret).SignJoinChannelForUser(soon, "c", "u", joinRequest.Attrs, At(noon)))
	v := newVerifier(t)
	var accepted atomic.Int32
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if _, err := v.Verify(t.Context(), text, joinRequest); err == nil {
				accepted.Add(1)
			} else if !errors.Is(err, ErrReplayed) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if accepted.Load() != 1 {
		t.Errorf("%d were let in", accepted.Load())
	}
}

func TestMemoryReplays(t *testing.T) {
	m := &MemoryReplays{Max: 3}
	spend := func(id string, now, until int64) (bool, error) {
		return m.Spend(t.Context(), Use{ID: id, Now: time.Unix(now, 0), Until: time.Unix(until, 0)})
	}
	for i, test := range []struct {
		id         string
		now, until int64
		first, ok  bool
		len        int
	}{
		{"a", 0, 10, true, true, 1}, {"a", 1, 10, false, true, 1}, {"b", 1, 5, true, true, 2}, {"c", 1, 7, true, true, 3},
		{"d", 1, 9, false, false, 3}, {"a", 5, 10, false, true, 3}, {"d", 6, 9, true, true, 3}, {"a", 10, 10, false, true, 1}, {"e", 11, 20, true, true, 1},
	} {
		first, err := spend(test.id, test.now, test.until)
		if first != test.first || (err == nil) != test.ok || m.Len() != test.len {
			t.Errorf("%d: got %t, %v, length %d", i, first, err, m.Len())
		}
	}
}

// A clock that is set back doesn't make anything new that has been used.
func TestMemoryReplaysWhenTheClockIsSetBack(t *testing.T) {
	m := new(MemoryReplays)
	for i, test := range []struct {
		id         string
		now, until int64
		first      bool
		len        int
	}{
		{"a", 0, 10, true, 1}, {"b", 1, 20, true, 2}, {"c", 11, 30, true, 2}, {"a", 9, 10, false, 2}, {"b", 9, 20, false, 2},
		{"d", 9, 10, false, 2}, {"e", 9, 11, true, 3}, {"f", 100, 110, true, 1}, {"b", 5, 20, false, 1}, {"c", 5, 30, false, 1}, {"e", 5, 11, false, 1},
		{"g", 5, 30, false, 1}, {"g", 5, 31, true, 2}, {"f", 5, 110, false, 2}, {"g", 40, 31, false, 1},
	} {
		first, err := m.Spend(t.Context(), Use{ID: test.id, Now: time.Unix(test.now, 0), Until: time.Unix(test.until, 0)})
		if err != nil || first != test.first || m.Len() != test.len {
			t.Errorf("%d: got %t, %v, length %d", i, first, err, m.Len())
		}
	}
}

// The same for what a Verifier refuses as expired in the meantime.
func TestReplayWhenTheClockIsSetBack(t *testing.T) {
	key, v := testKey(t, testSecret), newVerifier(t)
	sign := must[string](t)(key.SignJoinChannelForUser(soon, "c", "u", joinRequest.Attrs, At(noon)))
	secured := must[string](t)(key.Encrypt(soon, nil, At(noon)))
	_ = must[*Grant](t)(v.Verify(t.Context(), sign, joinRequest))
	_ = must[*Metadata](t)(v.Decrypt(t.Context(), secured, ""))
	later := soon.Add(time.Hour + 1)
	v.Now = func() time.Time { return later }
	_, err := v.Verify(t.Context(), sign, joinRequest)
	wantError(t, "later", err, ErrExpired)
	other := must[string](t)(key.Encrypt(later.Add(time.Hour), nil, At(later)))
	_ = must[*Metadata](t)(v.Decrypt(t.Context(), other, ""))
	if got := v.Replays.(*MemoryReplays).Len(); got != 1 {
		t.Errorf("%d uses are remembered", got)
	}
	v.Now = func() time.Time { return noon }
	_, err = v.Verify(t.Context(), sign, joinRequest)
	wantError(t, "when the clock was set back", err, ErrReplayed)
	refused(t, v, "when the clock was set back", secured, "", ErrReplayed)
	refused(t, v, "other metadata", other, "", ErrReplayed)
}

func TestParseRequest(t *testing.T) {
	for text, want := range map[string]string{
		`{"action":"create_session"}`:                                                                `{create_session   <nil>}`,
		`{"action":"create_session","user_id":"u","message_types":["*"]}`:                            `{create_session  u <nil>}`,
		`{"action":"create_session","puppet_attrs":{"name":"x"}}`:                                    `{create_session   [{name x}]}`,
		`{"action":"create_session","puppet_attrs":null}`:                                            `{create_session   <nil>}`,
		`{"action":"join_channel","channel_id":"c","user_id":"x","member_attrs":{"b":1.0,"a":null}}`: `{join_channel c  [{b 1.0} {a <nil>}]}`,
		`{"action":"follow_channel","channel_id":"c","member_attrs":{"a":1}}`:                        `{follow_channel c  <nil>}`,
	} {
		r, err := ParseRequest([]byte(text))
		if got := fmt.Sprint(r); err != nil || got != want {
			t.Errorf("%s: got %s, %v", text, got, err)
		}
	}
	for _, text := range []string{
		``, `[]`, `null`, `{}`, `{"action":1}`, `{"action":"part_channel","channel_id":"c"}`, `{"action":"join_channel"}`, `{"action":"join_channel","channel_id":""}`,
		`{"action":"join_channel","channel_id":1}`, `{"action":"join_channel","channel_id":null}`, `{"action":"create_session","user_id":""}`,
		`{"action":"create_session","user_id":"u","puppet_attrs":{"a":1}}`, `{"action":"join_channel","channel_id":"c","channel_id":"c"}`,
		`{"action":"join_channel","channel_id":"c","member_attrs":[]}`, `{"action":"join_channel","channel_id":"c","member_attrs":{"a":1,"a":1}}`,
		`{"action":"join_channel","channel_id":"c"}x`, `{"action":"join_channel","channel_id":"\ud800"}`, `{"action":"join_channel","channel_id":"` + "\xff" + `"}`,
		`{"action":"join_channel","channel_id":"c","member_attrs":{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}}`,
		`{"action":"join_channel","channel_id":"c","x":"` + strings.Repeat("x", maxAttrs) + `"}`,
	} {
		_, err := ParseRequest([]byte(text))
		wantError(t, text[:min(len(text), 100)], err, ErrMalformed)
	}
	if _, err := ParseAttrs([]byte(`["a"]`)); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
	if attrs, err := ParseAttrs([]byte(`{"a":12345678901234567890}`)); err != nil || fmt.Sprint(attrs) != "[{a 12345678901234567890}]" {
		t.Error(attrs, err)
	}
}
