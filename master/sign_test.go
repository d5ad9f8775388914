package master

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
)

// makers are all functions that make something with an expiry.
func makers(t testing.TB) map[string]func(expire time.Time, options ...Option) (string, error) {
	key, jwtKey := testKey(t, testSecret), testJWTKey(t, testSecret)
	type f = func(time.Time, ...Option) (string, error)
	return map[string]f{
		"create":     func(e time.Time, o ...Option) (string, error) { return key.SignCreateSession(e, nil, o...) },
		"create for": func(e time.Time, o ...Option) (string, error) { return key.SignCreateSessionForUser(e, "u", o...) },
		"join":       func(e time.Time, o ...Option) (string, error) { return key.SignJoinChannel(e, "c", nil, o...) },
		"join for": func(e time.Time, o ...Option) (string, error) {
			return key.SignJoinChannelForUser(e, "c", "u", nil, o...)
		},
		"follow":         func(e time.Time, o ...Option) (string, error) { return key.SignFollowChannel(e, "c", o...) },
		"follow for":     func(e time.Time, o ...Option) (string, error) { return key.SignFollowChannelForUser(e, "c", "u", o...) },
		"encrypt":        func(e time.Time, o ...Option) (string, error) { return key.Encrypt(e, nil, o...) },
		"encrypt for":    func(e time.Time, o ...Option) (string, error) { return key.EncryptForUser(e, nil, "u", o...) },
		"token":          func(e time.Time, o ...Option) (string, error) { return jwtKey.Sign(e, Claims{Subject: "s"}, o...) },
		"metadata token": func(e time.Time, o ...Option) (string, error) { return jwtKey.Encrypt(e, nil, o...) },
	}
}

func TestDefect19Expiry(t *testing.T) {
	for name, make := range makers(t) {
		for _, test := range []struct {
			name   string
			expire time.Time
			want   error
		}{
			{"now", noon, ErrExpiryPast},
			{"past", noon.Add(-time.Second), ErrExpiryPast},
			{"1970", time.Unix(1, 0), ErrExpiryPast},
			{"none", time.Time{}, ErrExpiryAbsurd},
			{"before 1970", time.Unix(-1, 0), ErrExpiryAbsurd},
			{"milliseconds", time.Unix(soon.UnixMilli(), 0), ErrExpiryAbsurd},
			{"for ever", time.Unix(math.MaxInt64/4, 0), ErrExpiryAbsurd},
			{"a week and a second", noon.Add(MaxLifetime + time.Second), ErrExpiryTooFar},
			{"a year", noon.AddDate(1, 0, 0), ErrExpiryTooFar},
			{"a week", noon.Add(MaxLifetime), nil},
			{"a second", noon.Add(time.Second), nil},
		} {
			text, err := make(test.expire, At(noon))
			wantError(t, name+" "+test.name, err, test.want)
			if (text == "") != (test.want != nil) {
				t.Errorf("%s %s: got %q", name, test.name, text)
			}
		}
	}
	// A signature with a fraction of a second left has none.
	_, err := testKey(t, testSecret).SignCreateSession(noon.Add(time.Second/2), nil, At(noon))
	wantError(t, "fraction", err, ErrExpiryPast)
}

// Without At, the current time counts.
func TestCurrentTime(t *testing.T) {
	key := testKey(t, testSecret)
	if _, err := key.SignCreateSession(time.Now().Add(time.Minute), nil); err != nil {
		t.Error(err)
	}
	_, err := key.SignCreateSession(noon.AddDate(-2, 0, 0), nil)
	wantError(t, "past", err, ErrExpiryPast)
}

