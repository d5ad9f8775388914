package endurance_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// victim is a server in a process of its own, which keeps its state in a file, and
// is killed and started again.
type victim struct {
	t       *testing.T
	command string
	state   string
	addr    string
	args    []string

	process *exec.Cmd
	said    *bytes.Buffer
}

// newVictim builds the command, and starts it.
func newVictim(t *testing.T, args ...string) *victim {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the command")
	}
	dir := t.TempDir()
	v := &victim{t: t, command: filepath.Join(dir, "ninchat"), state: filepath.Join(dir, "state.db"), addr: "127.0.0.1:0", args: args}
	if runtime.GOOS == "windows" {
		v.command += ".exe"
	}
	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", v.command, "github.com/ninchat-community/ninchat/cmd/ninchat").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	v.begin()
	t.Cleanup(v.kill)
	return v
}

// begin starts the server, at the same address as before, and waits until it is
// ready.
func (v *victim) begin() {
	v.t.Helper()
	v.said = new(bytes.Buffer)
	v.process = exec.Command(v.command, append([]string{"serve", "--json", "--addr", v.addr, "--state", v.state}, v.args...)...)
	v.process.Stderr = v.said
	v.process.Env = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Dir(v.state))
	stdout, err := v.process.StdoutPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.process.Start(); err != nil {
		v.t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_, url, found := strings.Cut(line, `{"event":"listening","url":"`)
	if err != nil || !found {
		_ = v.process.Wait()
		v.t.Fatalf("the server's first line is %q, %v: %s", line, err, v.said)
	}
	_, rest, _ := strings.Cut(url, "://")
	v.addr, _, _ = strings.Cut(rest, `"`)
}

// kill ends the server by SIGKILL, at once. It can be called again.
func (v *victim) kill() {
	_ = v.process.Process.Kill()
	_ = v.process.Wait()
}
