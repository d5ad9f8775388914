package server

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// pages says which web pages may use the server. The danger is a page that somebody
// visits who runs the server: his or her browser gets at everything that is on this
// computer. Programs that aren't browsers aren't concerned, whatever they send.
type pages struct {
	// all lets everybody in.
	all bool
	// listed are origins that were named in the configuration.
	listed []string
	// names are those of the server that were named in the configuration.
	names []string
}

var (
	errName = errors.New("the server isn't known by the name in the Host header: see Config.Hosts (ninchat serve --host)")
	errPage = errors.New("web pages of this origin aren't let in: see Config.Origins (ninchat serve --origin)")
)

func newPages(c *Config) (*pages, error) {
	p := new(pages)
	for _, text := range c.Origins {
		if text == "*" {
			p.all = true
			continue
		}
		o, ok := parseOrigin(text)
		if !ok && text != nullOrigin {
			return nil, fmt.Errorf("ninchat: server: Origins: %q isn't of the form https://example.com, null or *", text)
		}
		if ok {
			text = o.String()
			p.names = append(p.names, hostName(o.Host))
		}
		p.listed = append(p.listed, text)
	}
	for _, host := range c.Hosts {
		p.names = append(p.names, hostName(host))
	}
	if base, err := url.Parse(c.BaseURL); err == nil && base.Host != "" {
		p.names = append(p.names, hostName(base.Host))
	}
	return p, nil
}

// check refuses requests that a browser makes for a page that isn't to be let in.
// All lines of a header count.
func (p *pages) check(r *http.Request) error {
	if p.all {
		return nil
	}
	host := hostName(r.Host)
	// With TLS, it is the certificate that proves the name.
	if r.TLS == nil && !p.own(host) {
		return errName
	}
	known := false
	for _, origin := range r.Header.Values("Origin") {
		if origin != "" && !p.allows(origin, host) {
			return errPage
		}
		known = known || origin != ""
	}
	if known {
		return nil
	}
	return p.checkReferrers(r, host)
}

// checkReferrers is for requests without an origin: a script element, as for JSONP,
// has none, but may have a referrer, and a browser says that it is from elsewhere.
func (p *pages) checkReferrers(r *http.Request, host string) error {
	known := false
	for _, text := range r.Header.Values("Referer") {
		if text == "" {
			continue
		}
		origin := nullOrigin
		if referrer, err := url.Parse(text); err == nil && referrer.Host != "" {
			origin = referrer.Scheme + "://" + referrer.Host
		}
		if !p.allows(origin, host) {
			return errPage
		}
		known = true
	}
	if !known && ofOtherSite(r, host) && !p.allows(nullOrigin, host) {
		return errPage
	}
	return nil
}

// ofOtherSite reports whether a browser says that a page from elsewhere made it
// send the request to a host. Where nobody can have a name below the host, or beside
// it, a page of the same site is one of the same host, and differs in the port only.
func ofOtherSite(r *http.Request, host string) bool {
	_, err := netip.ParseAddr(host)
	alone := err == nil || !strings.Contains(host, ".") || isLoopbackName(host)
	return slices.ContainsFunc(r.Header.Values("Sec-Fetch-Site"), func(site string) bool {
		return site == "cross-site" || site == "same-site" && !alone
	})
}

// nullOrigin is that of pages whose origin nobody is to know. Any page can make one.
const nullOrigin = "null"

// allows reports whether pages of an origin are let in to a server that was called
// host: those that are listed, those of this computer, and those of the same host,
// whatever their ports are. What no web page can have as its origin is something else,
// such as an extension, an application, or a client that isn't a browser.
func (p *pages) allows(origin, host string) bool {
	if slices.Contains(p.listed, origin) {
		return true
	}
	lower := strings.ToLower(origin)
	if !strings.HasPrefix(lower, "http:") && !strings.HasPrefix(lower, "https:") {
		return lower != nullOrigin
	}
	o, ok := parseOrigin(origin)
	if !ok {
		return false
	}
	name := hostName(o.Host)
	return isLoopbackName(name) || name == host || slices.Contains(p.listed, o.String())
}

// own reports whether a name can be the server's. A page can have its name refer to
// this computer, after which its browser takes the server for the page's own: so
// names are refused that anybody could have. Addresses, names that are reserved for
// local use, tests and examples, and those of the service, which some clients can't be
// told to replace, belong to nobody else.
func (p *pages) own(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil || !strings.Contains(name, ".") {
		return true
	}
	for _, suffix := range []string{"localhost", "local", "internal", "home.arpa", "test", "example", "invalid", "example.com", "example.org", "example.net", "ninchat.com"} {
		if name == suffix || strings.HasSuffix(name, "."+suffix) {
			return true
		}
	}
	return slices.Contains(p.names, name)
}

// parseOrigin reads the origin of a page, and brings it into the form that browsers
// send.
func parseOrigin(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" || !strings.EqualFold(u.Scheme+"://"+u.Host, text) {
		return nil, false
	}
	u.Host = strings.ToLower(u.Host)
	if port := u.Port(); u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	return u, true
}

// hostName is the host without the port, in lower case; of an IPv6 address without
// the brackets.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// isLoopbackName reports whether a name, or an address, is always that of this
// computer.
func isLoopbackName(name string) bool {
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
