package conformance_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// object is a JSON object.
type object = map[string]any

// transcript is a file.
type transcript struct {
	name string
	// client is the peer that a session of this module can be, "" if none can.
	client string
	lines  []line
}

// line is a line of a transcript. README.md describes the members.
type line struct {
	About  string `json:"about"`
	Client string `json:"client"`

	Peer       string    `json:"peer"`
	Send       object    `json:"send"`
	Receive    object    `json:"receive"`
	Payload    []any     `json:"payload"`
	Empty      bool      `json:"empty"`
	Disconnect bool      `json:"disconnect"`
	Closed     int       `json:"closed"`
	Request    *request  `json:"request"`
	Response   *response `json:"response"`
	Mail       object    `json:"mail"`

	// number is the number of the line in its file.
	number int
}

type request struct {
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Header map[string]string `json:"header"`
	Data   object            `json:"data"`
	JSON   object            `json:"json"`
	Octets []any             `json:"octets"`
	Text   string            `json:"text"`
}

type response struct {
	Status   int               `json:"status"`
	Header   map[string]string `json:"header"`
	Callback string            `json:"callback"`
	JSON     any               `json:"json"`
	Octets   []any             `json:"octets"`
	Protobuf [][]any           `json:"protobuf"`
	Text     string            `json:"text"`
}

// transcripts reads all files.
func transcripts(t *testing.T) []transcript {
	t.Helper()
	names, err := filepath.Glob("*.jsonl")
	if err != nil || len(names) == 0 {
		t.Fatalf("found %d transcripts, %v", len(names), err)
	}
	all := make([]transcript, 0, len(names))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := parse(strings.TrimSuffix(name, ".jsonl"), text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tr)
	}
	return all
}

// parse reads a file.
func parse(name string, text []byte) (transcript, error) {
	tr := transcript{name: name}
	number := 0
	for text := range bytes.Lines(text) {
		number++
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		l := line{number: number}
		if err := json.Unmarshal(text, &l, json.RejectUnknownMembers(true)); err != nil {
			return tr, fmt.Errorf("%s:%d: %w", name, number, err)
		}
		if err := l.check(); err != nil {
			return tr, fmt.Errorf("%s:%d: %w", name, number, err)
		}
		tr.client += l.Client
		tr.lines = append(tr.lines, l)
	}
	if len(tr.lines) == 0 || tr.lines[0].About == "" {
		return tr, fmt.Errorf("%s: doesn't begin by saying what it is about", name)
	}
	return tr, nil
}

// check checks that a line says one thing.
func (l *line) check() error {
	kinds := 0
	for _, is := range []bool{
		l.About != "", l.Send != nil, l.Receive != nil, l.Empty, l.Disconnect, l.Closed != 0, l.Request != nil, l.Mail != nil,
	} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return fmt.Errorf("it says %d things", kinds)
	case (l.Request == nil) != (l.Response == nil):
		return fmt.Errorf("a request without response, or the other way round")
	case l.Client != "" && l.About == "":
		return fmt.Errorf("client: belongs to the first line")
	case l.Payload != nil && l.Send == nil && l.Receive == nil:
		return fmt.Errorf("payload of nothing")
	case (l.Peer == "") != (l.About != "" || l.Request != nil || l.Mail != nil):
		return fmt.Errorf("peer: there must be one where there is a connection")
	}
	return nil
}

// A line that can't be understood is no line that passes.
func TestParse(t *testing.T) {
	good := `{"about":"x"}` + "\n\n" + `{"peer":"a","send":{"action":"ping"},"payload":["x"]}` + "\n"
	if tr, err := parse("good", []byte(good)); err != nil || len(tr.lines) != 2 || tr.lines[1].number != 3 {
		t.Errorf("got %+v, %v", tr, err)
	}
	for _, bad := range []string{
		``, `{"peer":"a","send":{}}`, `{"about":"x"}` + "\n{", `{"about":"x","sent":{}}`, `{"about":"x","client":true}`,
		`{"about":"x"}` + "\n" + `{"peer":"a"}`, `{"about":"x"}` + "\n" + `{"send":{}}`, `{"about":"x"}` + "\n" + `{"request":{}}`,
		`{"about":"x"}` + "\n" + `{"peer":"a","send":{},"receive":{}}`, `{"about":"x"}` + "\n" + `{"peer":"a","empty":true,"payload":[]}`,
	} {
		if _, err := parse("bad", []byte(bad)); err == nil {
			t.Errorf("%s is fine", bad)
		}
	}
}
