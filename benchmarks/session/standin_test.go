package session

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// variable makes the test binary be the stand-in server.
const variable = "NINCHAT_STAND_IN_SERVER"

// announcement is what the server process tells about itself.
type announcement struct {
	Address     string
	Certificate []byte
}

var standIn announcement

func TestMain(m *testing.M) {
	if os.Getenv(variable) != "" {
		if err := serveProcess(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code, err := runWithServer(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// runWithServer runs the tests while the server process lives.
func runWithServer(m *testing.M) (code int, err error) {
	path, err := os.Executable()
	if err != nil {
		return 0, err
	}
	command := exec.Command(path)
	command.Env = append(os.Environ(), variable+"=1")
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		return 0, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := command.Start(); err != nil {
		return 0, err
	}
	if err = json.NewDecoder(output).Decode(&standIn); err == nil {
		code = m.Run()
	}
	return code, errors.Join(err, input.Close(), command.Wait())
}

// serveProcess serves until its input ends, which also happens when the process
// of the tests dies.
func serveProcess() error {
	certificate, err := newCertificate()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(tls.Server(conn, config))
		}
	}()
	err = json.NewEncoder(os.Stdout).Encode(announcement{listener.Addr().String(), certificate.Certificate[0]})
	if err == nil {
		_, err = io.Copy(io.Discard, os.Stdin)
	}
	return errors.Join(err, listener.Close())
}

func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

func clientTLS(tb testing.TB) *tls.Config {
	tb.Helper()
	certificate, err := x509.ParseCertificate(standIn.Certificate)
	if err != nil {
		tb.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
}

// payload is what messages carry: 59 bytes.
var payload = []byte(`{"text":"Good morning! How may I help you today, madam!?"} `)

// padding makes headers as long as real ones.
var padding = strings.Repeat("x", 400)

// header makes a header of about the given length.
func header(length int, format string, args ...any) []byte {
	text := fmt.Sprintf(format, args...)
	missing := length - len(text) - len(`,"padding":""}`)
	return []byte(text + `,"padding":"` + padding[:max(missing, 0)] + `"}`)
}

// standInConn is a connection of the stand-in server.
type standInConn struct {
	conn    net.Conn
	reader  *wire.Reader
	encoder wire.Encoder
	out     []byte
	lastID  int64
}

func serve(conn net.Conn) {
	defer conn.Close()
	if _, err := ws.Upgrade(conn); err != nil {
		return
	}
	s := &standInConn{conn: conn}
	s.reader = wire.NewReader(&flusher{s}, wire.Server, wire.DefaultLimits(), func(ws.OpCode, []byte) {})
	for {
		m, err := s.reader.Next()
		if err != nil {
			return
		}
		if m != nil {
			s.answer(m)
		}
	}
}

// flusher writes what has been answered before it reads more.
type flusher struct{ s *standInConn }

func (f *flusher) Read(p []byte) (int, error) {
	if len(f.s.out) > 0 {
		if _, err := f.s.conn.Write(f.s.out); err != nil {
			return 0, err
		}
		f.s.out = f.s.out[:0]
	}
	return f.s.conn.Read(p)
}

func (s *standInConn) answer(m *wire.Message) {
	switch m.Name {
	case "create_session":
		s.event(`,"session_id":"s","user_id":"u","user_auth":"a"`, "session_created", 0, nil)
	case "send_message":
		s.event(replyMembers, "message_received", m.ActionID, m.Payload)
	case "flood":
		count, _ := strconv.Atoi(wire.StringMember(m.Text, "count"))
		for range count {
			s.event(floodMembers, "message_received", 0, [][]byte{payload})
			if len(s.out) > 1<<16 {
				if _, err := s.conn.Write(s.out); err != nil {
					return
				}
				s.out = s.out[:0]
			}
		}
	case "ping":
		s.event("", "pong", m.ActionID, nil)
	}
}

// Members of events, as they are in real ones.
const (
	commonMembers = `,"channel_id":"5npnrkp1009n6","message_id":"5nq30ql300bgg","message_time":1441234567.125,"message_type":"ninchat.com/text","message_user_id":"5nq2ia5b009n6","message_user_name":"Alice`
	replyMembers  = commonMembers + ` Andrews"`
	floodMembers  = commonMembers + `"`
)

func (s *standInConn) event(members, name string, actionID int64, parts [][]byte) {
	s.lastID++
	head := append([]byte(`{"event":"`), name...)
	head = append(head, `","event_id":`...)
	head = strconv.AppendInt(head, s.lastID, 10)
	if actionID != 0 {
		head = append(head, `,"action_id":`...)
		head = strconv.AppendInt(head, actionID, 10)
	}
	if len(parts) > 0 {
		head = append(head, `,"frames":`...)
		head = strconv.AppendInt(head, int64(len(parts)), 10)
	}
	head = append(head, members...)
	s.out = s.encoder.AppendEvent(s.out, head, nil, parts)
}

// TestSizes keeps the messages like real ones.
func TestSizes(t *testing.T) {
	if len(payload) != 59 {
		t.Errorf("the payload has %d bytes", len(payload))
	}
	s := &standInConn{lastID: 99_999}
	s.event(floodMembers, "message_received", 0, [][]byte{payload})
	if n := len(s.out) - len(payload); n < 240 || n > 260 {
		t.Errorf("the header of an event has about %d bytes", n)
	}
	if n := len(header(130, `{"action":"send_message","action_id":%d`, 1)); n != 130 {
		t.Errorf("the header of an action has %d bytes", n)
	}
	if !bytes.HasSuffix(header(130, `{"action":"x"`), []byte(`"}`)) {
		t.Error("the header of an action is no JSON")
	}
}
