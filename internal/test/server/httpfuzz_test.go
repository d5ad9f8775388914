package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/internal/test/fuzzing"
	"github.com/ninchat-community/ninchat/server"
)

// answered has the server answer a request, without a network.
func answered(srv http.Handler, method, target, body, media string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	return w
}

// FuzzPoll does actions by polling, in a session and without one. The server
// must answer with an array of events, each as the API wants it, whatever comes.
func FuzzPoll(f *testing.F) {
	fuzzing.Onward(f)
	for _, action := range []string{
		`{"action":"ping"}`, `{"action":"describe_user","action_id":1}`, `{"action":"resume_session","event_id":1}`, `{"action":"close_session"}`,
		`{"action":"create_session","message_types":[]}`, `{"action":"send_message","message_type":"x","payload":[{}]}`,
		`{"action":"update_user","payload":["AA=="]}`, `{"action":"delete_user"}`, `{"payload":1,"action":"create_channel","action_id":7}`, `[]`, ``,
	} {
		f.Add(action, "", true)
		f.Add(action, "f.g", false)
	}
	srv := start(f, func(c *server.Config) { c.Poll = time.Millisecond })
	f.Fuzz(func(t *testing.T, action, callback string, post bool) {
		var created []struct {
			ID string `json:"session_id"`
		}
		w := answered(srv.Handler(), "POST", "/v2/poll", `{"action":"create_session","message_types":["*"]}`, "")
		if err := json.Unmarshal(w.Body.Bytes(), &created); err != nil || len(created) != 1 {
			t.Fatalf("got %s: %v", w.Body, err)
		}
		within := strings.Replace(action, "{", fmt.Sprintf(`{"session_id":%q,`, created[0].ID), 1)
		for _, action := range []string{action, within, `{"action":"resume_session","session_id":"` + created[0].ID + `"}`, `{"action":"close_session","session_id":"` + created[0].ID + `"}`} {
			target, method := "/v2/poll?payloads=any&callback="+url.QueryEscape(callback), "POST"
			if !post {
				target, method = target+"&data="+url.QueryEscape(action), "GET"
			}
			w := answered(srv.Handler(), method, target, action, "")
			checkEvents(t, w, callback)
		}
	})
}

// FuzzCall does actions without a session.
func FuzzCall(f *testing.F) {
	fuzzing.Onward(f)
	srv := start(f)
	u, err := srv.AddUser(server.User{})
	if err != nil {
		f.Fatal(err)
	}
	credentials := fmt.Sprintf(`{"caller_id":%q,"caller_auth":%q,`, u.ID, u.Auth.Reveal())
	for _, action := range []string{
		`{"action":"describe_user"}`, `{"action":"create_user","puppet_attrs":{}}`, `{"action":"create_channel","action_id":1}`,
		`{"action":"send_message","user_id":"x","message_type":"x","payload":{}}`, `{"action":"load_history","user_id":"x"}`, `{"action":"describe_conn"}`,
		`{"action":"update_session"}`, `{"action":"follow_channel","channel_id":"x"}`, `{"action":"update_user","payload_attrs":[],"payload":[]}`,
	} {
		f.Add([]byte(action), true)
		f.Add([]byte(octets(action, "x")), false)
	}
	f.Fuzz(func(t *testing.T, body []byte, asJSON bool) {
		media, text := "application/octet-stream", string(body)
		if asJSON {
			media, text = "application/json", strings.Replace(text, "{", credentials, 1)
		}
		w := answered(srv.Handler(), "POST", "/v2/call", text, media)
		if w.Code != 200 || w.Body.Len() == 0 {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
	})
}

// checkEvents checks that an answer is an array of events.
func checkEvents(t *testing.T, w *httptest.ResponseRecorder, callback string) {
	t.Helper()
	text := w.Body.String()
	if w.Code == 400 && callback != "" {
		return
	}
	if callback != "" {
		inner, ok := strings.CutPrefix(text, callback+"(")
		if !ok || strings.ContainsAny(callback, "<>(); \n") {
			t.Fatalf("got %s", text)
		}
		text = strings.TrimSuffix(inner, ");")
	}
	events, err := parseEvents(text)
	if err != nil || w.Code != 200 {
		t.Fatalf("got %d %s: %v", w.Code, text, err)
	}
	for _, e := range events {
		if e.name == "" {
			t.Fatalf("got %v", e)
		}
	}
}
