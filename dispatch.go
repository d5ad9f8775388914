package ninchat

import (
	"context"
	"runtime/debug"
	"sync"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/ring"
)

// job is a call of a callback or of a handler.
type job struct {
	// handling and item are set for an event, or, if final is, for the last call
	// of a handler.
	handling *handling
	item     item
	final    bool
	// skipped says that the handler wasn't called.
	skipped bool
	// call, reply and size are set for a callback.
	call  *call
	reply Reply
	size  int
}

// name says whose function is called.
func (j *job) name() string {
	if j.handling != nil {
		return "handler of Session.Handle"
	}
	return "callback of Session.Start"
}

// dispatcher has jobs done, by the executor or by a goroutine that exists only
// while there are any. Adding a job never waits, and runs no code of the caller.
type dispatcher struct {
	session  *Session
	executor Executor
	key      func(*api.Event) string

	mu sync.Mutex
	// jobs are those that have come.
	jobs ring.Queue[job]
	// ready are lanes that have to be given to the executor, and lanes all
	// that have something to do.
	ready ring.Queue[*lane]
	lanes map[laneKey]*lane
	// working says that there is a goroutine.
	working bool
	// unfinished counts the jobs that haven't been done, and one more until the
	// session has ended; quiet is closed when there are none any more, if
	// somebody waits for it.
	unfinished int
	quiet      chan struct{}
	panics     int64
	handled    int64
	// calls counts the callbacks whose last call hasn't begun, and bytes what
	// the replies to them take.
	calls int
	bytes int
}

func (d *dispatcher) init(s *Session) {
	d.session, d.executor, d.key = s, s.config.Executor, s.config.Key
	d.unfinished = 1
	if d.executor != nil {
		d.lanes = make(map[laneKey]*lane)
	}
}

func (d *dispatcher) add(j job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if j.handling != nil && !j.final {
		j.handling.outstanding++
	}
	d.jobs.Push(j)
	d.unfinished++
	d.bytes += j.size
	d.start()
}

// start starts the goroutine, if there is none. d.mu is locked.
func (d *dispatcher) start() {
	if !d.working {
		d.working = true
		go d.work()
	}
}

// work does the jobs, or gives them to the executor.
func (d *dispatcher) work() {
	ended := false
	defer func() {
		if !ended {
			// A callback has ended the goroutine.
			go d.work()
		}
	}()
	for {
		j, l := d.next()
		switch {
		case l != nil:
			d.execute(l)
		case j == nil:
			ended = true
			return
		case d.executor == nil:
			d.do(j)
		default:
			d.route(j)
		}
	}
}

// next returns a job that has come, or a lane for the executor; neither if there
// are none.
func (d *dispatcher) next() (*job, *lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l, ok := d.ready.Pop(); ok {
		return nil, l
	}
	if j, ok := d.jobs.Pop(); ok {
		return &j, nil
	}
	d.working = false
	return nil, nil
}

// do does a job. Panics are reported.
func (d *dispatcher) do(j *job) {
	defer func() {
		if value := recover(); value != nil {
			d.panicked(j.name(), value)
		}
		if j.handling != nil {
			j.handling.finish(j)
		}
		d.finished(j)
	}()
	if j.handling != nil {
		j.handling.handle(j)
		return
	}
	if j.reply.Last {
		// It may start another call.
		d.mu.Lock()
		d.calls--
		d.mu.Unlock()
	}
	j.call.started.callback(j.reply)
}

// panicked reports a panic. It is called while that is being recovered from.
func (d *dispatcher) panicked(name string, value any) {
	d.session.callbackPanicked(name, value, debug.Stack())
}

// finished counts a job that has been done.
func (d *dispatcher) finished(j *job) {
	if j.call != nil {
		j.call.taken(&j.reply, j.size)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bytes -= j.size
	d.forget(1)
}

// forget takes off the number of unfinished jobs. d.mu is locked.
func (d *dispatcher) forget(count int) {
	d.unfinished -= count
	if d.unfinished == 0 && d.quiet != nil {
		close(d.quiet)
		d.quiet = nil
	}
}

// sessionEnded says that nothing more comes but by new handlers.
func (d *dispatcher) sessionEnded() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(1)
}

// wait waits until there are no jobs.
func (d *dispatcher) wait(ctx context.Context) error {
	d.mu.Lock()
	if d.unfinished == 0 {
		d.mu.Unlock()
		return nil
	}
	if d.quiet == nil {
		d.quiet = make(chan struct{})
	}
	quiet := d.quiet
	d.mu.Unlock()
	if !doneBefore(quiet, ctx.Done()) {
		return context.Cause(ctx)
	}
	return nil
}

