package server_test

import "testing"

// tag makes a tag.
func (w *world) tag(attrs string) string {
	w.t.Helper()
	e := w.do("mona", `{"action":"create_tag","realm_id":"$realm","tag_attrs":{`+attrs+`}}`)
	expect(w.t, e, `{"event":"tag_created"}`)
	return e.text("tag_id")
}

func TestTags(t *testing.T) {
	w := newRealmWorld(t)
	top := w.tag(`"name":"top","theme":{"color":"#ffffff"}`)
	below := w.tag(`"name":"below","parent_id":"` + top + `"`)
	expect(t, w.clients["bert"].wait("tag_created"), w.fill(`{"realm_id":"$realm","tag_id":"`+top+`","tag_attrs":{"name":"top","theme":{"color":"#ffffff"}},"action_id":"<absent>"}`))
	create := func(attrs string) string {
		return `{"action":"create_tag","realm_id":"$realm","tag_attrs":{` + attrs + `}}`
	}
	tag := func(action, id, rest string) string {
		return `{"action":"` + action + `_tag","tag_id":"` + id + `"` + rest + `}`
	}
	missing, denied := `{"error_type":"tag_not_found","tag_id":"`+top+`"}`, `{"error_type":"permission_denied","realm_id":"$realm"}`
	w.run([]step{
		{"bert", create(``), nil, denied},
		{"outi", create(``), nil, denied},
		{"mona", `{"action":"create_tag","realm_id":"none","tag_attrs":{}}`, nil, `{"error_type":"realm_not_found"}`},
		{"mona", `{"action":"create_tag","realm_id":"$realm"}`, nil, `{"error_type":"request_malformed"}`},
		{"mona", create(`"name":1`), nil, `{"error_type":"request_malformed"}`},
		{"mona", create(`"parent_id":"none"`), nil, `{"error_type":"tag_not_found","tag_id":"none"}`},
		{"mona", create(`"parent_id":""`), nil, `{"error_type":"tag_not_found"}`},

		{"bert", tag("describe", below, ``), nil, `{"event":"tag_found","realm_id":"$realm","tag_id":"` + below + `","tag_attrs":{"name":"below","parent_id":"` + top + `"}}`},
		{"outi", tag("describe", top, ``), nil, missing},
		{"bert", tag("describe", "none", ``), nil, `{"error_type":"tag_not_found"}`},
		{"bert", `{"action":"describe_tag"}`, nil, `{"error_type":"request_malformed"}`},

		{"mona", tag("update", top, `,"tag_attrs":{"name":"new","theme":null}`), nil, `{"event":"tag_updated","realm_id":"$realm","tag_attrs":{"name":"new","theme":"<absent>"}}`},
		{"mona", tag("update", top, `,"tag_attrs":{"name":"new"}`), nil, `{"event":"tag_updated"}`},
		{"mona", tag("update", top, `,"tag_attrs":{"parent_id":"`+below+`"}`), nil, `{"error_type":"permission_denied","tag_id":"` + top + `"}`},
		{"mona", tag("update", top, ``), nil, `{"error_type":"request_malformed"}`},
		{"bert", tag("update", top, `,"tag_attrs":{"name":"x"}`), nil, denied},
		{"outi", tag("update", top, `,"tag_attrs":{"name":"x"}`), nil, missing},

		{"mona", tag("delete", top, ``), nil, `{"error_type":"permission_denied","tag_id":"` + top + `"}`},
		{"bert", tag("delete", below, ``), nil, denied},
		{"outi", tag("delete", top, ``), nil, missing},
		{"mona", `{"action":"delete_tag"}`, nil, `{"error_type":"request_malformed"}`},
		{"mona", tag("delete", below, ``), nil, `{"event":"tag_deleted","realm_id":"$realm","tag_id":"` + below + `","tag_attrs":{"name":"below"}}`},
		{"mona", tag("delete", top, ``), nil, `{"event":"tag_deleted"}`},
		{"mona", tag("delete", top, ``), nil, missing},
	})
	expect(t, w.clients["bert"].wait("tag_updated"), `{"tag_id":"`+top+`","tag_attrs":{"name":"new"},"action_id":"<absent>"}`)
	expect(t, w.clients["bert"].wait("tag_deleted"), `{"tag_id":"`+below+`","action_id":"<absent>"}`)
	w.clients["outi"].quiet()
	last := w.tag(``)
	expect(t, w.do("anna", `{"action":"delete_realm","realm_id":"$realm"}`), `{"event":"realm_deleted"}`)
	expect(t, w.do("mona", tag("describe", last, ``)), `{"error_type":"tag_not_found"}`)
}

