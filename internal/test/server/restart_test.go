package server_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// stored makes a server use a store.
func stored(store server.Store) func(*server.Config) {
	return func(c *server.Config) { c.Store = store }
}

// restart ends the server, and has the clients resume their sessions with another
// one that goes on with the store.
func (w *world) restart(store *memoryStore) {
	w.t.Helper()
	_ = w.srv.Close()
	w.srv = start(w.t, stored(store))
	for name, c := range w.clients {
		w.clients[name] = c.again(w.srv)
	}
}

// envelope is what changes from event to event.
var envelope = regexp.MustCompile(`,"(action_id|event_id)":\d+`)

// views are what users see of the world.
func (w *world) views() map[string][]string {
	w.t.Helper()
	views := make(map[string][]string)
	for name, c := range w.clients {
		for _, action := range []string{
			`{"action":"describe_user"}`,
			`{"action":"describe_user","user_id":"$anna"}`,
			`{"action":"describe_channel","channel_id":"$channel"}`,
			`{"action":"describe_master_keys"}`,
			`{"action":"load_history","channel_id":"$channel","history_length":100,"history_order":1}`,
			`{"action":"load_history","user_id":"$anna","history_length":100,"history_order":1}`,
		} {
			e := c.call(w.fill(action))
			views[name] = append(views[name], seen(e))
			for n := int(e.number("history_length")); n > 0 && e.name == "history_results"; n-- {
				views[name] = append(views[name], seen(c.reply(c.actionID)))
			}
		}
	}
	return views
}

func seen(e event) string {
	return envelope.ReplaceAllString(e.header, "") + strings.Join(e.payload, "|")
}

// What users see after a restart is what they saw before.
func TestRestart(t *testing.T) {
	store := new(memoryStore)
	w := newWorld(t, stored(store))
	w.say("anna", "hello")
	hidden := w.say("bert", "something bad")
	do := func(who, action string, payload ...string) {
		t.Helper()
		if e := w.do(who, action, payload...); e.name == "error" {
			t.Fatalf("%s: %v", action, e)
		}
	}
	do("mona", `{"action":"update_message","channel_id":"$channel","message_id":"`+hidden+`","message_hidden":true}`)
	do("bert", `{"action":"send_message","user_id":"$anna","message_type":"ninchat.com/text"}`, `{"text":"Hi!"}`)
	do("anna", `{"action":"send_message","user_id":"$outi","message_type":"x","message_fold":true}`, "\x00\xff", "x")
	do("outi", `{"action":"update_dialogue","user_id":"$anna","member_attrs":{"rating":1},"dialogue_status":"hidden"}`)
	do("anna", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text","message_recipient_ids":["$mona"]}`, `{"text":"psst"}`)
	do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"name":"Lobby","topic":"Ääkköset","ratelimit":"5/1","closed":true}}`)
	do("mona", `{"action":"update_user","user_attrs":{"realname":"Mona","guest":null},"user_settings":{"highlight":["lobby"],"x":{"y":[1,2.50]}}}`)
	do("anna", `{"action":"create_user","user_attrs":{"name":"puppet"},"puppet_attrs":{"name":"string"}}`)
	do("anna", `{"action":"create_master_key"}`)
	w.clients["outi"].write(`{"action":"update_session","session_idle":true}`)
	w.settle()
	before := w.views()
	w.restart(store)
	if diff := cmp.Diff(before, w.views()); diff != "" {
		t.Error(diff)
	}
	// Passwords are good, and wrong ones aren't.
	for auth, want := range map[string]string{w.clients["anna"].auth: "session_created", "wrong": "error"} {
		c := connect(t, w.srv)
		c.write(w.fill(`{"action":"create_session","user_id":"$anna","user_auth":` + quote(auth) + `,"message_types":[]}`))
		if e := c.read(); e.name != want {
			t.Errorf("got %v, want %s", e, want)
		}
	}
	// Message ids go on.
	first, second := w.do("anna", `{"action":"load_history","channel_id":"$channel","history_length":1}`), w.say("anna", "after")
	if first.text("message_id") >= second {
		t.Errorf("%s comes after %s", second, first.text("message_id"))
	}
}

// What a client hasn't acknowledged comes again, and what it repeats isn't done
// again.
func TestRestartResumes(t *testing.T) {
	store := new(memoryStore)
	w := newWorld(t, stored(store))
	bert, anna := w.clients["bert"], w.clients["anna"]
	_ = bert.nc.Close()
	var ids []string
	for i := range 3 {
		ids = append(ids, w.say("anna", fmt.Sprint(i)))
	}
	// She doesn't learn that this one has been sent.
	w.srv.Faults().CutAt(server.Match{UserID: anna.userID}, "send_message")
	send := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text"}`)
	lost := anna.send(send, `{"text":"lost"}`)
	_ = anna.ended()
	w.restart(store)
	bert, anna = w.clients["bert"], w.clients["anna"]
	anna.actionID--
	anna.send(send, `{"text":"lost"}`)
	ids = append(ids, anna.reply(lost).text("message_id"))
	anna.quiet()
	for _, id := range ids {
		expect(t, bert.wait("message_received"), `{"message_id":"`+id+`"}`)
	}
	bert.quiet()
	if n := w.srv.Stats().Repeats; n != 1 {
		t.Errorf("%d actions were recognized as repeated", n)
	}
}

