package browser_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/test/deserted"
	"github.com/ninchat-community/ninchat/message"
)

// browser finds Chromium.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("NINCHAT_BROWSER_TEST") == "required" {
		t.Fatal("there is no Chromium, and NINCHAT_BROWSER_TEST says that there must be")
	}
	t.Skip("SKIPPED for want of a browser: install Chromium (Debian: apt-get install chromium) to run the client in it")
	return ""
}

// build compiles a package of the module.
func build(t *testing.T, output, pkg string, env ...string) {
	t.Helper()
	command := exec.Command("go", "build", "-buildvcs=false", "-o", output, "github.com/ninchat-community/ninchat/"+pkg)
	command.Env = append(os.Environ(), env...)
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// serve starts the command's local server in a process of its own.
func serve(t *testing.T, path string) (address string) {
	t.Helper()
	command := exec.Command(path, "serve", "--addr", "127.0.0.1:0", "--json")
	command.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	var listening struct{ URL string }
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(line), &listening); err != nil {
		t.Fatal(err)
	}
	return listening.URL
}

const page = `<!DOCTYPE html><meta charset="utf-8"><title>test</title><script src="wasm_exec.js"></script><script>
const go = new Go();
WebAssembly.instantiateStreaming(fetch("page.wasm"), go.importObject).then(r => go.run(r.instance));
</script>`

// site serves the page, and passes on what it reports.
func site(t *testing.T, wasm string) (address string, reports <-chan []byte) {
	t.Helper()
	reported := make(chan []byte, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, page)
	})
	mux.HandleFunc("GET /page.wasm", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/wasm")
		http.ServeFile(w, r, wasm)
	})
	mux.HandleFunc("GET /wasm_exec.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(goRoot(t), "lib", "wasm", "wasm_exec.js"))
	})
	mux.HandleFunc("POST /report", func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		select {
		case reported <- text:
		default:
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL, reported
}

func goRoot(t *testing.T) string {
	t.Helper()
	text, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Error(err)
	}
	return strings.TrimSpace(string(text))
}

// visit opens an address in the browser, until the test ends.
func visit(t *testing.T, path, address string) {
	t.Helper()
	// The browser's own temporary directories hold sockets, whose paths must be short.
	temporary, err := os.MkdirTemp("", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(temporary); err != nil {
			t.Error(err)
		}
	})
	command := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--no-proxy-server", "--enable-logging=stderr", "--user-data-dir="+t.TempDir(), "--remote-debugging-port=0", address)
	command.Env = append(os.Environ(), "TMPDIR="+temporary)
	var said strings.Builder
	command.Stderr = &said
	// It has processes of its own, which write to their directory as long as they are
	// there: all of them end, and what they have in common with it is closed then.
	inGroup(command)
	command.WaitDelay = time.Minute
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		killGroup(command)
		_ = command.Wait()
		if t.Failed() {
			t.Logf("the browser said:\n%s", said.String())
		}
	})
}

// echo sends back everything that others say in the channel: texts with some bytes
// added that aren't text, and what is of a type of the test's own as it is.
func echo(ctx context.Context, session *ninchat.Session, channel string) error {
	count := byte(0)
	for event, err := range session.Events(ctx) {
		if err != nil {
			return err
		}
		received, ok, err := api.As[*api.MessageReceived](event)
		if err != nil || !ok {
			continue
		}
		payload := event.Payload
		switch received.MessageType {
		case api.MessageTypeText:
			content, err := message.Parse(received.MessageType, payload)
			if err != nil {
				return err
			}
			payload = [][]byte{[]byte(content.Text()), {0, 0xff, 0xfe, count}}
			count++
		case "example.com/question":
		default:
			continue
		}
		if _, err = session.SendMessage(ctx, api.SendMessage{ChannelID: &channel, MessageType: "example.com/echo", Payload: payload}); err != nil {
			return err
		}
	}
	return nil
}

// A page exchanges messages with a program outside of the browser.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs, and starts a browser")
	}
	chromium := browser(t)
	dir := t.TempDir()
	command := filepath.Join(dir, "ninchat")
	if runtime.GOOS == "windows" {
		command += ".exe"
	}
	build(t, command, "cmd/ninchat")
	wasm := filepath.Join(dir, "page.wasm")
	build(t, wasm, "internal/test/browser/page", "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	address := serve(t, command)
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	session, err := ninchat.Open(ctx, ninchat.Config{Address: address, Login: ninchat.NewUser("Echo"), OpenTimeout: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	joined, err := session.CreateChannel(ctx, api.CreateChannel{})
	if err != nil {
		t.Fatal(err)
	}
	echoed := make(chan error, 1)
	go func() { echoed <- echo(ctx, session, joined.ChannelID) }()
	origin, reports := site(t, wasm)
	query := url.Values{"server": {address}, "dead": {"http://" + deserted.Address(t)}, "channel": {joined.ChannelID}}
	visit(t, chromium, origin+"/?"+query.Encode())
	select {
	case text := <-reports:
		check(t, text)
	case err := <-echoed:
		t.Fatalf("echo: %v", err)
	case <-ctx.Done():
		t.Fatal("the page hasn't reported")
	}
}

func check(t *testing.T, text []byte) {
	t.Helper()
	var reports []struct{ Step, Error string }
	if err := json.Unmarshal(text, &reports); err != nil {
		t.Fatal(err)
	}
	if len(reports) == 0 {
		t.Fatal("the page did nothing")
	}
	for _, r := range reports {
		if r.Error != "" {
			t.Errorf("%s: %s", r.Step, r.Error)
		}
	}
}
