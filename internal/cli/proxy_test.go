package cli

import (
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

// proxy passes TCP connections on to a server, and cuts them when it has passed
// on so many bytes, wherever that is.
type proxy struct {
	listener net.Listener
	target   string
	tasks    sync.WaitGroup

	mu     sync.Mutex
	random *rand.Rand
	// cuts is how many cuts are still to come, left how many bytes pass until
	// the next one.
	cuts, left int
	made       int
	conns      map[net.Conn]struct{}
	closed     bool
}

// newProxy starts a proxy that makes a number of cuts, mean bytes apart on
// average.
func newProxy(t *testing.T, target string, seed uint64, cuts, mean int) *proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{
		listener: ln,
		target:   target,
		random:   rand.New(rand.NewPCG(seed, 0)),
		cuts:     cuts,
		conns:    make(map[net.Conn]struct{}),
	}
	p.left = 1 + p.random.IntN(2*mean)
	p.tasks.Go(func() { p.accept(mean) })
	t.Cleanup(p.close)
	return p
}

func (p *proxy) url() string { return "http://" + p.listener.Addr().String() }

// count is how many cuts were made.
func (p *proxy) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made
}

func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for conn := range p.conns {
		_ = conn.Close()
	}
	p.mu.Unlock()
	p.tasks.Wait()
}

func (p *proxy) accept(mean int) {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		if !p.add(near, far) {
			return
		}
		p.tasks.Go(func() { p.pass(far, near, mean) })
		p.tasks.Go(func() { p.pass(near, far, mean) })
	}
}

// add notes the connections. It closes them if the proxy has been closed.
func (p *proxy) add(near, far net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = near.Close()
		_ = far.Close()
		return false
	}
	p.conns[near], p.conns[far] = struct{}{}, struct{}{}
	return true
}

// pass copies in one direction. When that ends, both connections end.
func (p *proxy) pass(to, from net.Conn, mean int) {
	defer p.drop(to, from)
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		allowed, cut := p.admit(n, mean)
		if _, err := to.Write(buffer[:allowed]); err != nil {
			return
		}
		if cut {
			p.reset(to, from)
			return
		}
		if err != nil {
			return
		}
	}
}

// admit says how many of n bytes may pass, and whether a cut follows.
func (p *proxy) admit(n, mean int) (allowed int, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cuts == 0 || n < p.left {
		p.left -= n
		return n, false
	}
	allowed = p.left
	p.cuts--
	p.made++
	p.left = 1 + p.random.IntN(2*mean)
	return allowed, true
}

// reset makes the end of half of the connections a rude one.
func (p *proxy) reset(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.random.IntN(2) == 0 {
		return
	}
	for _, conn := range conns {
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
}

func (p *proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
		delete(p.conns, conn)
	}
}
