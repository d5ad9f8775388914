package websocket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
)

// serverVariable makes the test binary be the stand-in server.
const serverVariable = "WEBSOCKET_STAND_IN_SERVER"

// announcement is what the server process tells about itself.
type announcement struct {
	Plain, TLS  string // Addresses.
	Certificate []byte
}

// server is the announcement of the server process of this test process.
var server announcement

func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) != "" {
		if err := serveProcess(os.Stdin, os.Stdout); err != nil {
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
	command.Env = append(os.Environ(), serverVariable+"=1")
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
	err = json.NewDecoder(output).Decode(&server)
	if err == nil {
		code = m.Run()
	}
	return code, errors.Join(err, input.Close(), command.Wait())
}

// serveProcess serves until its input ends, which also happens when the test
// process dies.
func serveProcess(input io.Reader, output io.Writer) error {
	certificate, err := NewCertificate()
	if err != nil {
		return err
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	withTLS := func(conn net.Conn) net.Conn { return tls.Server(conn, config) }

	plain, plainDone, err := listen(plainConn)
	if err != nil {
		return err
	}
	secure, secureDone, err := listen(withTLS)
	if err != nil {
		return err
	}
	err = json.NewEncoder(output).Encode(announcement{
		Plain:       plain.listener.Addr().String(),
		TLS:         secure.listener.Addr().String(),
		Certificate: certificate.Certificate[0],
	})
	if err == nil {
		_, err = io.Copy(io.Discard, input)
	}
	return errors.Join(err, plain.Close(), secure.Close(), <-plainDone, <-secureDone)
}

// listen starts a server. The channel gives the result of its Run.
func listen(wrap func(net.Conn) net.Conn) (*Server, <-chan error, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(serverName, "0"))
	if err != nil {
		return nil, nil, err
	}
	server := NewServer(listener, wrap)
	done := make(chan error, 1)
	go func() { done <- server.Run() }()
	return server, done, nil
}

func plainConn(conn net.Conn) net.Conn { return conn }

// transport is a way of reaching the stand-in server.
type transport struct {
	name   string
	target func(testing.TB) Target
}

var transports = []transport{{"plain", plainTarget}, {"tls", tlsTarget}}

func plainTarget(testing.TB) Target {
	return NewTarget("ws://"+server.Plain+"/", nil, dialTCP)
}

func tlsTarget(t testing.TB) Target {
	t.Helper()
	certificate, err := x509.ParseCertificate(server.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	config := &tls.Config{RootCAs: roots, ServerName: serverName}
	return NewTarget("wss://"+server.TLS+"/", config, dialTCP)
}

func dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, address)
}

// dial connects with a library. The connection is closed when the test ends.
func dial(t testing.TB, library Library, target Target) Client {
	t.Helper()
	client, err := library.Dial(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() }) // Receive has usually closed it.
	return client
}
