package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

func TestMain(m *testing.M) {
	// The command reads these; tests set what they need.
	for _, name := range []string{"NINCHAT_ADDRESS", "NINCHAT_CREDENTIALS", "NINCHAT_IDENTITY_TYPE", "NINCHAT_IDENTITY_NAME", "NINCHAT_IDENTITY_AUTH", "NINCHAT_CA_FILE", "NINCHAT_DEBUG_TOKEN", "NO_COLOR"} {
		_ = os.Unsetenv(name)
	}
	goEnvironment = os.Environ()
	// Servers leave their debug tokens here.
	cache, err := os.MkdirTemp("", "ninchat-cache-")
	if err != nil {
		_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
		os.Exit(1)
	}
	_ = os.Setenv(cacheVariable(), cache)
	status := m.Run()
	_ = os.RemoveAll(cache)
	if binary.dir != "" {
		_ = os.RemoveAll(binary.dir)
	}
	if status == 0 {
		if err := goleak.Find(); err != nil {
			_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
			status = 1
		}
	}
	os.Exit(status)
}

// goEnvironment is the environment for the go command, whose cache stays where it is.
var goEnvironment []string

// cacheVariable is the environment variable that decides where os.UserCacheDir is.
func cacheVariable() string {
	switch runtime.GOOS {
	case "windows":
		return "LocalAppData"
	case "darwin", "ios":
		return "HOME"
	}
	return "XDG_CACHE_HOME"
}

// world is a server and the users of a test. At the end of the test it looks
// for secrets in everything that was written.
type world struct {
	t      *testing.T
	dir    string
	server *ninchattest.Server

	mu      sync.Mutex
	written bytes.Buffer
	secrets []string
}

func newWorld(t *testing.T, options ...ninchattest.Option) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	logs := ninchattest.WithConfig(func(c *server.Config) {
		c.Logger = slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	t.Cleanup(w.scan)
	w.server = ninchattest.New(t, append([]ninchattest.Option{logs}, options...)...)
	return w
}

// Write takes down what a command or the server has written.
func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written.Write(p)
}

// scan looks for secrets.
func (w *world) scan() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, secret := range w.secrets {
		if secret != "" && bytes.Contains(w.written.Bytes(), []byte(secret)) {
			w.t.Errorf("a secret was written: %s", secret)
		}
	}
}

// secret notes a text that mustn't be written anywhere.
func (w *world) secret(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secrets = append(w.secrets, text)
}

// settle waits until the server has no more sessions than those of commands that
// still run: the others have ended without waiting for the server.
func (w *world) settle(sessions int) {
	w.t.Helper()
	for end := time.Now().Add(5 * time.Minute); w.server.Stats().Sessions != sessions; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("the server has %d sessions", w.server.Stats().Sessions)
		}
	}
}

// actor is somebody who runs commands.
type actor struct {
	*world
	env map[string]string
}

// newcomer is somebody without credentials.
func (w *world) newcomer(name string) *actor {
	return &actor{w, map[string]string{
		"NINCHAT_ADDRESS":     w.server.URL(),
		"NINCHAT_CREDENTIALS": filepath.Join(w.dir, name+".json"),
	}}
}

// user creates a user.
func (w *world) user(name string) *actor {
	w.t.Helper()
	a := w.newcomer(name)
	a.ok("", "user", "create", name)
	a.noteSecrets()
	return a
}

func (a *actor) noteSecrets() {
	a.t.Helper()
	a.secret(a.stored().UserAuth)
}

func (a *actor) stored() storedCredentials {
	a.t.Helper()
	text, err := os.ReadFile(a.env["NINCHAT_CREDENTIALS"])
	if err != nil {
		a.t.Fatal(err)
	}
	var stored storedCredentials
	if err := json.Unmarshal(text, &stored); err != nil {
		a.t.Fatal(err)
	}
	return stored
}

func (a *actor) getenv(name string) string { return a.env[name] }

// patient has a command wait longer than a machine stands still, unless args have a
// --timeout of their own.
func patient(args []string) []string {
	return append([]string{"--timeout=5m"}, args...)
}

// result is what a command did.
type result struct {
	stdout, stderr string
	status         int
}

// run runs a command in this process.
func (a *actor) run(stdin string, args ...string) result {
	return a.runContext(a.t.Context(), stdin, args...)
}

func (a *actor) runContext(ctx context.Context, stdin string, args ...string) result {
	var stdout, stderr bytes.Buffer
	status := Run(ctx, patient(args), strings.NewReader(stdin), io.MultiWriter(&stdout, a), io.MultiWriter(&stderr, a), a.getenv)
	return result{stdout.String(), stderr.String(), status}
}

