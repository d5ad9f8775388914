package transport

import (
	"errors"
	"io"
	"runtime/debug"
)

// ErrPanicked is the error of a function of the application that panicked.
var ErrPanicked = errors.New("the function panicked")

// guard runs what may call functions of the application (Dial, Proxy, those of TLS and
// HTTPClient) in a goroutine that isn't theirs. A panic is an error of the connection.
func guard[T any](panicked func(value any, stack []byte), f func() (T, error)) (result T, err error) {
	defer func() {
		if value := recover(); value != nil {
			if panicked != nil {
				panicked(value, debug.Stack())
			}
			var none T
			result, err = none, ErrPanicked
		}
	}()
	return f()
}

// guardedBody is the body of an answer that comes from an HTTP client of the
// application.
type guardedBody struct {
	body     io.ReadCloser
	panicked func(value any, stack []byte)
}

// Read reads.
func (b *guardedBody) Read(p []byte) (int, error) {
	return guard(b.panicked, func() (int, error) { return b.body.Read(p) })
}

// Close closes.
func (b *guardedBody) Close() error {
	_, err := guard(b.panicked, func() (struct{}, error) { return struct{}{}, b.body.Close() })
	return err
}
