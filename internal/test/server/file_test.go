package server_test

import (
	"bytes"
	"image"
	"image/png"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/server"
)

// picture is a PNG file.
func picture(t testing.TB, width, height int) string {
	t.Helper()
	buffer := new(bytes.Buffer)
	if err := png.Encode(buffer, image.NewNRGBA(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return buffer.String()
}

// upload is an action that sends a file to where params say.
func upload(params string) string {
	return `{"action":"send_file","file_attrs":{"name":"a.txt"},` + params + `}`
}

const toChannel = `"channel_id":"$channel"`

// open lets all members send files to the channel.
func (w *world) open() {
	w.t.Helper()
	expect(w.t, w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"upload":"member"}}`), `{"event":"channel_updated"}`)
	w.settle()
}

// newFileWorld is a world in which bert has sent a file, $file, to the channel.
func newFileWorld(t *testing.T, change ...func(*server.Config)) *world {
	w := newWorld(t, change...)
	w.open()
	w.names = map[string]string{"file": w.sendFile("bert", upload(toChannel), "content")}
	w.settle()
	return w
}

// sendFile does an action that sends a file, and returns the file's id.
func (w *world) sendFile(who, action, content string) string {
	w.t.Helper()
	return fileID(w.t, w.do(who, action, content))
}

// fileID is the file that a message brings.
func fileID(t testing.TB, e event) string {
	t.Helper()
	expect(t, e, `{"event":"message_received","message_type":"ninchat.com/file"}`)
	files, _ := object(t, e.payload[0])["files"].([]any)
	if len(files) != 1 {
		t.Fatalf("got %v", e)
	}
	id, _ := files[0].(map[string]any)["file_id"].(string)
	return id
}

// describe asks about $file.
const describe = `{"action":"describe_file","file_id":"$file"}`

// get asks for something that a description has the address of.
func (w *world) get(e event, name string) (status int, contentType, body string) {
	w.t.Helper()
	return w.fetch(e.text(name))
}

func (w *world) fetch(address string) (status int, contentType, body string) {
	w.t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Host != "localhost" || u.Scheme != "http" {
		w.t.Fatalf("the address is %q", address)
	}
	resp, body := request(w.t, w.srv, "GET", u.RequestURI())
	return resp.StatusCode, resp.Header.Get("Content-Type"), body
}

func TestSendFile(t *testing.T) {
	content := []string{"content"}
	noFile := `{"event":"error","error_type":"file_not_found"}`
	denied, malformed := `{"error_type":"permission_denied"}`, `{"error_type":"request_malformed"}`
	allow := func(role string) step {
		return step{"anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"upload":` + role + `}}`, nil, `{"event":"channel_updated"}`}
	}
	send := func(who, want string) step { return step{who, upload(toChannel), content, want} }
	sent := `{"event":"message_received","channel_id":"$channel","message_type":"ninchat.com/file","message_user_name":"anna"}`
	attrs := func(attrs string) string {
		return `{"action":"send_file","channel_id":"$channel","file_attrs":{` + attrs + `}}`
	}
	play(t, []scenario{
		{name: "roles", steps: []step{
			send("anna", `{"error_type":"permission_denied","channel_id":"$channel"}`),
			allow(`"operator"`), send("anna", sent), send("mona", denied), send("bert", denied),
			allow(`"moderator"`), send("anna", sent), send("mona", `{"event":"message_received"}`), send("bert", denied),
			allow(`"member"`), send("bert", `{"event":"message_received"}`), send("outi", denied),
			allow(`null`), send("anna", denied), allow(`"nobody"`), send("anna", denied),
		}},
		{name: "malformed", steps: []step{
			allow(`"member"`),
			{"anna", attrs(``), content, malformed},
			{"anna", attrs(`"name":""`), content, malformed},
			{"anna", attrs(`"name":1`), content, malformed},
			{"anna", attrs(`"name":"` + strings.Repeat("x", 256) + `"`), content, malformed},
			{"anna", attrs(`"name":"x","type":"text/html"`), content, denied},
			{"anna", attrs(`"name":"x","size":1`), content, denied},
			{"anna", `{"action":"send_file","channel_id":"$channel"}`, content, malformed},
			{"anna", upload(toChannel), nil, malformed},
			{"anna", upload(toChannel), []string{"a", "b"}, malformed},
			{"anna", `{"action":"send_file","file_attrs":{"name":"x"}}`, content, malformed},
			{"anna", upload(`"channel_id":"none"`), content, `{"error_type":"channel_not_found"}`},
			{"anna", upload(`"user_id":"none"`), content, `{"error_type":"user_not_found"}`},
			{"anna", upload(`"user_id":"$anna"`), content, `{"event":"message_received","user_id":"$anna"}`},
			{"anna", upload(`"channel_id":"$channel","user_id":"$bert"`), content, malformed},
			{"anna", upload(toChannel), []string{""}, sent},
		}},
		{name: "like other messages", steps: []step{
			allow(`"member"`),
			{"anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"blacklisted_message_types":["ninchat.com/file"]}}`, nil, `{"event":"channel_updated"}`},
			send("bert", `{"error_type":"message_not_supported","channel_id":"$channel"}`),
			{"anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"blacklisted_message_types":null,"autohide":true,"ratelimit":"1/1000"}}`, nil, `{"event":"channel_updated"}`},
			send("bert", `{"message_hidden":true}`),
			send("bert", `{"error_type":"send_rate_limited"}`),
			{"anna", `{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"silenced":true}}`, nil, `{"event":"channel_member_updated"}`},
			send("bert", denied),
			{"anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"closed":true}}`, nil, `{"event":"channel_updated"}`},
			send("mona", denied), send("anna", sent),
		}},
		{name: "describe", steps: []step{
			{"anna", `{"action":"describe_file","file_id":"none"}`, nil, noFile},
			{"anna", `{"action":"describe_file"}`, nil, malformed},
			{"anna", `{"action":"describe_file","file_id":1}`, nil, malformed},
		}},
	})
}

func TestDownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFileWorld(t, patient)
		e := w.do("anna", describe)
		expect(t, e, `{"event":"file_found","file_attrs":{"name":"a.txt","size":7,"type":"text/plain; charset=utf-8","thumbnail":"<absent>"},"thumbnail_url":"<absent>"}`)
		if expiry := time.Unix(int64(e.number("url_expiry")), 0); time.Until(expiry) != time.Hour {
			t.Errorf("it expires at %v", expiry)
		}
		if status, kind, body := w.get(e, "file_url"); status != 200 || kind != "text/plain; charset=utf-8" || body != "content" {
			t.Errorf("got %d, %s, %q", status, kind, body)
		}
		address := e.text("file_url")
		for _, change := range []struct{ old, new string }{
			{"expires=", "expires=1"}, {w.clients["anna"].userID, w.clients["bert"].userID}, {"signature=", "signature=A"},
			{"signature=", "x="}, {"expires=", "x="}, {"/files/", "/files/x"}, {"?", "?thumbnail=1&"},
		} {
			if status, _, body := w.fetch(strings.Replace(address, change.old, change.new, 1)); status != 403 || strings.Contains(body, "content") {
				t.Errorf("%v: got %d %s", change, status, body)
			}
		}
		path := strings.TrimPrefix(address, "http://localhost")
		resp, body := request(t, w.srv, "GET", path, "Range", "bytes=2-4")
		if resp.StatusCode != 206 || body != "nte" {
			t.Errorf("a range: %d %q", resp.StatusCode, body)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
			"Content-Disposition": "attachment; filename=a.txt", "Access-Control-Allow-Origin": "*",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		if resp, body := request(t, w.srv, "HEAD", path); resp.StatusCode != 200 || body != "" {
			t.Errorf("HEAD: %d %q", resp.StatusCode, body)
		}
		if resp, _ := request(t, w.srv, "POST", path); resp.StatusCode != 405 {
			t.Errorf("POST: %d", resp.StatusCode)
		}
		w.pass(time.Hour - time.Second)
		if status, _, _ := w.fetch(address); status != 200 {
			t.Errorf("got %d within the hour", status)
		}
		w.pass(time.Second)
		if status, _, body := w.fetch(address); status != 403 || !strings.Contains(body, "expired") {
			t.Errorf("got %d %s after an hour", status, body)
		}
	})
}

