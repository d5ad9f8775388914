// Package textfile reads the files that people and their programs write: key files,
// credentials, seeds and so on. Such a file may be a pipe or a device, may have been
// made by an editor that marks it as Unicode, and may be somebody's mistake.
package textfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"
)

// Options say what is expected of a file.
type Options struct {
	// Limit is the largest size, in bytes.
	Limit int
	// Private says that nobody but the owner may be able to use the file: its mode is
	// 0600 or less. Windows has no such modes, and those of devices say nothing.
	Private bool
	// Regular says that it can't be a pipe or a device.
	Regular bool
	// Patience is how long it may take until a pipe has given all that is in it. The
	// default is 30 seconds.
	Patience time.Duration
}

// Errors to be matched with errors.Is.
var (
	// ErrShared means that others than the owner can use a file that is private.
	ErrShared = errors.New("others can use it")
	// ErrTooLong means that there is more than the limit in the file.
	ErrTooLong = errors.New("it is too long")
	// ErrNotRegular means that what is there isn't a regular file.
	ErrNotRegular = errors.New("it isn't a regular file")
	// ErrEncoding means that the text is in an encoding that isn't understood.
	ErrEncoding = errors.New("its encoding isn't understood")
)

// Error says what is wrong with a file. It has the file's name in its text.
type Error struct {
	text string
	kind error
}

// Error says it.
func (e *Error) Error() string { return e.text }

// Unwrap returns one of the errors of this package, or nil.
func (e *Error) Unwrap() error { return e.kind }

// defaultPatience is how long pipes have.
const defaultPatience = 30 * time.Second

// Read reads a file of any content, of which there may be no more than the limit.
// Pipes and devices are read to their end. The error names the file, and doesn't quote
// it; it may wrap those of package os, or the cause of ctx.
func Read(ctx context.Context, path string, o Options) ([]byte, error) {
	// A pipe that nobody writes to doesn't hold this up.
	file, err := os.OpenFile(path, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat() // of what was opened, not of what the path is now
	if err != nil {
		return nil, err
	}
	if err := o.check(path, info); err != nil {
		return nil, err
	}
	s := &source{file: file, path: path, limit: o.Limit}
	if info.Mode()&fs.ModeNamedPipe != 0 {
		s.awaited = isNamed(path)
	}
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	return s.read(ctx, o.Patience)
}

// ReadText reads a file like [Read], and decodes it like [Decode].
func ReadText(ctx context.Context, path string, o Options) ([]byte, error) {
	text, err := Read(ctx, path, o)
	if err != nil {
		return nil, err
	}
	if text, err = Decode(text); err != nil {
		return nil, &Error{path + ": " + err.Error(), ErrEncoding}
	}
	return text, nil
}

// check refuses what isn't as it is expected.
func (o *Options) check(path string, info fs.FileInfo) error {
	mode := info.Mode()
	switch {
	case mode.IsDir():
		return &Error{path + " is a directory", ErrNotRegular}
	case o.Regular && !mode.IsRegular():
		return &Error{path + " isn't a regular file", ErrNotRegular}
	case o.Private && mode&fs.ModeDevice == 0 && runtime.GOOS != "windows" && mode.Perm()&0o077 != 0:
		return &Error{fmt.Sprintf("others can use %s (mode %04o)", path, mode.Perm()), ErrShared}
	}
	return nil
}

// isNamed reports whether a pipe is in a directory, so that whoever writes to it may
// come later. The other end of one that was inherited, as /dev/fd/63 names it, was
// there from the beginning.
func isNamed(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeNamedPipe != 0
}

// source is a file that is being read.
type source struct {
	file  *os.File
	path  string
	limit int
	text  []byte
	// awaited says that nobody has written to a pipe yet, so that its end isn't one.
	awaited bool
}

// look is how often a pipe is looked at that nobody has opened for writing.
const look = 10 * time.Millisecond

func (s *source) read(ctx context.Context, patience time.Duration) ([]byte, error) {
	tooLate := fmt.Errorf("waited for %v", patience)
	ctx, cancel := context.WithTimeoutCause(ctx, patience, tooLate)
	defer cancel()
	// What has no deadlines doesn't wait either.
	stop := context.AfterFunc(ctx, func() { _ = s.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		err := s.more()
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, fmt.Errorf("%s: not all has come: %w", s.path, context.Cause(ctx))
		case !errors.Is(err, io.EOF):
			return nil, err
		case !s.awaited:
			return s.text, nil
		default:
			if err := pause(ctx, look); err != nil {
				return nil, fmt.Errorf("%s: nobody has written to this pipe: %w", s.path, err)
			}
		}
		if len(s.text) > s.limit {
			return nil, &Error{fmt.Sprintf("%s: more than %d bytes", s.path, s.limit), ErrTooLong}
		}
	}
}

// more reads once.
func (s *source) more() error {
	if cap(s.text) == len(s.text) {
		grown := make([]byte, len(s.text), max(4096, 2*len(s.text)))
		copy(grown, s.text)
		s.text = grown
	}
	n, err := s.file.Read(s.text[len(s.text):min(cap(s.text), s.limit+1)])
	s.text = s.text[:len(s.text)+n]
	if n > 0 {
		s.awaited = false
	}
	return err
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
