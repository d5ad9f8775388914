package server_test

import (
	"os"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/test/fuzzing"
	"github.com/ninchat-community/ninchat/server"
)

// exampleSeed is what the documentation shows.
func exampleSeed(t *testing.T) (string, server.Seed) {
	t.Helper()
	text, err := os.ReadFile("../../../docs/seed.example.json")
	if err != nil {
		t.Fatal(err)
	}
	seed, err := server.ParseSeed(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), seed
}

// made lists what has been made, by kind and name.
func made(seeded server.Seeded) (list []string) {
	for _, item := range seeded {
		if item.Made {
			list = append(list, item.Kind+" "+item.Name)
		}
	}
	return list
}

func TestSeedExample(t *testing.T) {
	srv := start(t)
	_, seed := exampleSeed(t)
	seeded, err := srv.Seed(seed)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(made(seeded)); got != len(seeded) || got != 16 {
		t.Errorf("made %d of %d: %q", got, len(seeded), made(seeded))
	}
	secrets := 0
	for _, item := range seeded {
		if item.Secret != "" {
			secrets++
		}
	}
	if secrets != 3 || seeded.ID("realm", "Esimerkki Oy") != "office" || seeded.ID("user", "Nobody") != "" {
		t.Errorf("%d secrets were generated", secrets)
	}
	anna := login(t, srv, `,"message_types":["*"],"identity_type":"email","identity_name":"Anna@example.com","identity_auth":"a password for tests only"`)
	expect(t, anna.call(`{"action":"describe_user"}`), `{"user_id":"anna","user_settings":{"highlight":["urgent"]},
		"user_identities":{"email":{"anna@example.com":{"auth":true,"public":true}}},"user_channels":{"desk":{},"lobby":{}}}`)
	expect(t, anna.call(`{"action":"describe_master_keys","realm_id":"office"}`), `{"master_keys":{"jwt":{"officekey":{}}}}`)
	expect(t, anna.call(`{"action":"describe_master_keys"}`), `{"master_keys":{"ninchat":{"annakey":{}}}}`)
	expect(t, anna.call(`{"action":"describe_queue","queue_id":"support"}`), `{"queue_attrs":{"name":"Support","capacity":50},"queue_members":{"bert":{}}}`)
	expect(t, anna.call(`{"action":"describe_queue","queue_id":"sales"}`), `{"queue_attrs":{"schedule":{"timezone":"Europe/Helsinki"}}}`)
	expect(t, anna.call(`{"action":"describe_realm","realm_id":"office"}`), `{"realm_members":{"anna":{"member_attrs":{"operator":true}},"bert":{"member_attrs":{"operator":true}}}}`)
	expect(t, anna.call(`{"action":"describe_tag","tag_id":"`+seeded.ID("tag", "Refund")+`"}`), `{"realm_id":"office","tag_attrs":{"name":"Refund","parent_id":"`+seeded.ID("tag", "Billing")+`"}}`)
	expect(t, anna.call(`{"action":"describe_channel","channel_id":"desk"}`), `{"realm_id":"office","channel_members":{"bert":{}}}`)
	tester := login(t, srv, `,"message_types":["*"],"access_key":"log-in-as-a-tester-1"`)
	expect(t, tester.call(`{"action":"join_channel","access_key":"come-to-the-lobby-1"}`), `{"event":"channel_joined","channel_id":"lobby"}`)

	// Again: what is there is left alone, whatever the seed says.
	anna.call(`{"action":"update_queue","queue_id":"support","queue_attrs":{"capacity":7}}`)
	anna.call(`{"action":"delete_queue","queue_id":"sales"}`)
	again, err := srv.Seed(seed)
	if err != nil {
		t.Fatal(err)
	}
	if got := made(again); len(got) != 1 || got[0] != "queue Sales" {
		t.Errorf("made %q", got)
	}
	for _, item := range again {
		if item.Secret != "" {
			t.Errorf("%s: a secret was generated for what was there", item.Path)
		}
	}
	expect(t, anna.call(`{"action":"describe_queue","queue_id":"support"}`), `{"queue_attrs":{"capacity":7}}`)
}

