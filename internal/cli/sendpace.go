package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// pacing is what is known about how fast a target takes messages. It is protected by
// the sender's mutex.
type pacing struct {
	// careful says that messages are sent one at a time, because the target takes so
	// many within some time: what comes after one that is refused might be taken
	// before it is sent again.
	careful bool
	// delay is how long it probably takes until another one is taken, 0 if nothing is
	// known.
	delay time.Duration
	// flying is how many messages are on their way, and refused are those that must be
	// sent again, in their order. inARow counts refusals since one was taken, and since
	// is when the first of them came.
	flying  int
	refused []sending
	inARow  int
	since   time.Time
	// told says that people know.
	told bool
	// answered has an element when there is something new.
	answered chan struct{}
}

func newPacing() pacing { return pacing{answered: make(chan struct{}, 1)} }

// The delays between attempts. They double if nothing is known about the target.
const (
	firstDelay = 100 * time.Millisecond
	leastDelay = 20 * time.Millisecond
	mostDelay  = 2 * time.Second
)

// learn finds out which channels limit how often messages are sent. Where that can't be
// found out, it will be noticed.
func (s *sender) learn(ctx context.Context) {
	ctx, cancel := s.app.within(ctx)
	defer cancel()
	var asking sync.WaitGroup
	defer asking.Wait()
	for _, t := range s.targets {
		if t.channelID == nil {
			continue
		}
		asking.Go(func() {
			found, err := s.session.DescribeChannel(ctx, api.DescribeChannel{ChannelID: *t.channelID})
			if err != nil {
				return
			}
			if delay, ok := rateDelay(found.ChannelAttrs.Ratelimit.Or("")); ok {
				s.mu.Lock()
				defer s.mu.Unlock()
				t.careful, t.delay = true, delay
			}
		})
	}
}

// rateDelay reads COUNT/SECONDS. It returns false if that makes no sense.
func rateDelay(text string) (delay time.Duration, ok bool) {
	left, right, _ := strings.Cut(text, "/")
	count, err := strconv.Atoi(left)
	seconds, err2 := strconv.ParseFloat(right, 64)
	if err != nil || err2 != nil || count < 1 || !(seconds > 0) {
		return 0, false
	}
	each := min(seconds/float64(count), mostDelay.Seconds())
	return max(time.Duration(each*float64(time.Second)), leastDelay), true
}

// limited notes that a message came too soon.
func (s *sender) limited(m sending) {
	s.mu.Lock()
	t := m.target
	t.careful = true
	if t.inARow == 0 {
		t.since = time.Now()
	}
	t.inARow++
	t.refused = append(t.refused, m)
	slices.SortFunc(t.refused, func(a, b sending) int { return cmp.Compare(a.line, b.line) })
	told := t.told
	t.told = true
	s.mu.Unlock()
	if !told {
		s.progress.clear()
		s.app.diagnose("%s takes no more messages for a moment: they are sent as soon as it does", t.name())
	}
}

// landed notes that a message has been answered. s.mu is locked.
func (t *target) landed() {
	t.flying--
	select {
	case t.answered <- struct{}{}:
	default:
	}
}

// pace waits until another message may be sent to a target in its turn: until those
// before have been taken, if there may be trouble. It returns false when there is no
// point in going on.
func (s *sender) pace(ctx context.Context, t *target) bool {
	for {
		if !s.settle(ctx, t) {
			return false
		}
		m, delay, ok := s.nextRefused(t)
		if !ok {
			return true
		}
		switch s.pause(ctx, m, delay) {
		case stop:
			return false
		case giveUp:
			continue
		}
		if !s.admit(t) {
			continue
		}
		if !s.acquire(ctx) || !s.submit(m) {
			return false
		}
	}
}

// settle waits until nothing is on its way to a target of which care is taken.
func (s *sender) settle(ctx context.Context, t *target) bool {
	stalled, stop := timer(s.stall)
	defer stop()
	for {
		s.mu.Lock()
		settled := !t.careful || t.flying == 0
		s.mu.Unlock()
		if settled {
			return true
		}
		select {
		case <-t.answered:
		case <-stalled:
			s.failStalled()
			return false
		case <-s.readerDone:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// nextRefused takes out the message that is to be sent again first, and says when.
func (s *sender) nextRefused(t *target) (m sending, delay time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.closed != nil {
		t.skipped += len(t.refused)
		t.refused = nil
	}
	if len(t.refused) == 0 {
		return m, 0, false
	}
	m, t.refused = t.refused[0], t.refused[1:]
	if t.delay > 0 {
		return m, t.delay, true
	}
	delay = firstDelay
	for i := 1; i < t.inARow && delay < mostDelay; i++ {
		delay *= 2
	}
	return m, min(delay, mostDelay), true
}

// verdict says what is to be done after a pause.
type verdict uint8

const (
	again verdict = iota
	// giveUp means that the target is given up.
	giveUp
	// stop means that there is no point in going on.
	stop
)

// pause waits before a message is sent again. The target is given up when it has taken
// nothing for too long.
func (s *sender) pause(ctx context.Context, m sending, delay time.Duration) verdict {
	s.mu.Lock()
	left := s.stall - time.Since(m.target.since)
	s.mu.Unlock()
	over, cancel := timer(min(delay, left))
	defer cancel()
	select {
	case <-over:
		if delay < left {
			return again
		}
		s.failMessage(m, fmt.Errorf("%w for %v", &api.Error{Action: "send_message", Type: api.ErrSendRateLimited}, s.stall))
		return giveUp
	case <-s.readerDone:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m.target.refused = append([]sending{m}, m.target.refused...)
	return stop
}

// flush waits until everything has been confirmed.
func (s *sender) flush(ctx context.Context) {
	for {
		// There is room for a whole window when nothing is on its way any more.
		for range sendWindow {
			if !s.acquire(ctx) {
				return
			}
		}
		if !s.anyRefused() {
			return
		}
		for range sendWindow {
			<-s.window
		}
		for _, t := range s.targets {
			if !s.pace(ctx, t) {
				return
			}
		}
	}
}

func (s *sender) anyRefused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.targets, func(t *target) bool { return len(t.refused) > 0 })
}

// noteRefused notes what wasn't sent because it came too soon. s.mu is locked.
func (s *sender) noteRefused() {
	for _, t := range s.targets {
		if n := len(t.refused); n > 0 {
			s.failed += n
			s.note(failureOf(sending{target: t}, fmt.Errorf("%s refused by %s, which takes only so many in some time", plural(n, "message"), t.name())))
		}
	}
}
