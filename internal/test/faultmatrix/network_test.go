package faultmatrix_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"
)

// network is what lies between the session and the server. All of its
// connections suffer from what is wrong with it, old and new ones.
type network struct {
	// server connects to the server.
	server func(ctx context.Context, network, address string) (net.Conn, error)
	// tls is for addresses with https: nil if there is no TLS.
	tls *tls.Config
	// tasks counts the goroutines.
	tasks sync.WaitGroup

	mu    sync.Mutex
	links map[*link]struct{}
	// refuse is the error of new connections, nil for none.
	refuse error
	// answer is what answers new connections instead of the server.
	answer func(net.Conn)
	// pause is closed when what is to be carried may go on, nil if it may.
	pause chan struct{}
	// latency is how long each piece takes on its way, and piece how long one
	// is, 0 for any length.
	latency time.Duration
	piece   int
	// limit is after how many bytes each connection ends, 0 for never.
	limit int64
	// dialled is when connections were asked for, and asked, when somebody was first
	// asked to leave the network alone.
	dialled []time.Time
	asked   time.Time
}

func newNetwork(server func(context.Context, string, string) (net.Conn, error)) *network {
	return &network{server: server, links: make(map[*link]struct{})}
}

// link is a connection through the network.
type link struct {
	near, far net.Conn
	end       *end
	once      sync.Once
	gone      chan struct{}

	mu sync.Mutex
	// swallow means that nothing is carried any more.
	swallow bool
	left    int64
	limited bool
}

// end is the session's end of a link.
type end struct {
	net.Conn
	mu sync.Mutex
	// cause is why the link broke, if it isn't the usual one.
	cause error
}

func (e *end) Read(p []byte) (int, error) {
	n, err := e.Conn.Read(p)
	return n, e.explain(err)
}

func (e *end) Write(p []byte) (int, error) {
	n, err := e.Conn.Write(p)
	return n, e.explain(err)
}

func (e *end) explain(err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil && e.cause != nil {
		return e.cause
	}
	return err
}

// dial is for Config.Dial.
func (n *network) dial(ctx context.Context, kind, address string) (net.Conn, error) {
	n.mu.Lock()
	refuse, answer := n.refuse, n.answer
	n.dialled = append(n.dialled, time.Now())
	n.mu.Unlock()
	switch {
	case refuse != nil:
		return nil, refuse
	case strings.HasPrefix(address, "dead."):
		return nil, syscall.ECONNREFUSED
	case strings.HasPrefix(address, "quiet."):
		answer = quiet
	}
	near, ours := net.Pipe()
	if answer != nil {
		n.tasks.Go(func() { answer(ours) })
		return near, nil
	}
	far, err := n.server(ctx, kind, address)
	if err != nil {
		return nil, err
	}
	l := &link{near: ours, far: far, end: &end{Conn: near}, gone: make(chan struct{})}
	if n.tls != nil {
		l.near = tls.Server(ours, n.tls)
	}
	n.mu.Lock()
	n.links[l] = struct{}{}
	l.left, l.limited = n.limit, n.limit > 0
	n.mu.Unlock()
	n.tasks.Go(func() { n.carry(l, l.near, l.far) })
	n.tasks.Go(func() { n.carry(l, l.far, l.near) })
	return l.end, nil
}

// carry carries what comes from one end of a link to the other one.
func (n *network) carry(l *link, from, to net.Conn) {
	defer n.cut(l, nil)
	buffer := make([]byte, 16<<10)
	for {
		count, err := from.Read(buffer)
		for text := buffer[:count]; len(text) > 0; {
			size, ok := n.pass(l, len(text))
			if ok && !l.swallows() {
				if _, err := to.Write(text[:size]); err != nil {
					return
				}
			}
			if !ok {
				return
			}
			text = text[size:]
		}
		if err != nil {
			return
		}
	}
}

// pass waits until up to count bytes may pass, and says how many.
func (n *network) pass(l *link, count int) (size int, ok bool) {
	n.mu.Lock()
	pause, latency, piece := n.pause, n.latency, n.piece
	n.mu.Unlock()
	if pause != nil {
		select {
		case <-pause:
		case <-l.gone:
			return 0, false
		}
	}
	if piece > 0 {
		count = min(count, piece)
	}
	if latency > 0 {
		timer := time.NewTimer(latency)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-l.gone:
			return 0, false
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.limited {
		return count, true
	}
	if l.left == 0 {
		return 0, false
	}
	count = int(min(int64(count), l.left))
	l.left -= int64(count)
	return count, true
}

func (l *link) swallows() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.swallow
}

// cut ends a link, for the session with an error if cause isn't nil.
func (n *network) cut(l *link, cause error) {
	l.once.Do(func() {
		n.mu.Lock()
		delete(n.links, l)
		n.mu.Unlock()
		l.end.mu.Lock()
		l.end.cause = cause
		l.end.mu.Unlock()
		close(l.gone)
		// Not the goodbye of TLS, which would wait.
		if secured, ok := l.near.(*tls.Conn); ok {
			_ = secured.NetConn().Close()
		} else {
			_ = l.near.Close()
		}
		_ = l.far.Close()
	})
}

func (n *network) all() []*link {
	n.mu.Lock()
	defer n.mu.Unlock()
	links := make([]*link, 0, len(n.links))
	for l := range n.links {
		links = append(links, l)
	}
	return links
}

func (n *network) cutAll(cause error) {
	for _, l := range n.all() {
		n.cut(l, cause)
	}
}

// swallowAll makes the connections that there are half-open.
func (n *network) swallowAll() {
	for _, l := range n.all() {
		l.mu.Lock()
		l.swallow = true
		l.mu.Unlock()
	}
}

// change sets what is wrong.
func (n *network) change(set func(*network)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	set(n)
}

// heal makes everything right, for connections that are still there too.
func (n *network) heal() {
	n.change(func(n *network) {
		n.refuse, n.answer, n.latency, n.piece, n.limit = nil, nil, 0, 0, 0
		if n.pause != nil {
			close(n.pause)
			n.pause = nil
		}
	})
	for _, l := range n.all() {
		l.mu.Lock()
		l.limited = false
		l.mu.Unlock()
	}
}

// quiet takes what it is told, and never answers.
func quiet(conn net.Conn) {
	defer conn.Close()
	_, _ = io.Copy(io.Discard, conn)
}

// garbled answers what isn't TLS, nor anything else.
func garbled(conn net.Conn) {
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		_, _ = io.WriteString(conn, "\x15\x03\x01\x00\x02\x02\x50 what do you mean?")
	}
}

// web answers HTTP requests with a status and a text.
func web(status int, contentType, text string) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		request, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		_ = request.Body.Close()
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
			status, http.StatusText(status), contentType, len(text), text)
	}
}
