package transport

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// openPlain makes a network connection to an address, through a proxy if one is
// configured.
func (d *Dialer) openPlain(ctx context.Context, address string) (net.Conn, error) {
	proxy, err := d.proxyFor(address)
	if err != nil {
		return nil, err
	}
	if proxy == nil {
		return d.Dial(ctx, "tcp", address)
	}
	conn, err := d.openProxy(ctx, proxy)
	if err != nil {
		return nil, fmt.Errorf("proxy %s: %w", proxy.Host, err)
	}
	stop := context.AfterFunc(ctx, func() { interrupt(conn) })
	if isSOCKS(proxy) {
		err = socks(conn, proxy, address)
	} else {
		err = tunnel(conn, proxy, address)
	}
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("proxy %s: %w", proxy.Host, err)
	}
	return conn, nil
}

// interrupt ends what somebody waits for at a connection, which is closed then.
func interrupt(conn net.Conn) {
	if conn.SetDeadline(time.Unix(1, 0)) != nil {
		// Some of those that Dial makes, such as channels of SSH, know no deadlines.
		_ = conn.Close()
	}
}

func (d *Dialer) proxyFor(address string) (*url.URL, error) {
	if d.Proxy == nil {
		return nil, nil
	}
	request := &http.Request{URL: &url.URL{Scheme: d.Address.Scheme, Host: address}}
	proxy, err := d.Proxy(request)
	if err != nil {
		return nil, &proxyError{err}
	}
	return proxy, nil
}

// proxyError says that no proxy could be chosen. It doesn't repeat why: the
// reason that [http.ProxyFromEnvironment] gives shows the proxy's password.
type proxyError struct{ err error }

func (e *proxyError) Error() string { return "the proxy setting can't be used" }

// Is reports whether the reason matches target. There is no other way to it.
func (e *proxyError) Is(target error) bool { return errors.Is(e.err, target) }

// ProxySettingError says that there can be no connection through a proxy, whatever
// it may answer.
type ProxySettingError struct{ err error }

// Error says why. It doesn't repeat the address, which may have a password in it.
func (e *ProxySettingError) Error() string { return e.err.Error() }

// CheckProxy checks that connections can be made through a proxy. The error is a
// *[ProxySettingError].
func CheckProxy(proxy *url.URL) error {
	_, err := proxyPort(proxy)
	switch {
	case err != nil:
		return &ProxySettingError{err}
	case proxy.Hostname() == "":
		return &ProxySettingError{errors.New("has no host")}
	case proxy.Path != "" && proxy.Path != "/":
		return &ProxySettingError{errors.New("isn't the URL of a proxy: there is more than a host and a port in it")}
	case isSOCKS(proxy):
		if _, err := socksCredentials(proxy); err != nil {
			return &ProxySettingError{err}
		}
	}
	return nil
}

func isSOCKS(proxy *url.URL) bool { return proxy.Scheme == "socks5" || proxy.Scheme == "socks5h" }

func proxyPort(proxy *url.URL) (port string, err error) {
	switch proxy.Scheme {
	case "http":
		port = "80"
	case "https":
		port = "443"
	case "socks5", "socks5h":
		port = "1080"
	default:
		return "", fmt.Errorf("has the scheme %q, which isn't supported: use http, https, socks5 or socks5h", proxy.Scheme)
	}
	return cmp.Or(proxy.Port(), port), nil
}

// openProxy connects to the proxy itself.
func (d *Dialer) openProxy(ctx context.Context, proxy *url.URL) (net.Conn, error) {
	if err := CheckProxy(proxy); err != nil {
		return nil, err
	}
	port, _ := proxyPort(proxy)
	conn, err := d.Dial(ctx, "tcp", net.JoinHostPort(proxy.Hostname(), port))
	if err != nil || proxy.Scheme != "https" {
		return conn, err
	}
	config := d.tlsConfig(proxy.Host)
	config.ServerName = proxy.Hostname()
	secured := tls.Client(conn, config)
	if _, err := guard(d.Panicked, func() (struct{}, error) { return struct{}{}, secured.HandshakeContext(ctx) }); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secured, nil
}

// tunnel asks the proxy to connect to an address (RFC 9110, section 9.3.6).
func tunnel(conn net.Conn, proxy *url.URL, address string) error {
	request := &http.Request{
		Method: http.MethodConnect,
		URL:    &url.URL{Opaque: address},
		Host:   address,
		Header: http.Header{},
	}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		credentials := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
		request.Header.Set("Proxy-Authorization", "Basic "+credentials)
	}
	if err := request.Write(conn); err != nil {
		return err
	}
	// Whoever is at the other end of the tunnel waits for us to speak first, so
	// nothing that belongs to it can end up in this buffer.
	answer := &io.LimitedReader{R: conn, N: maxProxyAnswer}
	reader := bufio.NewReader(answer)
	response, err := http.ReadResponse(reader, request)
	if err != nil && answer.N == 0 {
		return errTooLong
	}
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return statusError(response)
	}
	if reader.Buffered() > 0 {
		return errors.New("unexpected data after the answer")
	}
	return nil
}

// maxProxyAnswer is the longest answer of a proxy, in bytes.
const maxProxyAnswer = 16 << 10
