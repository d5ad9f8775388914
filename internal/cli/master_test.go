package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

const (
	masterID     = "22nlihvg"
	masterSecret = "C58sAn+Dp2Ogb2+FdfSNg3J0ImMYfYodUUgXFF2OPo0="
	otherSecret  = "VREhJeA+rubaab1ZuMzBdIg9BFPCcZcHL9w6zaY8yBg="
	noon         = "2026-03-01T12:00:00Z"
	later        = "2026-03-01T13:00:00Z"
)

// holder has a master key in the environment, and no server. Whatever is written
// is searched for the secrets.
func holder(t *testing.T, secret string) *actor {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	t.Cleanup(w.scan)
	for _, secret := range []string{masterSecret, otherSecret} {
		w.secret(secret)
		w.secret(strings.TrimRight(secret, "="))
		w.secret(strings.NewReplacer("+", "-", "/", "_").Replace(secret))
	}
	return &actor{w, map[string]string{"NINCHAT_MASTER_KEY_ID": masterID, "NINCHAT_MASTER_KEY_SECRET": secret}}
}

// made runs a command that makes something at noon.
func (a *actor) made(stdin string, args ...string) string {
	a.t.Helper()
	out := a.ok(stdin, append(append([]string{"master"}, args...), "--at", noon)...)
	if strings.Count(out, "\n") != 1 {
		a.t.Errorf("%q: stdout has %q", args, out)
	}
	return strings.TrimSuffix(out, "\n")
}

// holds parses what --json prints.
func holds(t *testing.T, out string) contents {
	t.Helper()
	var c contents
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	return c
}

func TestMasterSign(t *testing.T) {
	a := holder(t, masterSecret)
	for _, test := range []struct {
		sign   []string
		action string
		verify []string
		says   string
	}{
		{[]string{"create-session"}, `{"action":"create_session"}`, nil, "valid: create_session by a new puppet, until 2026-03-01T12:10:00Z"},
		{[]string{"create-session", "--puppet-attr", "name=Älice"}, `{"action":"create_session","puppet_attrs":{"name":"Älice"}}`, nil, "by a new puppet"},
		{[]string{"create-session", "--user-id", "u", "--expires", "1h"}, `{"action":"create_session","user_id":"u"}`, nil, "by user u, until 2026-03-01T13:00:00Z"},
		{[]string{"join-channel", "--channel-id", "c"}, `{"action":"join_channel","channel_id":"c"}`, nil, "valid: join_channel by anybody"},
		{[]string{"join-channel", "--channel-id", "c", "--user-id", "u", "--member-attr", "silenced:=false", "--member-attr", "x=1"}, `{"action":"join_channel","channel_id":"c","member_attrs":{"x":"1","silenced":false}}`, []string{"--user-id", "u"}, "by user u"},
		{[]string{"follow-channel", "--channel-id", "c"}, `{"action":"follow_channel","channel_id":"c"}`, nil, "valid: follow_channel by anybody"},
		{[]string{"follow-channel", "--channel-id", "c", "--user-id", "u"}, `{"action":"follow_channel","channel_id":"c"}`, []string{"--user-id", "u"}, "by user u"},
	} {
		for _, format := range []string{"url", "dash"} {
			args := append([]string{"sign"}, test.sign...)
			sign := a.made("", append(args, "--format", format)...)
			if (format == "dash") != strings.HasPrefix(sign, masterID+"-1772") {
				t.Errorf("%s: got %s", format, sign)
			}
			verify := append([]string{"verify", sign}, test.verify...)
			if got := a.made(test.action, verify...); !strings.Contains(got, test.says) {
				t.Errorf("%q: got %q", test.sign, got)
			}
			c := holds(t, a.made(test.action, append(verify, "--json")...))
			if !c.Valid || c.KeyID != masterID || c.Format != format || c.ExpireTime == "" {
				t.Errorf("%q: got %+v", test.sign, c)
			}
		}
	}
	c := holds(t, a.made("", "sign", "join-channel", "--channel-id", "c", "--user-id", "u", "--member-attr", `a:={"b":[1.50,{}]}`, "--json"))
	if string(c.MemberAttrs) != `{"a":{"b":[1.50,{}]}}` || c.UserID != "u" || c.Action != "join_channel" || c.Expire != 1772367000 || c.MasterSign == "" {
		t.Errorf("got %+v", c)
	}
}

