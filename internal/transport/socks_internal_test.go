package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
)

// scriptedConn is a proxy that has its answers ready.
type scriptedConn struct {
	net.Conn
	answers io.Reader
	asked   bytes.Buffer
}

func (c *scriptedConn) Read(p []byte) (int, error) { return c.answers.Read(p) }

func (c *scriptedConn) Write(p []byte) (int, error) { return c.asked.Write(p) }

func TestSOCKSConversation(t *testing.T) {
	const connected = "\x05\x00\x00\x01abcd\x00\x50"
	login := url.UserPassword("me", "pass:wörd")
	for name, test := range map[string]struct {
		user    *url.Userinfo
		address string
		answers string
		asked   string
		err     string
	}{
		"name":           {nil, "peer.test:443", "\x05\x00" + connected, "\x05\x01\x00\x05\x01\x00\x03\x09peer.test\x01\xbb", ""},
		"IPv4":           {nil, "192.0.2.1:80", "\x05\x00" + connected, "\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50", ""},
		"IPv6":           {nil, "[2001:db8::1]:80", "\x05\x00\x05\x00\x00\x04" + strings.Repeat("x", 18), "\x05\x01\x00\x05\x01\x00\x04\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01\x00\x50", ""},
		"bound to name":  {nil, "peer.test:443", "\x05\x00\x05\x00\x00\x03\x04name\x00\x50", "\x05\x01\x00\x05\x01\x00\x03\x09peer.test\x01\xbb", ""},
		"login":          {login, "peer.test:443", "\x05\x02\x01\x00" + connected, "\x05\x02\x00\x02\x01\x02me\x0apass:wörd\x05\x01\x00\x03\x09peer.test\x01\xbb", ""},
		"no need for it": {login, "peer.test:443", "\x05\x00" + connected, "\x05\x02\x00\x02\x05\x01\x00\x03\x09peer.test\x01\xbb", ""},
		"user only":      {url.User("me"), "a:1", "\x05\x02\x01\x00" + connected, "\x05\x02\x00\x02\x01\x02me\x00\x05\x01\x00\x03\x01a\x00\x01", ""},
		"empty user":     {url.User(""), "a:1", "\x05\x00" + connected, "\x05\x01\x00\x05\x01\x00\x03\x01a\x00\x01", ""},
		"wrong login":    {login, "a:1", "\x05\x02\x01\x01", "\x05\x02\x00\x02\x01\x02me\x0apass:wörd", "is wrong"},
		"no method":      {login, "a:1", "\x05\xff", "\x05\x02\x00\x02", "another kind of authentication"},
		"method unasked": {nil, "a:1", "\x05\x02", "\x05\x01\x00", "another kind of authentication"},
		"HTTP proxy":     {nil, "a:1", "HTTP/1.1 400 Bad Request", "\x05\x01\x00", "no SOCKS5 proxy"},
		"SOCKS4":         {nil, "a:1", "\x05\x00\x00\x5a", "\x05\x01\x00\x05\x01\x00\x03\x01a\x00\x01", "unexpected EOF"},
		"not allowed":    {nil, "a:1", "\x05\x00\x05\x02\x00\x01", "\x05\x01\x00\x05\x01\x00\x03\x01a\x00\x01", "isn't allowed"},
		"unreachable":    {nil, "a:1", "\x05\x00\x05\x04\x00\x01", "\x05\x01\x00\x05\x01\x00\x03\x01a\x00\x01", "host is unreachable"},
		"unknown":        {nil, "a:1", "\x05\x00\x05\x63\x00\x01", "\x05\x01\x00\x05\x01\x00\x03\x01a\x00\x01", "failure 99"},
		"type unknown":   {nil, "a:1", "\x05\x00\x05\x00\x00\x09", "\x05\x01\x00\x05\x01\x00\x03\x01a\x00\x01", "no SOCKS5 proxy"},
		"cut off":        {nil, "a:1", "\x05\x00\x05\x00\x00\x01ab", "\x05\x01\x00\x05\x01\x00\x03\x01a\x00\x01", "EOF"},
		"long name":      {nil, strings.Repeat("a", 256) + ":1", "", "", "too long"},
		"long user":      {url.User(strings.Repeat("a", 256)), "a:1", "", "", "at most 255 bytes"},
	} {
		c := &scriptedConn{answers: strings.NewReader(test.answers)}
		err := socks(c, &url.URL{Scheme: "socks5", User: test.user}, test.address)
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: error %v", name, err)
		}
		if asked := c.asked.String(); asked != test.asked {
			t.Errorf("%s: asked %q", name, asked)
		}
		if err != nil && strings.Contains(err.Error(), "wörd") {
			t.Errorf("%s: the error has the password: %v", name, err)
		}
	}
}

// Some answers are for good.
func TestSOCKSRefusals(t *testing.T) {
	for code := range 256 {
		err := &socksError{byte(code)}
		want := code == 2 || code == 7 || code == 8 || code == socksLogin || code == socksMethod
		if IsRefusal(err) != want {
			t.Errorf("%v: %v", err, !want)
		}
	}
}

// Whatever a proxy answers, what follows its answer belongs to the connection.
func FuzzSOCKS(f *testing.F) {
	f.Add([]byte("\x05\x00\x05\x00\x00\x01abcd\x00\x50rest"), false)
	f.Add([]byte("\x05\x02\x01\x00\x05\x00\x00\x03\x01ax\x00rest"), true)
	f.Add([]byte("\x05\x00\x05\x00\x00\x04"), false)
	f.Fuzz(func(t *testing.T, answers []byte, login bool) {
		proxy := &url.URL{Scheme: "socks5"}
		if login {
			proxy.User = url.UserPassword("user", "hunter2")
		}
		source := bytes.NewReader(answers)
		err := socks(&scriptedConn{answers: source}, proxy, "peer.test:443")
		if err != nil {
			if errors.Is(err, io.ErrShortWrite) || strings.Contains(err.Error(), "hunter2") {
				t.Fatal(err)
			}
			return
		}
		head := 2
		if answers[1] == socksPassword {
			head += 2
		}
		length := map[byte]int{socksIPv4: 4, socksIPv6: 16}[answers[head+3]]
		if answers[head+3] == socksName {
			length = 1 + int(answers[head+4])
		}
		if rest := len(answers) - head - 4 - length - 2; rest != source.Len() {
			t.Fatalf("%d bytes are left instead of %d", source.Len(), rest)
		}
	})
}
