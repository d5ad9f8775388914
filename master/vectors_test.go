package master

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

// vector is something that another implementation made. testdata/vectors.json has
// those of the Python, Node, PHP and Java libraries.
type vector struct {
	Name        string          `json:"name"`
	Func        string          `json:"func"`
	KeyID       string          `json:"key_id"`
	KeySecret   string          `json:"key_secret"`
	Expire      float64         `json:"expire"`
	ExpireJSON  string          `json:"expire_json"`
	Nonce       string          `json:"nonce"`
	IV          string          `json:"iv_hex"`
	ChannelID   string          `json:"channel_id"`
	UserID      string          `json:"user_id"`
	PuppetAttrs json.RawMessage `json:"puppet_attrs"`
	MemberAttrs json.RawMessage `json:"member_attrs"`
	Metadata    json.RawMessage `json:"metadata"`
	SignedJSON  string          `json:"signed_json"`
	Plaintext   string          `json:"plaintext_json"`
	Output      string          `json:"output"`
}

type vectors struct {
	Cases   []vector `json:"cases"`
	URLNode []vector `json:"url_node"`
	URLPHP  []vector `json:"url_php"`
	Java    []vector `json:"java"`
}

func loadVectors(t testing.TB) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Cases) != 48 || len(v.URLNode) != 43 || len(v.URLPHP) != 43 || len(v.Java) != 41 {
		t.Fatalf("there are %d, %d, %d and %d cases", len(v.Cases), len(v.URLNode), len(v.URLPHP), len(v.Java))
	}
	return v
}

// inexpressible has the cases that can't be expressed in Go, with the reason.
var inexpressible = map[string]string{
	"cs_puppet_lone_surrogate": "Go strings are UTF-8, which has no lone surrogates; such text is refused",
}

// otherOutput has the cases that can be verified, but not made, with the reason.
var otherOutput = map[string]string{
	"sm_expire_float_integral": "a time.Time without fraction is an integer; 1444077534.0 is a float in Python",
}

func (v *vector) key(t testing.TB) *Key {
	t.Helper()
	key, err := ParseKey(v.KeyID, v.KeySecret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (v *vector) expire() time.Time {
	whole, fraction := math.Modf(v.Expire)
	return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000)
}

// before is when the vector was good.
func (v *vector) before() time.Time { return v.expire().Add(-time.Hour) }

// attrs are the attributes, and whether there are any.
func (v *vector) attrs(t testing.TB) Attrs {
	t.Helper()
	text := v.PuppetAttrs
	if text == nil {
		text = v.MemberAttrs
	}
	if text == nil {
		return nil
	}
	value, err := parseJSON(text, maxAttrs)
	if err != nil {
		t.Fatal(err)
	}
	pairs := Pairs{}
	for _, item := range value.([]any) {
		pair := item.([]any)
		pairs = append(pairs, Pair{pair[0].(string), pair[1]})
	}
	return pairs
}

func (v *vector) isMetadata() bool { return strings.HasPrefix(v.Func, "secure_metadata") }

// request is what the signature is for. Anybody who isn't named is "somebody".
func (v *vector) request(t testing.TB) Request {
	r := Request{Action: CreateSession, ChannelID: v.ChannelID, UserID: v.UserID, Attrs: v.attrs(t)}
	if strings.HasPrefix(v.Func, "sign_join_channel") {
		r.Action = JoinChannel
		if r.UserID == "" {
			r.UserID = "somebody"
		}
	}
	return r
}

// fixed is an option that takes the place of what is random.
type fixed struct {
	nonce string
	iv    []byte
}

func (f fixed) apply(o *options) { o.nonce, o.iv = f.nonce, f.iv }

// make calls the function of the vector.
func (v *vector) make(t testing.TB, format Format) (string, error) {
	t.Helper()
	iv, err := hex.DecodeString(v.IV)
	if err != nil {
		t.Fatal(err)
	}
	if v.IV == "" {
		iv = nil
	}
	key, expire := v.key(t), v.expire()
	options := []Option{format, At(v.before()), fixed{v.Nonce, iv}}
	switch v.Func {
	case "sign_create_session":
		return key.SignCreateSession(expire, v.attrs(t), options...)
	case "sign_create_session_for_user":
		return key.SignCreateSessionForUser(expire, v.UserID, options...)
	case "sign_join_channel":
		return key.SignJoinChannel(expire, v.ChannelID, v.attrs(t), options...)
	case "sign_join_channel_for_user":
		return key.SignJoinChannelForUser(expire, v.ChannelID, v.UserID, v.attrs(t), options...)
	case "secure_metadata":
		return key.Encrypt(expire, v.Metadata, options...)
	case "secure_metadata_for_user":
		return key.EncryptForUser(expire, v.Metadata, v.UserID, options...)
	}
	t.Fatalf("unknown function %s", v.Func)
	return "", nil
}

// verifier has the key of the vector, and its time.
func (v *vector) verifier(t testing.TB) *Verifier {
	key := v.key(t)
	return &Verifier{
		Keys: func(id string) *Key {
			if id == key.ID() {
				return key
			}
			return nil
		},
		Replays: new(MemoryReplays),
		Now:     v.before,
	}
}

// accept verifies or decrypts the vector.
func (v *vector) accept(t testing.TB) {
	t.Helper()
	if !v.isMetadata() {
		verifier := v.verifier(t)
		grant, err := verifier.Verify(t.Context(), v.Output, v.request(t))
		if err != nil {
			t.Fatalf("%v\nsigned: %s", err, v.SignedJSON)
		}
		if grant.KeyID != v.KeyID || grant.UserID != v.UserID || grant.Expire.Unix() != int64(v.Expire) {
			t.Errorf("got %+v", grant)
		}
		return
	}
	m, err := v.verifier(t).Decrypt(t.Context(), v.Output, v.UserID)
	if err != nil {
		t.Fatalf("%v: %v", err, err.(*RefusedError).Reason())
	}
	var plaintext struct{ Metadata json.RawMessage }
	if err := json.Unmarshal([]byte(v.Plaintext), &plaintext); err != nil {
		t.Fatal(err)
	}
	if m.UserID != v.UserID || !m.Expire.Equal(v.expire()) || m.KeyID != v.KeyID {
		t.Errorf("got %+v", m)
	}
	// The given content, as the implementation wrote it.
	want, err := parseJSON(plaintext.Metadata, maxMetadata)
	if err != nil {
		t.Fatal(err)
	}
	if items, ok := want.([]any); ok && len(items) == 0 {
		want = Pairs{} // of PHP
	}
	if text, _ := rawJSON(want); !bytes.Equal(m.JSON, text) {
		t.Errorf("got %s, want %s", m.JSON, text)
	}
}

// What the Python library made comes out again, byte for byte, and is accepted.
func TestPythonVectors(t *testing.T) {
	for _, v := range loadVectors(t).Cases {
		t.Run(v.Name, func(t *testing.T) {
			if reason := inexpressible[v.Name]; reason != "" {
				if _, err := parseJSON([]byte(v.SignedJSON), maxAttrs); err == nil {
					t.Errorf("%s: but it is accepted", reason)
				}
				return
			}
			v.accept(t)
			got, err := v.make(t, Dash)
			if err != nil {
				t.Fatal(err)
			}
			if reason := otherOutput[v.Name]; reason != "" {
				if got == v.Output {
					t.Errorf("%s: but the output is the same", reason)
				}
				return
			}
			if got != v.Output {
				t.Errorf("got  %s\nwant %s", got, v.Output)
			}
		})
	}
}

// What the other libraries made is accepted, and comes out again wherever their
// JSON is that of the Python library.
func TestOtherVectors(t *testing.T) {
	all := loadVectors(t)
	for _, group := range []struct {
		name    string
		format  Format
		vectors []vector
	}{
		{"node", URLSafe, all.URLNode},
		{"php", URLSafe, all.URLPHP},
		{"java", Dash, all.Java},
	} {
		same := 0
		for _, v := range group.vectors {
			t.Run(v.Name, func(t *testing.T) {
				v.accept(t)
				got, err := v.make(t, group.format)
				if err != nil {
					t.Fatal(err)
				}
				if v.SignedJSON+v.Plaintext != v.pythonJSON(t) {
					return
				}
				same++
				if got != v.Output {
					t.Errorf("got  %s\nwant %s", got, v.Output)
				}
			})
		}
		t.Logf("%s: %d of %d have the same JSON", group.name, same, len(group.vectors))
		if same < len(group.vectors)/2 {
			t.Errorf("%s: only %d of %d have the same JSON", group.name, same, len(group.vectors))
		}
	}
}

// pythonJSON is the JSON that this package signs or encrypts.
func (v *vector) pythonJSON(t testing.TB) string {
	t.Helper()
	e := new(encoder)
	if v.isMetadata() {
		if err := e.envelope(v.expire(), v.Metadata, v.UserID); err != nil {
			t.Fatal(err)
		}
		return string(e.dst)
	}
	r := v.request(t)
	attrs, err := sortedAttrs(r.Attrs)
	if err != nil {
		t.Fatal(err)
	}
	s := statement{action: r.Action, channelID: v.ChannelID, userID: v.UserID, attrs: attrs, expire: int64(v.Expire), nonce: v.Nonce}
	if err := e.statement(&s); err != nil {
		t.Fatal(err)
	}
	return string(e.dst)
}
