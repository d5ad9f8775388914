package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/master"
	"github.com/ninchat-community/ninchat/server/internal/thumbnail"
	"github.com/ninchat-community/ninchat/spec"
)

func TestTypeFilter(t *testing.T) {
	for _, test := range []struct {
		filter string
		name   string
		want   bool
	}{
		{"", "a", false}, {"*", "a", true}, {"*", "", true}, {"a", "a", true}, {"a", "ab", false}, {"a", "A", false},
		{"a/*", "a/", true}, {"a/*", "a/b/c", true}, {"a/*", "a", false}, {"x a/*", "a/b", true},
	} {
		if got := typeFilter(strings.Fields(test.filter)).match(test.name); got != test.want {
			t.Errorf("%q matches %q: %v", test.filter, test.name, got)
		}
	}
}

func TestWatch(t *testing.T) {
	for _, test := range []struct {
		words, text string
		want        bool
	}{
		{"cat", "a cat!", true}, {"cat", "CAT", true}, {"cat", "concatenate", false}, {"cat", "cats", false},
		{"cat*", "cats", true}, {"cat*", "concat", false}, {"cat", "concat cat", true}, {"päät*", "Päätös", true},
		{"ät", "päät", false}, {"*", "anything", false}, {"", "anything", false}, {"c.t", "cat", false},
	} {
		settings := api.UserSettings{Unknown: []byte(fmt.Sprintf(`{"highlight":[%q]}`, test.words))}
		w := newWatch(settings)
		if got := w.hit(test.text, ""); got != test.want {
			t.Errorf("%q in %q: %v", test.words, test.text, got)
		}
	}
	if w := newWatch(api.UserSettings{Unknown: []byte(`{"highlight":1}`)}); len(w.words) != 0 {
		t.Error("settings of wrong types have words")
	}
}

