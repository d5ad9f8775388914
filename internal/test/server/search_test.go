package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// found does a search, and returns the weights of what was found, by id.
func (w *world) found(who, action string) (weights map[string]float64, pages int) {
	w.t.Helper()
	c := w.clients[who]
	id := c.send(w.fill(action))
	weights = make(map[string]float64)
	for {
		e := c.reply(id)
		if e.name != "search_results" {
			w.t.Fatalf("got %v", e)
		}
		results := 0
		for _, name := range []string{"users", "channels"} {
			list, _ := e.members[name].(map[string]any)
			for id, result := range list {
				weight, _ := result.(map[string]any)["weight"].(float64)
				weights[id] = weight
				results++
			}
		}
		if results == 0 {
			expect(w.t, e, `{"users":"<absent>","channels":"<absent>"}`)
			return weights, pages
		}
		pages++
	}
}

// ids are the ids in a fixed order.
func idsOf(weights map[string]float64) string {
	var ids []string
	for id := range weights {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func TestSearch(t *testing.T) {
	w := newRealmWorld(t)
	for _, u := range []server.User{
		{ID: "u1", Attrs: api.UserAttrs{Name: api.Set("Örjan Berg")}},
		{ID: "u2", Attrs: api.UserAttrs{Name: api.Set("x"), Realname: api.Set("örjan")}},
		{ID: "u3", Attrs: api.UserAttrs{Name: api.Set("ÖRJAN")}},
		{ID: "u4", Attrs: api.UserAttrs{Name: api.Set("Herr Örjan")}},
		{ID: "u5", Attrs: api.UserAttrs{Name: api.Set("xÖrjan")}},
	} {
		if _, err := w.srv.AddUser(u); err != nil {
			t.Fatal(err)
		}
	}
	for _, action := range []string{"search", "search_users"} {
		weights, _ := w.found("outi", `{"action":"`+action+`","search_term":"öRJ"}`)
		if got := idsOf(weights); got != "u1 u2 u3 u4" {
			t.Errorf("%s: found %s", action, got)
		}
		if !(weights["u3"] > weights["u1"] && weights["u1"] > weights["u4"] && weights["u2"] > weights["u4"]) {
			t.Errorf("%s: weights %v", action, weights)
		}
	}
	if weights, _ := w.found("outi", `{"action":"search_users","search_term":"örjan"}`); weights["u3"] != 1 {
		t.Errorf("weights %v", weights)
	}
	// Guests are found by those who know them.
	both := idsOf(map[string]float64{"u1": 1, w.fill("$bert"): 1})
	for who, want := range map[string]string{"anna": both, "bert": both, "outi": "u1"} {
		if weights, _ := w.found(who, `{"action":"search","search_term":"ber"}`); idsOf(weights) != want {
			t.Errorf("%s found %s", who, idsOf(weights))
		}
	}
	w.run([]step{
		{"outi", `{"action":"search","search_term":""}`, nil, `{"error_type":"request_malformed"}`},
		{"outi", `{"action":"search","search_term":"` + strings.Repeat("x", 257) + `"}`, nil, `{"error_type":"request_malformed"}`},
		{"outi", `{"action":"search_users"}`, nil, `{"error_type":"request_malformed"}`},
		{"outi", `{"action":"search_channels","search_term":1}`, nil, `{"error_type":"request_malformed"}`},
		{"outi", `{"action":"search","search_term":"x","realm_id":"none"}`, nil, `{"error_type":"realm_not_found"}`},
		{"outi", `{"action":"search_users","search_term":"x","realm_id":"$realm"}`, nil, `{"error_type":"permission_denied"}`},
		{"outi", `{"action":"search_channels","search_term":"x","realm_id":"$realm"}`, nil, `{"error_type":"permission_denied"}`},
	})
}

func TestSearchingChannels(t *testing.T) {
	w := newRealmWorld(t)
	create := func(params string) string {
		return w.do("anna", `{"action":"create_channel"`+params+`}`).text("channel_id")
	}
	open := create(`,"channel_attrs":{"name":"lobby"}`)
	create(`,"channel_attrs":{"name":"lobby two","private":true}`)
	inside := create(`,"realm_id":"$realm","channel_attrs":{"name":"Lobby of the office"}`)
	public := create(`,"realm_id":"$realm","channel_attrs":{"name":"lobby for all","public":true}`)
	both := func(ids ...string) string { slices.Sort(ids); return strings.Join(ids, " ") }
	for _, test := range []struct{ who, params, want string }{
		{"outi", ``, both(open, public)},
		{"bert", ``, both(open, public, inside)},
		{"bert", `,"realm_id":"$realm"`, both(public, inside)},
	} {
		for _, action := range []string{"search", "search_channels"} {
			weights, _ := w.found(test.who, `{"action":"`+action+`","search_term":"lob"`+test.params+`}`)
			if got := idsOf(weights); got != test.want {
				t.Errorf("%s of %s%s: found %s, want %s", action, test.who, test.params, got, test.want)
			}
		}
	}
	if weights, _ := w.found("anna", `{"action":"search_users","search_term":"lob"}`); len(weights) != 0 {
		t.Errorf("users: %v", weights)
	}
	if weights, _ := w.found("anna", `{"action":"search_channels","search_term":"anna"}`); len(weights) != 0 {
		t.Errorf("channels: %v", weights)
	}
	e := w.do("outi", `{"action":"search_channels","search_term":"lobby for"}`)
	expect(t, e, w.fill(`{"channels":{"`+public+`":{"channel_attrs":{"name":"lobby for all"},"realm_id":"$realm"}}}`))
	if weights, _ := w.found("bert", `{"action":"search_users","search_term":"m","realm_id":"$realm"}`); idsOf(weights) != w.fill("$mona") {
		t.Errorf("members: %v", weights)
	}
}

// There are at most 100 results, the best ones, in events of 25.
func TestManyResults(t *testing.T) {
	w := newWorld(t)
	for i := range 120 {
		if _, err := w.srv.AddUser(server.User{ID: fmt.Sprintf("u%03d", i), Attrs: api.UserAttrs{Name: api.Set("zoe" + strings.Repeat("e", i))}}); err != nil {
			t.Fatal(err)
		}
	}
	weights, pages := w.found("outi", `{"action":"search","search_term":"zo"}`)
	if len(weights) != 100 || pages != 4 || weights["u000"] == 0 || weights["u119"] != 0 {
		t.Errorf("%d results in %d events", len(weights), pages)
	}
}