// Whatever the sender calls a file, it is saved under a name that does no harm.
func TestDownloadsHaveSafeNames(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.BaseURL = "http://localhost" })
	for name, want := range map[string]string{
		`../../.ssh/authorized_keys`: `attachment; filename="_.._.ssh_authorized_keys"`,
		`photo\u202egpj.exe`:         `attachment; filename=photogpj.exe`,
		`a\r\nX-Evil: yes\u0000`:     `attachment; filename="a  X-Evil_ yes"`,
		`NUL.txt`:                    `attachment; filename=_NUL.txt`,
		`ä \"x\".txt`:                `attachment; filename="_ _x_.txt"; filename*=UTF-8''%C3%A4%20_x_.txt`,
	} {
		id := w.sendFile("bert", `{"action":"send_file","file_attrs":{"name":"`+name+`"},"user_id":"$outi"}`, "content")
		e := w.do("outi", `{"action":"describe_file","file_id":"`+id+`"}`)
		resp, _ := request(t, w.srv, "GET", strings.TrimPrefix(e.text("file_url"), "http://localhost"))
		if got := resp.Header.Get("Content-Disposition"); resp.StatusCode != 200 || strings.ReplaceAll(got, `"`, "") != strings.ReplaceAll(want, `"`, "") || resp.Header.Get("X-Evil") != "" {
			t.Errorf("%s: %d, got %s, want %s", name, resp.StatusCode, got, want)
		}
	}
}

