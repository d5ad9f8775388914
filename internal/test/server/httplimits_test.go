package server_test

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/server"
)

// What browsers need, and what they mustn't do.
func TestBrowsers(t *testing.T) {
	srv := start(t, func(c *serverConfig) { c.Origins = []string{"https://example.com"} })
	const data = "?data=%7B%22action%22:%22describe_conn%22%7D"
	for _, path := range []string{"/v2/endpoint", "/v2/poll", "/v2/call"} {
		post := 200
		if path == "/v2/endpoint" {
			post = 405
		}
		for _, test := range []struct {
			method, query string
			header        []string
			want          int
		}{
			{"OPTIONS", "", []string{"Origin", "https://example.com", "Access-Control-Request-Headers", "x-user-agent"}, 204},
			{"OPTIONS", "", []string{"Origin", "https://evil.example"}, 403},
			{"GET", data, nil, 200},
			{"GET", data, []string{"Origin", "https://example.com"}, 200},
			{"GET", data, []string{"Origin", "https://evil.example"}, 403},
			{"GET", data, []string{"Sec-Fetch-Site", "cross-site"}, 403},
			{"GET", data, []string{"Sec-Fetch-Site", "cross-site", "Referer", "https://evil.example/https://example.com"}, 403},
			{"GET", data, []string{"Sec-Fetch-Site", "cross-site", "Referer", "https://example.com/page"}, 200},
			{"GET", data, []string{"Sec-Fetch-Site", "none"}, 200},
			{"POST", "", nil, post},
			{"POST", "", []string{"Origin", "https://evil.example"}, 403},
			{"PUT", "", nil, 405},
			{"DELETE", "", nil, 405},
			{"GET", "?data=%zz", nil, 400},
			{"GET", "?callback=a)", nil, 400},
		} {
			t.Run(test.method+" "+path+test.query+strings.Join(test.header, " "), func(t *testing.T) {
				resp, body := request(t, srv, test.method, path+test.query, test.header...)
				if resp.StatusCode != test.want {
					t.Fatalf("got %d %s", resp.StatusCode, body)
				}
				if test.want == 403 {
					return
				}
				for name, want := range map[string]string{"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "", "X-Content-Type-Options": "nosniff"} {
					if got := resp.Header.Get(name); got != want {
						t.Errorf("%s is %q", name, got)
					}
				}
				if test.method == "OPTIONS" && (resp.Header.Get("Access-Control-Allow-Headers") != "X-User-Agent, Content-Type" || resp.Header.Get("Access-Control-Allow-Methods") != "GET, POST") {
					t.Errorf("got %v", resp.Header)
				}
			})
		}
		if resp, _ := request(t, srv, "HEAD", path+data); resp.StatusCode != map[bool]int{true: 200, false: 405}[path == "/v2/endpoint"] {
			t.Errorf("HEAD %s: %d", path, resp.StatusCode)
		}
	}
}

