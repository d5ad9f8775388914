package scenario_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// A day of customer service, over each transport, and on a day on which the server is
// restarted every now and then. The story is told by the clock of the shop, which
// nobody has to wait for.
func TestDay(t *testing.T) {
	for name, way := range map[string]struct {
		by       ninchat.Transport
		restless bool
	}{
		"WebSocket": {by: ninchat.WebSocketOnly},
		"long poll": {by: ninchat.LongPollOnly},
		"restless":  {by: ninchat.WebSocketOnly, restless: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDay(t, way.by, way.restless)
				d.at(8, 0)
				d.opensShop()
				d.beforeNine()
				d.rushHour()
				d.robotHelps()
				d.chats()
				d.backendVouches()
				d.crowd()
				d.phoneDies()
				d.suspension()
				d.closingTime()
				if n := d.olga.Stats().Connections; way.restless != (n > 10) {
					t.Errorf("Olga had %d connections", n)
				}
				if n := len(d.customers()); n != 20 {
					t.Errorf("there were %d customers", n)
				}
				d.addsUp()
				d.remembers()
				d.goHome(d.kaisa)
				d.forgets()
				d.addsUp()
			})
		})
	}
}

// refuses checks that somebody can't enter a queue.
func (q *queue) refuses(p *person, metadata *api.AudienceMetadata, why api.ErrorType) {
	p.day.Helper()
	_, err := p.RequestAudience(p.day.Context(), api.RequestAudience{QueueID: q.id, AudienceMetadata: metadata})
	if !errors.Is(err, why) {
		p.day.Errorf("%s enters %s: %v, should be %s", p.name, q.name, err, why)
	}
}

// Eeva is too early. She sees the queue open, and is the first.
func (d *day) beforeNine() {
	d.at(8, 30)
	eeva := d.guest("Eeva")
	found := must[*api.RealmQueuesFound](eeva, "describe_realm_queues")(eeva.DescribeRealmQueues(d.Context(), api.DescribeRealmQueues{RealmID: d.realm}))
	for _, q := range d.queues {
		q.described = append(q.described, time.Now())
		if closed := found.RealmQueues[q.id].QueueAttrs.Closed.Or(false); closed != (q == d.support || q == d.returns) {
			d.Errorf("%s is closed: %v", q.name, closed)
		}
	}
	d.support.refuses(eeva, nil, api.ErrQueueIsClosed)
	d.returns.refuses(eeva, nil, api.ErrQueueIsClosed)
	d.at(9, 1)
	sees(eeva, "the queue open", func(e *api.QueueUpdated) bool {
		return e.QueueID == d.support.id && !e.QueueAttrs.Closed.Or(false) && *e.EventCause == api.EventCauseQueueSchedule
	})
	eeva.asks(d.support, nil)
}

// Four more come. Some are served in turn, one out of turn, one gives up, and two
// are passed on: to another queue, and to a certain agent.
func (d *day) rushHour() {
	d.at(9, 5)
	kaisa, _ := d.member("Kaisa", "silver"), d.member("Lauri", "silver")
	minna, niko := d.member("Minna", "gold"), d.member("Niko", "silver")
	d.at(9, 10)
	eeva := d.anna.next(d.support).talk("Good morning!", "Where is my parcel?", "On its way.")
	d.bert.picks(minna).talk("How are things, Minna?", "Fine.")
	if secret := minna.secret(); secret != `{"class":"gold"}` {
		d.Errorf("what is secret of Minna is %s", secret)
	}
	d.at(9, 20)
	eeva.tagged(d.tags["delivery"]).ends().rates(1).completes()
	minna.ends().completes()
	niko.leaves()

	d.kaisa = kaisa.customer
	kaisaLater := d.anna.next(d.support).talk("Hello Kaisa.", "My bill is wrong.").transfers(d.billing)
	if secret := d.bert.next(d.billing).secret(); secret != `{"class":"silver"}` {
		d.Errorf("what is secret of Kaisa is %s", secret)
	}
	lauriLater := d.anna.next(d.support).transfers(d.berts)
	d.bert.picks(lauriLater)
	d.at(9, 50)
	kaisaLater.talk("I see.").tagged(d.tags["order"], d.tags["invoice"]).rates(-1).ends().completes()
	lauriLater.talk("It's me again.", "At last!").rates(0).rates(1).ends().completes()
}

// The robot passes two of four on, one is happy with it, and one just leaves.
func (d *day) robotHelps() {
	d.at(10, 5)
	var visits []*visit
	for _, name := range []string{"Olli", "Pia", "Risto", "Sanna"} {
		visits = append(visits, d.rob.serves(d.guest(name).asks(d.triage, &api.AudienceMetadata{Vars: map[string]string{"page": "faq"}})))
	}
	olli, pia, risto, sanna := visits[0], visits[1], visits[2], visits[3]
	d.at(10, 10)
	for _, v := range []*visit{olli, pia} {
		v.wants(please)
		v.moves(d.support)
	}
	risto.wants("Nothing, thanks.").rates(1).parts()
	sanna.customer.leave()
	// Who has closed a page may come back for some minutes.
	sanna.overAfter(10 * time.Minute)

	d.bert.next(d.support).talk("Hello Olli.").ends().completes()
	d.anna.next(d.support).talk("Hello Pia.").rates(0).ends().completes()
	d.at(10, 40)
}

