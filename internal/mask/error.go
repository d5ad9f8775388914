package mask

import "errors"

// maskedError is an error with another text.
type maskedError struct {
	err  error
	text string
}

func (e *maskedError) Error() string { return e.text }

// Is reports whether the error matches target.
func (e *maskedError) Is(target error) bool { return errors.Is(e.err, target) }

// As finds what is in the error.
func (e *maskedError) As(target any) bool { return errors.As(e.err, target) }
