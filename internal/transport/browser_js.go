package transport

import (
	"context"
	"errors"
	"math"
	"net/http"
	"sync"
	"syscall/js"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// roundTripper is the browser's fetch. Which connections it uses is the
// browser's affair: Dial, Proxy and TLS mean nothing here.
func (d *Dialer) roundTripper(context.Context, *dials) http.RoundTripper {
	return browserFetch{}
}

// browserFetch does requests as pages can. A page that sets a User-Agent would
// not be listened to; the service lets it be named otherwise.
type browserFetch struct{}

func (browserFetch) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if agent := r.Header.Get("User-Agent"); agent != "" {
		r.Header.Del("User-Agent")
		r.Header.Set("X-User-Agent", agent)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// socket opens a WebSocket to a host.
func (d *Dialer) socket(ctx context.Context, host string) (Conn, error) {
	s, err := newBrowserSocket(d.socketURL(host), d.Limits)
	if err != nil {
		return nil, err
	}
	select {
	case <-s.opened:
		return s, nil
	case <-s.ended:
		s.release()
		return nil, &handshakeError{s.err}
	case <-ctx.Done():
		s.Close()
		s.Wait()
		return nil, context.Cause(ctx)
	}
}

// isProtocolError can't know: a browser tells nothing.
func isProtocolError(error) bool { return false }

func (d *Dialer) socketURL(host string) string {
	u := d.url(host, socketPath)
	u.Scheme = "ws"
	if d.secure() {
		u.Scheme = "wss"
	}
	return u.String()
}

// browserSocket is a [Conn] over the browser's WebSocket. The browser's events
// come one at a time, in a goroutine that mustn't wait.
type browserSocket struct {
	socket    js.Value
	handlers  map[string]js.Func
	assembler *wire.Assembler
	limit     int64
	// opened is closed when the handshake is done, ended when the WebSocket has
	// been closed, after err was set.
	opened, ended chan struct{}
	err           error
	opening       sync.Once
	ending        sync.Once
	releasing     sync.Once

	mu sync.Mutex
	// ready has an element when there is something to be received.
	ready chan struct{}
	// received is what hasn't been taken yet, and size how much that is.
	received [][]byte
	size     int64
	// out is what waits for Flush, in the browser's own types.
	out []js.Value
}

// errBrowserSocket is all that a page is told.
var errBrowserSocket = errors.New("the browser couldn't connect (it doesn't say why)")

// errBrowserOverflow says that a page received faster than it took.
var errBrowserOverflow = errors.New("ninchat: received faster than it could be taken; the rest will be asked for again")

func newBrowserSocket(url string, limits wire.Limits) (s *browserSocket, err error) {
	constructor := js.Global().Get("WebSocket")
	if !constructor.Truthy() {
		return nil, errors.New("there is no WebSocket here")
	}
	defer func() {
		// The constructor throws what it dislikes about the address, such as
		// ws: on a page of https:.
		if thrown, ok := recover().(js.Error); ok {
			err = thrown
		}
	}()
	s = &browserSocket{
		socket:    constructor.New(url, subprotocol),
		assembler: wire.NewAssembler(limits),
		limit:     int64(limits.Header) + 2*min(int64(limits.Total), math.MaxInt64/4),
		opened:    make(chan struct{}),
		ended:     make(chan struct{}),
		ready:     make(chan struct{}, 1),
	}
	s.socket.Set("binaryType", "arraybuffer")
	s.handlers = map[string]js.Func{
		"open":    s.on(func(js.Value) { s.opening.Do(func() { close(s.opened) }) }),
		"message": s.on(s.message),
		"close":   s.on(s.closed),
	}
	for name, handler := range s.handlers {
		s.socket.Call("addEventListener", name, handler)
	}
	return s, nil
}

func (s *browserSocket) on(handle func(event js.Value)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		handle(args[0])
		return nil
	})
}

// message keeps a WebSocket message. A page can't ask the browser to wait, so
// too many of them end the connection.
func (s *browserSocket) message(event js.Value) {
	text := contents(event.Get("data"))
	s.mu.Lock()
	s.size += int64(len(text))
	full := s.size > s.limit
	if !full {
		s.received = append(s.received, text)
	}
	s.mu.Unlock()
	if full {
		s.end(errBrowserOverflow)
		s.socket.Call("close")
		return
	}
	s.signal()
}

func contents(data js.Value) []byte {
	if data.Type() == js.TypeString {
		return []byte(data.String())
	}
	array := js.Global().Get("Uint8Array").New(data)
	bytes := make([]byte, array.Length())
	js.CopyBytesToGo(bytes, array)
	return bytes
}

// closed is told that the WebSocket was closed, or never opened.
func (s *browserSocket) closed(event js.Value) {
	select {
	case <-s.opened:
		s.end(&wire.CloseError{Code: event.Get("code").Int(), Reason: event.Get("reason").String()})
	default:
		s.end(errBrowserSocket)
	}
}

func (s *browserSocket) end(err error) {
	s.ending.Do(func() {
		s.err = err
		close(s.ended)
	})
}

func (s *browserSocket) signal() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// Queue keeps the message for Flush.
func (s *browserSocket) Queue(o *wire.Outgoing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.Name == "" {
		s.out = append(s.out, toArray(nil))
		return
	}
	s.out = append(s.out, js.ValueOf(string(o.AppendHeader(nil))))
	for _, part := range o.Payload {
		s.out = append(s.out, toArray(part))
	}
}

func toArray(data []byte) js.Value {
	array := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(array, data)
	return array
}

// Flush hands what was queued to the browser, which never waits.
func (s *browserSocket) Flush(bool) {
	s.mu.Lock()
	out := s.out
	s.out = nil
	s.mu.Unlock()
	const open = 1
	if s.socket.Get("readyState").Int() != open {
		return
	}
	for _, data := range out {
		s.socket.Call("send", data)
	}
}

// Receive puts the next message together.
func (s *browserSocket) Receive() (*wire.Message, error) {
	for {
		text, ok := s.take()
		if !ok {
			select {
			case <-s.ready:
				continue
			case <-s.ended:
				// What came before the end comes first.
				if text, ok = s.take(); !ok {
					return nil, s.err
				}
			}
		}
		if m, complete, err := s.assembler.Add(text); complete || err != nil {
			return m, err
		}
	}
}

func (s *browserSocket) take() (text []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.received) == 0 {
		return nil, false
	}
	text = s.received[0]
	s.received[0] = nil
	s.received = s.received[1:]
	s.size -= int64(len(text))
	return text, true
}

// Close has the browser write what it has, and close.
func (s *browserSocket) Close() {
	s.end(errConnClosed)
	s.socket.Call("close")
}

// Wait lets go of the WebSocket, which reports nothing more.
func (s *browserSocket) Wait() { s.release() }

func (s *browserSocket) release() {
	s.releasing.Do(func() {
		for name, handler := range s.handlers {
			s.socket.Call("removeEventListener", name, handler)
			handler.Release()
		}
	})
}