func TestMissingIDs(t *testing.T) {
	key := testKey(t, testSecret)
	long := strings.Repeat("x", maxID+1)
	for name, do := range map[string]func() (string, error){
		"create": func() (string, error) { return key.SignCreateSessionForUser(soon, "", At(noon)) },
		"join":   func() (string, error) { return key.SignJoinChannel(soon, "", nil, At(noon)) },
		"join for nobody": func() (string, error) {
			return key.SignJoinChannelForUser(soon, "c", "", nil, At(noon))
		},
		"follow":            func() (string, error) { return key.SignFollowChannel(soon, "", At(noon)) },
		"follow for nobody": func() (string, error) { return key.SignFollowChannelForUser(soon, "c", "", At(noon)) },
		"encrypt":           func() (string, error) { return key.EncryptForUser(soon, nil, "", At(noon)) },
		"long channel":      func() (string, error) { return key.SignFollowChannel(soon, long, At(noon)) },
		"long user":         func() (string, error) { return key.EncryptForUser(soon, nil, long, At(noon)) },
		"not UTF-8":         func() (string, error) { return key.SignFollowChannel(soon, "\xff", At(noon)) },
		"user name":         func() (string, error) { return key.SignFollowChannel(soon, "c", At(noon), UserName("x")) },
		"name in metadata":  func() (string, error) { return key.Encrypt(soon, nil, At(noon), UserName("x")) },
		"strange format":    func() (string, error) { return key.Encrypt(soon, nil, At(noon), Format(9)) },
	} {
		text, err := do()
		wantError(t, name, err, ErrValue)
		if text != "" {
			t.Errorf("%s: got %q", name, text)
		}
	}
}

// loop contains itself.
func loop() Map {
	m := Map{}
	m["m"] = m
	return m
}

func TestUnsuitableValues(t *testing.T) {
	key := testKey(t, testSecret)
	for name, value := range map[string]any{
		"NaN": math.NaN(), "infinity": math.Inf(1), "float32": float32(0.1), "channel": make(chan int), "function": func() {},
		"not UTF-8": "\xff", "name isn't UTF-8": Map{"\xff": 1}, "duplicate": Pairs{{"a", 1}, {"a", 2}}, "loop": loop(),
		"bad number": json.Number("1x"), "empty number": json.Number(""), "spaced number": json.Number(" 1"), "text as number": json.Number(`"1"`),
		"huge number": json.Number("1e999"), "long number": json.Number(strings.Repeat("1", 401)), "bad JSON": json.RawMessage(`{"a":}`),
		"duplicate in JSON": json.RawMessage(`{"a":1,"a":2}`), "two values": json.RawMessage(`1 2`), "surrogate": json.RawMessage(`"\ud800"`),
		"too long": strings.Repeat("x", maxMetadata),
	} {
		_, err := key.SignJoinChannel(soon, "c", Map{"x": value}, At(noon))
		wantError(t, "sign "+name, err, ErrValue)
		_, err = key.Encrypt(soon, Map{"x": value}, At(noon))
		wantError(t, "encrypt "+name, err, ErrValue)
	}
	_, err := key.SignCreateSession(soon, Pairs{{"a", 1}, {"b", 1}, {"a", 2}}, At(noon))
	wantError(t, "attribute twice", err, ErrValue)
	_, err = key.SignCreateSession(soon, Map{"a": strings.Repeat("x", maxAttrs)}, At(noon))
	wantError(t, "long attribute", err, ErrValue)
}

func encoded(t *testing.T, d dialect, value any) string {
	t.Helper()
	e := encoder{dialect: d}
	if err := e.value(value); err != nil {
		t.Fatalf("%v: %v", value, err)
	}
	return string(e.dst)
}