// What is generated can be used.
func TestSeedSecrets(t *testing.T) {
	srv := start(t)
	seeded, err := srv.Seed(server.Seed{Users: []server.SeedUser{{Attrs: api.UserAttrs{Name: api.Set("Dora")}}}})
	if err != nil {
		t.Fatal(err)
	}
	dora := seeded[0]
	c := login(t, srv, `,"message_types":["*"],"user_id":"`+dora.ID+`","user_auth":"`+dora.Secret.Reveal()+`"`)
	expect(t, c.call(`{"action":"describe_user"}`), `{"user_attrs":{"name":"Dora"}}`)
	if text, err := json.Marshal(seeded[0]); err != nil || !strings.Contains(string(text), `"kind":"user"`) {
		t.Errorf("got %s, %v", text, err)
	}
}

// Errors say where the seed is wrong, nothing is made, and secrets aren't quoted.
func TestSeedErrors(t *testing.T) {
	const user = `"users":[{"id":"u","user_attrs":{"name":"U"},"identities":[{"identity_type":"email","identity_name":"u@example.com"}]},{"id":"v","user_attrs":{"name":"Same"}},{"id":"w","user_attrs":{"name":"Same"}}]`
	inRealm := func(text string) string {
		return `{` + user + `,"realms":[{"id":"r","owner":"u","members":[{"user":"v"}],` + text + `}]}`
	}
	for _, test := range []struct{ name, seed, want string }{
		{"not JSON", "{\n\"users\": [\n!", `seed: users[0]: line 3: isn't JSON`},
		{"empty", "", "isn't JSON"},
		{"marked", "\ufeff{\r\n\"users\": [\r\n!", `seed: users[0]: line 3: isn't JSON`},
		{"UTF-16", "{\x00}\x00", "seed: the text has a NUL byte at its beginning, as if it were in UTF-16"},
		{"twice", `{"users":[{"id":"a","id":"b"}]}`, "seed: users[0].id: line 1: is there twice"},
		{"unknown member", `{"user":[]}`, "seed: user: there is nothing of that name here"},
		{"unknown member below", `{"users":[{"id":"a","password":"hush"}]}`, "seed: users[0].password: there is nothing"},
		{"unknown attribute", inRealm(`"queues":[{"id":"a"},{"id":"q","queue_attrs":{"capacitance":1}}]`), "seed: realms[0].queues[1].queue_attrs.capacitance: there is nothing of that name here"},
		{"unknown attribute of a key", `{"access_keys":[{"access_key":"1234567890123456","access_type":"session","user":"u","user_attrs":{"x":1}}]}`, "seed: access_keys[0].user_attrs.x: there is nothing"},
		{"type", `{"users":[{"id":"a","user_auth":17}]}`, "seed: users[0].user_auth: this number doesn't fit here"},
		{"type of an attribute", inRealm(`"queues":[{"id":"a"},{"id":"q","queue_attrs":{"capacity":"many"}}]`), "seed: realms[0].queues[1].queue_attrs.capacity: a string doesn't fit here"},
		{"no name", `{"users":[{}]}`, "users[0]: needs an id or a name"},
		{"odd id", `{"users":[{"id":"a b"}]}`, "users[0].id: must have up to 64"},
		{"the same user", `{"users":[{"id":"a"},{"id":"a"}]}`, "users[1]: is the same as users[0]"},
		{"computed attribute", `{"users":[{"id":"a","user_attrs":{"connected":true}}]}`, "users[0].user_attrs.connected: is known to the server"},
		{"no address", `{"users":[{"id":"a","identities":[{"identity_type":"email","identity_name":"x"}]}]}`, "users[0].identities[0].identity_name: not an email address"},
		{"identity of another", `{` + user + `,"realms":[],"channels":[]}`, ""},
		{"key id", `{"users":[{"id":"a","master_keys":[{"master_key_id":"a-b"}]}]}`, "users[0].master_keys[0]: "},
		{"key secret", `{"users":[{"id":"a","master_keys":[{"master_key_id":"a","master_key_secret":"hush"}]}]}`, "users[0].master_keys[0]: "},
		{"key type", `{"users":[{"id":"a","master_keys":[{"master_key_id":"a","master_key_type":"x"}]}]}`, "users[0].master_keys[0].master_key_type: "},
		{"no owner", `{"realms":[{"id":"r","owner":""}]}`, "realms[0].owner: missing"},
		{"unknown owner", `{"realms":[{"id":"r","owner":"z"}]}`, `realms[0].owner: there is no user with the id or name "z"`},
		{"ambiguous owner", `{` + user + `,"realms":[{"id":"r","owner":"Same"}]}`, `realms[0].owner: there are 2 users with the name "Same": use the id`},
		{"members twice", `{` + user + `,"realms":[{"id":"r","owner":"u","members":[{"user":"U"}]}]}`, "realms[0].members[0].user: is there twice, or is the owner"},
		{"capacity", inRealm(`"queues":[{"id":"a"},{"id":"q","queue_attrs":{"capacity":-1}}]`), "seed: realms[0].queues[1].queue_attrs.capacity: not from 0 to"},
		{"schedule", inRealm(`"queues":[{"id":"q","queue_attrs":{"schedule":{"timezone":"Nowhere/Else","week":[]}}}]`), "seed: realms[0].queues[0].queue_attrs.schedule."},
		{"queue member", inRealm(`"queues":[{"id":"q","members":["v","w"]}]`), "realms[0].queues[0].members[1]: isn't a member of the realm"},
		{"queue setting", inRealm(`"queues":[{"id":"q","queue_settings":{"transcript_delete_delay":-1}}]`), "realms[0].queues[0].queue_settings.transcript_delete_delay: not from"},
		{"channel member", inRealm(`"channels":[{"id":"c","members":[{"user":"w"}]}]`), "realms[0].channels[0].members[0].user: isn't a member of the realm"},
		{"channel owner", inRealm(`"channels":[{"id":"c","owner":"v"}]`), "realms[0].channels[0].owner: a channel of a realm belongs"},
		{"ratelimit", inRealm(`"channels":[{"id":"c","channel_attrs":{"ratelimit":"often"}}]`), "realms[0].channels[0].channel_attrs.ratelimit: not of the form"},
		{"tag", inRealm(`"tags":[{"tag_attrs":{"name":"a"},"children":[{"tag_attrs":{"name":"b","parent_id":"x"}}]}]`), "realms[0].tags[0].children[0].tag_attrs.parent_id: is known"},
		{"tags too deep", inRealm(`"tags":[` + strings.Repeat(`{"id":"TAG","children":[`, 11) + strings.Repeat(`]}`, 11) + `]`), "generations"},
		{"the same tag", inRealm(`"tags":[{"id":"t"},{"id":"t"}]`), "realms[0].tags[1]: is the same as realms[0].tags[0]"},
		{"short key", `{` + user + `,"access_keys":[{"access_key":"hush","access_type":"session","user":"u"}]}`, "access_keys[0].access_key: must have at least 16"},
		{"kind of key", `{` + user + `,"access_keys":[{"access_key":"hush-hush-hush-hush","access_type":"audience","user":"u"}]}`, "access_keys[0].access_type: neither"},
		{"key to nowhere", `{` + user + `,"channels":[{"id":"c","owner":"u"}],"access_keys":[{"access_key":"hush-hush-hush-hush","access_type":"channel","user":"u","channel":"d"}]}`, "access_keys[0].channel: there is no channel"},
		{"far into it", inRealm(`"members":[{"user":"v"},{"user":"w"}],"tags":[{"id":"t"}],"master_keys":[{"master_key_id":"k"}],"queues":[{"id":"q","members":["v"]}],"channels":[{"id":"c"},{"id":"c"}]`), "is there twice"},
	} {
		t.Run(test.name, func(t *testing.T) {
			// The server checks that the store would have what there is.
			srv := start(t)
			text := test.seed
			for i := range strings.Count(text, "TAG") {
				text = strings.Replace(text, "TAG", "t"+string(rune('a'+i)), 1)
			}
			seed, err := server.ParseSeed([]byte(text))
			if err == nil {
				_, err = srv.Seed(seed)
			}
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %s", err, test.want)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("a secret is in %v", err)
			}
			if stats := srv.Stats(); stats.Users != 0 || stats.Channels != 0 {
				t.Errorf("left %d users and %d channels", stats.Users, stats.Channels)
			}
		})
	}
}

