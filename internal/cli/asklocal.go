package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// maxAnswer bounds what is read of a local server, in bytes.
const maxAnswer = 16 << 20

// tokenVariable is the environment variable with the debug token of a local server.
const tokenVariable = "NINCHAT_DEBUG_TOKEN"

// askServer makes a request that only local servers understand, and that only those
// may make who run them: it has the debug token.
func (a *app) askServer(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	address, err := a.localServer(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	status, text, err := a.sendLocal(request, address)
	if err != nil {
		return nil, err
	}
	return text, localError(status, text, address, path)
}

// localServer chooses the address of a local server. Nobody in particular asks, so of
// the credentials only the address counts, and they may be missing.
func (a *app) localServer(ctx context.Context) (string, error) {
	fallback := "http://" + localAddress
	if a.address == "" && a.getenv("NINCHAT_ADDRESS") == "" {
		stored, err := a.readCredentialsFile(ctx)
		if err != nil && !errors.Is(err, errNoCredentials) {
			return "", err
		}
		fallback = cmp.Or(stored.Address, fallback)
	}
	return a.serverAddress(fallback)
}

// sendLocal connects to the server first, and then looks for the token: it is that of
// the server that the connection has reached, however its address was written.
func (a *app) sendLocal(request *http.Request, address string) (status int, text []byte, err error) {
	config, err := a.tlsConfig(request.Context())
	if err != nil {
		return 0, nil, err
	}
	failed := func(err error) (int, []byte, error) {
		err = fmt.Errorf("no local server at %s: %w", address, err)
		return 0, nil, &advisedError{err, a.adviceOnOpening(&ninchat.OpenError{Address: address, Err: err})}
	}
	nc, err := new(net.Dialer).DialContext(request.Context(), "tcp", dialAddress(request.URL))
	if err != nil {
		return failed(err)
	}
	defer nc.Close()
	if reached, ok := reachedHere(nc); ok {
		token, err := a.debugToken(reached)
		if err != nil {
			return 0, nil, fmt.Errorf("debug token: %w", err)
		}
		// It may have names that the server doesn't know.
		request.Host = reached.String()
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token.Reveal())
		}
	}
	transport := &http.Transport{
		TLSClientConfig: config, DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return nc, nil },
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return failed(err)
	}
	defer response.Body.Close()
	text, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return response.StatusCode, text, err
}

// dialAddress is where the server of a URL listens.
func dialAddress(u *url.URL) string {
	port := "80"
	if u.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
}

// reachedHere is where a connection has led to, if that is on this computer: nobody
// else is given the token.
func reachedHere(nc net.Conn) (netip.AddrPort, bool) {
	peer, ok := nc.RemoteAddr().(*net.TCPAddr)
	if !ok || !peer.IP.IsLoopback() {
		return netip.AddrPort{}, false
	}
	reached := peer.AddrPort()
	return netip.AddrPortFrom(reached.Addr().Unmap().WithZone(""), reached.Port()), true
}

// debugToken is what the environment says, or else what the server that was reached has
// left for us. It is "" if there is none.
func (a *app) debugToken(reached netip.AddrPort) (api.Secret, error) {
	if token := a.getenv(tokenVariable); token != "" {
		return api.Secret(token), nil
	}
	keys, err := newKeyring()
	if err != nil {
		return "", nil // then no server has left one either
	}
	return keys.find(reached)
}

// localError says what a server's answer means, nil if it is none.
func localError(status int, text []byte, address, path string) error {
	says := fmt.Sprintf("%d %s", status, http.StatusText(status))
	switch {
	case status == http.StatusBadRequest:
		return usagef("%s", strings.TrimSpace(string(text)))
	case status == http.StatusUnauthorized:
		return &advisedError{
			fmt.Errorf("the server at %s doesn't know us", address),
			"If it runs as somebody else, or in a container, put its debug token into " + tokenVariable + ":\nit is in the first line of 'ninchat serve --json'.",
		}
	case status == http.StatusForbidden:
		return &advisedError{
			fmt.Errorf("no %s at %s (%s)", path, address, says),
			"It is for programs on the same computer that address the server as localhost, without a proxy.",
		}
	case status >= http.StatusMultipleChoices:
		return fmt.Errorf("no %s at %s (%s): only local servers have it", path, address, says)
	}
	return nil
}
