package transport

import (
	"net"
	"sync"
)

// dials are the attempts to connect that an HTTP client makes. It makes them in
// goroutines of its own, which it doesn't wait for: they may go on, or even begin,
// when the request that wanted a connection is over.
type dials struct {
	mu      sync.Mutex
	ended   bool
	running sync.WaitGroup
	// panicked is told of panics: see [Dialer].
	panicked func(value any, stack []byte)
}

// make makes a connection, unless nobody is to have it any more. The HTTP client
// would keep it although it was told to keep none.
func (d *dials) make(open func() (net.Conn, error)) (net.Conn, error) {
	if !d.begin() {
		return nil, errConnClosed
	}
	defer d.running.Done()
	conn, err := guard(d.panicked, open)
	if err == nil && d.isOver() {
		_ = conn.Close()
		return nil, errConnClosed
	}
	return conn, err
}

func (d *dials) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		return false
	}
	d.running.Add(1)
	return true
}

func (d *dials) isOver() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ended
}

// end has no further connections made.
func (d *dials) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
}

// wait waits for the attempts that are under way after end.
func (d *dials) wait() { d.running.Wait() }
