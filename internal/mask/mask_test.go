package mask_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/internal/mask"
	"github.com/ninchat-community/ninchat/internal/test/fuzzing"
)

func TestHide(t *testing.T) {
	for name, test := range map[string]struct {
		secrets    []string
		text, want string
	}{
		"nothing known":         {nil, "all is well", "all is well"},
		"another":               {[]string{"5ecret"}, "all is well", "all is well"},
		"as it is":              {[]string{"5ecret"}, "the 5ecret, 5ecret", "the [hidden], [hidden]"},
		"in URLs":               {[]string{"a/b+c d&e"}, "x=a%2Fb%2Bc+d%26e a%2fb+c%20d&e", "x=[hidden] [hidden]"},
		"in JSON":               {[]string{`a"<é\`}, `"a\"<é\\" "a\"\u003cé\\" "a\"<\u00e9\\"`, `"[hidden]" "[hidden]" "[hidden]"`},
		"quoted twice":          {[]string{"5ecret"}, `"\"5ecret\""`, `"\"[hidden]\""`},
		"in HTML":               {[]string{"a<b>&c"}, "a&lt;b&gt;&amp;c", "[hidden]"},
		"another case":          {[]string{"5ecretToken"}, "5ECRETTOKEN 5ecrettoken", "[hidden] [hidden]"},
		"a short one's case":    {[]string{"word"}, "word WORD", "[hidden] WORD"},
		"in hex":                {[]string{"5ecretToken"}, "356563726574546f6b656e 356563726574546F6B656E", "[hidden] [hidden]"},
		"overlapping":           {[]string{"abcdef", "defghi"}, "abcdefghi", "[hidden]"},
		"inside another":        {[]string{"abcd", "xabcdx"}, "xabcdx abcd", "[hidden] [hidden]"},
		"too short":             {[]string{"abc", ""}, "abc", "abc"},
		"cut off":               {[]string{"5ecretToken"}, "it is 5ecretT…", "it is [hidden]…"},
		"cut off too soon":      {[]string{"5ecretToken"}, "it is 5ec…", "it is 5ec…"},
		"beside what isn't it":  {[]string{"5ecret"}, "\xff5ecret\xfe", "\xff[hidden]\xfe"},
		"only what comes twice": {[]string{"aaaa"}, "aaaaaa", "[hidden]"},
	} {
		t.Run(name, func(t *testing.T) {
			var own, passing mask.Set
			own.Own(test.secrets...)
			passing.Passing(test.secrets...)
			for _, set := range []*mask.Set{&own, &passing} {
				if got := set.Hide(test.text); got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
			}
		})
	}
}

// In base64 a secret looks differently after one or two other bytes. What it shares a
// digit with remains.
func TestHideInBase64(t *testing.T) {
	const secret = "pass/w0rd?~~>"
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for _, before := range []string{"", "u", "us", "use", "user:"} {
			var set mask.Set
			set.Own(secret)
			text := encoding.EncodeToString([]byte(before + secret + "!!"))
			got, hidden := set.Hide(text), false
			for _, rest := range strings.Split(got, mask.Hidden) {
				if hidden = hidden || len(rest) < len(text); len(rest) > len(before)*4/3+6 {
					t.Errorf("%q after %q is %q", text, before, got)
				}
			}
			if !hidden || !strings.Contains(got, mask.Hidden) {
				t.Errorf("%q after %q is %q", text, before, got)
			}
		}
	}
}

// The latest secrets are remembered, and those of actions don't push out others.
func TestManySecrets(t *testing.T) {
	var set mask.Set
	set.Own("my own secret")
	for i := range 1000 {
		set.Passing("passing" + strconv.Itoa(i))
	}
	for text, want := range map[string]string{"my own secret": "[hidden]", "passing999": "[hidden]", "passing937": "[hidden]", "passing9": "passing9"} {
		if got := set.Hide(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestError(t *testing.T) {
	var set mask.Set
	set.Own("5ecret")
	if set.Error(nil) != nil {
		t.Error("nil isn't nil")
	}
	if err := set.Error(fs.ErrExist); err != fs.ErrExist {
		t.Errorf("%v was changed", err)
	}
	inner := &fs.PathError{Op: "open", Path: "5ecret\x1b\u202e", Err: fs.ErrExist}
	err := set.Error(fmt.Errorf("outer: %w", inner))
	if err.Error() != `outer: open [hidden]\u001b\u202e: file already exists` {
		t.Errorf("text %q", err)
	}
	if !errors.Is(err, fs.ErrExist) || errors.Unwrap(err) != nil {
		t.Errorf("%v matches nothing, or leads to its text", err)
	}
	if found, ok := errors.AsType[*fs.PathError](err); !ok || found != inner {
		t.Errorf("%v has no path", err)
	}
	if text := set.Error(errors.New(strings.Repeat("é", 2000))).Error(); len(text) > 1010 || !strings.HasSuffix(text, "é…") {
		t.Errorf("%d bytes: %q", len(text), text)
	}
}

func TestLogger(t *testing.T) {
	var set mask.Set
	set.Own("5ecret")
	var out bytes.Buffer
	logger := set.Logger(slog.New(slog.NewTextHandler(&out, nil)), nil)
	logger = logger.With("with", "5ecret").WithGroup("group")
	logger.Info("5ecret", "text", "5ecret", "error", errors.New("5ecret"), slog.Group("inner", "text", "5ecret"), "n", 7)
	text := out.String()
	if strings.Contains(text, "5ecret") {
		t.Errorf("logged: %s", text)
	}
	for _, want := range []string{"msg=[hidden]", "with=[hidden]", "group.text=[hidden]", "group.error=[hidden]", "group.inner.text=[hidden]", "group.n=7"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q isn't in %s", want, text)
		}
	}
}

// angry is a handler that panics.
type angry struct{ slog.Handler }

func (angry) Enabled(context.Context, slog.Level) bool  { return true }
func (angry) Handle(context.Context, slog.Record) error { panic("oops") }
func (a angry) WithAttrs([]slog.Attr) slog.Handler      { return a }
func (a angry) WithGroup(string) slog.Handler           { return a }

func TestLoggerPanics(t *testing.T) {
	var set mask.Set
	panics := 0
	set.Logger(slog.New(angry{}), func(any) { panics++ }).Info("x")
	if panics != 1 {
		t.Errorf("%d panics", panics)
	}
	defer func() {
		if recover() == nil {
			t.Error("the caller doesn't know of the panic")
		}
	}()
	set.Logger(slog.New(angry{}), nil).Info("x")
}

func TestMembers(t *testing.T) {
	names := map[string]bool{"auth": true}
	for text, want := range map[string]string{
		"": "[]", "?": "[]", `{"auth":"a","x":[{"auth":"b","y":"auth"}],"auth2":"c"}`: "[a b]", `{"auth":5}`: "[]", `{"\u0061uth":"\u0061"`: "[a]",
	} {
		if got := fmt.Sprint(mask.Members([]byte(text), names)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// Whatever a text repeats, however often, it has no secret in it afterwards.
func FuzzHide(f *testing.F) {
	fuzzing.Onward(f)
	f.Add("5ecret", "before ", " after")
	f.Add("aaaa", "aa", "aaa")
	f.Add("\xff\"é<", "", "\\")
	f.Add("hidden", "[", "]")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		var set mask.Set
		set.Own(secret)
		if len(secret) < mask.MinLength {
			t.Skip()
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			got := set.Hide(before + form + after)
			if !strings.Contains(got, mask.Hidden) {
				t.Fatalf("%q became %q", before+form+after, got)
			}
			for rest := range strings.SplitSeq(got, mask.Hidden) {
				if strings.Contains(rest, form) {
					t.Fatalf("%q became %q", before+form+after, got)
				}
			}
		}
	})
}
