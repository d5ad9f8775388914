package server_test

import (
	"errors"
	"testing"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

func TestAddRealm(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.Realms = 2 })
	anna, bert := w.fill("$anna"), w.fill("$bert")
	operator := api.RealmMemberAttrs{Operator: api.Set(true)}
	made, err := w.srv.AddRealm(server.Realm{
		OwnerID: anna, Attrs: api.RealmAttrs{Name: api.Set("office"), Suspended: api.Set(true), OwnerID: api.Set("x")},
		Settings: api.RealmSettings{Unknown: []byte(`{"a":1}`)},
		Members:  map[string]api.RealmMemberAttrs{bert: operator, anna: {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.realm = made.ID
	expect(t, w.do("bert", `{"action":"describe_realm","realm_id":"$realm"}`), w.fill(
		`{"realm_attrs":{"name":"office","suspended":true,"owner_id":"$anna","owner_account":{}},"realm_settings":{"a":1},
		  "realm_members":{"$anna":{"member_attrs":{"operator":true}},"$bert":{"member_attrs":{"operator":true}}}}`))
	for name, r := range map[string]server.Realm{
		"no owner": {}, "unknown owner": {OwnerID: "none"}, "the same id": {OwnerID: anna, ID: made.ID},
		"unknown member": {OwnerID: anna, Members: map[string]api.RealmMemberAttrs{"none": {}}},
	} {
		if _, err := w.srv.AddRealm(r); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := w.srv.AddRealm(server.Realm{OwnerID: bert, Attrs: api.RealmAttrs{Name: api.Set("Office")}}); !errors.Is(err, api.ErrRealmAlreadyExists) {
		t.Errorf("the same name: %v", err)
	}
	if _, err := w.srv.AddRealm(server.Realm{OwnerID: anna}); err != nil {
		t.Error(err)
	}
	if _, err := w.srv.AddRealm(server.Realm{OwnerID: anna}); !errors.Is(err, api.ErrRealmQuotaExceeded) {
		t.Errorf("beyond the quota: %v", err)
	}
}

func TestAddChannel(t *testing.T) {
	w := newRealmWorld(t)
	anna, bert := w.fill("$anna"), w.fill("$bert")
	members := map[string]api.ChannelMemberAttrs{bert: {Operator: api.Set(true)}}
	made, err := w.srv.AddChannel(server.Channel{
		RealmID: w.realm, Attrs: api.ChannelAttrs{Name: api.Set("desk"), Public: api.Set(true), OwnerID: api.Set("x")}, Members: members,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.channel = made.ID
	expect(t, w.do("bert", `{"action":"describe_channel","channel_id":"$channel"}`), w.fill(
		`{"realm_id":"$realm","channel_attrs":{"name":"desk","public":true,"owner_id":"$anna"},"channel_members":{"$bert":{"member_attrs":{"operator":true}}}}`))
	expect(t, w.do("bert", `{"action":"describe_user"}`), w.fill(`{"user_channels":{"$channel":{"realm_id":"$realm"}}}`))
	for name, c := range map[string]server.Channel{
		"no owner": {Members: members}, "no member": {OwnerID: anna}, "the same id": {ID: made.ID, OwnerID: anna, Members: members},
		"unknown member": {OwnerID: anna, Members: map[string]api.ChannelMemberAttrs{"none": {}}},
		"unknown realm":  {RealmID: "none", Members: members}, "another owner": {RealmID: w.realm, OwnerID: bert, Members: members},
	} {
		if _, err := w.srv.AddChannel(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	bad := server.Channel{OwnerID: anna, Members: members, Attrs: api.ChannelAttrs{Ratelimit: api.Set("often")}}
	if _, err := w.srv.AddChannel(bad); !errors.Is(err, api.ErrRequestMalformed) {
		t.Errorf("a bad attribute: %v", err)
	}
	if channels := w.srv.Stats().Channels; channels != 2 {
		t.Errorf("%d channels", channels)
	}
}
