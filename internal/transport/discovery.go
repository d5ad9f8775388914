package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
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
	for name, values := range d.Header {
		request.Header[name] = values
	}
	transport := &http.Transport{
		Proxy:                  d.Proxy,
		DialContext:            d.Dial,
		TLSClientConfig:        d.TLS,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: maxDiscovery,
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, because(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, &StatusError{response.StatusCode}
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxDiscovery+1))
	if err != nil {
		return nil, because(ctx, err)
	}
	return ParseDiscovery(text)
}

// ParseDiscovery reads a discovery document and returns its hosts.
func ParseDiscovery(text []byte) ([]string, error) {
	if len(text) > maxDiscovery {
		return nil, errors.New("the answer is too long")
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
	u, err := url.Parse("https://" + host)
	if err != nil || u.Host != host || u.Hostname() == "" || strings.ContainsAny(host, " \t\r\n%") {
		return fmt.Errorf("%q is not a host", host)
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("%q has no port from 1 to 65535", host)
		}
	}
	return nil
}
