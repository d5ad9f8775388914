package server

import (
	"net"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// discover answers with the hosts to connect to.
func (s *Server) discover(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	text, err := json.Marshal(map[string][]string{"hosts": s.hosts(r)})
	if err != nil {
		http.Error(w, "the Host header isn't text", http.StatusBadRequest)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	q, ok := newURLQuery(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", q.contentType())
	_, _ = w.Write(q.apply(text))
}

// home is where a client that has come by a request is to connect to from now on: the
// host by which it came, unless the configuration says something else. It is "" for
// what can't be the name of a host.
func (s *Server) home(r *http.Request) string {
	if hosts := s.config.Hosts; len(hosts) > 0 && !slices.Contains(hosts, r.Host) {
		return hosts[0]
	}
	if len(r.Host) > maxHost || !utf8.ValidString(r.Host) {
		return ""
	}
	return r.Host
}

// maxHost is enough for the longest name there can be, and a port.
const maxHost = 300

// hosts are where clients are to connect to: where this request came, unless the
// configuration says something else.
func (s *Server) hosts(r *http.Request) []string {
	s.hub.lock()
	lies := s.hub.faults.hosts
	s.hub.unlock()
	if len(lies) > 0 {
		return lies
	}
	if len(s.config.Hosts) > 0 {
		return s.config.Hosts
	}
	if _, _, err := net.SplitHostPort(r.Host); err == nil {
		return []string{r.Host}
	}
	port := "80"
	if r.TLS != nil {
		port = "443"
	}
	return []string{r.Host + ":" + port}
}
