package transport

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"
)

// StatusError is an HTTP status that isn't the one that is wanted.
type StatusError struct {
	// Code is the HTTP status code.
	Code int
	// RetryAfter is how long the server asks to be left alone, 0 if it doesn't.
	RetryAfter time.Duration
}

// Error says which status it is.
func (e *StatusError) Error() string {
	text := "unexpected HTTP status " + strconv.Itoa(e.Code)
	if name := http.StatusText(e.Code); name != "" {
		text += " " + name
	}
	return text
}

// statusError makes an error of an answer.
func statusError(response *http.Response) *StatusError {
	return &StatusError{response.StatusCode, retryAfter(response.Header)}
}

// isPassing reports whether somebody doesn't refuse what is asked for, but wants it
// to be asked for later.
func (e *StatusError) isPassing() bool {
	return e.RetryAfter > 0 || e.Code >= 400 && e.Code < 500 && !e.isFinal()
}

// IsRefusal reports whether an error says that what was asked for would be refused
// again, by a server or a proxy, and not just at the moment.
func IsRefusal(err error) bool {
	if status, ok := errors.AsType[*StatusError](err); ok {
		return status.isFinal()
	}
	if refused, ok := errors.AsType[*socksError](err); ok {
		return refused.isFinal()
	}
	_, unusable := errors.AsType[*ProxySettingError](err)
	return unusable
}

// isFinal reports whether the same request would be refused again. Who says when to
// come again doesn't mean that, whatever the status is.
func (e *StatusError) isFinal() bool {
	if e.RetryAfter > 0 {
		return false
	}
	switch e.Code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return e.Code >= 400 && e.Code < 500
}

// RetryAfter returns how long the server, or a proxy, whose answer led to an error
// asks to be left alone, 0 if it doesn't.
func RetryAfter(err error) time.Duration {
	if status, ok := errors.AsType[*StatusError](err); ok {
		return status.RetryAfter
	}
	return 0
}

// longest is the longest time that is understood.
const longest = time.Duration(math.MaxInt64)

// retryAfter reads for how long an answer asks that no other request be made (RFC
// 9110, section 10.2.3): a number of seconds, or a date. The clock for a date is
// that of the server if it says what time it is. Whether to believe it is for the
// caller to say: it may be any time.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(longest/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(at.Sub(now), 0)
}
