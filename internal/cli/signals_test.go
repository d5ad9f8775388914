//go:build linux

package cli

import (
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// Two signals at once are one request: the server still ends in an orderly way.
func TestProcessSignalTwice(t *testing.T) {
	w := newWorld(t)
	for _, second := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		operator := &actor{w, map[string]string{}}
		serving := operator.spawn(nil, "serve", "--json", "--addr", "127.0.0.1:0")
		serving.rest()
		if first, _ := serving.line(); !strings.Contains(first, "listening") {
			t.Fatalf("the first line is %q", first)
		}
		// What is sent to a process that has been stopped comes when it goes on.
		for _, s := range []os.Signal{syscall.SIGSTOP, syscall.SIGTERM, second, syscall.SIGCONT} {
			if err := serving.cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
		if last, _ := serving.line(); last != `{"event":"ended"}` {
			t.Errorf("%v: the last line is %q", second, last)
		}
		if status := serving.end(); status != 0 {
			t.Errorf("%v: status %d: %s", second, status, serving.said.String())
		}
	}
}

// Ctrl-C, again and again, ends a command that doesn't end when it is interrupted.
func TestProcessSignalAgain(t *testing.T) {
	w := newWorld(t)
	named := w.fifo("key")
	p := (&actor{w, map[string]string{}}).spawn(nil, "master", "encrypt", "--key-file", named)
	p.rest()
	// This waits for the reader.
	writer, err := os.OpenFile(named, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	go func() {
		for p.cmd.Process.Signal(syscall.SIGINT) == nil {
			runtime.Gosched()
		}
	}()
	p.end()
	if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v: %s", status, p.said.String())
	}
}
