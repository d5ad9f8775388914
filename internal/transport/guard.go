package transport

import (
	"errors"
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