// Time goes on after a restart.
func TestRestartTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(memoryStore)
		w := newWorld(t, stored(store))
		end := time.Now().Add(time.Hour)
		w.do("anna", fmt.Sprintf(`{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"silenced":true},"interval_end":%d}`, end.Unix()))
		outi := w.clients["outi"]
		outi.write(`{"action":"close_session"}`)
		_ = outi.ended()
		delete(w.clients, "outi")
		pass := func(minutes int) {
			for range 3 * minutes {
				time.Sleep(20 * time.Second)
				w.settle()
			}
		}
		pass(6)
		w.restart(store)
		mona := w.clients["mona"]
		_ = mona.nc.Close()
		delete(w.clients, "mona")
		users := func(n int) {
			t.Helper()
			synctest.Wait()
			if got := w.srv.Stats().Users; got != n {
				t.Errorf("there are %d users, want %d", got, n)
			}
		}
		users(4)
		pass(4)
		time.Sleep(time.Second)
		users(3) // outi, a guest, had 10 minutes in all
		if got := w.srv.Stats().Sessions; got != 3 {
			t.Errorf("there are %d sessions, want 3", got)
		}
		pass(1)
		if got := w.srv.Stats().Sessions; got != 2 {
			t.Errorf("there are %d sessions, want 2", got)
		}
		pass(50)
		e := w.do("anna", `{"action":"describe_channel","channel_id":"$channel"}`)
		if text := e.header; strings.Contains(text, "silenced") {
			t.Errorf("got %s", text)
		}
	})
}

// Once the store has failed, nobody is told anything but that.
func TestStoreFails(t *testing.T) {
	store := new(memoryStore)
	var log bytes.Buffer
	srv := ninchattest.New(t, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) {
		c.Store = store
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError}))
	}))
	c, other := guest(t, srv), guest(t, srv)
	c.call(`{"action":"ping"}`)
	other.call(`{"action":"ping"}`)
	store.mu.Lock()
	count := len(store.commits)
	store.spoil = func(n int) error { return errors.New("disk full") }
	store.mu.Unlock()
	c.send(`{"action":"create_channel"}`)
	for _, c := range []*client{c, other} {
		expect(t, c.read(), `{"event":"error","error_type":"internal","event_id":"<absent>"}`)
		if err, ok := errors.AsType[closedError](c.ended()); !ok || err.code != 1011 {
			t.Errorf("got %v", err)
		}
	}
	again := connect(t, srv)
	again.write(fmt.Sprintf(`{"action":"resume_session","session_id":%q,"event_id":1}`, c.sessionID))
	expect(t, again.read(), `{"event":"error","error_type":"internal"}`)
	if _, err := srv.AddUser(server.User{Attrs: api.UserAttrs{Name: api.Set("x")}}); err == nil {
		t.Error("a user was added")
	}
	_ = srv.Close()
	if text := log.String(); strings.Count(text, "disk full") != 1 {
		t.Errorf("the log is %q", text)
	}
	// Another server goes on with what was kept.
	srv = start(t, stored(store.first(count)))
	if stats := srv.Stats(); stats.Channels != 0 || stats.Sessions != 2 {
		t.Errorf("got %+v", stats)
	}
	c.again(srv).quiet()
}

// Clients of a server whose store has failed have to go, willing or not.
func TestStoreFailsForStubbornClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(memoryStore)
		srv := ninchattest.New(t, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) { c.Store = store }))
		c, polls := guest(t, srv), pollGuest(t, srv)
		answered := make(chan error, 1)
		go func() {
			_, err := polls.try(t.Context(), polls.resume(""))
			answered <- err
		}()
		synctest.Wait()
		store.mu.Lock()
		store.spoil = func(n int) error { return errors.New("disk full") }
		store.mu.Unlock()
		c.send(`{"action":"create_channel"}`)
		_ = c.ended()
		synctest.Wait()
		select {
		case err := <-answered:
			if err == nil || !strings.Contains(err.Error(), "answer 500") {
				t.Errorf("a poll: got %v", err)
			}
		default:
			t.Error("a poll still waits")
		}
		time.Sleep(10 * time.Second)
		if n := srv.Stats().Connections; n != 0 {
			t.Errorf("there are %d connections", n)
		}
	})
}

// Stores with nonsense in them are refused, with an error that says so.
func TestDamagedStore(t *testing.T) {
	store := new(memoryStore)
	w := newWorld(t, stored(store))
	w.say("anna", "hello")
	_ = w.clients["bert"].nc.Close()
	w.say("anna", "hello")
	_ = w.srv.Close()
	whole := map[string]server.Record{}
	for r := range store.Load() {
		whole[r.Kind] = r
	}
	try := func(change server.Record) error {
		damaged := store.first(store.count())
		damaged.commits = append(damaged.commits, []server.Record{change})
		srv, err := server.New(server.Config{Store: damaged})
		if err == nil {
			_ = srv.Close()
		}
		return err
	}
	for kind, r := range whole {
		for _, value := range []string{`{`, `[]`, `{"nonsense":1}`} {
			changed := r
			changed.Value = []byte(value)
			if err := try(changed); err == nil || !strings.Contains(err.Error(), kind) {
				t.Errorf("%s is %s: got %v", kind, value, err)
			}
		}
		newer := r
		newer.Version = 99
		if err := try(newer); err == nil || !strings.Contains(err.Error(), "version 99") {
			t.Errorf("%s of version 99: got %v", kind, err)
		}
	}
	for _, kind := range []string{"parcel", "user", "channel", "session", "secrets"} {
		missing := whole[kind]
		missing.Value = nil
		if err := try(missing); err == nil {
			t.Errorf("a %s is missing, and nobody cares", kind)
		}
	}
	if err := try(server.Record{Kind: "unicorn", Key: "1", Version: 1, Value: []byte(`{}`)}); err == nil || !strings.Contains(err.Error(), "unicorn") {
		t.Errorf("a record of an unknown kind: got %v", err)
	}
}
