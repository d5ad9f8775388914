package faultmatrix_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// activity is what the session is doing when the fault strikes.
type activity struct {
	name string
	run  func(w *world)
}

func activities() []activity {
	return []activity{
		{"idle", (*world).idle},
		{"sending", (*world).sending},
		{"receiving", (*world).receiving},
		{"calling", (*world).calling},
		{"creating", (*world).creating},
		{"closing", (*world).closing},
	}
}

const (
	// count is how many messages are on their way when a fault strikes.
	count = 60
	// pace is the time between them.
	pace = 20 * time.Millisecond
)

// idle checks that the session comes back, and that messages flow both ways.
func (w *world) idle() {
	s := w.open(w.config)
	peer, user := w.listen(w.peer), w.listen(s)
	time.Sleep(time.Minute)
	struck := time.Now()
	w.strike()
	if w.settled(s, struck) {
		return
	}
	if err := w.say(s, "0"); err != nil {
		w.Fatal(err)
	}
	if err := w.say(w.peer, "1"); err != nil {
		w.Fatal(err)
	}
	if heard := peer.await(1, time.Minute); !slices.Equal(heard, []string{"0"}) {
		w.Errorf("the peer heard %q", heard)
	}
	if heard := user.await(1, time.Minute); !slices.Equal(heard, []string{"1"}) {
		w.Errorf("the session heard %q", heard)
	}
}

// sending checks that what is sent without waiting arrives, in order and once.
func (w *world) sending() {
	s := w.open(w.config)
	peer := w.listen(w.peer)
	_ = w.listen(s)
	var struck time.Time
	sent := 0
	for i, text := range numbers(count) {
		if i == count/2 {
			struck = time.Now()
			w.strike()
		}
		action, err := w.message(text).Action()
		if err != nil {
			w.Fatal(err)
		}
		if _, err := s.Send(action); err != nil {
			if w.fault.ends == "" || !errors.Is(err, w.fault.ends) && !errors.Is(err, ninchat.ErrClosed) {
				w.Fatal(err)
			}
			break
		}
		sent++
		time.Sleep(pace)
	}
	if w.settled(s, struck) {
		w.isPrefix(peer.await(sent, time.Minute), sent)
		return
	}
	w.arrived(peer)
}

// isPrefix checks that nothing came twice or out of order, and that nothing is
// missing but at the end. What was sent just before the fault needn't have been
// fetched when somebody else took the session.
func (w *world) isPrefix(heard []string, sent int) {
	w.Helper()
	if len(heard) < count/3 || len(heard) > sent || !slices.Equal(heard, numbers(len(heard))) {
		w.Errorf("%d were sent; heard %q", sent, heard)
	}
}

// arrived checks that everything was heard once, in order, or can be read in the
// history if the listener lost its session.
func (w *world) arrived(l *listener) {
	w.Helper()
	heard := l.await(count, 2*time.Minute)
	if _, lost := l.all(); lost > 0 {
		w.inOrder(heard)
		heard = w.history()
	}
	if !slices.Equal(heard, numbers(count)) {
		w.Errorf("heard %q", heard)
	}
}

// inOrder checks that nothing was heard twice or out of order.
func (w *world) inOrder(heard []string) {
	w.Helper()
	last := -1
	for _, text := range heard {
		var n int
		if _, err := fmt.Sscan(text, &n); err != nil || n <= last {
			w.Errorf("heard %q", heard)
			return
		}
		last = n
	}
}

// receiving checks that what others say is heard, in order and once.
func (w *world) receiving() {
	s := w.open(w.config)
	// Some have come and not been handled when the fault strikes.
	user := w.listenSlowly(s, 3*pace/2)
	_ = w.listen(w.peer)
	var struck time.Time
	for i, text := range numbers(count) {
		if i == count/2 {
			struck = time.Now()
			w.strike()
		}
		if err := w.say(w.peer, text); err != nil {
			w.Fatal(err)
		}
		time.Sleep(pace)
	}
	if w.settled(s, struck) {
		<-user.done
		w.isPrefix(user.await(count, time.Second), count)
		return
	}
	w.arrived(user)
}

