package server_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// raw sends a request to the server by TCP as it is, and returns the answer. lines are
// the request line and the header.
func raw(t *testing.T, address string, lines ...string) (*http.Response, string) {
	t.Helper()
	nc, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := io.WriteString(nc, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		t.Fatalf("%q: %v", lines, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return resp, ""
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// What a page can make a browser send at all paths that do something.
var pagePaths = []string{
	"/v2/endpoint", "/v2/endpoint?callback=steal",
	"/v2/call?data=%7B%22action%22:%22describe_conn%22%7D", "/v2/call?callback=steal&data=%7B%22action%22:%22describe_conn%22%7D",
	"/v2/poll?data=%7B%22action%22:%22create_session%22%7D", "/v2/socket",
}

// TestPages has the pages of the internet refused, by default, and nobody else. The
// requests are as browsers and other clients send them.
func TestPages(t *testing.T) {
	standard := ninchattest.New(t)
	port := ":" + strings.Split(standard.Host(), ":")[1]
	listed := ninchattest.New(t, ninchattest.WithConfig(func(c *server.Config) {
		c.Origins = []string{"https://Example.com:443", "http://10.0.0.1:3000", "null", "app://shop"}
	}))
	open := ninchattest.New(t, ninchattest.WithConfig(func(c *server.Config) { c.Origins = []string{"*"} }))
	named := ninchattest.New(t, ninchattest.WithConfig(func(c *server.Config) {
		c.Hosts, c.BaseURL = []string{"chat.dev.org:8228"}, "https://files.dev.org"
	}))
	for _, test := range []struct {
		name  string
		srv   *ninchattest.Server
		host  string
		lines []string
		want  int
	}{
		{"a program", standard, "127.0.0.1" + port, nil, 200},
		{"a page of this computer", standard, "127.0.0.1" + port, []string{"Origin: http://localhost:3000"}, 200},
		{"with its name", standard, "localhost" + port, []string{"Origin: https://shop.localhost:3000"}, 200},
		{"with its address", standard, "localhost" + port, []string{"Origin: http://127.0.0.1:8080"}, 200},
		{"in IPv6", standard, "[::1]" + port, []string{"Origin: http://[::1]:8080"}, 200},
		{"a page on the same host", standard, "192.168.1.5" + port, []string{"Origin: http://192.168.1.5:3000"}, 200},
		{"a client with the server's own name", standard, "api.ninchat.com", []string{"Origin: https://api.ninchat.com"}, 200},
		{"an extension", standard, "localhost" + port, []string{"Origin: chrome-extension://abcdef"}, 200},
		{"an application", standard, "localhost" + port, []string{"Origin: capacitor://localhost"}, 200},
		{"a file in an application", standard, "localhost" + port, []string{"Origin: file://"}, 200},
		{"nonsense of a program", standard, "localhost" + port, []string{"Origin: not even an address"}, 200},
		{"an empty origin", standard, "localhost" + port, []string{"Origin:"}, 200},
		{"what is typed into a browser", standard, "localhost" + port, []string{"Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"}, 200},
		{"a script of a page of this computer", standard, "127.0.0.1" + port, []string{"Sec-Fetch-Site: cross-site", "Referer: http://localhost:3000/chat"}, 200},
		{"a script of one that hides where it is", standard, "localhost" + port, []string{"Sec-Fetch-Site: same-site"}, 200},
		{"with its address, too", standard, "127.0.0.1" + port, []string{"Sec-Fetch-Site: same-site"}, 200},
		{"and below localhost", standard, "chat.localhost" + port, []string{"Sec-Fetch-Site: same-site", "Referer:"}, 200},

		{"a page of the internet", standard, "127.0.0.1" + port, []string{"Origin: https://evil.com"}, 403},
		{"with a name that looks local", standard, "127.0.0.1" + port, []string{"Origin: http://localhost.evil.com"}, 403},
		{"with a name that begins like an address", standard, "127.0.0.1" + port, []string{"Origin: http://127.0.0.1.evil.com"}, 403},
		{"in capitals", standard, "127.0.0.1" + port, []string{"Origin: HTTPS://EVIL.COM"}, 403},
		{"with a user", standard, "127.0.0.1" + port, []string{"Origin: http://localhost@evil.com"}, 403},
		{"with two", standard, "127.0.0.1" + port, []string{"Origin: http://localhost http://evil.com"}, 403},
		{"on the second line", standard, "127.0.0.1" + port, []string{"Origin: http://localhost", "Origin: https://evil.com"}, 403},
		{"after an empty line", standard, "127.0.0.1" + port, []string{"Origin:", "Origin: https://evil.com"}, 403},
		{"of the network", standard, "127.0.0.1" + port, []string{"Origin: http://192.168.1.7"}, 403},
		{"without an origin of its own", standard, "127.0.0.1" + port, []string{"Origin: null"}, 403},
		{"a script of a page", standard, "127.0.0.1" + port, []string{"Sec-Fetch-Site: cross-site", "Referer: https://evil.com/"}, 403},
		{"that hides where it is", standard, "127.0.0.1" + port, []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"after an empty referrer", standard, "127.0.0.1" + port, []string{"Sec-Fetch-Site: cross-site", "Referer:", "Referer: https://evil.com/"}, 403},
		{"on the second line of a header", standard, "127.0.0.1" + port, []string{"Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"}, 403},
		{"a script in an old browser", standard, "127.0.0.1" + port, []string{"Referer: https://evil.com/http://localhost/"}, 403},
		{"a name that was made to refer to this computer", standard, "evil.com" + port, nil, 403},
		{"with its own origin", standard, "evil.com" + port, []string{"Origin: http://evil.com" + port}, 403},
		{"with a name that looks local, too", standard, "localhost.evil.com" + port, nil, 403},
		{"with a name that looks like the service's", standard, "evilninchat.com" + port, nil, 403},

		{"local names", standard, "chat.localhost" + port, nil, 200},
		{"of containers", standard, "ninchat" + port, nil, 200},
		{"and virtual machines", standard, "Host.Docker.Internal." + port, nil, 200},

		{"a page that is listed", listed, "localhost", []string{"Origin: https://example.com"}, 200},
		{"with a port", listed, "localhost", []string{"Origin: http://10.0.0.1:3000"}, 200},
		{"with another one", listed, "localhost", []string{"Origin: http://10.0.0.1"}, 403},
		{"without TLS", listed, "localhost", []string{"Origin: http://example.com"}, 403},
		{"a file that is listed", listed, "localhost", []string{"Origin: null"}, 200},
		{"its script", listed, "localhost", []string{"Sec-Fetch-Site: cross-site"}, 200},
		{"the script of a page that is listed", listed, "localhost", []string{"Sec-Fetch-Site: same-site", "Referer: https://example.com/page"}, 200},
		{"a page below it", listed, "localhost", []string{"Origin: https://www.example.com"}, 403},
		{"a page of this computer still", listed, "localhost", []string{"Origin: http://localhost:3000"}, 200},
		{"its host", listed, "example.com", nil, 200},
		{"everything", open, "evil.com", []string{"Origin: https://evil.com", "Sec-Fetch-Site: cross-site"}, 200},
		{"the server's name", named, "Chat.dev.org", nil, 200},
		{"and its page", named, "chat.dev.org:8228", []string{"Origin: https://chat.dev.org"}, 200},
		{"the name for files", named, "files.dev.org", nil, 200},
		{"a script of a page with a name beside it", named, "chat.dev.org", []string{"Sec-Fetch-Site: same-site"}, 403},
		{"a name beside it", named, "dev.org", nil, 403},
	} {
		for _, path := range pagePaths {
			want := test.want
			lines := append([]string{"GET " + path + " HTTP/1.1", "Host: " + test.host, "Connection: close"}, test.lines...)
			if path == "/v2/socket" {
				lines[2] = "Connection: Upgrade"
				lines = append(lines, "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
				if want == 200 {
					want = 101
				}
			}
			resp, body := raw(t, test.srv.Host(), lines...)
			if resp.StatusCode != want {
				t.Errorf("%s: %s: got %d %q, want %d", test.name, path, resp.StatusCode, body, want)
			}
			if got := resp.Header.Get("Access-Control-Allow-Origin"); want == 403 && got != "" || want == 200 && got != "*" {
				t.Errorf("%s: %s: Access-Control-Allow-Origin is %q", test.name, path, got)
			}
		}
	}
	if n := standard.Stats().SessionsLost; n != 0 {
		t.Errorf("%d sessions were lost", n)
	}
}

// A page of another name that refers to this computer has no certificate: with TLS,
// names needn't be known.
func TestNamesWithTLS(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithTLS())
	if resp, body := request(t, srv, "GET", "/v2/endpoint", "Host", "chat.dev.org"); resp.StatusCode != 200 {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
	if resp, _ := request(t, srv, "GET", "/v2/endpoint", "Host", "chat.dev.org", "Origin", "https://evil.com"); resp.StatusCode != 403 {
		t.Errorf("got %d", resp.StatusCode)
	}
}

func TestPagesConfig(t *testing.T) {
	for _, origin := range []string{"", "example.com", "https://example.com/", "https://", "https://user@example.com", "NULL", "https://*.example.com"} {
		srv, err := server.New(server.Config{Origins: []string{origin}})
		if err == nil {
			_ = srv.Close()
		}
		if (err == nil) != (origin == "https://*.example.com") {
			t.Errorf("%q: got %v", origin, err)
		}
	}
}
