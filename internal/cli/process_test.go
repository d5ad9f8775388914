package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// binary is the command, built when it is needed first.
var binary struct {
	once sync.Once
	dir  string
	path string
	err  error
}

func builtCommand(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the command")
	}
	binary.once.Do(func() {
		if binary.dir, binary.err = os.MkdirTemp("", "ninchat-test-"); binary.err != nil {
			return
		}
		binary.path = filepath.Join(binary.dir, "ninchat")
		if runtime.GOOS == "windows" {
			binary.path += ".exe"
		}
		build := exec.Command("go", "build", "-buildvcs=false", "-o", binary.path, "github.com/ninchat-community/ninchat/cmd/ninchat")
		build.Env = goEnvironment
		output, err := build.CombinedOutput()
		if err != nil {
			binary.err = fmt.Errorf("%w: %s", err, output)
		}
	})
	if binary.err != nil {
		t.Fatal(binary.err)
	}
	return binary.path
}

// process is the command in a process of its own.
type process struct {
	t       *testing.T
	cmd     *exec.Cmd
	stdout  *bufio.Reader
	stderr  *bufio.Reader
	said    strings.Builder
	resting chan struct{}
}

// spawn starts the command in a process of its own.
func (a *actor) spawn(stdin io.Reader, args ...string) *process {
	a.t.Helper()
	cmd := exec.Command(builtCommand(a.t), patient(args)...)
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "NINCHAT_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	for name, value := range a.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdin = stdin
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		a.t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		a.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	p := &process{
		t:      a.t,
		cmd:    cmd,
		stdout: bufio.NewReaderSize(io.TeeReader(stdout, a), 64<<10),
		stderr: bufio.NewReader(io.TeeReader(stderr, a)),
	}
	a.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		p.end()
	})
	return p
}

// line reads a line of stdout. It returns false at the end.
func (p *process) line() (string, bool) {
	text, err := p.stdout.ReadString('\n')
	return strings.TrimSuffix(text, "\n"), err == nil
}

// says reads stderr up to a line with text in it.
func (p *process) says(text string) {
	p.t.Helper()
	for {
		line, err := p.stderr.ReadString('\n')
		p.said.WriteString(line)
		if strings.Contains(line, text) {
			return
		}
		if err != nil {
			p.t.Fatalf("stderr is without %q:\n%s", text, p.said.String())
		}
	}
}

// rest reads what else is said.
func (p *process) rest() {
	if p.resting != nil {
		return
	}
	p.resting = make(chan struct{})
	go func() {
		defer close(p.resting)
		_, _ = io.Copy(&p.said, p.stderr)
	}()
}

