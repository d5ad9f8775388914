package master

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

func FuzzParseKey(f *testing.F) {
	f.Add(testID, testSecret)
	f.Add("a-b", "")
	f.Fuzz(func(t *testing.T, id, secret string) {
		if key, err := ParseKey(id, secret); err == nil {
			if len(key.secret()) != secretSize || key.ID() != id {
				t.Errorf("got %v", key)
			}
			text, err := key.SignCreateSession(soon, nil, At(noon), Dash)
			if err != nil {
				t.Fatal(err)
			}
			if s, err := parseSignature(text); err != nil || s.keyID != id {
				t.Errorf("%s: %v", text, err)
			}
		}
		_, _ = ParseJWTKey(id, secret)
	})
}

func FuzzKeyFile(f *testing.F) {
	f.Add([]byte(`{"id":"` + testID + `","secret":"` + testSecret + `"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		id, secret, ok := parseKeyFile(text)
		if !ok {
			return
		}
		var file struct{ ID, Secret string }
		if err := json.Unmarshal(text, &file); err != nil {
			t.Errorf("%q isn't JSON, but has %q and %q", text, id, secret)
		}
	})
}

// A signature that is accepted is the only way to write what it says.
func FuzzParseSignature(f *testing.F) {
	for _, v := range loadVectors(f).Cases[:20] {
		f.Add(v.Output)
	}
	f.Add("22nlihvg.1444077534.ASNFZ4mr.0LxYKpEy4WzQb8m3pTaHv1XXB2gIIJMzCrZJLjA0SGr1jwP71oa1LTY-WTUYVC82evEeaSpoZZ7tBVO-HQpW_w.1")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSignature(text)
		if err == nil && s.encode() != text {
			t.Errorf("%q is read as %q", text, s.encode())
		}
	})
}

// Nothing is accepted but what was signed.
func FuzzVerify(f *testing.F) {
	key := testKey(f, testSecret)
	// It is the same in each process of the fuzzer.
	good, err := key.SignJoinChannelForUser(soon, "c", "u", joinRequest.Attrs, At(noon), fixed{nonce: "nonce"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, []byte(`{"action":"join_channel","channel_id":"c","member_attrs":{"silenced":false}}`))
	f.Add(good, []byte(`{"action":"create_session","puppet_attrs":{"a":[1.0,{},"/\u00e4"]}}`))
	// Not the key's id, and the other form.
	f.Add("x"+good, []byte(`{"action":"join_channel","channel_id":"c","member_attrs":{"silenced":false}}`))
	s, err := parseSignature(good)
	if err != nil {
		f.Fatal(err)
	}
	s.format = Dash
	f.Add(s.encode(), []byte(`{"action":"join_channel","channel_id":"c","member_attrs":{"silenced":false}}`))
	v := newVerifier(f) // which knows one id only: no digest covers it
	v.Replays = Reusable{}
	f.Fuzz(func(t *testing.T, text string, params []byte) {
		r, err := ParseRequest(params)
		if err != nil {
			return
		}
		if r.UserID == "" && r.Action != CreateSession {
			r.UserID = "u"
		}
		if _, err := v.Verify(t.Context(), text, r); err != nil {
			return
		}
		s, err := parseSignature(text)
		if s.format = URLSafe; err != nil || s.encode() != good { // the other form is as good
			t.Errorf("accepted %q for %q", text, params)
		}
	})
}

// What can be read as a request can be signed, and is accepted then, unless it is
// too much.
func FuzzRequest(f *testing.F) {
	for _, v := range loadVectors(f).URLNode {
		f.Add([]byte(v.SignedJSON))
	}
	f.Add([]byte(`{"action":"join_channel","channel_id":"c","member_attrs":{"a":1e400,"b":-0,"c":12345678901234567890}}`))
	f.Add([]byte(`{"action":"create_session","puppet_attrs":{"a":[1.0,{},"/\u00e4"]}}`))
	key := testKey(f, testSecret)
	v := &Verifier{Keys: func(string) *Key { return key }, Replays: Reusable{}, Now: func() time.Time { return noon }}
	f.Fuzz(func(t *testing.T, params []byte) {
		r, err := ParseRequest(params)
		if err != nil {
			return
		}
		if !json.Valid(params) {
			t.Fatalf("%q isn't JSON", params)
		}
		text, err := key.sign(soon, r, false, []Option{At(noon)})
		if err != nil {
			return
		}
		if _, err := v.Verify(t.Context(), text, r); err != nil {
			t.Errorf("%q: %v", params, err)
		}
	})
}

// The reader agrees with that of the standard library.
func FuzzParseJSON(f *testing.F) {
	for _, text := range []string{`{"a":[1,-0.5e3,"\ud83d\ude00\u00e4",true,null,{}]}`, `"\ud800"`, `"\\ud800"`, `"\udc00\ud800"`, `[[[`, `{"a":1,"a":2}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, err := parseJSON(text, maxMetadata)
		if err != nil {
			return
		}
		var want any
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&want); err != nil {
			t.Fatalf("%q isn't JSON", text)
		}
		written, err := rawJSON(value)
		if err != nil {
			t.Fatalf("%q can be read, but not written: %v", text, err)
		}
		var got any
		decoder = json.NewDecoder(bytes.NewReader(written))
		decoder.UseNumber()
		if err := decoder.Decode(&got); err != nil {
			t.Fatalf("%q is written as %q", text, written)
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if !bytes.Equal(a, b) {
			t.Errorf("%q is written as %q", text, written)
		}
		again, err := parseJSON(written, 10*maxMetadata)
		if err != nil {
			t.Fatalf("%q: %v", written, err)
		}
		for d := range dialects {
			e := encoder{dialect: d}
			if e.value(again) == nil && !json.Valid(e.dst) {
				t.Errorf("%q is written as %q", text, e.dst)
			}
		}
	})
}

// All ways to write a number have its value.
func FuzzFloat(f *testing.F) {
	for _, v := range []float64{0, 1, -1.5, 1e16, 1e-5, math.MaxFloat64, 5e-324, 1e21, 123456789012345680} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return
		}
		for d := range dialects {
			text := appendFloat(nil, v, d)
			got, err := strconv.ParseFloat(string(text), 64)
			if err != nil || got != v || !json.Valid(text) {
				t.Errorf("%v is written as %s", v, text)
			}
		}
	})
}

// Nothing is decrypted but what was encrypted.
func FuzzDecrypt(f *testing.F) {
	for _, text := range sealed(f) {
		f.Add(text)
	}
	f.Add("a.b.c.d.e")
	v := newVerifier(f)
	v.Replays = Reusable{}
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := v.Decrypt(t.Context(), text, "u"); err == nil && string(m.JSON) != `{"name":"Alice","vip":true}` {
			t.Errorf("%q is decrypted to %s", text, m.JSON)
		}
	})
}

// The plaintext of those who have the key can be anything.
func FuzzEnvelope(f *testing.F) {
	for _, v := range loadVectors(f).Cases {
		if v.Plaintext != "" {
			f.Add([]byte(v.Plaintext))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseEnvelope(testID, text)
		if err == nil && (!json.Valid(m.JSON) || m.Expire.Unix() < 0) {
			t.Errorf("%q: got %+v", text, m)
		}
	})
}

// Nothing is a token but what was signed.
func FuzzToken(f *testing.F) {
	token, err := testJWTKey(f, testSecret).Sign(soon, bothClaims, At(noon))
	if err != nil {
		f.Fatal(err)
	}
	// The parts come one by one: what is long takes the fuzzer very long to minimize.
	parts := strings.Split(token, ".")
	f.Add(parts[0], parts[1], parts[2])
	f.Add(b64(`{"alg":"none","kid":"`+testID+`"}`), b64(`{"sub":"a"}`), "")
	v := newVerifier(f)
	f.Fuzz(func(t *testing.T, header, payload, signature string) {
		text := header + "." + payload + "." + signature
		if _, err := v.VerifyLogin(text); err == nil && text != token {
			t.Errorf("accepted %q", text)
		}
	})
}

// The claims of those who have the key can be anything.
func FuzzClaims(f *testing.F) {
	f.Add([]byte(`{"sub":"a","exp":1,"nbf":0,"scopes":["channel:c"],"preferred_username":"b"}`))
	v := newVerifier(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		claims, _, err := v.parseClaims(payload)
		if err != nil {
			return
		}
		token := new(Token)
		if token.read(claims) == nil && len(token.Channels) > len(token.Scopes) {
			t.Errorf("%q: got %+v", payload, token)
		}
	})
}
