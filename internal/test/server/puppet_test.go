package server_test

import (
	"testing"
	"testing/synctest"
	"time"
)

// Puppets whose master is gone go too, unless they can log in by themselves or have
// another session; a restart in between makes no difference.
func TestPuppetsOfDeletedMaster(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			store := new(memoryStore)
			config := func(c *serverConfig) { c.Store, c.Guests = store, 8*time.Second }
			srv := start(t, config)
			resident := `,"message_types":[],"user_attrs":{"guest":false}`
			master, other := login(t, srv, resident), login(t, srv, resident)
			puppet := func(c *client) string {
				return c.call(`{"action":"create_user","user_attrs":{"guest":false},"puppet_attrs":{"name":"7"}}`).text("user_id")
			}
			lost, able, kept := puppet(master), puppet(master), puppet(other)
			expect(t, master.call(`{"action":"create_identity","puppet_id":"`+able+`",`+bertsEmail+`,"identity_auth_new":"pass"}`), `{"event":"identity_created"}`)
			key := master.call(`{"action":"create_access","access_type":"session","puppet_id":"` + lost + `"}`).text("access_key")
			inside := login(t, srv, `,"message_types":[],"access_key":"`+key+`"`)
			if restarted {
				if err := srv.Close(); err != nil {
					t.Fatal(err)
				}
				srv = start(t, config)
				again := func(c *client) *client {
					auth := c.auth
					c = login(t, srv, `,"message_types":[],"user_id":"`+c.userID+`","user_auth":"`+c.auth+`"`)
					c.auth = auth
					return c
				}
				master, other, inside = again(master), again(other), inside.again(srv)
			}
			expect(t, master.call(`{"action":"delete_user","user_auth":"`+master.auth+`"}`), `{"event":"user_deleted"}`)
			expect(t, inside.wait("user_updated"), `{"user_id":"`+lost+`","puppet_masters":"<absent>"}`)
			there := func(id string) string {
				return other.call(`{"action":"describe_user","user_id":"` + id + `"}`).name
			}
			time.Sleep(9 * time.Second)
			for _, id := range []string{lost, able, kept} {
				if got := there(id); got != "user_found" {
					t.Errorf("while there is a session: %s", got)
				}
			}
			inside.write(`{"action":"close_session"}`)
			_ = inside.ended()
			time.Sleep(7 * time.Second)
			other.settle()
			if got := there(lost); got != "user_found" {
				t.Errorf("for some time: %s", got)
			}
			time.Sleep(2 * time.Second)
			for id, want := range map[string]string{lost: "error", able: "user_found", kept: "user_found"} {
				if got := there(id); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
			expect(t, other.call(`{"action":"describe_user","puppet_id":"`+kept+`"}`), `{"event":"user_found"}`)
		})
	}
}