// ok runs a command that must succeed, and returns its output.
func (a *actor) ok(stdin string, args ...string) string {
	a.t.Helper()
	r := a.run(stdin, args...)
	if r.status != 0 {
		a.t.Fatalf("ninchat %q: status %d\n%s", args, r.status, r.stderr)
	}
	return r.stdout
}

// fails runs a command that must fail with a status, and say all of texts.
func (a *actor) fails(status int, stdin string, args []string, texts ...string) result {
	a.t.Helper()
	r := a.run(stdin, args...)
	if r.status != status {
		a.t.Errorf("ninchat %q: status %d, want %d\n%s", args, r.status, status, r.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(r.stderr, text) {
			a.t.Errorf("ninchat %q: stderr is without %q:\n%s", args, text, r.stderr)
		}
	}
	if r.stdout != "" && !strings.HasPrefix(r.stdout, "{") {
		a.t.Errorf("ninchat %q: stdout has %q", args, r.stdout)
	}
	return r
}

// channel creates a channel.
func (a *actor) channel(name string) string {
	a.t.Helper()
	return strings.TrimSpace(a.ok("", "channel", "create", name))
}

// running is a command that runs beside the test.
type running struct {
	t      *testing.T
	cancel context.CancelFunc
	stdout *bufio.Reader
	stderr *bufio.Reader
	// said is what was read from stderr.
	said strings.Builder
	// resting is closed when all of stderr has been read, nil if nobody reads
	// it.
	resting chan struct{}
	done    chan struct{}
	status  int
}

// start runs a command in this process, beside the test.
func (a *actor) start(stdin io.Reader, args ...string) *running {
	a.t.Helper()
	outReader, outWriter := io.Pipe()
	errReader, errWriter := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{
		t:      a.t,
		cancel: cancel,
		stdout: bufio.NewReader(io.TeeReader(outReader, a)),
		stderr: bufio.NewReader(io.TeeReader(errReader, a)),
		done:   make(chan struct{}),
	}
	go func() {
		defer close(r.done)
		r.status = Run(ctx, patient(args), stdin, outWriter, errWriter, a.getenv)
		_ = outWriter.Close()
		_ = errWriter.Close()
	}()
	a.t.Cleanup(func() {
		cancel()
		_ = outReader.Close()
		_ = errReader.Close()
		<-r.done
	})
	return r
}

// line reads a line of stdout.
func (r *running) line() string {
	r.t.Helper()
	text, err := r.stdout.ReadString('\n')
	if err != nil {
		r.t.Fatalf("reading stdout: %v", err)
	}
	return strings.TrimSuffix(text, "\n")
}

// says reads stderr up to a line with text in it.
func (r *running) says(text string) {
	r.t.Helper()
	for {
		line, err := r.stderr.ReadString('\n')
		r.said.WriteString(line)
		if strings.Contains(line, text) {
			break
		}
		if err != nil {
			r.t.Fatalf("stderr is without %q:\n%s", text, r.said.String())
		}
	}
}

// rest reads what else is said, so that nothing waits for being read.
func (r *running) rest() {
	if r.resting != nil {
		return
	}
	r.resting = make(chan struct{})
	go func() {
		defer close(r.resting)
		_, _ = io.Copy(&r.said, r.stderr)
	}()
}

// end waits for the command and returns its status. Everything that it said is
// in r.said then.
func (r *running) end() int {
	r.rest()
	_, _ = io.Copy(io.Discard, r.stdout)
	<-r.done
	<-r.resting
	return r.status
}

// printed is a line of JSON output.
type printed struct {
	Event   string         `json:"event"`
	Payload jsontext.Value `json:"payload"`
	Header  struct {
		Event     string `json:"event"`
		ChannelID string `json:"channel_id"`
		UserID    string `json:"user_id"`
		MessageID string `json:"message_id"`
		Type      string `json:"message_type"`
		ErrorType string `json:"error_type"`
	} `json:"header"`
}

func parseLine(t *testing.T, line string) printed {
	t.Helper()
	var p printed
	if err := json.Unmarshal([]byte(line), &p); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return p
}

// text is the text of a message.
func (p *printed) text(t *testing.T) string {
	t.Helper()
	var content struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(p.Payload, &content); err != nil {
		t.Fatalf("payload %q: %v", p.Payload, err)
	}
	return content.Text
}

// lines splits output into lines.
func lines(output string) []string {
	output = strings.TrimSuffix(output, "\n")
	if output == "" {
		return nil
	}
	return strings.Split(output, "\n")
}

var errBroken = errors.New("broken")

// brokenReader can't be read.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }
