package server_test

import (
	"encoding/base64"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// iconOf is the address of the icon in an event.
func iconOf(e event) string {
	attrs, _ := e.members["user_attrs"].(map[string]any)
	address, _ := attrs["iconurl"].(string)
	return address
}

func TestIcons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		update := func(params string) string { return `{"action":"update_user"` + params + `}` }
		const icon = `,"payload_attrs":["icon"]`
		malformed, unsupported := `{"error_type":"request_malformed"}`, `{"error_type":"file_not_supported"}`
		image := picture(t, 300, 200)
		w.run([]step{
			{"anna", update(icon), nil, malformed},
			{"anna", update(``), []string{image}, malformed},
			{"anna", update(`,"payload_attrs":["face"]`), []string{image}, malformed},
			{"anna", update(`,"payload_attrs":["icon","icon"]`), []string{image, image}, malformed},
			{"anna", update(`,"payload_attrs":"icon"`), []string{image}, malformed},
			{"anna", update(icon), []string{"text"}, unsupported},
			{"anna", update(icon), []string{image[:50]}, unsupported},
			{"anna", update(icon), []string{""}, unsupported},
			{"anna", update(`,"user_attrs":{"iconurl":"http://example.com/"}`), nil, `{"error_type":"permission_denied"}`},
			{"anna", update(``), nil, `{"event":"user_updated","user_attrs":{"iconurl":"<absent>"}}`},
		})
		w.settle()
		first := iconOf(w.do("anna", update(icon+`,"user_attrs":{"realname":"Anna"}`), image))
		e := w.clients["bert"].wait("user_updated")
		expect(t, e, w.fill(`{"user_id":"$anna","user_attrs":{"realname":"Anna"}}`))
		if iconOf(e) != first {
			t.Errorf("bert is told of %q, anna of %q", iconOf(e), first)
		}
		status, kind, body := w.fetch(first)
		if config, err := png.DecodeConfig(strings.NewReader(body)); status != 200 || kind != "image/png" || err != nil || config.Width != 128 || config.Height != 128 {
			t.Errorf("got %d, %s, %v, %v", status, kind, config, err)
		}
		gone := func(address string) {
			t.Helper()
			if status, _, _ := w.fetch(address); status != 404 {
				t.Errorf("got %d", status)
			}
		}
		second := iconOf(w.do("anna", update(icon), picture(t, 5, 5)))
		gone(first)
		expect(t, w.do("outi", `{"action":"describe_user","user_id":"$anna"}`), w.fill(`{"user_attrs":{"iconurl":"`+second+`"}}`))
		expect(t, w.do("anna", update(`,"user_attrs":{"iconurl":null}`)), `{"user_attrs":{"iconurl":"<absent>"}}`)
		gone(second)
		third := iconOf(w.do("anna", update(icon), image))
		other := connect(t, w.srv)
		other.write(w.fill(`{"action":"create_session","message_types":[],"user_id":"$anna","user_auth":"$anna.auth","user_attrs":{"iconurl":null}}`))
		expect(t, other.wait("session_created"), `{"user_attrs":{"iconurl":"<absent>"}}`)
		gone(third)
		last := iconOf(w.do("mona", update(icon), image))
		w.do("mona", `{"action":"delete_user","user_auth":"$mona.auth"}`)
		gone(last)
		gone("http://localhost/icons/none")
	})
}

// Polling clients send icons in base64.
func TestIconByPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pollGuest(t, start(t))
		image := base64.StdEncoding.EncodeToString([]byte(picture(t, 2, 2)))
		e := c.call(`{"action":"update_user","payload_attrs":["icon"],"payload":["` + image + `"]}`)
		if e.name != "user_updated" || !strings.HasPrefix(iconOf(e), "http://") {
			t.Errorf("got %v", e)
		}
	})
}

// Nobody chooses the host to which others are sent for an icon.
func TestIconHost(t *testing.T) {
	for _, opts := range [][]ninchattest.Option{{ninchattest.InMemory()}, {}} {
		srv := ninchattest.New(t, opts...)
		u, err := srv.AddUser(server.User{})
		if err != nil {
			t.Fatal(err)
		}
		image := base64.StdEncoding.EncodeToString([]byte(picture(t, 2, 2)))
		action := `{"action":"update_user","caller_id":"` + u.ID + `","caller_auth":"` + u.Auth.Reveal() + `","payload_attrs":["icon"],"payload":["` + image + `"]}`
		_, text := request(t, srv, "GET", "/v2/call?data="+url.QueryEscape(action), "Host", "evil.example")
		contains(t, text, `"iconurl":"http://`)
		if strings.Contains(text, "evil") {
			t.Errorf("got %s", text)
		}
		address := regexp.MustCompile(`http://[^"]*`).FindString(text)
		resp, err := (&http.Client{Transport: srv.Transport()}).Get(address)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if kind := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || kind != "image/png" {
			t.Errorf("%s: %s %s", address, resp.Status, kind)
		}
	}
}