func TestMasterVerifySaysWhatIsWrong(t *testing.T) {
	a, other := holder(t, masterSecret), holder(t, otherSecret)
	const action = `{"action":"join_channel","channel_id":"c"}`
	sign := a.made("", "sign", "join-channel", "--channel-id", "c", "--user-id", "u")
	long := a.made("", "sign", "join-channel", "--channel-id", "c", "--expires", "168h")
	for _, test := range []struct {
		name, stdin string
		args        []string
		says        string
	}{
		{"wrong user", action, []string{sign, "--user-id", "v"}, "doesn't fit"},
		{"no user", action, []string{sign}, "--user-id"},
		{"another channel", `{"action":"join_channel","channel_id":"d"}`, []string{sign, "--user-id", "u"}, "compare the action, the channel"},
		{"expired", action, []string{sign, "--user-id", "u", "--at", later}, "expired at 2026-03-01T12:10:00Z"},
		{"premature", action, []string{long, "--at", "2026-02-28T12:00:00Z"}, "more than a week from now"},
		{"malformed", action, []string{sign[:20]}, "too few parts"},
		{"another key", action, []string{"x" + sign, "--user-id", "u"}, "names another key than " + masterID},
		{"no action", "", []string{sign}, "the action on the standard input: master: malformed"},
		{"unknown action", `{"action":"part_channel"}`, []string{sign}, "action isn't create_session"},
	} {
		args := append([]string{"master", "verify", "--at", noon}, test.args...)
		a.fails(statusFailed, test.stdin, args, test.says)
	}
	other.fails(statusFailed, action, []string{"master", "verify", sign, "--user-id", "u", "--at", noon}, "made with another secret")
}

func TestMasterMetadata(t *testing.T) {
	a, other := holder(t, masterSecret), holder(t, otherSecret)
	for _, format := range []string{"url", "dash"} {
		secured := a.made(`{"b": 1, "a": ["ä", 2.50]}`, "encrypt", "--user-id", "u", "--format", format)
		if got := a.made("", "decrypt", secured, "--user-id", "u"); got != `{"b":1,"a":["ä",2.5]}` {
			t.Errorf("got %s", got)
		}
		c := holds(t, a.made("", "decrypt", secured, "--user-id", "u", "--json"))
		if !c.Valid || c.UserID != "u" || c.KeyType != "ninchat" || string(c.Metadata) != `{"b":1,"a":["ä",2.5]}` {
			t.Errorf("got %+v", c)
		}
		decrypt := []string{"master", "decrypt", secured, "--at", noon}
		a.fails(statusFailed, "", decrypt, "for another user", "--user-id")
		a.fails(statusFailed, "", append(decrypt, "--user-id", "v"), "for another user")
		a.fails(statusFailed, "", []string{"master", "decrypt", secured, "--at", later, "--user-id", "u"}, "expired at")
		a.fails(statusFailed, "", []string{"master", "decrypt", secured[:60], "--at", noon}, "malformed")
		other.fails(statusFailed, "", append(decrypt, "--user-id", "u"), "made with another secret")
	}
	if got := a.made("", "decrypt", a.made("", "encrypt")); got != "null" {
		t.Errorf("got %s", got)
	}
	if c := holds(t, a.made(`{"a":1}`, "encrypt", "--json")); string(c.Metadata) != `{"a":1}` || c.Secured == "" || c.Expire != 1772367000 {
		t.Errorf("got %+v", c)
	}
	if got := a.made("", "decrypt", a.made("null", "encrypt")); got != "null" {
		t.Errorf("got %s", got)
	}
	a.fails(statusFailed, "{", []string{"master", "encrypt"}, "unsuitable value")
	for _, text := range []string{`[]`, `"a"`, `1`, `true`} {
		a.fails(statusFailed, text, []string{"master", "encrypt"}, "the metadata must be an object or null")
		a.fails(statusFailed, text, []string{"master", "encrypt", "--user-id", "u"}, "the metadata must be an object or null")
	}
	// Looking at metadata doesn't use it up.
	secured := a.made(`{"a":1}`, "encrypt")
	for range 2 {
		a.made("", "decrypt", secured)
	}
	a.fails(statusFailed, strings.Repeat(" ", maxInput+1), []string{"master", "encrypt"}, "standard input has more than")
}

func TestMasterJWT(t *testing.T) {
	a, other := holder(t, masterSecret), holder(t, otherSecret)
	both := a.made("", "jwt", "auth", "--subject", "alice", "--preferred-username", "Älice", "--channel-id", "c", "--channel-id", "d")
	if got := a.made("", "jwt", "verify", both); got != "valid: logging in as alice, until 2026-03-01T12:10:00Z" {
		t.Errorf("got %s", got)
	}
	if got := a.made("", "jwt", "verify", both, "--channel-id", "d"); !strings.Contains(got, "valid: joining channel d") {
		t.Errorf("got %s", got)
	}
	c := holds(t, a.made("", "jwt", "verify", both, "--json"))
	if !c.Valid || c.Subject != "alice" || c.UserName != "Älice" || len(c.Scopes) != 2 || c.KeyType != "jwt" {
		t.Errorf("got %+v", c)
	}
	channel := a.made("", "jwt", "channel", "--channel-id", "c")
	a.fails(statusFailed, "", []string{"master", "jwt", "verify", channel, "--at", noon}, "no subject")
	a.fails(statusFailed, "", []string{"master", "jwt", "verify", channel, "--channel-id", "d", "--at", noon}, "no scope")
	a.fails(statusFailed, "", []string{"master", "jwt", "verify", both, "--at", later}, "expired at")
	a.fails(statusFailed, "", []string{"master", "jwt", "verify", "x", "--at", noon}, "malformed")
	other.fails(statusFailed, "", []string{"master", "jwt", "verify", both, "--at", noon}, "another secret")
	secured := a.made(`{"a":1}`, "jwt", "encrypt", "--preferred-username", "Älice")
	if got := a.made("", "jwt", "decrypt", secured); got != `{"a":1}` {
		t.Errorf("got %s", got)
	}
	if c := holds(t, a.made("", "jwt", "decrypt", secured, "--json")); c.UserName != "Älice" || c.KeyType != "jwt" {
		t.Errorf("got %+v", c)
	}
	a.fails(statusFailed, `[]`, []string{"master", "jwt", "encrypt"}, "the metadata must be an object or null")
	other.fails(statusFailed, "", []string{"master", "jwt", "decrypt", secured, "--at", noon}, "another secret")
}

