package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/ninchattest"
)

// pollClient polls. It is made of net/http only.
type pollClient struct {
	t                       testing.TB
	url                     string
	http                    *http.Client
	userID, auth, sessionID string
	actionID, eventID       int64
}

// newPollClient makes a client without a session.
func newPollClient(t testing.TB, srv *ninchattest.Server) *pollClient {
	transport := srv.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	return &pollClient{t: t, url: srv.URL() + "/v2/poll", http: &http.Client{Transport: transport}}
}

// pollGuest makes a client with a session that gets all messages.
func pollGuest(t testing.TB, srv *ninchattest.Server) *pollClient {
	t.Helper()
	c := newPollClient(t, srv)
	c.createSession("")
	return c
}

func (c *pollClient) createSession(params string) {
	c.t.Helper()
	events := c.post(`{"action":"create_session","message_types":["*"]` + params + `}`)
	if len(events) != 1 || events[0].name != "session_created" {
		c.t.Fatalf("got %v, want session_created", events)
	}
	e := events[0]
	c.userID, c.auth, c.sessionID = e.text("user_id"), e.text("user_auth"), e.text("session_id")
	c.eventID = int64(e.number("event_id"))
}

// try posts a body, and returns the answer.
func (c *pollClient) try(ctx context.Context, body string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, "POST", c.url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" ||
		resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Cache-Control") != "no-store") {
		err = fmt.Errorf("answer %s %v %s", resp.Status, resp.Header, text)
	}
	return string(text), err
}

// post posts an action, and returns the events of the answer.
func (c *pollClient) post(body string) []event {
	c.t.Helper()
	text, err := c.try(c.t.Context(), body)
	if err != nil {
		c.t.Fatalf("%s: %v", body, err)
	}
	return c.parse(text)
}

func (c *pollClient) parse(text string) []event {
	c.t.Helper()
	events, err := parseEvents(text)
	if err != nil {
		c.t.Fatalf("%s: %v", text, err)
	}
	for _, e := range events {
		c.eventID = max(c.eventID, int64(e.number("event_id")))
	}
	return events
}

func parseEvents(text string) ([]event, error) {
	var list []map[string]any
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, err
	}
	events := make([]event, 0, len(list))
	for _, members := range list {
		header, err := json.Marshal(members, json.Deterministic(true))
		if err != nil {
			return nil, err
		}
		e := event{members: members, header: string(header)}
		e.name = e.text("event")
		events = append(events, e)
	}
	return events, nil
}

// resume is the action that polls.
func (c *pollClient) resume(params string) string {
	return fmt.Sprintf(`{"action":"resume_session","session_id":%q,"event_id":%d%s}`, c.sessionID, c.eventID, params)
}

// poll polls once.
func (c *pollClient) poll() []event {
	c.t.Helper()
	return c.post(c.resume(""))
}

// pollLater polls in the background. The answer is sent to the channel, "" if
// there is none.
func (c *pollClient) pollLater() <-chan string {
	body := c.resume("")
	answer := make(chan string, 1)
	go func() {
		text, err := c.try(c.t.Context(), body)
		if err != nil {
			text = ""
		}
		answer <- text
	}()
	return answer
}

// send has an action done, which must be answered by an empty array.
func (c *pollClient) send(action string) (actionID int64) {
	c.t.Helper()
	c.actionID++
	if events := c.post(c.within(action)); len(events) != 0 {
		c.t.Fatalf("%s: got %v", action, events)
	}
	return c.actionID
}

// within adds the session and the number to an action.
func (c *pollClient) within(action string) string {
	return action[:len(action)-1] + fmt.Sprintf(`,"session_id":%q,"action_id":%d}`, c.sessionID, c.actionID)
}

// call has an action done, and polls for the reply.
func (c *pollClient) call(action string) event {
	c.t.Helper()
	id := c.send(action)
	for range 3 {
		for _, e := range c.poll() {
			if int64(e.number("action_id")) == id {
				return e
			}
		}
	}
	c.t.Fatalf("%s: no reply", action)
	return event{}
}

// get makes a GET request.
func (c *pollClient) get(query url.Values) (*http.Response, string) {
	c.t.Helper()
	resp, err := c.http.Get(c.url + "?" + query.Encode())
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp, string(text)
}

// only checks that there is one event.
func only(t testing.TB, events []event) event {
	t.Helper()
	if len(events) != 1 {
		t.Fatalf("got %v, want one event", events)
	}
	return events[0]
}
