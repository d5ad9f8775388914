package server

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
)

// Mail is what the service would have sent by email. It has what the links in
// such messages are about: an access key.
type Mail struct {
	// Time is when it was sent.
	Time time.Time
	// To is the address.
	To string
	// AccessType is what the key is for: see the AccessType constants of
	// package api.
	AccessType string
	// AccessKey is the key, for verify_identity, reset_identity_auth,
	// create_session or join_channel.
	AccessKey api.Secret
}

// maxOutbox is how many mails are kept; older ones are forgotten.
const maxOutbox = 1000

// outbox has the mails that haven't been sent, and never will be.
type outbox struct {
	mails []*keptMail
	// fresh are those that Config.OnMail hasn't got yet, and telling says that a
	// goroutine, which told counts, gives them to it.
	fresh   []Mail
	telling bool
	told    sync.WaitGroup
}

// mail puts a mail into the outbox.
func (h *hub) mail(m Mail) {
	m.Time = h.clock.Now()
	h.mails.note(m.Time, newIdentityKey(api.IdentityTypeEmail, m.To).guessed())
	h.addMail(m)
	o := &h.outbox
	if h.config.OnMail == nil || h.closed {
		return
	}
	o.fresh = append(o.fresh, m)
	if excess := len(o.fresh) - maxOutbox; excess > 0 {
		o.fresh = slices.Delete(o.fresh, 0, excess)
	}
	if !o.telling {
		o.telling = true
		o.told.Go(h.tellMails)
	}
}

// tellMails calls Config.OnMail until there is nothing more to tell. It has a
// goroutine of its own, as the function may take its time: nobody else waits.
func (h *hub) tellMails() {
	for {
		h.lock()
		mails := h.outbox.fresh
		h.outbox.fresh = nil
		h.outbox.telling = len(mails) > 0
		h.unlock()
		if len(mails) == 0 || h.awaitAllKept() != nil {
			return
		}
		for _, m := range mails {
			h.tellMail(m)
		}
	}
}

func (h *hub) tellMail(m Mail) {
	defer h.guard(nil)
	h.config.OnMail(m)
}

// lastMail is how long closing waits for Config.OnMail.
const lastMail = time.Second

// awaitMails waits until everything was told, but not long.
func (h *hub) awaitMails() {
	done := make(chan struct{})
	go func() {
		h.outbox.told.Wait()
		close(done)
	}()
	h.pulse.Wait(lastMail, done, nil)
}

// Outbox returns the mails that the service would have sent, the newest last. The
// last 1,000 are kept, by [Config.Store] as well. They have secrets.
func (s *Server) Outbox() []Mail {
	s.hub.lock()
	defer s.hub.unlock()
	mails := make([]Mail, 0, len(s.hub.outbox.mails))
	for _, m := range s.hub.outbox.mails {
		mails = append(mails, m.Mail)
	}
	return mails
}

// mailText is a mail as /debug/outbox shows it.
type mailText struct {
	Time       time.Time `json:"time"`
	To         string    `json:"to"`
	AccessType string    `json:"access_type"`
	AccessKey  string    `json:"access_key"`
}

// showOutbox answers /debug/outbox.
func (s *Server) showOutbox(w http.ResponseWriter, _ *http.Request) {
	mails := []mailText{}
	for _, m := range s.Outbox() {
		mails = append(mails, mailText{m.Time, m.To, m.AccessType, m.AccessKey.Reveal()})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.MarshalWrite(w, mails)
}