func TestMasterUsage(t *testing.T) {
	a := holder(t, masterSecret)
	for args, says := range map[string]string{
		"sign":                                              "needs a subcommand: create-session, follow-channel, join-channel",
		"sign join-channel":                                 "--channel-id",
		"sign join-channel --channel-id=":                   "--channel-id",
		"sign create-session x":                             "takes no arguments",
		"sign create-session --user-id=":                    "--user-id is empty",
		"sign create-session --expires 0s":                  "--expires",
		"sign create-session --expires 169h":                "at most a week",
		"sign create-session --format x":                    "--format",
		"sign create-session --at yesterday":                "--at",
		"sign create-session --user-id u --puppet-attr a=b": "--puppet-attr is for new users",
		"sign create-session --puppet-attr name":            "isn't of the form",
		"sign create-session --puppet-attr name@file":       "isn't of the form",
		"sign create-session --puppet-attr name:=x":         "isn't JSON",
		`sign create-session --puppet-attr name:=1,"b":2`:   "isn't JSON",
		"jwt auth --subject a --preferred-username=":        "--preferred-username is empty",
		"encrypt --key-file=":                               "--key-file is empty",
		"encrypt --at=":                                     "--at is empty",
		"decrypt x --key-file=":                             "--key-file is empty",
		"jwt decrypt x --at=":                               "--at is empty",
		"encrypt --user-id=":                                "--user-id is empty",
		"verify":                                            "something is missing",
		"decrypt x --user-id=":                              "--user-id is empty",
		"jwt auth":                                          "--subject",
		"jwt channel":                                       "--channel-id",
		"jwt verify x --channel-id a --channel-id b":        "twice",
	} {
		a.fails(statusUsage, "{}", append([]string{"master"}, strings.Fields(args)...), says)
	}
	a.fails(statusUsage, `{"action":"create_session","user_id":"u"}`, []string{"master", "verify", "x", "--user-id", "v"}, "--user-id isn't the user_id")
	a.fails(statusFailed, "", []string{"master", "sign", "create-session", "--puppet-attr", "a=1", "--puppet-attr", "a=2"}, "twice")
	nobody := &actor{a.world, nil}
	for _, args := range []string{"sign create-session", "verify x", "encrypt", "decrypt x", "jwt auth --subject a", "jwt verify x", "jwt encrypt", "jwt decrypt x"} {
		nobody.fails(statusUsage, "", append([]string{"master"}, strings.Fields(args)...), "NINCHAT_MASTER_KEY_ID")
	}
}

func TestMasterKeyFile(t *testing.T) {
	a := holder(t, otherSecret) // which the file takes the place of
	path := filepath.Join(a.dir, "key.json")
	write := func(text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	good := `{"id":"` + masterID + `","secret":"` + masterSecret + `"}`
	write(good, 0o600)
	sign := a.made("", "sign", "create-session", "--key-file", path)
	if got := holder(t, masterSecret).made(`{"action":"create_session"}`, "verify", sign); !strings.HasPrefix(got, "valid") {
		t.Errorf("got %s", got)
	}
	_ = a.made("", "jwt", "auth", "--subject", "a", "--key-file", path)
	write(good, 0o644)
	for _, args := range [][]string{{"sign", "create-session"}, {"jwt", "auth", "--subject", "a"}} {
		a.fails(statusFailed, "", append(append([]string{"master"}, args...), "--key-file", path), "others can use", "mode 0600")
	}
	write(masterSecret, 0o600)
	a.fails(statusFailed, "", []string{"master", "encrypt", "--key-file", path}, "isn't a JSON object with id and secret")
	for name, env := range map[string]map[string]string{
		"short":   {"NINCHAT_MASTER_KEY_ID": masterID, "NINCHAT_MASTER_KEY_SECRET": masterSecret[:20]},
		"garbled": {"NINCHAT_MASTER_KEY_ID": masterID, "NINCHAT_MASTER_KEY_SECRET": "!" + masterSecret[1:]},
		"id":      {"NINCHAT_MASTER_KEY_ID": "a-b", "NINCHAT_MASTER_KEY_SECRET": masterSecret},
	} {
		t.Run(name, func(t *testing.T) {
			a.secret(masterSecret[1:19])
			(&actor{a.world, env}).fails(statusFailed, "", []string{"master", "encrypt"}, "unusable master key")
		})
	}
}
