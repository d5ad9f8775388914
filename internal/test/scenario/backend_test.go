package scenario_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/master"
	"github.com/ninchat-community/ninchat/message"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// backend is the work of a company's backend, which has no session.
type backend struct {
	*testing.T
	srv *ninchattest.Server
	// Company is the user who owns everything, and agent serves.
	companyID, agentID string
	company, agent     *ninchat.Caller
	realm, queue       string
}

// A backend sets everything up, has a customer of its own served, and reads what was
// said, by calls without a session alone.
func TestBackend(t *testing.T) {
	b := &backend{T: t, srv: ninchattest.New(t, ninchattest.WithTLS())}
	b.comesIn()
	b.setsUp()
	customer := b.makesPuppet()
	channel, audience := b.serves(customer)
	b.invites(customer, channel)
	b.searches(customer)
	b.reads(channel, audience, customer)
	b.signs()
	b.cleansUp(customer, audience)
}

// calls makes calls as somebody, or nobody.
func (b *backend) calls(auth ninchat.CallerAuth) *ninchat.Caller {
	b.Helper()
	c, err := ninchat.NewCaller(ninchat.CallerConfig{
		Address: b.srv.URL(), TLS: b.srv.TLSClientConfig(), Auth: auth,
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
		// What changes something isn't tried again, however long the machine stands still.
		Timeout: 5 * time.Minute,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := c.Close(); err != nil {
			b.Error(err)
		}
	})
	return c
}

// done fails the test if a call failed.
func done[T any](b *backend, what string) func(T, error) T {
	return func(reply T, err error) T {
		b.Helper()
		if err != nil {
			b.Fatalf("%s: %v", what, err)
		}
		return reply
	}
}

