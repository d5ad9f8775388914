package server

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// keptMail is a mail in the outbox. It never changes.
type keptMail struct {
	// number is one more than that of the mail before.
	number uint64
	Mail
}

// addMail puts a mail into the outbox, and forgets the oldest one if there are too
// many.
func (h *hub) addMail(m Mail) {
	o := &h.outbox
	kept := &keptMail{1, m}
	if n := len(o.mails); n > 0 {
		kept.number = o.mails[n-1].number + 1
	}
	if len(o.mails) >= maxOutbox {
		h.touch(o.mails[0])
		o.mails = slices.Delete(o.mails, 0, 1)
	}
	o.mails = append(o.mails, kept)
	h.touch(kept)
}

type mailRecord struct {
	Number     uint64     `json:"number"`
	Time       time.Time  `json:"time"`
	To         string     `json:"to"`
	AccessType string     `json:"access_type"`
	AccessKey  api.Secret `json:"access_key"`
}

func (m *keptMail) row() row { return row{"mail", strconv.FormatUint(m.number, 10)} }

func (m *keptMail) record(h *hub) any {
	if mails := h.outbox.mails; len(mails) == 0 || m.number < mails[0].number {
		return nil
	}
	return &mailRecord{m.number, m.Time.UTC(), m.To, m.AccessType, m.AccessKey}
}

func allMails(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for _, m := range h.outbox.mails {
			if !yield(m) {
				return
			}
		}
	}
}

func (l *loader) mail(r *mailRecord) error {
	o := &l.hub.outbox
	o.mails = append(o.mails, &keptMail{r.Number, Mail{r.Time, r.To, r.AccessType, r.AccessKey}})
	return nil
}

// sortMails puts the outbox in order.
func (l *loader) sortMails() error {
	mails := l.hub.outbox.mails
	slices.SortFunc(mails, func(a, b *keptMail) int { return cmp.Compare(a.number, b.number) })
	if len(mails) > maxOutbox {
		return fmt.Errorf("there are %d mails", len(mails))
	}
	return nil
}