// Nothing of a seed that fails at its very end is left: the same one without the
// mistake makes everything.
func TestSeedAllOrNothing(t *testing.T) {
	srv := start(t)
	_, seed := exampleSeed(t)
	seed.AccessKeys = append(seed.AccessKeys, server.SeedAccessKey{Key: "none", User: "Anna"})
	if _, err := srv.Seed(seed); err == nil {
		t.Fatal("no error")
	}
	seed.AccessKeys = seed.AccessKeys[:2]
	seeded, err := srv.Seed(seed)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(made(seeded)); got != 16 {
		t.Errorf("made %d: %q", got, made(seeded))
	}
	// Users who are there aren't harmed either.
	bad := server.Seed{
		Users:    []server.SeedUser{{ID: "bert", Identities: []server.SeedIdentity{{Type: "email", Name: "bert@example.com"}}}},
		Realms:   []server.SeedRealm{{ID: "shop", Owner: "bert", Members: []server.SeedRealmMember{{User: "anna"}}}},
		Channels: []server.SeedChannel{{ID: "yard", Owner: "bert"}, {ID: "wood", Owner: "nobody"}},
	}
	if _, err := srv.Seed(bad); err == nil || !strings.Contains(err.Error(), "channels[1].owner") {
		t.Fatalf("got %v", err)
	}
	anna := login(t, srv, `,"message_types":["*"],"user_id":"anna","user_auth":"anna-token-for-tests-only"`)
	expect(t, anna.call(`{"action":"describe_user","user_id":"bert"}`), `{"user_attrs":{"name":"Bert"}}`)
	expect(t, anna.call(`{"action":"describe_identity","identity_type":"email","identity_name":"bert@example.com"}`), `{"error_type":"identity_not_found"}`)
	expect(t, anna.call(`{"action":"describe_realm","realm_id":"shop"}`), `{"error_type":"realm_not_found"}`)
	expect(t, anna.call(`{"action":"describe_channel","channel_id":"yard"}`), `{"error_type":"channel_not_found"}`)
}

