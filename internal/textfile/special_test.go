//go:build linux

package textfile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/internal/textfile"
)

// descriptor is a path that names an open file, as shells make it.
func descriptor(t *testing.T, file *os.File) string {
	t.Helper()
	return fmt.Sprintf("/dev/fd/%d", file.Fd())
}

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A pipe is read to its end, whether somebody writes to it already or later, and in
// pieces.
func TestReadFIFO(t *testing.T) {
	path := fifo(t)
	done := make(chan error, 1)
	go func() {
		// This waits for the reader.
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		for range 100 {
			if err == nil {
				_, err = file.WriteString(strings.Repeat("x", 1000))
			}
		}
		done <- errors.Join(err, file.Close())
	}()
	got, err := textfile.Read(t.Context(), path, textfile.Options{Limit: 100_000, Private: true, Patience: time.Hour})
	if err != nil || len(got) != 100_000 {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A pipe that nobody writes to is given up.
func TestReadFIFONobody(t *testing.T) {
	_, err := textfile.Read(t.Context(), fifo(t), textfile.Options{Limit: 10, Patience: time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "nobody has written to this pipe: waited for 1ms") {
		t.Errorf("got %v", err)
	}
	if _, err := textfile.Read(t.Context(), fifo(t), textfile.Options{Regular: true}); !errors.Is(err, textfile.ErrNotRegular) {
		t.Errorf("got %v", err)
	}
}

// The other end of a pipe that was inherited may be gone already.
func TestReadInheritedPipe(t *testing.T) {
	for _, text := range []string{"", "text"} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = writer.WriteString(text)
		_ = writer.Close()
		got, err := textfile.Read(t.Context(), descriptor(t, reader), textfile.Options{Limit: 10, Private: true, Patience: time.Hour})
		if err != nil || string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
		_ = reader.Close()
	}
}

// Devices end, or are too long.
func TestReadDevice(t *testing.T) {
	if got, err := textfile.Read(t.Context(), "/dev/null", textfile.Options{Limit: 10, Private: true}); err != nil || len(got) != 0 {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := textfile.Read(t.Context(), "/dev/zero", textfile.Options{Limit: 1 << 20}); !errors.Is(err, textfile.ErrTooLong) {
		t.Errorf("got %v", err)
	}
}

// What is at the end of a link counts.
func TestReplaceableDevice(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{os.DevNull, link, fifo(t)} {
		if _, err := textfile.Replaceable(path); !errors.Is(err, textfile.ErrNotRegular) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

// A link leads to the file that is to be replaced, unless the system has made it for what
// is open: nobody could use that any more.
func TestReplaceableLink(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	open, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	for _, name := range []string{"one", "two"} {
		link := filepath.Join(dir, name)
		if err := os.Symlink(filepath.Base(file), link); err != nil {
			t.Fatal(err)
		}
		if target, err := textfile.Replaceable(link); err != nil || target != file {
			t.Errorf("%s leads to %s, %v", name, target, err)
		}
	}
	ofSystem := fmt.Sprintf("/dev/fd/%d", open.Fd())
	if _, err := os.Readlink(ofSystem); err != nil {
		return // it is no link here
	}
	if _, err := textfile.Replaceable(ofSystem); !errors.Is(err, textfile.ErrNotRegular) {
		t.Errorf("%s: got %v", ofSystem, err)
	}
}
