package cli

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The flags reach the server.
func TestServeBehaviour(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	ice := filepath.Join(w.dir, "ice.json")
	w.secret("turn-password")
	site := filepath.Join(w.dir, "site.json")
	if err := os.WriteFile(site, []byte(`{"default":{"audienceQueues":["support"]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	text := `{"stun_servers":[{"urls":["stun:stun.example:1"]}],"turn_servers":[{"urls":["turn:turn.example:2"],"username":"me","credential":"turn-password"}]}`
	if err := os.WriteFile(ice, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, l := alice.serve("--host", "a.example:1,b.example:2", "--origin", "https://example.com", "--ice", ice, "--site", "key="+site, "--strict", "--deprecated", "old", "--poll", "1s")
	get := func(path string, header ...string) (int, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		transport := &http.Transport{DisableKeepAlives: true}
		response, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	if _, body := get("/v2/endpoint"); body != `{"hosts":["a.example:1","b.example:2"]}` {
		t.Errorf("got %s", body)
	}
	if status, _ := get("/v2/endpoint", "Origin", "https://other.example"); status != http.StatusForbidden {
		t.Errorf("got %d", status)
	}
	if _, body := get("/v2/call?data=%7B%22action%22%3A%22describe_conn%22%2C%22colour%22%3A1%7D"); !strings.Contains(body, "request_malformed") {
		t.Errorf("got %s", body)
	}
	if _, body := get("/config/key"); !strings.Contains(body, "audienceQueues") {
		t.Errorf("got %s", body)
	}
	r.cancel()
	r.end()

	serve := []string{"serve", "--addr", "127.0.0.1:0"}
	for want, args := range map[string][]string{
		`--origin: "example.com" isn't`: {"--origin", "example.com"},
		"--poll must be more than 0":    {"--poll", "0s"},
		`--site: "x" isn't of the form`: {"--site", "x"},
		"--poll: more than 1m":          {"--poll", "2m"},
		"--guests must be more than 0":  {"--guests", "-1s"},
		`--log-level: "loud" isn't`:     {"--log-level", "loud"},
	} {
		alice.fails(statusUsage, "", append(serve[:3:3], args...), want)
	}
	alice.fails(statusFailed, "", append(serve, "--ice", filepath.Join(w.dir, "none")), "--ice", "no such file")
	if err := os.WriteFile(ice, []byte(`{"turn":"turn-password"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	alice.fails(statusFailed, "", append(serve, "--ice", ice), "isn't JSON with stun_servers and turn_servers")
}
