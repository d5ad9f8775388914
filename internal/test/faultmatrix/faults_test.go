package faultmatrix_test

import (
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// fault is one that docs/faults.md has.
type fault struct {
	name string
	// strike makes it happen to the session of the world's user. It may be called
	// when there is no session yet.
	strike func(w *world)
	// lasts is how long it goes on until the network heals.
	lasts time.Duration
	// back is how long after the strike the session is online again, at most.
	back time.Duration
	// ends is the error that ends the session, "" if it goes on.
	ends api.ErrorType
	// loses means that the session is lost, and with it events.
	loses bool
	// server means that the server does it to a session that there is.
	server bool
	tls    bool
	// patience is for how long the network is left alone after its first answer,
	// except for what is on its way already.
	patience time.Duration
	// told means that the session is told when it is over: see Session.Reconnect.
	told bool
}

// outage cuts what is there and changes what new connections meet.
func outage(set func(*network)) func(*world) {
	return func(w *world) {
		w.network.change(set)
		w.network.cutAll(nil)
	}
}

func answered(by func(net.Conn)) func(*world) {
	return outage(func(n *network) { n.answer = by })
}

// busy has requests answered by a status, and by the wish to be left alone.
func busy(status int) func(*world) {
	return func(w *world) {
		answer := web(status, fmt.Sprintf("text/plain\r\nRetry-After: %d", w.fault.patience/time.Second), "later")
		outage(func(n *network) {
			n.answer = func(conn net.Conn) {
				answer(conn)
				n.change(func(n *network) {
					if n.asked.IsZero() {
						n.asked = time.Now()
					}
				})
			}
		})(w)
	}
}

// checkPatience checks that nobody dialled before they were to.
func (w *world) checkPatience() {
	w.network.change(func(n *network) {
		if n.asked.IsZero() {
			return
		}
		for _, at := range n.dialled {
			if after := at.Sub(n.asked); after > time.Second && after < w.fault.patience {
				w.Errorf("dialled %v after being asked to wait for %v", after, w.fault.patience)
			}
		}
	})
}

// reorder has the server send pairs of events in the wrong order, all the time.
func reorder(w *world) {
	srv := w.srv
	end := time.Now().Add(w.fault.lasts)
	w.network.tasks.Go(func() {
		for time.Now().Before(end) {
			srv.Faults().Reorder(w.match())
			time.Sleep(3 * time.Millisecond)
		}
		srv.Faults().Clear()
	})
}

func (w *world) match() server.Match { return server.Match{UserID: w.user.ID} }

// faults are the rows of docs/faults.md.
func faults() []fault {
	const html = "<html><body>Please log in to the hotel's network.</body></html>"
	return []fault{
		{name: "cut", strike: func(w *world) { w.network.cutAll(nil) }, back: time.Second},
		{name: "reset", strike: func(w *world) { w.network.cutAll(syscall.ECONNRESET) }, back: time.Second},
		{name: "half-open", strike: func(w *world) { w.network.swallowAll() }, back: 2 * time.Minute},
		{
			name:   "stall",
			strike: func(w *world) { w.network.change(func(n *network) { n.pause = make(chan struct{}) }) },
			lasts:  30 * time.Second, back: 90 * time.Second,
		},
		{
			name:   "slow",
			strike: func(w *world) { w.network.change(func(n *network) { n.latency, n.piece = 300*time.Millisecond, 512 }) },
			lasts:  time.Minute, back: 90 * time.Second,
		},
		{
			name: "byte-limited",
			strike: func(w *world) {
				w.network.change(func(n *network) { n.limit = 3000 })
				for _, l := range w.network.all() {
					l.mu.Lock()
					l.left, l.limited = 100, true
					l.mu.Unlock()
				}
			},
			lasts: 30 * time.Second, back: 90 * time.Second,
		},
		{name: "TLS failure", strike: answered(garbled), lasts: 20 * time.Second, back: 90 * time.Second, tls: true},
		{name: "HTTP 500", strike: answered(web(500, "text/plain", "sorry")), lasts: 20 * time.Second, back: 90 * time.Second},
		{name: "HTTP 502", strike: answered(web(502, "text/html", html)), lasts: 20 * time.Second, back: 90 * time.Second},
		{name: "HTTP 408, Retry-After", strike: busy(408), patience: 30 * time.Second, lasts: 20 * time.Second, back: 90 * time.Second},
		{name: "HTTP 425, Retry-After", strike: busy(425), patience: 30 * time.Second, lasts: 20 * time.Second, back: 90 * time.Second},
		{name: "HTTP 429, Retry-After", strike: busy(429), patience: 30 * time.Second, lasts: 20 * time.Second, back: 90 * time.Second},
		{name: "HTTP 503, Retry-After", strike: busy(503), patience: 30 * time.Second, lasts: 20 * time.Second, back: 90 * time.Second},
		{name: "HTML from a proxy", strike: answered(web(200, "text/html", html)), lasts: 20 * time.Second, back: 90 * time.Second},
		{
			name: "DNS failure",
			strike: outage(func(n *network) {
				n.refuse = &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "localhost", IsNotFound: true}}
			}),
			lasts: 20 * time.Second, back: 90 * time.Second,
		},
		{
			name:   "lying discovery",
			strike: answered(web(200, "application/json", `{"hosts":["dead.test","quiet.test:81","dead.test:82"]}`)),
			lasts:  20 * time.Second, back: 2 * time.Minute,
		},
		{
			name:   "outage that the session is told the end of",
			strike: outage(func(n *network) { n.refuse = syscall.ENETUNREACH }),
			lasts:  time.Minute, back: 61 * time.Second, told: true,
		},
		{name: "reordering", strike: reorder, lasts: 30 * time.Second, back: 45 * time.Second, server: true},
		{name: "close 1001", strike: func(w *world) { w.srv.Faults().Close(w.match(), 1001, "bye") }, back: time.Second, server: true},
		{name: "close without a frame", strike: func(w *world) { w.srv.Faults().Cut(w.match()) }, back: time.Second, server: true},
		{name: "superseded", strike: func(w *world) { w.srv.Faults().Supersede(w.match()) }, ends: api.ErrConnectionSuperseded, server: true},
		{name: "lost session", strike: func(w *world) { w.srv.Faults().Lose(w.match()) }, back: time.Second, loses: true, server: true},
		{name: "buffer overflow", strike: func(w *world) { w.srv.Faults().Overflow(w.match()) }, back: time.Second, loses: true, server: true},
		{
			name: "server restart",
			strike: func(w *world) {
				w.network.change(func(n *network) { n.refuse = syscall.ECONNREFUSED })
				w.restart()
				w.network.cutAll(nil)
			},
			lasts: 10 * time.Second, back: 90 * time.Second,
		},
	}
}
