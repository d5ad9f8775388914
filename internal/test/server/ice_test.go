package server_test

import (
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/api"
)

func TestICE(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) {
		c.STUNServers = []api.STUNServer{{URLs: []string{"stun:a"}}}
		c.TURNServers = []api.TURNServer{{URLs: []string{"turn:b"}, Username: "u", Credential: "c"}}
	})
	e := w.do("anna", `{"action":"begin_ice"}`)
	expect(t, e, `{"event":"ice_begun"}`)
	if !strings.Contains(e.header, `"stun_servers":[{"urls":["stun:a"]}],"turn_servers":[{"urls":["turn:b"],"username":"u","credential":"c"}]`) {
		t.Errorf("got %v", e)
	}
	expect(t, connect(t, w.srv).call(`{"action":"begin_ice"}`), `{"error_type":"session_not_found"}`)
	expect(t, w.do("anna", `{"action":"begin_ice","puppet_id":1}`), `{"error_type":"request_malformed"}`)
	w.run([]step{
		{"bert", `{"action":"discover_jitsi","channel_id":"$channel"}`, nil, `{"event":"jitsi_discovered","jitsi_room":"ninchat-$channel"}`},
		{"outi", `{"action":"discover_jitsi","channel_id":"$channel"}`, nil, `{"error_type":"permission_denied"}`},
		{"bert", `{"action":"discover_jitsi","channel_id":"none"}`, nil, `{"error_type":"channel_not_found"}`},
		{"bert", `{"action":"discover_jitsi"}`, nil, `{"error_type":"request_malformed"}`},
	})
}

func TestICEByDefault(t *testing.T) {
	e := newWorld(t).do("anna", `{"action":"begin_ice"}`)
	if !strings.Contains(e.header, `"stun_servers":[],"turn_servers":[]`) {
		t.Errorf("got %v", e)
	}
}
