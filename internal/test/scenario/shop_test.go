package scenario_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/master"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// day is a day of customer service.
type day struct {
	*testing.T
	// server is the one that is running, and kept what it keeps.
	server atomic.Pointer[ninchattest.Server]
	kept   *ninchattest.Store
	by     ninchat.Transport
	// restless is a day on which the server is restarted every now and then.
	restless bool
	// zone is where the shop is.
	zone *time.Location

	// people are all who have come, by their ids.
	people map[string]*person
	// Olga owns the shop; Anna and Bert serve, and so does Rob, who is a program.
	olga, anna, bert *person
	rob              *robot
	// Kaisa is a customer who stays the night.
	kaisa *person
	// photograph is one that a customer sends.
	photograph *file

	realm string
	// key is the master key that the shop's backend has.
	key *master.Key
	// tags are by their names.
	tags   map[string]string
	queues []*queue
	// The queues: support has opening hours, billing hasn't; bert's is for one
	// agent alone; triage is for the robot; chat has dialogues; members is for
	// customers whom the backend knows; returns is closed.
	support, billing, berts, triage, chat, members, returns *queue
}

// newDay is a Monday, before anybody is up.
func newDay(t *testing.T, by ninchat.Transport, restless bool) *day {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	d := &day{
		T: t, kept: ninchattest.NewStore(), by: by, restless: restless, zone: zone,
		people: make(map[string]*person), tags: make(map[string]string),
	}
	d.runs()
	for time.Now().In(zone).Weekday() != time.Monday {
		time.Sleep(time.Hour)
	}
	return d
}

// runs starts a server, which goes on where the one before ended.
func (d *day) runs() {
	d.Helper()
	d.server.Store(ninchattest.New(d.T, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) { c.Store = d.kept })))
}

// srv is the server.
func (d *day) srv() *ninchattest.Server { return d.server.Load() }

// dial connects to the server.
func (d *day) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return d.srv().DialContext(ctx, network, address)
}

// at waits until clocks show a time of the day. If the day is restless, the server
// is restarted shortly before.
func (d *day) at(hour, minute int) {
	d.Helper()
	now := time.Now().In(d.zone)
	then := time.Date(now.Year(), now.Month(), now.Day(), hour, minute, 0, 0, d.zone)
	if !then.After(now) {
		d.Fatalf("it is %v already", now)
	}
	if restart := then.Add(-30 * time.Second); d.restless && restart.After(now) {
		time.Sleep(time.Until(restart))
		if err := d.srv().Close(); err != nil {
			d.Error(err)
		}
		d.runs()
	}
	time.Sleep(time.Until(then))
}

// employ makes somebody who logs in with an email address and a password.
func (d *day) employ(name string) *person {
	d.Helper()
	address, password := name+"@example.com", api.Secret("secret of "+name)
	_, err := d.srv().AddUser(server.User{
		Attrs:      api.UserAttrs{Name: api.Set(name)},
		Identities: []server.Identity{{Type: "email", Name: address, Auth: password}},
	})
	if err != nil {
		d.Fatal(err)
	}
	return d.come(name, ninchat.Identity("email", address, password))
}

// opensShop has Olga make everything.
func (d *day) opensShop() {
	d.Helper()
	d.olga, d.anna, d.bert = d.employ("Olga"), d.employ("Anna"), d.employ("Bert")
	d.rob = &robot{person: d.employ("Rob"), audiences: make(map[string]string), served: make(map[string]time.Time)}
	ctx := d.Context()
	d.realm = must[*api.CreateRealmReply](d.olga, "create_realm")(d.olga.CreateRealm(ctx, api.CreateRealm{
		RealmAttrs: &api.RealmAttrs{Name: api.Set("Shop")},
	})).RealmJoined.RealmID
	for _, p := range []*person{d.anna, d.bert, d.rob.person} {
		must[*api.AddMemberReply](d.olga, "add_member")(d.olga.AddMember(ctx, api.AddMember{RealmID: &d.realm, UserID: p.UserID()}))
		sees(p, "the realm", func(e *api.RealmJoined) bool { return e.RealmID == d.realm })
	}
	created := must[*api.MasterKeyCreated](d.olga, "create_master_key")(d.olga.CreateMasterKey(ctx, api.CreateMasterKey{}))
	var err error
	if d.key, err = master.ParseKey(created.MasterKeyID, created.MasterKeySecret.Reveal()); err != nil {
		d.Fatal(err)
	}
	d.opensQueues()
	d.makesTags()
	d.rob.begins()
}

// keeping is how long transcripts are kept.
const keeping = 9 * time.Hour

