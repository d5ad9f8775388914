package server

import (
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"
)

// checkSites checks Config.Sites.
func checkSites(sites map[string]jsontext.Value) error {
	for key, site := range sites {
		if site.Kind() != '{' || !site.IsValid() {
			return fmt.Errorf("ninchat: server: Sites: %q isn't a JSON object", key)
		}
	}
	return nil
}

// site answers with the configuration of a site. See Config.Sites.
func (s *Server) site(w http.ResponseWriter, r *http.Request) {
	site, ok := s.config.Sites[r.PathValue("key")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodPost {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(site)
}
