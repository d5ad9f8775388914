package cli

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// windowsTexts are a text as editors and shells of Windows save it.
func windowsTexts(text string) map[string]string {
	text = strings.ReplaceAll(text, "\n", "\r\n")
	var little, big strings.Builder
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		little.Write([]byte{byte(unit), byte(unit >> 8)})
		big.Write([]byte{byte(unit >> 8), byte(unit)})
	}
	return map[string]string{"CRLF": text, "UTF-8 with BOM": "\ufeff" + text, "UTF-16LE": little.String(), "UTF-16BE": big.String()}
}

// file writes a file that nobody else can use.
func (w *world) file(name, content string) (path string) {
	w.t.Helper()
	path = filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func TestWindowsFiles(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	credentials, err := os.ReadFile(alice.env["NINCHAT_CREDENTIALS"])
	if err != nil {
		t.Fatal(err)
	}
	secret := base64.StdEncoding.EncodeToString(make([]byte, 32))
	w.secret(secret)
	keys := windowsTexts(`{"id":"k","secret":"` + secret + `"}` + "\n")
	payloads := windowsTexts(`{"text":"ä"}` + "\n")
	texts := windowsTexts("ä\n\nb\n")
	for kind, text := range windowsTexts(string(credentials)) {
		t.Run(kind, func(t *testing.T) {
			alice := &actor{w, map[string]string{"NINCHAT_ADDRESS": w.server.URL(), "NINCHAT_CREDENTIALS": w.file("c.json", text)}}
			channel := alice.channel("lobby")
			alice.ok(texts[kind], "send", channel)
			alice.ok("", "call", "send_message", "channel_id="+channel, "message_type@"+w.file("type", windowsTexts("ninchat.com/text\n")[kind]), "--payload", w.file("payload", payloads[kind]))
			alice.ok(payloads[kind], "call", "send_message", "channel_id="+channel, "message_type=ninchat.com/text", "--payload", "-")
			sameTexts(t, alice.texts(channel), []string{"ä", "", "b", "ä", "ä"})
			if got := alice.ok("", "call", "describe_channel", "channel_id@"+w.file("id", windowsTexts(id + "\n")[kind])); !strings.Contains(got, id) {
				t.Errorf("got %s", got)
			}
			if got := alice.ok(payloads[kind], "message", "show", "ninchat.com/text"); got != "ä\n" {
				t.Errorf("got %q", got)
			}
			sealed := strings.TrimSpace(alice.ok(windowsTexts("{\"a\":1}\n")[kind], "master", "encrypt", "--key-file", w.file("key.json", keys[kind])))
			if got := alice.ok("", "master", "decrypt", sealed, "--key-file", w.file("key.json", keys[kind])); got != "{\"a\":1}\n" {
				t.Errorf("got %q", got)
			}
		})
	}
}

// What isn't text is sent as it is.
func TestPayloadAsItIs(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	const content = "\ufeffa\r\n"
	alice.ok("", "call", "send_message", "channel_id="+id, "message_type=example.com/any", "--payload", w.file("any", content))
	got := alice.ok("", "history", id, "--json", "--type", "example.com/any")
	if want := `"payload":"\ufeffa\r\n"`; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What isn't understood is named.
func TestOtherEncodings(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	const wide = "{\x00}\x00"
	alice.fails(statusFailed, "\xff\xfe\x00\x00a\x00\x00\x00", []string{"send", id}, "UTF-32")
	for _, text := range []string{"h\x00i\x00\r\x00\n\x00", "\x00h\x00i\x00\n"} {
		alice.fails(statusFailed, text, []string{"send", id}, "UTF-16 without a byte order mark")
	}
	sameTexts(t, alice.texts(id), nil)
	alice.fails(statusFailed, wide, []string{"message", "check", "ninchat.com/text"}, "UTF-16 without a byte order mark")
	alice.fails(statusFailed, "", []string{"user", "show", "--credentials", w.file("c.json", wide)}, "UTF-16 without a byte order mark")
	alice.fails(statusFailed, "", []string{"master", "encrypt", "--key-file", w.file("key.json", wide)}, "UTF-16 without a byte order mark")
	alice.fails(statusFailed, "", []string{"serve", "--addr", "127.0.0.1:0", "--seed", w.file("seed.json", wide)}, "UTF-16 without a byte order mark")
}

func TestServeWindowsFiles(t *testing.T) {
	w := newWorld(t)
	operator := &actor{w, map[string]string{}}
	cas, authority := filepath.Join(w.dir, "ca"), ""
	sites, ices := windowsTexts(`{"queue":"ä"}`+"\n"), windowsTexts(`{"stun_servers":[]}`+"\n")
	for kind, text := range windowsTexts(`{"users":[{"user_attrs":{"name":"x"}}]}` + "\n") {
		t.Run(kind, func(t *testing.T) {
			serving := operator.start(nil, "serve", "--addr", "127.0.0.1:0", "--json", "--tls", "--ca-dir", cas,
				"--seed", w.file("seed.json", text), "--site", "s="+w.file("site.json", sites[kind]), "--ice", w.file("ice.json", ices[kind]))
			serving.rest()
			url := strings.Split(serving.line(), `"`)[7]
			if seeded := serving.line(); !strings.Contains(seeded, `"name":"x"`) {
				t.Errorf("got %s", seeded)
			}
			if authority == "" {
				text, err := os.ReadFile(filepath.Join(cas, "ca.pem"))
				if err != nil {
					t.Fatal(err)
				}
				authority = string(text)
			}
			ca := w.file("ca-copy.pem", windowsTexts(authority)[kind])
			client := &actor{w, map[string]string{"NINCHAT_ADDRESS": url, "NINCHAT_CA_FILE": ca, "NINCHAT_CREDENTIALS": filepath.Join(w.dir, strings.ReplaceAll(kind, " ", "-")+".json")}}
			client.ok("", "user", "create", "A")
			client.noteSecrets()
			serving.cancel()
			if status := serving.end(); status != 0 {
				t.Errorf("status %d: %s", status, serving.said.String())
			}
			// The authority may have been copied in the same way.
			if err := os.Rename(ca, filepath.Join(cas, "ca.pem")); err != nil {
				t.Fatal(err)
			}
		})
	}
}
