package server

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
)

// debugging lets a handler be called if Config.Debug is set. Unlike others, such
// requests aren't hit by faults: they are how those are ended.
func (s *Server) debugging(next http.HandlerFunc) http.HandlerFunc {
	return s.door.guard(func(w http.ResponseWriter, r *http.Request) {
		if !s.config.Debug {
			http.NotFound(w, r)
			return
		}
		next(w, r)
	})
}

// faultText is a fault as /debug/faults has it.
type faultText struct {
	Fault
	Delay  string `json:"delay,omitzero"`
	Length string `json:"for,omitzero"`
}

func newFaultText(f Fault) faultText {
	text := faultText{Fault: f}
	if f.Delay != 0 {
		text.Delay = f.Delay.String()
	}
	if f.Length != 0 {
		text.Length = f.Length.String()
	}
	return text
}

func (t *faultText) fault() (f Fault, err error) {
	f = t.Fault
	if f.Delay, err = parseSpan("delay", t.Delay); err != nil {
		return f, err
	}
	f.Length, err = parseSpan("for", t.Length)
	return f, err
}

func parseSpan(name, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s: not a duration such as 250ms or 1m30s", name)
	}
	return d, nil
}

// maxDebugBody bounds the bodies of debugging requests.
const maxDebugBody = 64 << 10

// debugFaults lists the faults (GET), adds one (POST), or ends all (DELETE).
func (s *Server) debugFaults(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		faults := []faultText{}
		for _, f := range s.Faults().Active() {
			faults = append(faults, newFaultText(f))
		}
		writeDebug(w, faults)
	case http.MethodDelete:
		s.Faults().Clear()
		w.WriteHeader(http.StatusNoContent)
	case http.MethodPost:
		matched, err := s.debugFault(w, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		writeDebug(w, struct {
			Matched int `json:"matched"`
		}{matched})
	default:
		w.Header().Set("Allow", "DELETE, GET, POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// debugFault adds a fault.
func (s *Server) debugFault(w http.ResponseWriter, r *http.Request) (matched int, err error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return 0, errors.New("Content-Type: not application/json")
	}
	var text faultText
	body := http.MaxBytesReader(w, r.Body, maxDebugBody)
	if err := json.UnmarshalRead(body, &text, json.RejectUnknownMembers(true)); err != nil {
		if e, ok := errors.AsType[*json.SemanticError](err); ok && e.JSONPointer != "" {
			return 0, fmt.Errorf("%s: unknown, or doesn't fit its type", dotted(e.JSONPointer))
		}
		return 0, errors.New("the body isn't a fault in JSON")
	}
	f, err := text.fault()
	if err != nil {
		return 0, err
	}
	return s.Faults().Apply(f)
}

func writeDebug(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.MarshalWrite(w, value)
}
