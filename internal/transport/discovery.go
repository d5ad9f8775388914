package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// discoveryPath is where hosts are discovered.
	discoveryPath = "/v2/endpoint"
	// maxDiscovery is the longest answer, in bytes.
	maxDiscovery = 64 << 10
	// maxHosts is the largest number of hosts that are used.
	maxHosts = 64
)

// discover asks for hosts.
func (d *Dialer) discover(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.Timeout, errTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.Address.JoinPath(discoveryPath).String(), nil)
	if err != nil {
		return nil, err
	}
	setHeader(request, d.Header)
	client := d.httpClient(ctx, false)
	defer client.wait()
	defer client.close()
	text, err := fetch(client, request, maxDiscovery)
	if err != nil {
		return nil, err
	}
	return ParseDiscovery(text)
}

// ParseDiscovery reads a discovery document and returns its hosts.
func ParseDiscovery(text []byte) ([]string, error) {
	if len(text) > maxDiscovery {
		return nil, errTooLong
	}
	var document struct {
		Hosts jsontext.Value `json:"hosts"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, errors.New("the answer isn't a JSON object: is this a Ninchat server?")
	}
	var hosts []string
	if err := json.Unmarshal(document.Hosts, &hosts); err != nil || len(hosts) == 0 {
		return nil, errors.New("the answer has no array of hosts with something in it")
	}
	for _, host := range hosts {
		if err := checkHost(host); err != nil {
			return nil, err
		}
	}
	return hosts[:min(len(hosts), maxHosts)], nil
}

// checkHost checks that a string is a host name or address, possibly with a
// port, and nothing else.
func checkHost(host string) error {
	if len(host) > maxHost {
		return fmt.Errorf("a host of %d bytes is too long", len(host))
	}
	u, err := url.Parse("https://" + host)
	if err != nil || u.Host != host || !isHostname(u.Hostname(), strings.HasPrefix(host, "[")) {
		return fmt.Errorf("%q is not a host", host)
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("%q has no port from 1 to 65535", host)
		}
	}
	return nil
}

// maxHost is the longest host with a port, in bytes: domain names have at most
// 253.
const maxHost = 253 + len(":65535")

// isHostname reports whether name consists of what domain names and IPv4
// addresses are made of or, if it was in brackets, is an IPv6 address.
func isHostname(name string, brackets bool) bool {
	if brackets {
		address, err := netip.ParseAddr(name)
		return err == nil && address.Is6() && address.Zone() == ""
	}
	for _, c := range []byte(name) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return name != ""
}
