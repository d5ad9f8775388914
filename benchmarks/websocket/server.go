package websocket

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/gobwas/ws"
)

// serverBuffer is how much the stand-in server reads at once and how much it
// gathers before it writes.
const serverBuffer = 64 << 10

// Server is the stand-in server: it answers every request with a reply which
// carries the request, or with a flood of events.
type Server struct {
	listener net.Listener

	// wrap makes the connection on which WebSocket is spoken, such as that of
	// TLS.
	wrap func(net.Conn) net.Conn

	mutex sync.Mutex
	open  map[net.Conn]bool // Nil when the server is closed.
	tasks sync.WaitGroup
}

// NewServer makes a server for the connections of a listener.
func NewServer(listener net.Listener, wrap func(net.Conn) net.Conn) *Server {
	return &Server{listener: listener, wrap: wrap, open: make(map[net.Conn]bool)}
}

// Run accepts connections until Close.
func (s *Server) Run() error {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		s.start(conn)
	}
}

func (s *Server) start(conn net.Conn) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.open == nil {
		_ = conn.Close()
		return
	}
	s.open[conn] = true
	s.tasks.Go(func() {
		// A client which leaves is not an error of the server.
		_ = Serve(conn, s.wrap)
		s.mutex.Lock()
		defer s.mutex.Unlock()
		delete(s.open, conn)
	})
}

// Close ends all connections and waits for their goroutines.
func (s *Server) Close() error {
	err := s.listener.Close()
	s.mutex.Lock()
	for conn := range s.open {
		_ = conn.Close()
	}
	s.open = nil
	s.mutex.Unlock()
	s.tasks.Wait()
	return err
}

// Serve speaks with one client until it leaves.
func Serve(transport net.Conn, wrap func(net.Conn) net.Conn) error {
	defer transport.Close()
	arrived := bufio.NewReaderSize(transport, serverBuffer)
	conn := wrap(readerConn{transport, arrived})
	if _, err := ws.Upgrade(conn); err != nil {
		return err
	}
	s := session{
		conn:    conn,
		arrived: arrived,
		input:   bufio.NewReaderSize(conn, serverBuffer),
		reply:   ReplyHeader(RequestHeader(0)),
	}
	for {
		if err := s.serveRequest(); err != nil {
			return err
		}
	}
}

// session is the state of one connection of the server.
type session struct {
	conn    net.Conn
	arrived *bufio.Reader // Bytes below TLS.
	input   *bufio.Reader
	output  []byte
	message []byte
	reply   []byte
}

// serveRequest answers one request. It writes when nothing more has arrived,
// so replies to requests which arrive together leave together however the
// client divides its writes.
func (s *session) serveRequest() error {
	var err error
	s.message, err = s.appendFrame(s.message[:0])
	if err != nil {
		return err
	}
	length := len(s.message)
	s.message, err = s.appendFrame(s.message)
	if err != nil {
		return err
	}
	header, payload := s.message[:length], s.message[length:]
	if events, ok := floodEvents(payload); ok {
		return s.flood(events)
	}
	copy(s.reply[len(replyPrefix):], header)
	s.output = appendMessage(s.output, s.reply, payload)
	waiting := s.input.Buffered() + s.arrived.Buffered()
	if waiting > 0 && len(s.output) < serverBuffer {
		return nil
	}
	_, err = s.conn.Write(s.output)
	s.output = s.output[:0]
	return err
}

// flood writes events in pieces of about the size of the buffer.
func (s *session) flood(events int) error {
	event := appendMessage(nil, EventHeader(), EventPayload())
	piece := max(1, serverBuffer/len(event))
	for events > 0 {
		n := min(events, piece)
		for range n {
			s.output = append(s.output, event...)
		}
		_, err := s.conn.Write(s.output)
		s.output = s.output[:0]
		if err != nil {
			return err
		}
		events -= n
	}
	return nil
}

// appendFrame reads a frame of a client and appends its payload.
func (s *session) appendFrame(to []byte) ([]byte, error) {
	header, err := ws.ReadHeader(s.input)
	if err != nil {
		return to, err
	}
	if err := ws.CheckHeader(header, ws.StateServerSide); err != nil {
		return to, err
	}
	if header.OpCode == ws.OpClose {
		return to, io.EOF
	}
	if header.OpCode != ws.OpText || !header.Fin {
		return to, errors.New("not a whole text frame")
	}
	if header.Length > MaxFrameSize {
		return to, errFrameTooLong
	}
	start := len(to)
	to, err = appendFrom(to, s.input, int(header.Length))
	if err != nil {
		return to, err
	}
	ws.Cipher(to[start:], header.Mask, 0)
	return to, nil
}

// appendMessage appends the two frames of a message of a server.
func appendMessage(to, header, payload []byte) []byte {
	to = append(to, ws.MustCompileFrame(ws.NewTextFrame(header))...)
	return append(to, ws.MustCompileFrame(ws.NewTextFrame(payload))...)
}

// readerConn is a connection which is read through a buffer.
type readerConn struct {
	net.Conn
	reader *bufio.Reader
}

func (c readerConn) Read(p []byte) (int, error) { return c.reader.Read(p) }
