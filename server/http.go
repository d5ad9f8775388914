package server

import (
	"net/http"
	"slices"
	"time"
)

// handler makes the HTTP side of the server.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/v2/endpoint", s.browsers(s.discover))
	mux.HandleFunc("GET /v2/socket", s.socket)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.hub.occupy() {
			http.Error(w, "closed", http.StatusServiceUnavailable)
			return
		}
		defer s.hub.active.Done()
		defer s.hub.guard(nil)
		if s.faulty(w, r) {
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// faulty makes requests fail, or wait, if that has been asked for.
func (s *Server) faulty(w http.ResponseWriter, r *http.Request) bool {
	s.hub.lock()
	refuse, slow := s.hub.faults.refuse, s.hub.faults.slow
	s.hub.unlock()
	if slow > 0 {
		timer := time.NewTimer(slow)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}
	if refuse != 0 {
		http.Error(w, http.StatusText(refuse), refuse)
	}
	return refuse != 0
}

// browsers lets web pages of other origins call a handler. There are no
// credentials that a browser would attach by itself, so none are allowed.
func (s *Server) browsers(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.originAllowed(r) {
			http.Error(w, "origin not allowed", http.StatusForbidden)
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

// originAllowed checks the Origin header. See Config.Origins.
func (s *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return origin == "" || len(s.config.Origins) == 0 || slices.Contains(s.config.Origins, origin)
}