func TestValues(t *testing.T) {
	type custom struct {
		B int    `json:"b"`
		A string `json:"a"`
	}
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, "null"}, {true, "true"}, {int8(-3), "-3"}, {uint16(9), "9"}, {uint64(math.MaxUint64), "18446744073709551615"},
		{int64(math.MinInt64), "-9223372036854775808"}, {new(big.Int).Lsh(big.NewInt(1), 70), "1180591620717411303424"}, {(*big.Int)(nil), "null"},
		{1.0, "1.0"}, {0.1, "0.1"}, {123456789012345680.0, "1.2345678901234568e+17"}, {1e15, "1000000000000000.0"}, {0.0001, "0.0001"},
		{0.00001, "1e-05"}, {math.Copysign(0, -1), "-0.0"}, {0.0, "0.0"}, {1e100, "1e+100"}, {json.Number("1.50"), "1.5"}, {json.Number("-0"), "0"},
		{json.Number("10000000000000000000000"), "10000000000000000000000"}, {"ä\u007f\b\x1f/<>&'", "\"\\u00e4\\u007f\\b\\u001f/<>&'\""},
		{[]string{"a", "b"}, `["a","b"]`}, {[]any{1, []any{}}, "[1,[]]"}, {map[string]any{"b": 1, "a": 2}, `{"a":2,"b":1}`},
		{Pairs{{"b", 1}, {"a", 2}}, `{"b":1,"a":2}`}, {custom{1, "<x>"}, `{"b":1,"a":"<x>"}`}, {[]int{1, 2}, "[1,2]"},
		{json.RawMessage(` { "b" : [ 1.0 , 2 ] } `), `{"b":[1.0,2]}`}, {"\U0001F600", `"\ud83d\ude00"`},
	} {
		if got := encoded(t, python, test.value); got != test.want {
			t.Errorf("%v: got %s, want %s", test.value, got, test.want)
		}
	}
}

func TestDialects(t *testing.T) {
	for _, test := range []struct {
		value any
		want  [dialects]string
	}{
		{1e16, [dialects]string{"1e+16", "10000000000000000", "10000000000000000", "1.0E16"}},
		{1e21, [dialects]string{"1e+21", "1e+21", "1.0e+21", "1.0E21"}},
		{1.5e-5, [dialects]string{"1.5e-05", "0.000015", "1.5e-5", "1.5E-5"}},
		{1e-7, [dialects]string{"1e-07", "1e-7", "1.0e-7", "1.0E-7"}},
		{100000.0, [dialects]string{"100000.0", "100000", "100000", "100000.0"}},
		{1e7, [dialects]string{"10000000.0", "10000000", "10000000", "1.0E7"}},
		{math.Copysign(0, -1), [dialects]string{"-0.0", "0", "-0", "-0.0"}},
		{json.Number("9007199254740993"), [dialects]string{"9007199254740993", "9007199254740992", "9007199254740993", "9007199254740993"}},
		{json.Number("12345678901234567890"), [dialects]string{"12345678901234567890", "12345678901234567000", "1.2345678901234567e+19", "12345678901234567890"}},
		{"ä/\u2028\u007f😀", [dialects]string{`"\u00e4/\u2028\u007f\ud83d\ude00"`, "\"ä/\u2028\u007f😀\"", "\"\\u00e4\\/\\u2028\u007f\\ud83d\\ude00\"", "\"ä/\\u2028\u007f😀\""}},
		{Map{}, [dialects]string{"{}", "{}", "[]", "{}"}},
	} {
		for d, want := range test.want {
			if got := encoded(t, dialect(d), test.value); got != want {
				t.Errorf("%v as %d: got %s, want %s", test.value, d, got, want)
			}
		}
	}
}

// Nothing that is random comes twice, and it suits the form.
func TestDefect19Nonces(t *testing.T) {
	key := testKey(t, testSecret)
	seen := map[string]bool{}
	for range 200 {
		for _, format := range []Format{URLSafe, Dash} {
			text := must[string](t)(key.SignCreateSession(soon, nil, At(noon), format))
			s := must[signature](t)(parseSignature(text))
			if seen[s.nonce] || len(s.nonce) != 16 || s.format != format {
				t.Fatalf("got %s", text)
			}
			seen[s.nonce] = true
			sealed := must[string](t)(key.Encrypt(soon, nil, At(noon), format))
			if seen[sealed[:30]] {
				t.Fatal("an initialization vector came twice")
			}
			seen[sealed[:30]] = true
		}
	}
}