// Who asks is checked: when the address is asked for, and again when it is used.
func TestFileAccess(t *testing.T) {
	missing := `{"error_type":"file_not_found"}`
	t.Run("members", func(t *testing.T) {
		w := newFileWorld(t)
		expect(t, w.do("outi", describe), missing)
		e := w.do("mona", describe)
		expect(t, e, `{"event":"file_found"}`)
		w.do("anna", `{"action":"remove_member","channel_id":"$channel","user_id":"$mona"}`)
		w.do("anna", `{"action":"remove_member","channel_id":"$channel","user_id":"$bert"}`)
		expect(t, w.do("mona", describe), missing)
		if status, _, body := w.get(e, "file_url"); status != 404 || strings.Contains(body, "content") {
			t.Errorf("got %d %s", status, body)
		}
		// Those who come later don't see it, whose it is does.
		expect(t, w.do("outi", `{"action":"join_channel","channel_id":"$channel"}`), `{"event":"channel_joined"}`)
		expect(t, w.do("outi", describe), missing)
		expect(t, w.do("bert", describe), `{"event":"file_found"}`)
	})
	t.Run("hidden messages", func(t *testing.T) {
		w := newWorld(t)
		w.open()
		e := w.do("bert", upload(toChannel), "x")
		w.names = map[string]string{"file": fileID(t, e), "message": e.text("message_id")}
		got := w.clients["anna"].wait("message_received")
		expect(t, got, w.fill(`{"channel_id":"$channel","message_type":"ninchat.com/file","message_user_id":"$bert","message_id":"$message","action_id":"<absent>"}`))
		if got.payload[0] != e.payload[0] {
			t.Errorf("got %v, bert got %v", got, e)
		}
		w.do("outi", `{"action":"join_channel","channel_id":"$channel"}`)
		w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"disclosed_since":1}}`)
		expect(t, w.do("mona", `{"action":"update_message","channel_id":"$channel","message_id":"$message","message_hidden":true}`), `{"event":"message_updated"}`)
		for who, want := range map[string]string{"anna": `{"event":"file_found"}`, "bert": `{"event":"file_found"}`, "mona": `{"event":"file_found"}`, "outi": missing} {
			expect(t, w.do(who, describe), want)
		}
	})
	t.Run("dialogues", func(t *testing.T) {
		w := newWorld(t)
		e := w.do("anna", upload(`"user_id":"$bert"`), "x")
		w.names = map[string]string{"file": fileID(t, e), "message": e.text("message_id")}
		expect(t, w.clients["bert"].wait("message_received"), w.fill(`{"user_id":"$anna","message_type":"ninchat.com/file"}`))
		expect(t, w.do("bert", describe), `{"event":"file_found"}`)
		expect(t, w.do("mona", describe), missing)
		w.do("bert", `{"action":"discard_history","user_id":"$anna","message_id":"$message"}`)
		expect(t, w.do("bert", describe), missing)
	})
	t.Run("followers", func(t *testing.T) {
		w := newFileWorld(t)
		w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"followable":true,"disclosed_since":1}}`)
		expect(t, w.do("outi", describe), missing)
		expect(t, w.do("outi", `{"action":"follow_channel","channel_id":"$channel"}`), `{"event":"channel_found"}`)
		e := w.do("outi", describe)
		if status, _, _ := w.get(e, "file_url"); status != 200 {
			t.Errorf("got %d", status)
		}
		w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"followable":false}}`)
		expect(t, w.do("outi", describe), missing)
	})
	t.Run("audiences", func(t *testing.T) {
		w := newQueueWorld(t)
		w.change("queue", `"upload":"member"`)
		w.serve("a", "outi", "bert")
		w.names["file"] = w.sendFile("outi", upload(`"channel_id":"$ch-a"`), "x")
		for who, want := range map[string]string{"outi": `{"event":"file_found"}`, "bert": `{"event":"file_found"}`, "dana": `{"event":"file_found"}`, "anna": `{"event":"file_found"}`, "cleo": missing} {
			expect(t, w.do(who, describe), want)
		}
	})
	t.Run("deleted transcripts", func(t *testing.T) {
		w := newQueueWorld(t)
		w.change("queue", `"upload":"member"`)
		w.serve("a", "outi", "bert")
		w.names["file"] = w.sendFile("outi", upload(`"channel_id":"$ch-a"`), "x")
		e := w.do("mona", describe)
		for _, who := range []string{"outi", "bert"} {
			w.do(who, `{"action":"part_channel","channel_id":"$ch-a"}`)
			expect(t, w.do(who, describe), `{"event":"file_found"}`)
		}
		expect(t, w.do("mona", `{"action":"delete_transcript","audience_id":"$a"}`), `{"event":"transcript_deleted"}`)
		expect(t, w.do("outi", describe), missing)
		if status, _, _ := w.get(e, "file_url"); status != 404 {
			t.Errorf("got %d", status)
		}
	})
	t.Run("audiences in dialogues", func(t *testing.T) {
		w := newQueueWorld(t)
		w.set("other", `"audience_dialogue":true`)
		denied, sent := `{"error_type":"permission_denied"}`, `{"event":"message_received"}`
		w.do("cleo", `{"action":"request_audience","queue_id":"$other"}`)
		expect(t, w.do("dana", acceptOther), `{"event":"dialogue_updated"}`)
		for _, test := range []struct{ role, agent, customer string }{
			{`null`, denied, denied}, {`"agent"`, sent, denied}, {`"moderator"`, sent, denied}, {`"customer"`, denied, sent}, {`"member"`, sent, sent},
		} {
			w.change("other", `"upload":`+test.role)
			expect(t, w.do("dana", upload(`"user_id":"$cleo"`), "x"), test.agent)
			expect(t, w.do("cleo", upload(`"user_id":"$dana"`), "x"), test.customer)
		}
		w.names["file"] = w.sendFile("cleo", upload(`"user_id":"$dana"`), "y")
		expect(t, w.do("anna", describe), `{"event":"file_found"}`)
		expect(t, w.do("bert", describe), missing)
		w.change("other", `"upload":null`)
		w.do("dana", `{"action":"update_dialogue","user_id":"$cleo","member_attrs":{"audience_ended":true}}`)
		expect(t, w.do("cleo", upload(`"user_id":"$dana"`), "x"), sent)
	})
}

// Whoever has a file can send it again, with the truth about it.
func TestForwardFile(t *testing.T) {
	w := newFileWorld(t)
	forward := func(target string) string {
		return `{"action":"send_message",` + target + `,"message_type":"ninchat.com/file"}`
	}
	content := w.fill(`{"text":"look","files":[{"file_id":"$file","file_attrs":{"name":"b.exe","size":1}}],"x":1}`)
	expect(t, w.do("bert", forward(`"user_id":"$outi"`), content), `{"event":"message_received"}`)
	e := w.clients["outi"].wait("message_received")
	if got := e.payload[0]; !strings.Contains(got, `"name":"a.txt"`) || !strings.Contains(got, `"size":7`) || !strings.Contains(got, `"look"`) || strings.Contains(got, "b.exe") {
		t.Errorf("got %s", got)
	}
	expect(t, w.do("outi", describe), `{"event":"file_found"}`)
	expect(t, w.do("anna", forward(toChannel), content), `{"error_type":"file_not_found","message_type":"ninchat.com/file"}`)
	expect(t, w.do("bert", forward(toChannel), `{"files":[{"file_id":"none","file_attrs":{}}]}`), `{"error_type":"file_not_found"}`)
	expect(t, w.do("bert", forward(toChannel), `{"files":[]}`), `{"error_type":"message_malformed"}`)
	w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"upload":null}}`)
	expect(t, w.do("bert", forward(toChannel), content), `{"error_type":"permission_denied"}`)
}