// calling checks that all calls are answered, and done once.
func (w *world) calling() {
	s := w.open(w.config)
	peer := w.listen(w.peer)
	_ = w.listen(s)
	const callers = 6
	var calls sync.WaitGroup
	var mu sync.Mutex
	var done []string
	ctx, cancel := context.WithTimeout(w.Context(), 10*time.Minute)
	defer cancel()
	for caller := range callers {
		calls.Go(func() {
			for i := range count / callers {
				text := fmt.Sprintf("%d.%d", caller, i)
				_, err := s.SendMessage(ctx, w.message(text))
				mu.Lock()
				if err == nil {
					done = append(done, text)
				}
				mu.Unlock()
				if err != nil && (w.fault.ends == "" || !errors.Is(err, w.fault.ends) && !errors.Is(err, ninchat.ErrClosed)) {
					w.Errorf("%s: %v", text, err)
				}
				time.Sleep(pace)
			}
		})
	}
	time.Sleep(pace * count / callers / 2)
	w.strike()
	calls.Wait()
	if ctx.Err() != nil {
		w.Fatal("calls weren't answered for ten minutes")
	}
	// Calls are answered after the session has come back, so it has.
	ended := w.settled(s, time.Now())
	if heard := peer.await(len(done), time.Minute); !ended {
		_, lost := peer.all()
		if lost > 0 {
			heard = w.history()
		}
		w.sameCalls(heard, done)
	} else if len(heard) > len(done)+callers {
		w.Errorf("%d calls were answered, %d were heard", len(done), len(heard))
	}
}

// sameCalls checks that the same calls were heard as answered, each once, and in
// the order of each caller.
func (w *world) sameCalls(heard, done []string) {
	w.Helper()
	if len(done) != count {
		w.Errorf("%d calls were answered", len(done))
	}
	last := make(map[string]string)
	for _, text := range heard {
		caller, i, _ := strings.Cut(text, ".")
		if len(i) < len(last[caller]) || len(i) == len(last[caller]) && i <= last[caller] {
			w.Fatalf("heard %q", heard)
		}
		last[caller] = i
	}
	slices.Sort(heard)
	slices.Sort(done)
	if !slices.Equal(heard, done) {
		w.Errorf("heard %q", heard)
	}
}

// creating checks that a session can be opened while the fault is there or
// strikes, whichever it does first, or that there is an error in time; and that
// nothing is left behind.
func (w *world) creating() {
	_ = w.listen(w.peer)
	for _, offset := range []time.Duration{0, 1, 2, 3, 4, 6} {
		// With a slow network, creating takes some steps of time.
		w.network.change(func(n *network) { n.latency = 100 * time.Millisecond })
		config := w.config
		config.OpenTimeout = 3 * time.Minute
		struck := make(chan struct{})
		go func() {
			defer close(struck)
			time.Sleep(offset * 100 * time.Millisecond)
			w.strike()
			if w.fault.lasts == 0 {
				w.network.change(func(n *network) { n.latency = 0 })
			}
		}()
		began := time.Now()
		s, err := ninchat.Open(w.Context(), config)
		if took := time.Since(began); took > w.opens()+5*time.Second {
			w.Errorf("struck after %d steps: Open took %v", offset, took)
		}
		<-struck
		switch {
		case err == nil:
			if w.fault.ends == "" || s.State() != ninchat.Closed {
				if err := s.Close(); err != nil {
					w.Error(err)
				}
			}
		case w.fault.ends != "" && errors.Is(err, w.fault.ends):
		default:
			w.Errorf("struck after %d steps: %v", offset, err)
		}
		w.leftNothing()
	}
}

// opens is how long opening a session may take. One that isn't open yet can't be told
// anything, so it is as long as until the next attempt.
func (w *world) opens() time.Duration {
	if w.fault.told {
		return w.fault.lasts + time.Minute
	}
	return w.fault.back
}

// closing checks that closing takes a bounded time, that calls on their way are
// answered, and that nothing is left behind.
func (w *world) closing() {
	_ = w.listen(w.peer)
	for _, ahead := range []time.Duration{0, pace, time.Second} {
		s, err := ninchat.Open(w.Context(), w.config)
		if err != nil {
			w.Fatal(err)
		}
		var calls sync.WaitGroup
		for range 5 {
			calls.Go(func() {
				for {
					_, err := s.Call(w.Context(), &api.Action{Name: "ping"})
					if errors.Is(err, ninchat.ErrClosed) || w.fault.ends != "" && errors.Is(err, w.fault.ends) {
						return
					}
					if err != nil {
						w.Errorf("ping: %v", err)
						return
					}
					time.Sleep(pace)
				}
			})
		}
		time.Sleep(time.Second)
		w.strike()
		time.Sleep(ahead)
		began := time.Now()
		if err := s.Close(); err != nil {
			w.Errorf("%v after the fault: %v", ahead, err)
		}
		if took := time.Since(began); took > 6*time.Second {
			w.Errorf("%v after the fault: Close took %v", ahead, took)
		}
		calls.Wait()
		if !errors.Is(s.Err(), nil) && (w.fault.ends == "" || !errors.Is(s.Err(), w.fault.ends)) {
			w.Errorf("the session ended with %v", s.Err())
		}
		w.leftNothing()
	}
}