// comesIn has the company log in by its address, and makes an agent out of nothing.
func (b *backend) comesIn() {
	b.Helper()
	company, err := b.srv.AddUser(server.User{
		Attrs:      api.UserAttrs{Name: api.Set("Company")},
		Identities: []server.Identity{{Type: "email", Name: "it@example.com", Auth: "pass word"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.companyID, b.company = company.ID, b.calls(ninchat.IdentityAuth("email", "it@example.com", "pass word"))
	made := done[*api.UserCreated](b, "create_user")(b.calls(ninchat.CallerAuth{}).CreateUser(b.Context(), api.CreateUser{
		UserAttrs: &api.UserAttrs{Name: api.Set("Agent"), Guest: api.Set(false)},
	}))
	if made.UserAuth == nil || made.PuppetMasters != nil {
		b.Fatalf("created %+v", made)
	}
	b.agentID, b.agent = made.UserID, b.calls(ninchat.UserAuth(made.UserID, *made.UserAuth))
}

// setsUp makes a realm with a queue, where the agent serves.
func (b *backend) setsUp() {
	b.Helper()
	ctx := b.Context()
	b.realm = done[*api.CreateRealmReply](b, "create_realm")(b.company.CreateRealm(ctx, api.CreateRealm{RealmAttrs: &api.RealmAttrs{Name: api.Set("Company")}})).RealmJoined.RealmID
	b.queue = done[*api.QueueCreated](b, "create_queue")(b.company.CreateQueue(ctx, api.CreateQueue{RealmID: b.realm, QueueAttrs: api.QueueAttrs{Name: api.Set("Desk")}})).QueueID
	for _, add := range []api.AddMember{{RealmID: &b.realm}, {QueueID: &b.queue}} {
		add.UserID = b.agentID
		done[*api.AddMemberReply](b, "add_member")(b.company.AddMember(ctx, add))
	}
	found := done[*api.RealmQueuesFound](b, "describe_realm_queues")(b.agent.DescribeRealmQueues(ctx, api.DescribeRealmQueues{RealmID: b.realm}))
	if len(found.RealmQueues) != 1 || found.RealmQueues[b.queue].QueueAttrs.Name.Or("") != "Desk" {
		b.Errorf("the queues are %+v", found.RealmQueues)
	}
	if _, err := b.agent.UpdateRealm(ctx, api.UpdateRealm{RealmID: b.realm, RealmSettings: &api.RealmSettings{}}); !errors.Is(err, api.ErrPermissionDenied) {
		b.Errorf("the agent updates the realm: %v", err)
	}
}

// makesPuppet makes a customer on whose behalf the company acts.
func (b *backend) makesPuppet() string {
	b.Helper()
	ctx := b.Context()
	made := done[*api.UserCreated](b, "create_user")(b.company.CreateUser(ctx, api.CreateUser{
		UserAttrs:   &api.UserAttrs{Name: api.Set("Customer 7")},
		PuppetAttrs: &api.PuppetAttrs{Name: api.Set("7")},
	}))
	if masters := made.PuppetMasters; made.UserAuth != nil || len(masters) != 1 || masters[b.companyID].PuppetAttrs.Name.Or("") != "7" {
		b.Errorf("created %+v", made)
	}
	self := done[*api.UserFound](b, "describe_user")(b.company.DescribeUser(ctx, api.DescribeUser{PuppetID: &made.UserID}))
	if self.UserID != made.UserID || self.UserAttrs.Name.Or("") != "Customer 7" {
		b.Errorf("the puppet is %+v", self)
	}
	if _, err := b.agent.DescribeUser(ctx, api.DescribeUser{PuppetID: &made.UserID}); err == nil {
		b.Error("the puppet acts for another user")
	}
	return made.UserID
}

// serves has the puppet wait, and the agent serve it. The conversation is over when
// it leaves.
func (b *backend) serves(customer string) (channel, audience string) {
	b.Helper()
	ctx := b.Context()
	enqueued := done[*api.AudienceEnqueued](b, "request_audience")(b.company.RequestAudience(ctx, api.RequestAudience{
		QueueID: b.queue, PuppetID: &customer, AudienceMetadata: &api.AudienceMetadata{Vars: map[string]string{"order": "42"}},
	}))
	if enqueued.QueuePosition != 1 {
		b.Errorf("enqueued %+v", enqueued)
	}
	joined := done[*api.AcceptAudienceReply](b, "accept_audience")(b.agent.AcceptAudience(ctx, api.AcceptAudience{QueueID: b.queue})).ChannelJoined
	if joined == nil || joined.ChannelAttrs.RequesterID.Or("") != customer || joined.AudienceMetadata.Vars["order"] != "42" {
		b.Fatalf("joined %+v", joined)
	}
	for i, line := range conversation {
		m := send(message.NewText(line))
		m.ChannelID = &joined.ChannelID
		by := b.agent
		if i%2 == 1 {
			by, m.PuppetID = b.company, &customer
		}
		if sent := done[*api.MessageReceived](b, "send_message")(by.SendMessage(ctx, m)); sent.MessageID == "" {
			b.Errorf("sent %+v", sent)
		}
	}
	return joined.ChannelID, enqueued.AudienceID
}

// conversation is what agent and customer say by turns.
var conversation = []string{"Hello!", "Is order 42 on its way?", "It is."}

// invites lets an expert into the conversation by a key, of which everybody can see
// what it is for.
func (b *backend) invites(customer, channel string) {
	b.Helper()
	ctx := b.Context()
	created := done[*api.AccessCreated](b, "create_access")(b.agent.CreateAccess(ctx, api.CreateAccess{
		AccessType: api.AccessTypeAudience, ChannelID: &channel, MemberMetadata: api.Object(`{"role":"expert"}`),
	}))
	if created.AccessKey == nil || created.AccessType != api.AccessTypeAudience {
		b.Fatalf("created %+v", created)
	}
	key := *created.AccessKey
	nobody := b.calls(ninchat.CallerAuth{})
	found := done[*api.AccessFound](b, "describe_access")(nobody.DescribeAccess(ctx, api.DescribeAccess{AccessKey: key}))
	if found.AccessType != api.AccessTypeAudience || found.ChannelID == nil || *found.ChannelID != channel {
		b.Errorf("found %+v", found)
	}
	made := done[*api.UserCreated](b, "create_user")(nobody.CreateUser(ctx, api.CreateUser{}))
	expert := b.calls(ninchat.UserAuth(made.UserID, *made.UserAuth))
	if _, err := expert.JoinChannel(ctx, api.JoinChannel{ChannelID: &channel}); !errors.Is(err, api.ErrPermissionDenied) {
		b.Errorf("joins without the key: %v", err)
	}
	joined := done[*api.JoinChannelReply](b, "join_channel")(expert.JoinChannel(ctx, api.JoinChannel{AccessKey: &key})).ChannelJoined
	if len(joined.ChannelMembers) != 3 || joined.ChannelMembers[customer].UserAttrs.Name.Or("") != "Customer 7" {
		b.Errorf("joined %+v", joined)
	}
	if text := string(joined.ChannelMembersMetadata[made.UserID]); text != `{"role":"expert"}` {
		b.Errorf("the metadata about the expert is %s", text)
	}
	done[*api.ChannelParted](b, "part_channel")(expert.PartChannel(ctx, api.PartChannel{ChannelID: channel}))
}

// searches finds the agent among the members of the realm, and the customer nowhere.
func (b *backend) searches(customer string) {
	b.Helper()
	var found []string
	for results, err := range b.company.SearchUsers(b.Context(), api.SearchUsers{RealmID: &b.realm, SearchTerm: "age"}) {
		if err != nil {
			b.Fatal(err)
		}
		for id := range results.Users {
			found = append(found, id)
		}
	}
	if diff := cmp.Diff([]string{b.agentID}, found); diff != "" {
		b.Error(diff)
	}
	for results, err := range b.company.SearchUsers(b.Context(), api.SearchUsers{RealmID: &b.realm, SearchTerm: "cust"}) {
		if _, ok := results.Users[customer]; ok || err != nil {
			b.Errorf("found the customer in the realm: %v", err)
		}
	}
}

// reads gets the transcript, when it is all over, and the figures.
func (b *backend) reads(channel, audience, customer string) {
	b.Helper()
	ctx := b.Context()
	done[*api.ChannelParted](b, "part_channel")(b.company.PartChannel(ctx, api.PartChannel{ChannelID: channel, PuppetID: &customer}))
	done[*api.ChannelParted](b, "part_channel")(b.agent.PartChannel(ctx, api.PartChannel{ChannelID: channel}))
	listed := done[*api.QueueTranscriptsFound](b, "describe_queue_transcripts")(b.company.DescribeQueueTranscripts(ctx, api.DescribeQueueTranscripts{QueueID: b.queue})).QueueTranscripts
	if len(listed) != 1 || *listed[0].AudienceID != audience || *listed[0].ChannelID != channel || *listed[0].AgentID != b.agentID || listed[0].CompleteTime == nil {
		b.Fatalf("the transcripts are %+v", listed)
	}
	contents := done[*api.TranscriptContents](b, "get_transcript")(b.company.GetTranscript(ctx, api.GetTranscript{AudienceID: &audience}))
	var lines []string
	for _, m := range contents.TranscriptMessages {
		if content, err := message.Parse(m.MessageType, [][]byte{m.Payload}); err == nil && m.MessageType == message.TypeText {
			lines = append(lines, content.Text())
		}
	}
	if diff := cmp.Diff(conversation, lines); diff != "" {
		b.Error(diff)
	}
	var requests int64
	for _, hour := range done[*api.QueueStatsContents](b, "get_queue_stats")(b.company.GetQueueStats(ctx, api.GetQueueStats{QueueID: b.queue, StatsLength: 2})).QueueStats {
		requests += hour.RequestCount
	}
	if requests != 1 {
		b.Errorf("%d requests", requests)
	}
}

// signs makes a master key, and lets a user into a private channel by it.
func (b *backend) signs() {
	b.Helper()
	ctx := b.Context()
	created := done[*api.MasterKeyCreated](b, "create_master_key")(b.company.CreateMasterKey(ctx, api.CreateMasterKey{}))
	key, err := master.ParseKey(created.MasterKeyID, created.MasterKeySecret.Reveal())
	if err != nil {
		b.Fatal(err)
	}
	room := done[*api.ChannelJoined](b, "create_channel")(b.company.CreateChannel(ctx, api.CreateChannel{ChannelAttrs: &api.ChannelAttrs{Private: api.Set(true)}}))
	sign, err := key.SignJoinChannelForUser(time.Now().Add(time.Hour), room.ChannelID, b.agentID, nil)
	if err != nil {
		b.Fatal(err)
	}
	join := api.JoinChannel{ChannelID: &room.ChannelID, MasterSign: new(api.Secret(sign))}
	done[*api.JoinChannelReply](b, "join_channel")(b.agent.JoinChannel(ctx, join))
	if keys := done[*api.MasterKeysFound](b, "describe_master_keys")(b.company.DescribeMasterKeys(ctx, api.DescribeMasterKeys{})); len(keys.MasterKeys) != 1 {
		b.Errorf("the keys are %+v", keys)
	}
}

// cleansUp deletes what was said, the puppet, and the realm with its queue.
func (b *backend) cleansUp(customer, audience string) {
	b.Helper()
	ctx := b.Context()
	if _, err := b.agent.DeleteTranscript(ctx, api.DeleteTranscript{AudienceID: &audience}); !errors.Is(err, api.ErrPermissionDenied) {
		b.Errorf("the agent deletes the transcript: %v", err)
	}
	done[*api.TranscriptDeleted](b, "delete_transcript")(b.company.DeleteTranscript(ctx, api.DeleteTranscript{AudienceID: &audience}))
	if contents := done[*api.TranscriptContents](b, "get_transcript")(b.company.GetTranscript(ctx, api.GetTranscript{AudienceID: &audience})); len(contents.TranscriptMessages) != 0 {
		b.Errorf("left is %+v", contents.TranscriptMessages)
	}
	done[*api.UserDeleted](b, "delete_user")(b.company.DeleteUser(ctx, api.DeleteUser{PuppetID: &customer}))
	if _, err := b.company.DescribeUser(ctx, api.DescribeUser{UserID: &customer}); !errors.Is(err, api.ErrUserNotFound) {
		b.Errorf("the puppet is still there: %v", err)
	}
	done[*api.RealmDeleted](b, "delete_realm")(b.company.DeleteRealm(ctx, api.DeleteRealm{RealmID: b.realm}))
	if _, err := b.agent.DescribeQueue(ctx, api.DescribeQueue{QueueID: b.queue}); !errors.Is(err, api.ErrQueueNotFound) {
		b.Errorf("the queue is still there: %v", err)
	}
}
