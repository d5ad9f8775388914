package ninchat

// lane has jobs that are done one at a time, in order. It belongs to its
// dispatcher, whose lock protects it, and lasts while there are any.
type lane struct {
	dispatcher *dispatcher
	key        laneKey
	jobs       fifo[job]
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
	l.jobs.push(*j)
}

// give has a lane given to the executor. d.mu is locked.
func (d *dispatcher) give(l *lane) {
	l.given = true
	l.turn++
	d.ready.push(l)
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
			d.ready.push(l)
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
	j, ok := l.jobs.pop()
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
	if l.jobs.len() > 0 {
		d.give(l)
		return
	}
	delete(d.lanes, l.key)
}