// end waits for the end of the process, and returns its exit status, -1 if it
// was killed. It can be called again.
func (p *process) end() int {
	p.rest()
	_, _ = io.Copy(io.Discard, p.stdout)
	<-p.resting
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

// longText is a text of ten thousand lines: in several scripts, with characters
// that mean something to terminals, JSON or shells, empty ones, and a long one.
func longText(seed uint64) []string {
	random := rand.New(rand.NewPCG(seed, 1))
	words := []string{
		"hello", "wörld", "Ärger", "Łódź", "привет", "мир", "γειά", "שלום", "مرحبا", "नमस्ते", "你好", "世界", "こんにちは", "안녕",
		"👋🏽", "👩‍👩‍👧‍👦", "e\u0301", "𝔘𝔫𝔦", "\t", "\r", "\x00", "\x1b[31m", "\u202e", "\u2028", "\ufeff", "\ufffd", `"`, `\`, `\n`, "<&>", "{}", "$(x)", "'",
	}
	text := make([]string, 10_000)
	for i := range text {
		if random.IntN(20) == 0 {
			continue
		}
		var line strings.Builder
		for range 1 + random.IntN(12) {
			line.WriteString(words[random.IntN(len(words))])
			line.WriteByte(' ')
		}
		text[i] = line.String()
	}
	text[4321] = strings.Repeat("ふ", 20<<10/3)
	return text
}

// exchange is a listener and a sender in processes of their own.
type exchange struct {
	*world
	listener, sender *actor
	channel          string
}

func (w *world) exchange() *exchange {
	w.t.Helper()
	e := &exchange{world: w, listener: w.user("listener"), sender: w.user("sender")}
	e.channel = e.sender.channel("lobby")
	e.listener.ok("", "join", e.channel)
	return e
}

// run sends text and compares it with what is heard. heard is called after each
// message. It returns how often the listener lost its session.
func (e *exchange) run(text []string, heard func(count int)) (losses int) {
	t := e.t
	t.Helper()
	listening := e.listener.spawn(nil, "listen", "--json", "--count", fmt.Sprint(len(text)), e.channel)
	listening.says("listening to 1 channel")
	listening.rest()
	reader, writer := io.Pipe()
	sending := e.sender.spawn(reader, "send", e.channel)
	t.Cleanup(func() { _ = writer.Close() })
	sending.rest()
	// The last message is sent when all others have been heard: until then, whatever
	// happens to the sessions matters to both.
	feed := func(lines []string) { _, _ = io.WriteString(writer, strings.Join(lines, "\n")+"\n") }
	var feeding sync.WaitGroup
	feeding.Go(func() { feed(text[:len(text)-1]) })
	var got []string
	for {
		line, more := listening.line()
		if !more {
			break
		}
		p := parseLine(t, line)
		if p.Event == "session_lost" {
			losses++
			continue
		}
		got = append(got, p.text(t))
		heard(len(got))
		if len(got) == len(text)-1 {
			feeding.Wait()
			feed(text[len(got):])
			_ = writer.Close()
		}
	}
	for name, p := range map[string]*process{"listen": listening, "send": sending} {
		if status := p.end(); status != 0 {
			t.Errorf("%s: status %d: %s", name, status, p.said.String())
		}
	}
	if !strings.Contains(sending.said.String(), fmt.Sprintf("sent %d messages to 1 channel", len(text))) {
		t.Errorf("send said: %s", sending.said.String())
	}
	if said := strings.Count(listening.said.String(), "session lost"); said != losses {
		t.Errorf("listen printed %d lost sessions and said %d", losses, said)
	}
	sameTexts(t, got, text)
	// What the server has is the same, too: nothing was sent twice.
	sameTexts(t, e.sender.texts(e.channel), text)
	return losses
}

// TestProcesses has the server, the listener and the sender in processes of
// their own.
func TestProcesses(t *testing.T) {
	w := newWorld(t)
	operator := &actor{w, map[string]string{}}
	serving := operator.spawn(nil, "serve", "--json", "--addr", "127.0.0.1:0")
	serving.rest()
	first, _ := serving.line()
	var l listening
	if err := json.Unmarshal([]byte(first), &l); err != nil || l.Event != "listening" || !strings.HasPrefix(l.URL, "http://127.0.0.1:") {
		t.Fatalf("the first line is %q", first)
	}
	url := l.URL
	e := &exchange{world: w}
	for name, who := range map[string]**actor{"listener": &e.listener, "sender": &e.sender} {
		*who = w.newcomer(name)
		(*who).env["NINCHAT_ADDRESS"] = url
		(*who).ok("", "user", "create", name)
		(*who).noteSecrets()
	}
	e.channel = e.sender.channel("lobby")
	e.listener.ok("", "join", e.channel)
	// The server may lose the session of a listener that is too slow; even then
	// nothing is missing.
	e.run(longText(1), func(int) {})
	if err := serving.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := serving.end(); status != 0 {
		t.Errorf("serve: status %d: %s", status, serving.said.String())
	}
}

// roomy is a server that doesn't lose the sessions of slow listeners.
func roomy() ninchattest.Option {
	return ninchattest.WithConfig(func(c *server.Config) {
		c.Limits.Events = 1 << 20
		c.Limits.EventBytes = 1 << 30
	})
}

// TestProcessesWithCuts cuts the connections of both again and again.
func TestProcessesWithCuts(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const cuts = 20
	w := newWorld(t, roomy())
	e := w.exchange()
	listens := newProxy(t, w.server.Host(), seed, cuts, 60_000)
	sends := newProxy(t, w.server.Host(), seed+1, cuts, 60_000)
	e.listener.env["NINCHAT_ADDRESS"] = listens.url()
	e.sender.env["NINCHAT_ADDRESS"] = sends.url()
	if losses := e.run(longText(seed), func(int) {}); losses != 0 {
		t.Errorf("%d sessions were lost", losses)
	}
	if listens.count() != cuts || sends.count() != cuts {
		t.Errorf("there were only %d and %d cuts", listens.count(), sends.count())
	}
	if n := w.server.Stats().Resumed; n == 0 {
		t.Error("nothing was resumed")
	}
}

// TestProcessesWithLosses has the server lose the listener's session.
func TestProcessesWithLosses(t *testing.T) {
	w := newWorld(t, roomy())
	e := w.exchange()
	match := server.Match{UserID: e.listener.stored().UserID}
	lost := 0
	losses := e.run(longText(2), func(count int) {
		if count == 500 || count == 3500 || count == 7000 {
			lost += w.server.Faults().Lose(match)
		}
	})
	if losses == 0 || losses > lost {
		t.Errorf("%d sessions were lost, the listener printed %d", lost, losses)
	}
}

func TestProcessSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals")
	}
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		serving := alice.spawn(nil, "serve", "--addr", "127.0.0.1:0")
		if _, more := serving.line(); !more {
			t.Fatal("serve printed nothing")
		}
		listening := alice.spawn(nil, "listen", id)
		listening.says("listening")
		// What is to be sent never ends.
		reader, writer := io.Pipe()
		sending := alice.spawn(reader, "send", id)
		if _, err := io.WriteString(writer, "hello\n"); err != nil {
			t.Fatal(err)
		}
		listening.line()
		for _, p := range []*process{serving, listening, sending} {
			if err := p.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
		}
		sending.says("interrupted")
		_ = writer.Close()
		if status := serving.end(); status != 0 {
			t.Errorf("%v: serve: status %d", signal, status)
		}
		if status := listening.end(); status != 0 {
			t.Errorf("%v: listen: status %d", signal, status)
		}
		if status := sending.end(); status != 1 {
			t.Errorf("%v: send: status %d", signal, status)
		}
	}
}

// TestProcessStatus looks at what a shell sees.
func TestProcessStatus(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	for args, want := range map[string]int{"version": 0, "channel join nowhere": 1, "bogus": 2, "": 0} {
		p := alice.spawn(bytes.NewReader(nil), strings.Fields(args)...)
		if status := p.end(); status != want {
			t.Errorf("ninchat %s: status %d, want %d", args, status, want)
		}
	}
}
