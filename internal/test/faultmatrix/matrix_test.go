package faultmatrix_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat"
)

// transport is what carries a session.
type transport struct {
	name string
	set  func(*ninchat.Config)
}

func transports() []transport {
	return []transport{
		{"WebSocket", func(c *ninchat.Config) { c.Transport = ninchat.WebSocketOnly }},
		{"long poll", func(c *ninchat.Config) { c.Transport = ninchat.LongPollOnly }},
	}
}

// Each fault, in the middle of each activity, over each transport.
func TestMatrix(t *testing.T) {
	for _, transport := range transports() {
		t.Run(transport.name, func(t *testing.T) {
			for _, f := range faults() {
				t.Run(f.name, func(t *testing.T) {
					for _, a := range activities() {
						t.Run(a.name, func(t *testing.T) {
							inBubble(t, f, transport, a.run)
						})
					}
				})
			}
		})
	}
}

// The documentation has the faults that are tested, and the same times.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 6 || strings.Contains(line, "---") || strings.Contains(line, "online within") {
			continue
		}
		ends := strings.Contains(cells[3], "ends with")
		loses := strings.HasPrefix(cells[3], " as for a lost session") || strings.Contains(cells[3], "session_lost")
		documented = append(documented, fmt.Sprint(
			strings.TrimSpace(cells[1]), " ", strings.TrimSpace(cells[2]), " ", strings.TrimSpace(cells[4]), ends, loses))
	}
	var tested []string
	for _, f := range faults() {
		tested = append(tested, fmt.Sprint(f.name, " ", duration(f.lasts), " ", duration(f.back), f.ends != "", f.loses))
	}
	if diff := cmp.Diff(tested, documented); diff != "" {
		t.Error(diff)
	}
}

func duration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
