package server

import (
	"net"
	"net/http"
	"regexp"

	"github.com/go-json-experiment/json"
)

// callbackName is what may be called in a JSONP answer: names joined by dots. It
// keeps others from putting a script of their own into an answer of ours.
var callbackName = regexp.MustCompile(`^[A-Za-z_$][\w$]{0,63}(\.[A-Za-z_$][\w$]{0,63}){0,7}$`)

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
	callback := r.URL.Query().Get("callback")
	switch {
	case callback == "":
		w.Header().Set("Content-Type", "application/json")
	case callbackName.MatchString(callback):
		w.Header().Set("Content-Type", "application/javascript; charset=utf-8")
		text = append(append([]byte(callback+"("), text...), ");"...)
	default:
		http.Error(w, "callback isn't the name of a function", http.StatusBadRequest)
		return
	}
	_, _ = w.Write(text)
}

// hosts are where clients are to connect to: where this request came, unless the
// configuration says something else.
func (s *Server) hosts(r *http.Request) []string {
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
