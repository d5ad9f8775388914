package session_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// noteStore keeps the token, and notes when that was done.
type noteStore struct {
	mu     sync.Mutex
	token  ninchat.Token
	times  []time.Time
	events []int64
	fail   error
	hang   atomic.Bool
}

func (n *noteStore) Load(context.Context) (ninchat.Token, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.token, n.fail
}

func (n *noteStore) Save(ctx context.Context, token ninchat.Token) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hang.Load() {
		<-ctx.Done()
	}
	n.times = append(n.times, time.Now())
	if n.fail != nil {
		return n.fail
	}
	n.token = token
	n.events = append(n.events, token.EventID)
	return nil
}

func (n *noteStore) Delete(context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.token = ninchat.Token{}
	return nil
}

func (n *noteStore) set(fail error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fail = fail
}

// attempts tells when it was tried to save, and what was saved.
func (n *noteStore) attempts() (times []time.Time, events []int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.times), slices.Clone(n.events)
}

func (n *noteStore) get() ninchat.Token {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.token
}

// The token is saved as events are handled, not too often, and never tells of
// more than has been handled.
func TestTokenIsSaved(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		alice := open(t, discarding(config(srv, "Alice")))
		created, err := alice.CreateChannel(t.Context(), api.CreateChannel{})
		if err != nil {
			t.Fatal(err)
		}
		r := room{channel: created.ChannelID, alice: alice}
		store := new(noteStore)
		c := config(srv, "Bob")
		c.TokenStore, c.TokenInterval = store, 10*time.Second
		bob := open(t, c)
		if saved := store.get(); saved.UserAuth == "" || saved != bob.Token() {
			t.Fatalf("before Open returned, %v was saved", saved)
		}
		if _, err := bob.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &r.channel}); err != nil {
			t.Fatal(err)
		}
		handled := int64(0)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		go func() {
			for i := range 60 {
				_, _ = alice.SendMessage(ctx, r.text(strconv.Itoa(i)))
				time.Sleep(3 * time.Second)
			}
		}()
		for event := range bob.Events(ctx) {
			if event == nil {
				break
			}
			if saved := store.get(); saved.EventID >= event.ID && event.ID > handled {
				t.Fatalf("event %d is being handled, and %d is saved", event.ID, saved.EventID)
			}
			handled = event.ID
		}
		if saved := store.get(); saved.EventID != handled {
			t.Fatalf("event %d was handled, and %d is saved", handled, saved.EventID)
		}
		times, events := store.attempts()
		for i := 1; i < len(times); i++ {
			if wait := times[i].Sub(times[i-1]); wait < 10*time.Second {
				t.Fatalf("saved after %v", wait)
			}
		}
		if n := len(times); n < 15 || n > 25 {
			t.Fatalf("saved %d times", n)
		}
		if !slices.IsSorted(events) {
			t.Fatalf("saved events %d", events)
		}
		if err := bob.Close(); err != nil {
			t.Fatal(err)
		}
		if !store.get().IsZero() {
			t.Fatal("the token of a closed session is still there")
		}
	})
}

// A session goes on through a file, from process to process.
func TestTokenStoreGoesOn(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		c := config(srv, "")
		c.Login = ninchat.ExistingUser(r.bobID, r.bob.Credentials().UserAuth)
		c.TokenStore = ninchat.FileTokenStore(filepath.Join(t.TempDir(), "token.json"))
		var id api.Secret
		var heard []string
		for i := range 20 {
			s, err := ninchat.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if id == "" {
				id = s.SessionID()
			}
			if s.SessionID() != id {
				t.Fatalf("session %d is another one", i)
			}
			r.say(t, strconv.Itoa(2*i))
			r.say(t, strconv.Itoa(2*i+1))
			heard = append(heard, hear(t, s, 2-i%2)...)
			if _, err := s.Suspend(); err != nil {
				t.Fatal(err)
			}
		}
		for i, text := range heard {
			if text != strconv.Itoa(i) {
				t.Fatalf("heard %q", heard)
			}
		}
	})
}

// Errors of saving don't end the session, and it is tried again.
func TestTokenStoreFails(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		store := new(noteStore)
		c := config(srv, "Alice")
		c.TokenStore = store
		s := open(t, c)
		store.set(errors.New("disk is full"))
		before := store.get()
		nextNamed(t, s, "session_created")
		time.Sleep(10 * time.Minute)
		times, _ := store.attempts()
		if n := len(times); n < 5 || n > 30 {
			t.Fatalf("tried %d times", n)
		}
		if s.State() != ninchat.Online || store.get() != before {
			t.Fatalf("the session is %v", s.State())
		}
		store.set(nil)
		time.Sleep(2 * time.Minute)
		if saved := store.get(); saved.EventID != 1 {
			t.Fatalf("saved %v", saved)
		}
	})
}

// A store that doesn't work is noticed before a user is left behind.
func TestTokenStoreFailsAtOpen(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		full := errors.New("disk is full")
		c := config(srv, "Alice")
		fails := func(op string, store *onlyStore) {
			t.Helper()
			c.TokenStore = store
			_, err := ninchat.Open(t.Context(), c)
			failure, ok := errors.AsType[*ninchat.TokenError](err)
			if !ok || failure.Op != op || !errors.Is(err, full) {
				t.Fatalf("%s: error is %v", op, err)
			}
			synctest.Wait()
		}
		for op, store := range map[string]*onlyStore{"load": {load: full}, "save": {save: full}} {
			fails(op, store)
			if n := srv.Stats().Users; n != 0 {
				t.Fatalf("%s: %d users are left behind", op, n)
			}
		}
		// A user who was there before stays.
		user, err := srv.AddUser(server.User{})
		if err != nil {
			t.Fatal(err)
		}
		c.Login = ninchat.ExistingUser(user.ID, user.Auth)
		fails("save", &onlyStore{save: full})
		if n := srv.Stats().Users; n != 1 {
			t.Fatalf("%d users are left", n)
		}
	})
}

// onlyStore fails.
type onlyStore struct{ load, save error }

func (o *onlyStore) Load(context.Context) (ninchat.Token, error) { return ninchat.Token{}, o.load }
func (o *onlyStore) Save(context.Context, ninchat.Token) error   { return o.save }
func (o *onlyStore) Delete(context.Context) error                { return nil }

// A store that doesn't return holds up neither the session nor, for ever, its end.
func TestTokenStoreHangs(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		store := new(noteStore)
		c := config(srv, "Alice")
		c.TokenStore = store
		s, err := ninchat.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		store.hang.Store(true)
		nextNamed(t, s, "session_created")
		time.Sleep(time.Second + time.Millisecond)
		if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
