package server

import (
	"context"
	"net/http"
	"strings"
)

// handler makes the HTTP side of the server.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/v2/endpoint", s.browsers(s.discover))
	mux.HandleFunc("/v2/poll", s.browsers(s.limited(s.poll)))
	mux.HandleFunc("/v2/call", s.browsers(s.limited(s.call)))
	mux.HandleFunc("GET /v2/socket", s.socket)
	mux.HandleFunc("/config/{key}", s.browsers(s.site))
	mux.HandleFunc("/files/{id}", s.browsers(s.downloadFile))
	mux.HandleFunc("/icons/{id}", s.browsers(s.downloadIcon))
	mux.HandleFunc("GET /debug/outbox", s.door.guard(s.showOutbox))
	mux.HandleFunc("/debug/faults", s.debugging(s.debugFaults))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.hub.occupy() {
			http.Error(w, "closed", http.StatusServiceUnavailable)
			return
		}
		defer s.hub.active.Done()
		defer s.hub.guard(nil)
		// Closing the server ends all waiting.
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.hub.ending, cancel)()
		r = r.WithContext(ctx)
		if !s.faulty(w, r) {
			mux.ServeHTTP(w, r)
		}
	})
}

// faulty makes requests fail, or wait, if that has been asked for.
func (s *Server) faulty(w http.ResponseWriter, r *http.Request) bool {
	s.hub.lock()
	refuse, slow := s.hub.faults.refuse, s.hub.faults.slow
	if r.URL.Path == "/v2/endpoint" {
		slow += s.hub.faults.discovery
	}
	s.hub.unlock()
	if strings.HasPrefix(r.URL.Path, "/debug/") {
		return false // that is how faults are ended
	}
	s.hub.pulse.Wait(slow, r.Context().Done(), nil)
	if refuse != 0 {
		http.Error(w, http.StatusText(refuse), refuse)
	}
	return refuse != 0
}

// limited bounds the number of requests that are being answered at once.
func (s *Server) limited(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer s.hub.requests.Add(-1)
		if s.hub.requests.Add(1) > int64(s.config.Limits.Requests) {
			http.Error(w, "too many requests", http.StatusServiceUnavailable)
			return
		}
		next(w, r)
	}
}

// admits refuses requests of web pages that aren't let in.
func (s *Server) admits(w http.ResponseWriter, r *http.Request) bool {
	err := s.pages.check(r)
	if err != nil {
		s.hub.log.Info("request refused", "cause", err)
		http.Error(w, err.Error(), http.StatusForbidden)
	}
	return err == nil
}

// browsers lets web pages of other origins call a handler. There are no
// credentials that a browser would attach by itself, so none are allowed.
func (s *Server) browsers(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.admits(w, r) {
			return
		}
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("X-Content-Type-Options", "nosniff")
		switch r.Method {
		case http.MethodOptions:
			header.Set("Access-Control-Allow-Headers", "X-User-Agent, Content-Type")
			header.Set("Access-Control-Allow-Methods", "GET, POST")
			header.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
		case http.MethodGet, http.MethodHead, http.MethodPost:
			next(w, r)
		default:
			header.Set("Allow", "GET, HEAD, OPTIONS, POST")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		}
	}
}