// Audiences of this queue are dialogues.
func (d *day) chats() {
	d.goHome(d.kaisa)
	d.at(11, 0)
	tiina, ulla := d.guest("Tiina").asks(d.chat, nil), d.guest("Ulla").asks(d.chat, nil)
	d.anna.next(d.chat).talk("Hi Tiina.", "Hi Anna.")
	d.anna.picks(ulla).talk("Hi Ulla.", "Hi!")
	d.at(11, 15)
	tiina.rates(1).ends().completes()
	ulla.ends().completes()
}

// For members only: the backend has to say that they are.
func (d *day) backendVouches() {
	d.at(12, 0)
	bruno := d.guest("Bruno")
	d.members.refuses(bruno, nil, api.ErrPermissionDenied)
	aino, metadata := d.known("Aino", "platinum")
	d.members.refuses(bruno, metadata, api.ErrPermissionDenied) // it is Aino's
	aino.asks(d.members, metadata)
	v := d.anna.next(d.members).talk("Dear Aino!")
	if secret := v.secret(); secret != `{"class":"platinum"}` {
		d.Errorf("what is secret of Aino is %s", secret)
	}
	v.writes(v.customer, v.agent)
	v.ends().completes()
}

// There is room for two.
func (d *day) crowd() {
	d.at(13, 0)
	d.anna.changes(d.support, api.QueueAttrs{Capacity: api.Set[int64](2)})
	d.guest("Veikko").asks(d.support, nil)
	d.guest("Wille").asks(d.support, nil)
	xenia := d.guest("Xenia")
	d.support.refuses(xenia, nil, api.ErrQueueIsFull)
	d.anna.changes(d.support, api.QueueAttrs{Capacity: api.Unset[int64]()})
	xenia.asks(d.support, nil)
}

// Veikko's phone is switched off. After some minutes he isn't waited for any more.
func (d *day) phoneDies() {
	d.at(13, 30)
	veikko := d.support.waiting[0]
	veikko.customer.vanish()
	d.at(13, 45)
	sees(d.anna, "Veikko go", func(e *api.QueueUpdated) bool {
		return e.QueueID == d.support.id && *e.EventCause == api.EventCauseAudienceDrop
	})
	limit := 5 * time.Minute
	if d.by == ninchat.LongPollOnly {
		limit += 2 * time.Minute
	}
	veikko.dropped = veikko.customer.gone.Add(limit)
	veikko.waitsNoMore(api.EventCauseAudienceDrop)
}

// Billing is suspended: nobody comes in, and nobody is served.
func (d *day) suspension() {
	d.at(14, 0)
	yrjo := d.guest("Yrjö").asks(d.billing, nil)
	d.olga.changes(d.billing, api.QueueAttrs{Suspended: api.Set(true)})
	sees(yrjo.customer, "the queue suspended", func(e *api.QueueUpdated) bool { return e.QueueID == d.billing.id && e.QueueAttrs.Suspended.Or(false) })
	ake := d.guest("Åke")
	d.billing.refuses(ake, nil, api.ErrQueueIsSuspended)
	if _, err := d.bert.AcceptAudience(d.Context(), api.AcceptAudience{QueueID: d.billing.id}); !errors.Is(err, api.ErrQueueIsSuspended) {
		d.Errorf("Bert accepts: %v", err)
	}
	d.at(14, 20)
	d.olga.changes(d.billing, api.QueueAttrs{Suspended: api.Set(false)})
	later := ake.asks(d.billing, nil)
	d.bert.next(d.billing).talk("Sorry that it took so long.", "Never mind.").ends().rates(1).completes()
	d.bert.picks(later).talk("Hello Åke.").parts().completes()
}

// The queue closes, but who is in it is served.
func (d *day) closingTime() {
	d.at(16, 55)
	wille := d.anna.next(d.support).talk("Hello Wille.")
	d.at(17, 1)
	sees(d.anna, "the queue closed", func(e *api.QueueUpdated) bool {
		return e.QueueAttrs.Closed.Or(false) && *e.EventCause == api.EventCauseQueueSchedule
	})
	d.support.refuses(d.guest("Örjan"), nil, api.ErrQueueIsClosed)
	xenia := d.bert.next(d.support).talk("You are the last one today.", "Thanks for waiting!")
	d.photograph = xenia.sendsPhoto().seenBy(d.bert).seenBy(xenia.customer).seenBy(d.olga).hiddenFrom(d.rob.person).hiddenFrom(d.kaisa)
	d.at(17, 20)
	wille.rates(1).ends().completes()
	xenia.tagged(d.tags["delivery"]).rates(1).ends().completes()
	d.olga.changes(d.billing, api.QueueAttrs{Closed: api.Set(true)})
	d.billing.refuses(d.guest("Östen"), nil, api.ErrQueueIsClosed)
}