func TestRateLimitText(t *testing.T) {
	for text, want := range map[string]rateLimit{
		"5/20": {5, 20 * time.Second}, "1/0.5": {1, time.Second / 2},
		"": {}, "5": {}, "5/": {}, "/20": {}, "0/20": {}, "-1/20": {}, "5/0": {}, "5/-1": {}, "5/x": {},
		"5/20/3": {}, "99999999/1": {}, "5/1e99": {}, "5/NaN": {}, "5/Inf": {}, " 5/20": {},
	} {
		if got := newRateLimit(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestMerge(t *testing.T) {
	stored := api.ChannelAttrs{Name: api.Set("old"), Closed: api.Set(true), Topic: api.Set("topic")}
	update := api.ChannelAttrs{
		Name: api.Set("new"), Closed: api.Set(false), Topic: api.Unset[string](),
		Private: api.Set(false), Upload: api.Unset[string](), Ratelimit: api.Set("1/1"),
	}
	before, after, changed := merge(&stored, &update)
	if !changed || before.Name != api.Set("old") || after.Name != api.Set("new") {
		t.Errorf("%v: %v, %v", changed, before.Name, after.Name)
	}
	if !stored.Closed.IsZero() || before.Closed != api.Set(true) || !after.Closed.IsZero() {
		t.Errorf("closed: %v, before %v, after %v", stored.Closed, before.Closed, after.Closed)
	}
	if !stored.Topic.IsZero() || !stored.Private.IsZero() || !stored.Upload.IsZero() || stored.Ratelimit != api.Set("1/1") {
		t.Errorf("got %+v", stored)
	}
	if _, _, changed := merge(&stored, &update); changed {
		t.Error("doing it again changes something")
	}
}

// The same action is the same, however it is encoded, and another one isn't.
func TestDigestOf(t *testing.T) {
	digest := func(text string, payload ...string) actionDigest {
		m := &wire.Message{Text: []byte(text)}
		for _, part := range payload {
			m.Payload = append(m.Payload, []byte(part))
		}
		return digestOf(m)
	}
	first := digest(`{"action":"x","action_id":1,"event_id":2,"frames":2,"a":[1,{"b":"ä"}],"c":1.5}`, "p", "q")
	if first != digest(`{"c":15e-1, "a":[1,{"b":"\u00e4"}], "action":"x","session_id":"s","client":"c"}`, "p", "q") {
		t.Error("another digest for the same action")
	}
	for _, other := range []actionDigest{
		digest(`{"action":"y","a":[1,{"b":"ä"}],"c":1.5}`, "p", "q"),
		digest(`{"action":"x","a":[1,{"b":"a"}],"c":1.5}`, "p", "q"),
		digest(`{"action":"x","a":[1,{"b":"ä"}],"c":1.5}`, "pq"),
		digest(`{"action":"x","a":[1,{"b":"ä"}],"c":1.5}`, "p", "q", ""),
	} {
		if other == first {
			t.Error("the same digest for another action")
		}
	}
}

// Digests that records need from the beginning are there before the state is locked.
func TestDigestAhead(t *testing.T) {
	long := &wire.Message{Header: wire.Header{Name: "send_message", ActionID: 1}, Text: []byte(`{"action":"send_message","x":"` + strings.Repeat("x", maxKept) + `"}`)}
	short := &wire.Message{Header: wire.Header{Name: "send_message", ActionID: 1}, Text: []byte(`{"action":"send_message"}`)}
	reads := &wire.Message{Header: wire.Header{Name: "describe_user", ActionID: 1}, Text: long.Text}
	unnumbered := &wire.Message{Header: wire.Header{Name: "send_message"}, Text: long.Text}
	for _, h := range []*hub{{}, {keeper: &keeper{}}} {
		for m, want := range map[*wire.Message]bool{long: true, short: h.keeper != nil, reads: false, unnumbered: false} {
			sum := h.digestAhead(m)
			if there := sum != (actionDigest{}); there != want || there && sum != digestOf(m) {
				t.Errorf("%s of %d bytes, action_id %d, keeper %v: got %x", m.Name, m.Size(), m.ActionID, h.keeper != nil, sum)
			}
		}
	}
}

func TestMessageIDOrder(t *testing.T) {
	var ids messageIDs
	now := time.Now()
	last := ids.next(now)
	for _, at := range []time.Time{now, now.Add(-time.Hour), now.Add(time.Microsecond), now.Add(time.Hour)} {
		id := ids.next(at)
		if id <= last || len(id) != len(last) {
			t.Errorf("%q after %q", id, last)
		}
		last = id
	}
}

// All actions of the API are done, and no others.
func TestPerformers(t *testing.T) {
	done := performers()
	for name := range done {
		if _, ok := spec.LookUpAction(name); !ok {
			t.Errorf("there is no action %s", name)
		}
	}
	for action := range spec.Actions() {
		if done[action.Name] == nil {
			t.Errorf("%s isn't done", action.Name)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, config := range []Config{
		{KeepAlive: 30 * time.Second}, {KeepAlive: -1}, {Silence: -1}, {Limits: Limits{Events: -1}}, {Limits: Limits{Load: -1}},
		{Download: -1}, {Skew: time.Hour + 1}, {BaseURL: "localhost"}, {BaseURL: "ftp://x"}, {BaseURL: "http://x/y"}, {BaseURL: "http://a@b"}, {BaseURL: ":"},
	} {
		if _, err := New(config); err == nil {
			t.Errorf("%+v is fine", config)
		}
	}
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.config.Limits.Events != 8192 || s.config.KeepAlive != 25*time.Second {
		t.Errorf("the defaults are %+v", s.config)
	}
}

// The limits are those that their comments, and docs/local-server.md, have.
func TestDefaultLimits(t *testing.T) {
	c, err := Config{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	want := Limits{
		Connections: 100_000, HTTPConnections: 100_000, Requests: 50_000, Bodies: 256 << 20, Messages: 128 << 20, Outgoing: 256 << 20, Sessions: 200_000, Users: 500_000, SessionsPerUser: 100,
		Events: 8192, EventBytes: 64 << 20, Header: 256 << 10, Parts: 64, Part: 1 << 20, Payload: 4 << 20, File: 10 << 20,
		Uploads: 100 << 20, Files: 1 << 30, Pixels: 20_000_000, Decoding: 384 << 20, MessageType: 128, MessageTypes: 256, Guesses: 10, PeerGuesses: 100,
		Mails: 10, Identities: 100, AccessKeys: 1000, MasterKeys: 100, Channels: 1000, Realms: 100, Queues: 1000, QueueMembers: 1000,
		Waiting: 10_000, Audiences: 10_000, Tags: 1000, Members: 10_000, History: 10_000, HistoryBytes: 64 << 20, Load: 1000,
		LoadDefault: 100, TranscriptBytes: 4 << 20,
	}
	if c.Limits != want {
		t.Errorf("got %+v, want %+v", c.Limits, want)
	}
	for name, d := range map[string][2]time.Duration{
		"KeepAlive": {c.KeepAlive, 25 * time.Second}, "Silence": {c.Silence, 2 * time.Minute}, "Hello": {c.Hello, time.Minute},
		"Stall": {c.Stall, 30 * time.Second}, "Poll": {c.Poll, 50 * time.Second}, "Resume": {c.Resume, 5 * time.Minute},
		"Guests": {c.Guests, 10 * time.Minute}, "Repeats": {c.Repeats, 5 * time.Minute}, "Download": {c.Download, time.Hour},
	} {
		if d[0] != d[1] {
			t.Errorf("%s is %v, want %v", name, d[0], d[1])
		}
	}
}

// The messages that are kept take no more than they may, and no more are forgotten
// than must be, also when messages have changed their size.
func TestHistoryToTheByte(t *testing.T) {
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.hub.lock()
	defer s.hub.unlock()
	ch := &channel{id: "c"}
	l := &ch.log
	newMessage := func(i int) *message {
		m := &message{id: fmt.Sprintf("%06d", i), kind: "x", authorID: "u", payload: [][]byte{make([]byte, i%100)}}
		m.packFor(ch)
		return m
	}
	limits := &Limits{History: 1000, HistoryBytes: 20_000}
	sum := func() (sum int) {
		for _, m := range l.messages {
			sum += m.size()
		}
		return sum
	}
	for i := range 500 {
		before := slices.Clone(l.messages)
		m := newMessage(i)
		l.add(m, limits)
		if sum := sum(); sum > limits.HistoryBytes || sum != l.bytes {
			t.Fatalf("%d: they take %d bytes, counted as %d", i, sum, l.bytes)
		}
		if lost := len(before) + 1 - len(l.messages); lost > 0 && l.bytes+before[lost-1].size() <= limits.HistoryBytes {
			t.Fatalf("%d: %d were forgotten, one too many", i, lost)
		}
		if i%3 == 0 && l.bytes < limits.HistoryBytes-100 {
			m.setHidden(ch, true)
		}
	}
	// A message that is too large alone leaves nothing.
	m := &message{id: "1", kind: "x", payload: [][]byte{make([]byte, limits.HistoryBytes)}}
	m.packFor(ch)
	if l.add(m, limits); len(l.messages) != 0 || l.bytes != 0 {
		t.Errorf("%d are left, with %d bytes", len(l.messages), l.bytes)
	}
}

// Whatever expires, room for what is new is found.
func TestSpentMakesRoom(t *testing.T) {
	s := spent{until: make(map[spentID]time.Time)}
	start := time.Now()
	spend := func(i int, now, until time.Time) bool {
		first, err := s.Spend(t.Context(), master.Use{ID: strconv.Itoa(i), Now: now, Until: until})
		return first && err == nil
	}
	const many = maxSpent/2 + 1 // twice as many are too many
	for i := range many {
		if !spend(i, start, start.Add(time.Hour)) {
			t.Fatal(i)
		}
	}
	s.forget(start)
	for i := many; i < maxSpent; i++ {
		if !spend(i, start, start.Add(time.Hour)) {
			t.Fatal(i)
		}
	}
	if spend(-1, start, start.Add(time.Hour)) {
		t.Error("there is no limit")
	}
	later := start.Add(2 * time.Hour)
	if !spend(-2, later, later.Add(time.Hour)) || len(s.until) != 1 {
		t.Errorf("what has expired takes the room of what is new: %d are remembered", len(s.until))
	}
}

// A panic, should there be one, is reported, and costs one connection only.
func TestGuard(t *testing.T) {
	var defects []error
	s, err := New(Config{Logger: slog.New(slog.DiscardHandler), OnDefect: func(err error) { defects = append(defects, err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.hub.do(func() { panic("mistake") })
	if len(defects) != 1 || !strings.Contains(defects[0].Error(), "mistake") {
		t.Errorf("got %v", defects)
	}
	s.hub.do(func() {}) // the lock has been released
}

// Events that the API doesn't allow are noticed.
func TestCheck(t *testing.T) {
	var defects []error
	s, err := New(Config{OnDefect: func(err error) { defects = append(defects, err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	good := item{entry: plain(pack(new(api.Pong))), id: 1}
	bad := item{entry: plain(&parcel{name: "message_updated", tail: []byte(`{"message_id":1}`)}), id: 2}
	s.hub.encode(&batch{items: []item{good, bad}})
	if len(defects) != 1 {
		t.Errorf("got %v", defects)
	}
}

// meddler is a log handler that calls back into the server.
type meddler struct {
	slog.Handler
	server *Server
	lines  int
}

func (m *meddler) Enabled(context.Context, slog.Level) bool { return true }

func (m *meddler) Handle(context.Context, slog.Record) error {
	if m.server != nil {
		m.lines++
		m.server.Stats()
	}
	return nil
}

// A logger may use the server: it isn't called while the state is locked.
func TestLoggerCallsBack(t *testing.T) {
	handler := &meddler{Handler: slog.DiscardHandler}
	s, err := New(Config{Logger: slog.New(handler)})
	if err != nil {
		t.Fatal(err)
	}
	handler.server = s
	defer s.Close()
	s.Faults().Cut(Match{})
	s.Faults().Lose(Match{})
	if handler.lines != 2 {
		t.Errorf("%d lines", handler.lines)
	}
}

// A batch that has carried a close frame, or anything else, doesn't carry it to
// the next connection.
func TestBatchIsForgotten(t *testing.T) {
	b := &batch{items: make([]item, 3), pong: []byte("pong"), bytes: []byte("bytes")}
	fields := reflect.ValueOf(b).Elem()
	for i := range fields.NumField() {
		field := reflect.NewAt(fields.Field(i).Type(), fields.Field(i).Addr().UnsafePointer()).Elem()
		switch field.Kind() {
		case reflect.Bool:
			field.SetBool(true)
		case reflect.String:
			field.SetString("text")
		case reflect.Uint16:
			field.SetUint(1001)
		case reflect.Int:
			field.SetInt(7)
		}
	}
	b.reset()
	for i := range fields.NumField() {
		field := fields.Field(i)
		if field.Kind() == reflect.Slice && field.Len() > 0 || field.Kind() != reflect.Slice && !field.IsZero() {
			t.Errorf("%s is still set", fields.Type().Field(i).Name)
		}
	}
}

// What is compared for each user or member is bounded, whatever they have set.
func TestComparisonsAreBounded(t *testing.T) {
	if matchWeight(strings.Repeat("a ", maxSearchedName)+"needle", "needle") != 0 {
		t.Error("all of a name is searched")
	}
	if matchWeight(strings.Repeat("ä", maxSearchedName), "ä") == 0 {
		t.Error("a long name isn't found")
	}
	words := append(slices.Repeat([]string{"x"}, maxHighlights-1), "last", "excess")
	text, err := json.Marshal(map[string]any{"highlight": words})
	if err != nil {
		t.Fatal(err)
	}
	w := newWatch(api.UserSettings{Unknown: text})
	for said, want := range map[string]bool{
		"last": true, "excess": false, strings.Repeat("- ", maxWatched) + "last": false,
	} {
		if w.hit(said, "") != want {
			t.Errorf("%.10q hits: %v", said, !want)
		}
	}
}

// Recipients are found, however many there are; many are sorted first.
func TestAddressed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,2}`), 0, 3*fewRecipients).Draw(t, "recipients")
		m := &message{authorID: "author", restricted: true, recipients: ids}
		given := slices.Clone(ids)
		for _, id := range append(rapid.SliceOf(rapid.StringMatching(`[a-z]{1,2}`)).Draw(t, "others"), ids...) {
			if got, want := m.addressed(id), slices.Contains(given, id); got != want {
				t.Fatalf("%q: %v", id, got)
			}
			if sorted := len(m.sorted) > 0; sorted != (len(ids) > fewRecipients) {
				t.Fatalf("%d recipients are sorted: %v", len(ids), sorted)
			}
		}
		if !m.addressed("author") {
			t.Fatal("the author doesn't see the message")
		}
		if !slices.Equal(m.recipients, given) {
			t.Fatal("the recipients are in another order")
		}
	})
}

// However many variables customers have, and however long they are, the figures of
// an hour stay small; and everything that was added is taken away again.
func TestFiguresAreBounded(t *testing.T) {
	q := &queue{id: "q"}
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	var audiences []*audience
	for i := range 2 * maxServices {
		a := &audience{queue: q, agentID: "agent", accepted: now, finished: now.Add(time.Hour), metadata: api.AudienceMetadata{
			Vars: map[string]string{"page": fmt.Sprint(i)},
		}}
		audiences = append(audiences, a)
	}
	long := &audience{queue: q, agentID: "other", accepted: now, metadata: api.AudienceMetadata{
		Vars: map[string]string{"page": strings.Repeat("x", maxStatsVars)},
	}}
	for _, a := range append(audiences, long) {
		a.book(1)
	}
	for name, services := range map[string]int{"2000010100": maxServices + 2, "2000010101": maxServices + 1} {
		hour := q.hours[name]
		if len(hour.services) != services {
			t.Errorf("%s: %d figures, want %d", name, len(hour.services), services)
		}
		accepted, finished := int64(0), int64(0)
		for key, f := range hour.services {
			if len(key) > 2*maxStatsVars {
				t.Errorf("a key of %d bytes", len(key))
			}
			accepted, finished = accepted+f.accepted, finished+f.finished
		}
		if accepted+finished < 2*maxServices {
			t.Errorf("%s: %d and %d", name, accepted, finished)
		}
	}
	// Later there is room, in which those who had none go.
	rating := int64(1)
	for _, a := range audiences {
		a.rebook(func() { a.metadata.Rating, a.rated = &rating, now })
	}
	for _, a := range append(audiences, long) {
		a.book(-1)
	}
	for name, hour := range q.hours {
		if len(hour.services) != 0 {
			t.Errorf("%s: %d figures are left", name, len(hour.services))
		}
	}
}

// Decrypted metadata goes into events only if it is an object of valid JSON.
func TestSecureObject(t *testing.T) {
	for text, want := range map[string]bool{
		`{}`: true, `{"a":[1,{"b":null}]}`: true,
		``: false, `null`: false, `[]`: false, `"{}"`: false,
		`{`: false, `{"a":}`: false, `{"a":1}{`: false, `{"a":1,"a":2}`: false, `{"a":"\ud800"}`: false, "{\"a\":\"\xff\"}": false,
	} {
		if got := secureObject([]byte(text)); (got != nil) != want || want && string(got) != text {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

// It isn't the image's fault if there is no time for it.
func TestIconFailure(t *testing.T) {
	for err, want := range map[error]api.ErrorType{thumbnail.ErrBusy: api.ErrInternal, errors.New("not an image"): api.ErrFileNotSupported} {
		if got := iconFailure(err).event.ErrorType; got != string(want) {
			t.Errorf("%v is answered by %s, want %s", err, got, want)
		}
	}
}