func TestRequestLimits(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"bodies that don't come": func(t *testing.T) {
			srv := start(t, impatient)
			for _, path := range []string{"/v2/poll", "/v2/call"} {
				nc, err := srv.DialContext(t.Context(), "", "")
				if err != nil {
					t.Fatal(err)
				}
				defer nc.Close()
				began := time.Now()
				if _, err := io.WriteString(nc, "POST "+path+" HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"); err != nil {
					t.Fatal(err)
				}
				if text, err := io.ReadAll(nc); len(text) != 0 || err != nil || time.Since(began) != 30*time.Second {
					t.Errorf("got %q, %v after %v", text, err, time.Since(began))
				}
			}
		},
		"long bodies": func(t *testing.T) {
			srv := start(t, func(c *server.Config) { c.Limits.Header, c.Limits.Payload, c.Limits.Part = 200, 100, 50 })
			c := pollGuest(t, srv)
			long := `{"action":"describe_conn","x":"` + strings.Repeat("x", 1<<20) + `"}`
			expect(t, only(t, c.post(long)), `{"error_type":"message_too_long","action_id":"<absent>"}`)
			expect(t, callJSON(t, srv, long), `{"error_type":"message_too_long"}`)
			// What isn't much too long is refused by its number.
			c.send(`{"action":"send_message","message_type":"x","user_id":"x","payload":"` + strings.Repeat("x", 60) + `"}`)
			expect(t, only(t, c.poll()), `{"error_type":"message_part_too_long","action_id":1}`)
			c.send(`{"action":"describe_user","x":"` + strings.Repeat("x", 250) + `"}`)
			expect(t, only(t, c.poll()), `{"error_type":"message_too_long","action_id":2}`)
			c.send(`{"action":"update_user","payload":[` + strings.Repeat(`"",`, 64) + `""]}`)
			expect(t, only(t, c.poll()), `{"error_type":"payload_has_too_many_parts","action_id":3}`)
			expect(t, callJSON(t, srv, `{"action":"describe_conn","payload":"`+strings.Repeat("x", 60)+`"}`), `{"error_type":"payload_part_too_long"}`)
			time.Sleep(time.Second) // net/http lingers when it gives up a body
		},
		"too many requests": func(t *testing.T) {
			srv := start(t, func(c *server.Config) { c.Limits.Requests = 1 })
			c := pollGuest(t, srv)
			answer := c.pollLater()
			synctest.Wait()
			for _, path := range []string{"/v2/poll", "/v2/call"} {
				if resp, _ := request(t, srv, "POST", path); resp.StatusCode != 503 {
					t.Errorf("got %d", resp.StatusCode)
				}
			}
			if text := <-answer; text != "[]" {
				t.Errorf("got %s", text)
			}
			c.send(`{"action":"ping"}`)
		},
		"the budget": func(t *testing.T) {
			srv := start(t, func(c *server.Config) { c.Limits.Bodies = 4096 })
			c := newPollClient(t, srv)
			for range 20 {
				synctest.Wait() // a request lets go of its memory after the answer
				expect(t, only(t, c.post(`{"action":"describe_conn"}`)), `{"event":"conn_found"}`)
				expect(t, callJSON(t, srv, `{"action":"describe_conn"}`), `{"event":"conn_found"}`)
				expect(t, only(t, c.post(`{"action":"describe_conn","x":"`+strings.Repeat("x", 5000)+`"}`)), `{"event":"error","error_type":"internal"}`)
			}
		},
		"decoders count": func(t *testing.T) {
			srv := start(t, func(c *server.Config) { c.Limits.Bodies = 64 << 10 })
			for encoding, want := range map[string]string{"": `{"event":"conn_found"}`, "gzip": `{"error_type":"internal"}`, "deflate": `{"error_type":"internal"}`} {
				header := []string{"Content-Type", "application/json"}
				if encoding != "" {
					header = append(header, "Content-Encoding", encoding)
				}
				_, text := post(t, srv, "/v2/call", `{"action":"describe_conn"}`, header...)
				synctest.Wait() // it lets go of its memory after the answer
				expect(t, event{members: object(t, text), header: text}, want)
			}
		},
		"waiting polls hold no memory of the budget": func(t *testing.T) {
			srv := start(t, func(c *server.Config) { c.Limits.Bodies = 1024 })
			a, b := pollGuest(t, srv), pollGuest(t, srv)
			first, second := a.pollLater(), b.pollLater()
			synctest.Wait()
			pollGuest(t, srv)
			if one, two := <-first, <-second; one != "[]" || two != "[]" {
				t.Errorf("got %s and %s", one, two)
			}
		},
		"a flood of polls": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			var polls sync.WaitGroup
			answers := make(chan string, 100)
			for range cap(answers) {
				polls.Go(func() { answers <- <-c.pollLater() })
			}
			synctest.Wait()
			if len(answers) != cap(answers)-1 {
				t.Errorf("%d polls were answered", len(answers))
			}
			c.send(`{"action":"ping"}`)
			polls.Wait()
			close(answers)
			found := 0
			for text := range answers {
				found += strings.Count(text, `"pong"`)
			}
			if found != 1 {
				t.Errorf("%d pongs", found)
			}
		},
		"many events come in pieces": func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			for range 2500 {
				c.send(`{"action":"ping"}`)
			}
			time.Sleep(time.Second)
			sizes, last := "", c.eventID
			for range 3 {
				events := c.poll()
				sizes += fmt.Sprint(len(events), " ")
				for _, e := range events {
					if last++; int64(e.number("event_id")) != last {
						t.Fatalf("got %v after %d", e, last-1)
					}
				}
			}
			if sizes != "1024 1024 452 " {
				t.Errorf("got %s", sizes)
			}
		},
		"sessions come and go": func(t *testing.T) {
			srv := start(t)
			for range 50 {
				c := pollGuest(t, srv)
				answer := c.pollLater()
				synctest.Wait()
				c.send(`{"action":"close_session"}`)
				<-answer
			}
			if got := srv.Stats(); got.Polling != 0 || got.Sessions != 0 {
				t.Errorf("got %+v", got)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
	}
}
