package textfile_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/internal/textfile"
)

func write(t *testing.T, text string, mode fs.FileMode) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	for _, length := range []int{0, 1, 4095, 4096, 4097, 10_000} {
		text := strings.Repeat("x", length)
		path := write(t, text, 0o600)
		got, err := textfile.Read(t.Context(), path, textfile.Options{Limit: length, Private: true, Regular: true})
		if err != nil || string(got) != text {
			t.Errorf("%d bytes: got %d, %v", length, len(got), err)
		}
		if length == 0 {
			continue
		}
		if _, err := textfile.Read(t.Context(), path, textfile.Options{Limit: length - 1}); !errors.Is(err, textfile.ErrTooLong) || !strings.Contains(err.Error(), path) {
			t.Errorf("%d bytes: got %v", length, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "nowhere")
	if _, err := textfile.Read(t.Context(), missing, textfile.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := textfile.Read(t.Context(), t.TempDir(), textfile.Options{}); !errors.Is(err, textfile.ErrNotRegular) || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("got %v", err)
	}
	if _, err := textfile.ReadText(t.Context(), write(t, "{\x00}\x00", 0o600), textfile.Options{Limit: 10}); !errors.Is(err, textfile.ErrEncoding) {
		t.Errorf("got %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	if _, err := textfile.Read(t.Context(), write(t, "", 0o640), textfile.Options{Private: true}); !errors.Is(err, textfile.ErrShared) || !strings.Contains(err.Error(), "(mode 0640)") {
		t.Errorf("got %v", err)
	}
}

func TestReplaceable(t *testing.T) {
	file := write(t, "", 0o600)
	for path, want := range map[string]bool{file: true, file + "-new": true, t.TempDir(): false} {
		target, err := textfile.Replaceable(path)
		if (err == nil) != want || err == nil && target != path {
			t.Errorf("%s: got %s, %v", path, target, err)
		}
	}
}

// What waits ends with the context.
func TestReadEnds(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	path := descriptor(t, reader)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := textfile.Read(ctx, path, textfile.Options{Limit: 10}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := textfile.Read(t.Context(), path, textfile.Options{Limit: 10, Patience: time.Millisecond}); err == nil || !strings.Contains(err.Error(), "waited for 1ms") {
		t.Errorf("got %v", err)
	}
}