// A file is there as long as a message brings it, and counts as long.
func TestFileQuota(t *testing.T) {
	w := newFileWorld(t, func(c *serverConfig) { c.Limits.Uploads, c.Limits.Files = 10, 15 })
	account := func(available string) {
		t.Helper()
		expect(t, w.do("bert", `{"action":"describe_user"}`), `{"user_account":{"uploads":{"quota":10,"available":`+available+`}}}`)
	}
	account("3")
	expect(t, w.do("bert", upload(toChannel), "1234"), `{"error_type":"upload_quota_exceeded"}`)
	expect(t, w.do("bert", upload(`"user_id":"$anna"`), "123"), `{"event":"message_received"}`)
	account("0")
	expect(t, w.do("anna", upload(toChannel), "123456"), `{"error_type":"upload_quota_exceeded"}`)
	w.do("bert", `{"action":"send_message","user_id":"$outi","message_type":"ninchat.com/file"}`, w.fill(`{"files":[{"file_id":"$file","file_attrs":{}}]}`))
	w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"suspended":true}}`)
	expect(t, w.do("anna", `{"action":"delete_channel","channel_id":"$channel"}`), `{"event":"channel_deleted"}`)
	account("0")
	expect(t, w.do("outi", describe), `{"event":"file_found"}`)
	e := w.do("outi", describe)
	for _, who := range []string{"bert", "outi"} {
		expect(t, w.do(who, `{"action":"delete_user","user_auth":"$`+who+`.auth"}`), `{"event":"user_deleted"}`)
	}
	if status, _, _ := w.get(e, "file_url"); status != 404 {
		t.Errorf("got %d after the end of both", status)
	}
	expect(t, w.do("anna", upload(`"user_id":"$mona"`), "1234567890"), `{"event":"message_received"}`)
}

// Thumbnails take room, but that is no business of the sender's. In the bubble an
// image is read in time, however slow the computer is.
func TestRoomForThumbnails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		image := picture(t, 1000, 1000)
		w := newWorld(t, func(c *serverConfig) { c.Limits.Files = len(image) })
		expect(t, w.do("anna", upload(`"user_id":"$bert"`), image), `{"error_type":"upload_quota_exceeded"}`)
		expect(t, w.do("anna", upload(`"user_id":"$bert"`), strings.Repeat("x", len(image))), `{"event":"message_received"}`)
		w = newWorld(t, func(c *serverConfig) { c.Limits.Uploads = len(image) })
		expect(t, w.do("anna", upload(`"user_id":"$bert"`), image), `{"event":"message_received"}`)
	})
}

// Files come, go and are fetched at the same time.
func TestFilesAtOnce(t *testing.T) {
	w := newFileWorld(t, func(c *serverConfig) { c.Limits.History = 8 })
	image := picture(t, 40, 30)
	var group sync.WaitGroup
	for _, who := range []string{"anna", "bert", "mona"} {
		c := w.clients[who]
		group.Go(func() {
			for range 20 {
				e := c.call(w.fill(upload(toChannel)), image)
				id := fileID(t, e)
				found := c.call(`{"action":"describe_file","file_id":"` + id + `"}`)
				if found.name == "error" {
					continue // it has been forgotten already
				}
				status, _, body := w.get(found, "file_url")
				if status != 404 && (status != 200 || body != image) {
					t.Errorf("got %d, %d bytes", status, len(body))
				}
			}
		})
	}
	group.Wait()
	expect(t, w.do("anna", describe), `{"error_type":"file_not_found"}`)
}

// A file whose last message is forgotten is no more.
func TestFileIsForgotten(t *testing.T) {
	w := newFileWorld(t, func(c *serverConfig) { c.Limits.History = 8 })
	e := w.do("bert", describe)
	w.chatter(12)
	expect(t, w.do("bert", describe), `{"error_type":"file_not_found"}`)
	expect(t, w.do("bert", `{"action":"describe_user"}`), `{"user_account":{"uploads":{"available":104857600}}}`)
	if status, _, _ := w.get(e, "file_url"); status != 404 {
		t.Errorf("got %d", status)
	}
}

func TestFileSize(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.Part, c.Limits.Payload, c.Limits.File = 1000, 1000, 100_000 })
	w.open()
	large, tooLarge := strings.Repeat("x", 100_000), strings.Repeat("x", 100_001)
	expect(t, w.do("bert", upload(toChannel), large), `{"event":"message_received"}`)
	expect(t, w.do("bert", upload(toChannel), tooLarge), `{"error_type":"payload_part_too_long"}`)
	expect(t, w.do("bert", `{"action":"send_message","channel_id":"$channel","message_type":"x"}`, large), `{"error_type":"message_part_too_long"}`)
	for content, want := range map[string]string{large: `{"event":"message_received"}`, tooLarge: `{"event":"error"}`} {
		x := callWith(t, w.srv, octets(w.as("bert", upload(toChannel)), content), "Content-Type", "application/octet-stream", "Accept", "application/json")
		expect(t, x.event(t), want)
	}
}

func TestFileThumbnail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *serverConfig) { c.Limits.Pixels = 640 * 480; c.BaseURL = "http://localhost" })
		e := w.do("anna", `{"action":"send_file","user_id":"$bert","file_attrs":{"name":"ä\".png"}}`, picture(t, 640, 480))
		w.names = map[string]string{"file": fileID(t, e)}
		if !strings.Contains(e.payload[0], `"thumbnail":{"width":320,"height":240}`) {
			t.Errorf("got %v", e)
		}
		e = w.do("bert", describe)
		expect(t, e, `{"file_attrs":{"type":"image/png","thumbnail":{"width":320,"height":240}}}`)
		for name, width := range map[string]int{"file_url": 640, "thumbnail_url": 320} {
			status, kind, body := w.get(e, name)
			if config, err := png.DecodeConfig(strings.NewReader(body)); status != 200 || kind != "image/png" || err != nil || config.Width != width {
				t.Errorf("%s: %d, %s, %v, %v", name, status, kind, config, err)
			}
		}
		// Too large an image is a file like others.
		e = w.do("anna", upload(`"user_id":"$bert"`), picture(t, 641, 480))
		w.names["file"] = fileID(t, e)
		expect(t, w.do("bert", describe), `{"file_attrs":{"type":"image/png","thumbnail":"<absent>"},"thumbnail_url":"<absent>"}`)
	})
}

// Files outlive the server, and so do their addresses.
func TestFilesOutliveTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(memoryStore)
		config := func(c *serverConfig) { c.Store = store }
		w := newFileWorld(t, config)
		e := w.do("anna", `{"action":"send_file","user_id":"$bert","file_attrs":{"name":"a.png"}}`, picture(t, 640, 480))
		w.names["picture"] = fileID(t, e)
		e = w.do("bert", `{"action":"describe_file","file_id":"$picture"}`)
		icon := w.do("bert", `{"action":"update_user","payload_attrs":["icon"]}`, picture(t, 10, 10))
		if err := w.srv.Close(); err != nil {
			t.Fatal(err)
		}
		w.srv = start(t, config)
		for name, c := range w.clients {
			w.clients[name] = c.again(w.srv)
		}
		w.settle()
		if status, _, body := w.get(e, "file_url"); status != 200 || body != picture(t, 640, 480) {
			t.Errorf("got %d", status)
		}
		if status, _, _ := w.get(e, "thumbnail_url"); status != 200 {
			t.Errorf("got %d", status)
		}
		if status, _, _ := w.fetch(iconOf(icon)); status != 200 {
			t.Errorf("got %d", status)
		}
		expect(t, w.do("anna", describe), `{"event":"file_found","file_attrs":{"size":7}}`)
		expect(t, w.do("bert", `{"action":"describe_user"}`), `{"user_account":{"uploads":{"available":104857593}}}`)
		w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"suspended":true}}`)
		expect(t, w.do("anna", `{"action":"delete_channel","channel_id":"$channel"}`), `{"event":"channel_deleted"}`)
		expect(t, w.do("bert", describe), `{"error_type":"file_not_found"}`)
	})
}