// opensQueues makes the queues.
func (d *day) opensQueues() {
	d.Helper()
	hours := api.DayHours{new("9:00"), new("17:00")}
	d.support = d.opens("Support", api.QueueAttrs{
		Schedule: api.Set(api.Schedule{Timezone: "Europe/Helsinki", Week: []api.DayHours{hours, hours, hours, hours, hours}}),
		Upload:   api.Set(api.QueueUploadMember),
	}, d.anna, d.bert)
	d.billing = d.opens("Billing", api.QueueAttrs{}, d.bert)
	d.berts = d.opens("Bert's desk", api.QueueAttrs{}, d.bert)
	d.triage = d.opens("Triage", api.QueueAttrs{}, d.rob.person)
	d.chat = d.opens("Chat", api.QueueAttrs{}, d.anna)
	d.members = d.opens("Members", api.QueueAttrs{SecureMetadata: api.Set(true)}, d.anna)
	d.returns = d.opens("Returns", api.QueueAttrs{Closed: api.Set(true)})
	keep := api.Set(int64(keeping / time.Second))
	d.sets(d.support, api.QueueSettings{TranscriptDeleteDelay: keep, TransferQueueIDs: api.Set([]string{d.billing.id, d.berts.id})})
	d.sets(d.triage, api.QueueSettings{TranscriptDeleteDelay: keep, TransferQueueIDs: api.Set([]string{d.support.id})})
	d.sets(d.chat, api.QueueSettings{TranscriptDeleteDelay: keep, Unknown: jsontext.Value(`{"audience_dialogue":true}`)})
}

func (d *day) opens(name string, attrs api.QueueAttrs, members ...*person) *queue {
	d.Helper()
	attrs.Name = api.Set(name)
	ctx := d.Context()
	created := must[*api.QueueCreated](d.olga, "create_queue")(d.olga.CreateQueue(ctx, api.CreateQueue{RealmID: d.realm, QueueAttrs: attrs}))
	for _, p := range members {
		must[*api.AddMemberReply](d.olga, "add_member")(d.olga.AddMember(ctx, api.AddMember{QueueID: &created.QueueID, UserID: p.UserID()}))
		sees(p, "the queue", func(e *api.QueueJoined) bool { return e.QueueID == created.QueueID })
	}
	q := &queue{name: name, id: created.QueueID}
	d.queues = append(d.queues, q)
	return q
}

func (d *day) sets(q *queue, settings api.QueueSettings) {
	d.Helper()
	must[*api.QueueUpdated](d.olga, "update_queue")(d.olga.UpdateQueue(d.Context(), api.UpdateQueue{QueueID: q.id, QueueSettings: &settings}))
	q.forgets = !settings.TranscriptDeleteDelay.IsZero()
}

// changes has a member or operator change a queue.
func (p *person) changes(q *queue, attrs api.QueueAttrs) {
	p.day.Helper()
	must[*api.QueueUpdated](p, "update_queue")(p.UpdateQueue(p.day.Context(), api.UpdateQueue{QueueID: q.id, QueueAttrs: &attrs}))
}

// makesTags makes a tree of tags.
func (d *day) makesTags() {
	d.Helper()
	for _, tag := range []struct{ name, parent string }{{"order", ""}, {"delivery", "order"}, {"invoice", "order"}} {
		attrs := api.TagAttrs{Name: api.Set(tag.name)}
		if tag.parent != "" {
			attrs.ParentID = api.Set(d.tags[tag.parent])
		}
		d.tags[tag.name] = must[*api.TagCreated](d.olga, "create_tag")(d.olga.CreateTag(d.Context(), api.CreateTag{RealmID: d.realm, TagAttrs: attrs})).TagID
	}
}

// known is a customer whom the backend knows, and has let in with a signature. What
// it says about the customer is in the metadata, sealed.
func (d *day) known(name, class string) (*person, *api.AudienceMetadata) {
	d.Helper()
	soon := time.Now().Add(time.Minute)
	sign, err := d.key.SignCreateSession(soon, master.Map{"name": name})
	if err != nil {
		d.Fatal(err)
	}
	p := d.come(name, api.CreateSession{
		MasterSign:  new(api.Secret(sign)),
		PuppetAttrs: &api.PuppetAttrs{Name: api.Set(name)},
		UserAttrs:   &api.UserAttrs{Name: api.Set(name)},
	})
	sealed, err := d.key.EncryptForUser(soon, master.Map{"class": class}, p.UserID())
	if err != nil {
		d.Fatal(err)
	}
	return p, &api.AudienceMetadata{Vars: map[string]string{"page": "account"}, Secure: jsontext.Value(`"` + sealed + `"`)}
}

// member is a known customer in the support queue.
func (d *day) member(name, class string) *visit {
	d.Helper()
	p, metadata := d.known(name, class)
	return p.asks(d.support, metadata)
}

// customers are those who don't work here.
func (d *day) customers() []*person {
	var found []*person
	for _, p := range d.people {
		if p != d.olga && p != d.anna && p != d.bert && p != d.rob.person {
			found = append(found, p)
		}
	}
	return found
}

// goHome has all customers leave but one.
func (d *day) goHome(except *person) {
	d.Helper()
	for _, p := range d.customers() {
		if p != except {
			p.leave()
		}
	}
}
