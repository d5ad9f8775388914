package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strconv"
)

// socksError is a SOCKS proxy's refusal to connect.
type socksError struct {
	// code is the reply, in the terms of RFC 1928, section 6; socksLogin and
	// socksMethod aren't in it.
	code byte
}

// What a proxy says about authentication takes no reply.
const (
	socksLogin  = 0xfe
	socksMethod = 0xff
)

// Error says what the proxy said.
func (e *socksError) Error() string {
	switch e.code {
	case 1:
		return "SOCKS: general failure"
	case 2:
		return "SOCKS: connection isn't allowed"
	case 3:
		return "SOCKS: network is unreachable"
	case 4:
		return "SOCKS: host is unreachable"
	case 5:
		return "SOCKS: connection was refused"
	case 6:
		return "SOCKS: TTL expired"
	case 7:
		return "SOCKS: the proxy doesn't connect to others"
	case 8:
		return "SOCKS: the proxy doesn't know this type of address"
	case socksLogin:
		return "SOCKS: user name or password is wrong"
	case socksMethod:
		return "SOCKS: the proxy wants another kind of authentication, or a user name and a password"
	}
	return fmt.Sprintf("SOCKS: failure %d", e.code)
}

// isFinal reports whether the same request would be refused again.
func (e *socksError) isFinal() bool {
	switch e.code {
	case 2, 7, 8, socksLogin, socksMethod:
		return true
	}
	return false
}

// The numbers of RFC 1928 and RFC 1929.
const (
	socksVersion      = 5
	socksNoLogin      = 0
	socksPassword     = 2
	socksLoginVersion = 1
	socksConnect      = 1
	socksIPv4         = 1
	socksName         = 3
	socksIPv6         = 4
)

// socks asks a SOCKS proxy to connect to an address (RFC 1928). The proxy looks up
// the host's name.
func socks(conn net.Conn, proxy *url.URL, address string) error {
	target, err := socksAddress(address)
	if err != nil {
		return err
	}
	login, err := socksCredentials(proxy)
	if err != nil {
		return err
	}
	if err := socksAuthenticate(conn, login); err != nil {
		return err
	}
	if _, err := conn.Write(append([]byte{socksVersion, socksConnect, 0}, target...)); err != nil {
		return err
	}
	return socksReply(conn)
}

// socksAddress encodes the address to connect to.
func socksAddress(address string) ([]byte, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, errors.New("SOCKS: the port isn't a number")
	}
	var text []byte
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		kind := byte(socksIPv6)
		if ip = ip.Unmap(); ip.Is4() {
			kind = socksIPv4
		}
		text = append([]byte{kind}, ip.AsSlice()...)
	} else if len(host) == 0 || len(host) > 255 {
		return nil, errors.New("SOCKS: the host's name is too long")
	} else {
		text = append([]byte{socksName, byte(len(host))}, host...)
	}
	return append(text, byte(port>>8), byte(port)), nil
}

// socksCredentials encodes the user name and the password, nil if there are none.
func socksCredentials(proxy *url.URL) ([]byte, error) {
	user := proxy.User.Username()
	password, _ := proxy.User.Password()
	switch {
	case user == "" && password == "":
		return nil, nil
	case user == "" || len(user) > 255 || len(password) > 255:
		return nil, errSOCKSLogin
	}
	text := append([]byte{socksLoginVersion, byte(len(user))}, user...)
	return append(append(text, byte(len(password))), password...), nil
}

var errSOCKSLogin = errors.New("has a user name or a password that SOCKS can't carry: each has at most 255 bytes, and the user name at least one")

// socksAuthenticate agrees on how to authenticate, and does it.
func socksAuthenticate(conn net.Conn, login []byte) error {
	methods := []byte{socksVersion, 1, socksNoLogin}
	if login != nil {
		methods = []byte{socksVersion, 2, socksNoLogin, socksPassword}
	}
	if _, err := conn.Write(methods); err != nil {
		return err
	}
	var answer [2]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return err
	}
	switch {
	case answer[0] != socksVersion:
		return errNotSOCKS
	case answer[1] == socksNoLogin:
		return nil
	case answer[1] != socksPassword || login == nil:
		return &socksError{socksMethod}
	}
	if _, err := conn.Write(login); err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return err
	}
	if answer[1] != 0 {
		return &socksError{socksLogin}
	}
	return nil
}

var errNotSOCKS = errors.New("SOCKS: this is no SOCKS5 proxy")

// socksReply reads the answer to the last request, and not a byte more: what
// follows belongs to the connection.
func socksReply(conn net.Conn) error {
	var head [5]byte
	if _, err := io.ReadFull(conn, head[:4]); err != nil {
		return err
	}
	if head[0] != socksVersion {
		return errNotSOCKS
	}
	if head[1] != 0 {
		return &socksError{head[1]}
	}
	// The address from which the proxy connects is of no interest.
	var rest int64
	switch head[3] {
	case socksIPv4:
		rest = 4
	case socksIPv6:
		rest = 16
	case socksName:
		if _, err := io.ReadFull(conn, head[4:]); err != nil {
			return err
		}
		rest = int64(head[4])
	default:
		return errNotSOCKS
	}
	const port = 2
	_, err := io.CopyN(io.Discard, conn, rest+port)
	return err
}
