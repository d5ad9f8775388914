package session_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// A file goes from one user to another, who gets it by HTTP until the address
// expires.
func TestFile(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithClock())
	r := newRoom(t, srv)
	content := []byte("\x00any\xff bytes")
	send := api.SendFile{UserID: &r.bobID, FileAttrs: api.FileAttrs{Name: api.Set("a.bin")}, Payload: [][]byte{content}}
	if _, err := r.alice.SendFile(t.Context(), send); err != nil {
		t.Fatal(err)
	}
	got, ok := nextFrom(t, r.bob, r.aliceID).(*message.File)
	if !ok || got.Text() != "a.bin (11 bytes)" {
		t.Fatalf("got %v", got)
	}
	found, err := r.bob.DescribeFile(t.Context(), api.DescribeFile{FileID: got.Files[0].FileID})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := download(t, srv, found.FileURL); status != http.StatusOK || body != string(content) {
		t.Errorf("got %d %q", status, body)
	}
	srv.Advance(time.Hour)
	if status, body := download(t, srv, found.FileURL); status != http.StatusForbidden {
		t.Errorf("got %d %q after an hour", status, body)
	}
}

func download(t *testing.T, srv *ninchattest.Server, address string) (status int, body string) {
	t.Helper()
	transport := srv.Transport()
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// Long polling can't carry files that aren't JSON, and says so. Calls can: a large
// one, too.
func TestFileWithoutWebSocket(t *testing.T) {
	srv := ninchattest.New(t)
	r := newRoomBy(t, srv, ninchat.LongPollOnly)
	content := bytes.Repeat([]byte{0xff, 0, 1}, 1<<20)
	send := api.SendFile{UserID: &r.bobID, FileAttrs: api.FileAttrs{Name: api.Set("a.bin")}, Payload: [][]byte{content}}
	if _, err := r.alice.SendFile(t.Context(), send); !errors.Is(err, ninchat.ErrPollPayload) {
		t.Errorf("got %v", err)
	}
	carol, err := srv.AddUser(server.User{Attrs: api.UserAttrs{Name: api.Set("Carol")}})
	if err != nil {
		t.Fatal(err)
	}
	caller := callerOf(t, srv, ninchat.UserAuth(carol.ID, carol.Auth))
	sent, err := caller.SendFile(t.Context(), send)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := nextFrom(t, r.bob, carol.ID).(*message.File)
	if !ok || *sent.UserID != r.bobID {
		t.Fatalf("got %v, %v", got, sent)
	}
	found, err := caller.DescribeFile(t.Context(), api.DescribeFile{FileID: got.Files[0].FileID})
	if err != nil {
		t.Fatal(err)
	}
	if _, body := download(t, srv, found.FileURL); body != string(content) {
		t.Errorf("got %d bytes", len(body))
	}
}
