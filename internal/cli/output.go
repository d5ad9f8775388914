package cli

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/term"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/mask"
)

func encodeBase64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// printf writes to stdout.
func (a *app) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(a.stdout, format, args...)
	return err
}

// printJSON writes a value as a line of JSON.
func (a *app) printJSON(value any) error {
	line, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(append(safeJSON(line), '\n'))
	return err
}

// printEvent writes an event as a line of JSON, without secrets.
func (a *app) printEvent(event api.TypedEvent) error {
	encoded, err := api.NewEvent(event)
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(eventLine(encoded, &a.secrets))
	return err
}

// sharedWriter is for what several goroutines write, such as logs.
type sharedWriter struct {
	mu  sync.Mutex
	out io.Writer
	// failure is the first error. It isn't protected by mu, as a write may last.
	failure atomic.Pointer[error]
	// secrets are hidden in what is written.
	secrets *mask.Set
}

// Write writes p in one go.
func (w *sharedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := p
	if w.secrets != nil {
		text = []byte(w.secrets.Hide(string(p)))
	}
	if _, err := w.out.Write(text); err != nil {
		w.failure.CompareAndSwap(nil, &err)
		return 0, err
	}
	return len(p), nil
}

// failed returns why something couldn't be written, nil if everything could.
func (w *sharedWriter) failed() error {
	if err := w.failure.Load(); err != nil {
		return fmt.Errorf("writing the standard output: %w", *err)
	}
	return nil
}

// isTerminal reports whether a stream that was given to Run is a terminal.
func isTerminal(stream any) bool {
	if shared, ok := stream.(*sharedWriter); ok {
		stream = shared.out
	}
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// style says how text is to be decorated: not at all, unless it goes to a
// terminal.
type style struct{ colours bool }

// styleOf is the style for what is written to w.
func (a *app) styleOf(w io.Writer) style {
	return style{isTerminal(w) && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"}
}

func (s style) paint(code, text string) string {
	if !s.colours {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) bold(text string) string  { return s.paint("1", text) }
func (s style) faint(text string) string { return s.paint("2", text) }

// name paints a person's name, each person in the same colour each time.
func (s style) name(name string) string {
	sum := 0
	for _, b := range []byte(name) {
		sum = sum*31 + int(b)
	}
	return s.paint(fmt.Sprint(31+(sum&0x7FFF)%6), name)
}

// plural is a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// lineWriter writes lines as soon as possible without waiting for each: those
// that come while it is writing are written together.
type lineWriter struct {
	ctx  context.Context
	out  io.Writer
	stop func() bool
	done chan struct{}

	mu     sync.Mutex
	change sync.Cond
	buffer []byte
	spare  []byte
	closed bool
	// writing says that a line is being written.
	writing bool
	err     error
}

// maxUnwritten is how many bytes may wait before write does.
const maxUnwritten = 64 << 10

// newLineWriter makes a lineWriter, which must be closed. When ctx ends, it
// doesn't wait any more.
func newLineWriter(ctx context.Context, out io.Writer) *lineWriter {
	w := &lineWriter{ctx: ctx, out: out, done: make(chan struct{})}
	w.change.L = &w.mu
	w.stop = context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.change.Broadcast()
	})
	go w.run()
	return w
}

// write adds a line. It waits while there is too much to be written.
func (w *lineWriter) write(line []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.buffer) > maxUnwritten && w.err == nil {
		if w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		w.change.Wait()
	}
	w.buffer = append(w.buffer, line...)
	w.change.Broadcast()
	return w.err
}

func (w *lineWriter) run() {
	defer close(w.done)
	for {
		buffer := w.take()
		if buffer == nil {
			return
		}
		_, err := w.out.Write(buffer)
		w.written(buffer, err)
	}
}

// take waits for something to write. It returns nil at the end.
func (w *lineWriter) take() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.buffer) == 0 && !w.closed {
		w.change.Wait()
	}
	if len(w.buffer) == 0 || w.err != nil {
		return nil
	}
	buffer := w.buffer
	w.buffer, w.spare = w.spare[:0], nil
	w.writing = true
	w.change.Broadcast()
	return buffer
}

func (w *lineWriter) written(buffer []byte, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spare = buffer
	w.writing = false
	if err != nil {
		w.err = err
	}
	w.change.Broadcast()
}

// flush waits until what was added has been written.
func (w *lineWriter) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for (len(w.buffer) > 0 || w.writing) && w.err == nil {
		if w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		w.change.Wait()
	}
	return w.err
}

// close writes what is left, but not for long when ctx has ended: whoever should
// read it may have stopped.
func (w *lineWriter) close() error {
	w.mu.Lock()
	w.closed = true
	w.change.Broadcast()
	w.mu.Unlock()
	defer w.stop()
	select {
	case <-w.done:
	case <-w.ctx.Done():
		after, stop := timer(time.Second)
		defer stop()
		select {
		case <-w.done:
		case <-after:
			return w.ctx.Err()
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}
