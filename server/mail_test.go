package server

import (
	"fmt"
	"testing"
)

// The oldest mails are forgotten, by the store as well: closing compares them.
func TestOutboxIsBounded(t *testing.T) {
	srv, err := New(Config{OnDefect: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	const excess = 3
	for i := range maxOutbox + excess {
		srv.hub.lock()
		srv.hub.mail(Mail{To: fmt.Sprintf("%d@example.com", i)})
		srv.hub.unlock()
	}
	mails := srv.Outbox()
	if len(mails) != maxOutbox || mails[0].To != fmt.Sprintf("%d@example.com", excess) {
		t.Errorf("there are %d mails, the first to %q", len(mails), mails[0].To)
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
}