func FuzzParseSeed(f *testing.F) {
	fuzzing.Onward(f)
	// Short ones: what is long, as the example, takes the fuzzer very long to minimize.
	for _, text := range []string{
		`{"users":[{"id":"a","user_attrs":{"x":1}}]}`,
		`{"users":[{"id":"a","identities":[{"type":"email","name":"a@b"}]}]}`,
		`{"users":[{"id":"a","master_keys":[{"id":"k"}]}]}`,
		`{"users":[{"id":"a"}],"realms":[{"id":"r","owner":"a"}]}`,
		`{"realms":[{"id":"r","owner":"a","queues":[{"id":"q"}]}]}`,
		`{"realms":[{"id":"r","owner":"a","tags":[{"id":"t"}]}]}`,
		`{"users":[{"id":"a"}],"channels":[{"id":"c","owner":"a"}]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > maxFuzzed {
			return
		}
		seed, err := server.ParseSeed(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "seed: ") {
				t.Errorf("got %v", err)
			}
			return
		}
		srv, err := server.New(server.Config{OnDefect: func(err error) { t.Error(err) }})
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		// What is found is the same the second time.
		first, err := srv.Seed(seed)
		if err != nil {
			return
		}
		second, err := srv.Seed(seed)
		if err != nil || len(first) != len(second) || len(made(second)) > 0 {
			t.Errorf("the second time: %v, made %q", err, made(second))
		}
	})
}