// admit takes a callback, unless too much waits for callbacks already.
func (d *dispatcher) admit() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.calls >= d.session.config.MaxCalls || d.bytes > d.session.config.QueueBytes {
		return false
	}
	d.calls++
	return true
}

// dismiss is for a callback that won't be called.
func (d *dispatcher) dismiss() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls--
}

// withdraw takes back the events of a handler that it hasn't begun with. d.mu is
// locked.
func (d *dispatcher) withdraw(h *handling) {
	count := len(h.left)
	match := func(j *job) bool {
		if j.handling != h || j.final {
			return false
		}
		h.left = append(h.left, j.item)
		return true
	}
	d.jobs.DeleteFunc(match)
	for _, l := range d.lanes {
		l.jobs.DeleteFunc(match)
	}
	count = len(h.left) - count
	h.outstanding -= count
	d.forget(count)
}

// lane has jobs that are done one at a time, in order. It belongs to its
// dispatcher, whose lock protects it, and lasts while there are any.
type lane struct {
	dispatcher *dispatcher
	key        laneKey
	jobs       ring.Queue[job]
	// given says that the executor has got the lane's function and hasn't called
	// it yet; turn counts how often it was given.
	given bool
	turn  int
	// refused says that the executor didn't take the function.
	refused bool
}

// laneKey is what the jobs of a lane have in common: Config.Key of the event, or
// the call whose replies they are.
type laneKey struct {
	text string
	call *call
}

// share is how many jobs of a lane are done before it is the turn of others.
const share = 16

// route puts a job into its lane, even if Config.Key ends the goroutine.
func (d *dispatcher) route(j *job) {
	var key laneKey
	defer func() { d.enter(j, key) }()
	key = d.keyOf(j)
}

// enter puts a job into the lane with a key.
func (d *dispatcher) enter(j *job, key laneKey) {
	d.mu.Lock()
	if j.handling != nil && j.handling.stopped && !j.final {
		// It isn't to be kept waiting for the executor.
		d.mu.Unlock()
		d.do(j)
		return
	}
	defer d.mu.Unlock()
	l := d.lanes[key]
	if l == nil {
		l = &lane{dispatcher: d, key: key}
		d.lanes[key] = l
		d.give(l)
	}
	l.jobs.Push(*j)
}

// give has a lane given to the executor. d.mu is locked.
func (d *dispatcher) give(l *lane) {
	l.given = true
	l.turn++
	d.ready.Push(l)
	d.start()
}

// execute gives a lane's function to the executor. If that panics, or ends the
// goroutine, the function is called here unless it was called nevertheless: whoever
// waits for the jobs mustn't wait for ever.
func (d *dispatcher) execute(l *lane) {
	d.mu.Lock()
	turn, refused := l.turn, l.refused
	l.refused = false
	d.mu.Unlock()
	if refused {
		l.run()
		return
	}
	taken := false
	defer func() {
		if taken {
			return
		}
		if value := recover(); value != nil {
			d.panicked("Config.Executor", value)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if l.given && l.turn == turn {
			l.refused = true
			d.ready.Push(l)
		}
	}()
	d.executor.Execute(l.run)
	taken = true
}

// keyOf finds out in which lane a job belongs. Without Config.Key, there is only
// one.
func (d *dispatcher) keyOf(j *job) (key laneKey) {
	if d.key == nil {
		return laneKey{}
	}
	if j.call != nil {
		return laneKey{call: j.call}
	}
	if j.item.event == nil {
		return laneKey{}
	}
	defer func() {
		if value := recover(); value != nil {
			d.panicked("Config.Key", value)
		}
	}()
	return laneKey{text: d.key(j.item.event)}
}

// run does some of the lane's jobs. It is what the executor calls.
func (l *lane) run() {
	d := l.dispatcher
	d.mu.Lock()
	given := l.given
	l.given = false
	d.mu.Unlock()
	if !given {
		// It was called before.
		return
	}
	defer l.leave()
	for range share {
		j := l.next()
		if j == nil {
			return
		}
		d.do(j)
	}
}

// next returns the job whose turn it is, nil if there is none.
func (l *lane) next() *job {
	l.dispatcher.mu.Lock()
	defer l.dispatcher.mu.Unlock()
	j, ok := l.jobs.Pop()
	if !ok {
		return nil
	}
	return &j
}

// leave has the lane continued later, or forgotten.
func (l *lane) leave() {
	d := l.dispatcher
	d.mu.Lock()
	defer d.mu.Unlock()
	if l.jobs.Len() > 0 {
		d.give(l)
		return
	}
	delete(d.lanes, l.key)
}