func TestTagTree(t *testing.T) {
	w := newRealmWorld(t, func(c *serverConfig) { c.Limits.Tags = 11 })
	ids := []string{w.tag(`"name":"1"`)}
	for range 9 {
		ids = append(ids, w.tag(`"parent_id":"`+ids[len(ids)-1]+`"`))
	}
	expect(t, w.do("mona", `{"action":"create_tag","realm_id":"$realm","tag_attrs":{"parent_id":"`+ids[9]+`"}}`), `{"error_type":"permission_denied"}`)
	other := w.tag(`"name":"other"`)
	expect(t, w.do("mona", `{"action":"create_tag","realm_id":"$realm","tag_attrs":{}}`), `{"error_type":"permission_denied"}`)
	elsewhere := w.do("mona", `{"action":"create_realm"}`).text("realm_id")
	expect(t, w.do("mona", `{"action":"create_tag","realm_id":"`+elsewhere+`","tag_attrs":{"parent_id":"`+other+`"}}`), `{"error_type":"tag_not_found"}`)
	describe := func(params string) string { return `{"action":"describe_tags"` + params + `}` }
	w.run([]step{
		{"bert", describe(`,"realm_id":"$realm","tag_depth":1`), nil, `{"event":"tags_found","realm_id":"$realm","tag_id":"<absent>","tag_attrs":"<absent>",
			"tag_children":{"` + ids[0] + `":{"tag_attrs":{"name":"1"},"tag_children":"<absent>"},"` + other + `":{"tag_attrs":{"name":"other"}},"` + ids[1] + `":"<absent>"}}`},
		{"bert", describe(`,"tag_id":"` + ids[7] + `"`), nil, `{"realm_id":"$realm","tag_id":"` + ids[7] + `","tag_attrs":{"parent_id":"` + ids[6] + `"},
			"tag_children":{"` + ids[8] + `":{"tag_children":{"` + ids[9] + `":{"tag_children":{}}}}}}`},
		{"bert", describe(`,"realm_id":"$realm","tag_id":"` + other + `"`), nil, `{"tag_attrs":{"name":"other"},"tag_children":{}}`},
		{"mona", describe(`,"realm_id":"` + elsewhere + `","tag_id":"` + other + `"`), nil, `{"error_type":"tag_not_found"}`},
		{"bert", describe(`,"realm_id":"` + elsewhere + `"`), nil, `{"error_type":"permission_denied"}`},
		{"outi", describe(`,"realm_id":"$realm"`), nil, `{"error_type":"permission_denied","realm_id":"$realm"}`},
		{"outi", describe(`,"tag_id":"` + other + `"`), nil, `{"error_type":"tag_not_found"}`},
		{"bert", describe(`,"realm_id":"none"`), nil, `{"error_type":"realm_not_found"}`},
		{"bert", describe(`,"realm_id":"$realm","tag_depth":0`), nil, `{"error_type":"request_malformed"}`},
		{"bert", describe(`,"realm_id":"$realm","tag_depth":11`), nil, `{"error_type":"request_malformed"}`},
		{"bert", describe(``), nil, `{"error_type":"request_malformed"}`},
	})
}

// tagElsewhere makes a tag in another realm of anna's.
func (w *world) tagElsewhere() string {
	w.t.Helper()
	r := w.do("anna", `{"action":"create_realm"}`).text("realm_id")
	e := w.do("anna", `{"action":"create_tag","realm_id":"`+r+`","tag_attrs":{"name":"red"}}`)
	expect(w.t, e, `{"event":"tag_created"}`)
	return e.text("tag_id")
}
