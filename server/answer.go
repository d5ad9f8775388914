package server

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/ninchat-community/ninchat/server/internal/damage"
)

// urlQuery is what the URL of a request says.
type urlQuery struct {
	values   url.Values
	callback string
}

// callbackName is what may be called in a JSONP answer: names joined by dots. It
// keeps others from putting a script of their own into an answer of ours.
var callbackName = regexp.MustCompile(`^[A-Za-z_$][\w$]{0,63}(\.[A-Za-z_$][\w$]{0,63}){0,7}$`)

// newURLQuery looks at the URL of a request. If it returns false, the request has
// been answered.
func newURLQuery(w http.ResponseWriter, r *http.Request) (*urlQuery, bool) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		http.Error(w, "the query can't be understood", http.StatusBadRequest)
		return nil, false
	}
	q := &urlQuery{values: values, callback: values.Get("callback")}
	if q.callback != "" && !callbackName.MatchString(q.callback) {
		http.Error(w, "callback isn't the name of a function", http.StatusBadRequest)
		return nil, false
	}
	return q, true
}

// newActionQuery is like newURLQuery, for requests that do something: it refuses
// HEAD.
func newActionQuery(w http.ResponseWriter, r *http.Request) (*urlQuery, bool) {
	if r.Method == http.MethodHead {
		w.Header().Set("Allow", "GET, OPTIONS, POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return nil, false
	}
	return newURLQuery(w, r)
}

// contentType is the type of an answer in JSON.
func (q *urlQuery) contentType() string {
	if q.callback == "" {
		return "application/json"
	}
	return "application/javascript; charset=utf-8"
}

// apply makes a call of the callback out of JSON text, if there is one.
func (q *urlQuery) apply(text []byte) []byte {
	if q.callback == "" {
		return text
	}
	// Two characters may be in JSON strings, but not in those of older browsers.
	text = bytes.ReplaceAll(text, []byte("\u2028"), []byte(`\u2028`))
	text = bytes.ReplaceAll(text, []byte("\u2029"), []byte(`\u2029`))
	script := append(make([]byte, 0, len(q.callback)+len(text)+8), q.callback...)
	script = append(append(script, '('), text...)
	return append(script, ");"...)
}

// answer is the answer to a request, with what faults do to it.
type answer struct {
	text []byte
	// status is 0 for 200.
	status      int
	contentType string
	fault       *damage.Fault
	delay       time.Duration
	// snapped means that there is no answer.
	snapped bool
}

// answer writes an answer.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, a *answer) {
	defer s.hub.letGo(a.fault)
	if err := s.hub.awaitAllKept(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	gone := r.Context().Done()
	a.fault.Pass(gone)
	a.fault.Linger(gone)
	s.hub.pulse.Wait(a.delay, gone, nil)
	allowed, cut := a.fault.Allow(len(a.text))
	if a.snapped || cut && allowed == 0 || r.Context().Err() != nil {
		panic(http.ErrAbortHandler)
	}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(s.hub.pulse.Now().Add(s.config.Stall))
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Length", strconv.Itoa(len(a.text)))
	if a.contentType != "" {
		header.Set("Content-Type", a.contentType)
	} else {
		header["Content-Type"] = nil // and none is made up
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = w.Write(a.text[:allowed])
	_ = control.Flush()
	if cut {
		panic(http.ErrAbortHandler)
	}
	// The connection may be used for something else, by a server of others.
	_ = control.SetWriteDeadline(time.Time{})
}
