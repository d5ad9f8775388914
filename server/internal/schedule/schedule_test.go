package schedule

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
)

func scheduleOf(t testing.TB, text string) (*Schedule, error) {
	t.Helper()
	var s api.Schedule
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return New(&s)
}

// openings are the changes of a schedule in a time span, in local time.
func openings(t *testing.T, s *Schedule, from, to string) string {
	t.Helper()
	const format = "2006-01-02 15:04"
	at, err := time.ParseInLocation(format, from, s.zone)
	if err != nil {
		t.Fatal(err)
	}
	end, err := time.ParseInLocation(format, to, s.zone)
	if err != nil {
		t.Fatal(err)
	}
	sign := map[bool]string{true: "+", false: "-"}
	found := []string{sign[s.Open(at)]}
	for rounds := 0; ; rounds++ {
		next := s.Next(at)
		if !next.After(at) || rounds > 100 {
			t.Fatalf("after %v comes %v", at, next)
		}
		if !next.Before(end) {
			return strings.Join(found, " ")
		}
		if s.Open(next) != s.Open(at) {
			found = append(found, sign[s.Open(next)]+next.In(s.zone).Format("02T15:04"))
		}
		at = next
	}
}

func TestSchedule(t *testing.T) {
	const office = `["8:00","11:30","12:00","16:00"]`
	for _, test := range []struct{ name, schedule, from, to, want string }{
		{"hours of the week", `{"timezone":"Europe/Helsinki","week":[` + office + `,["9:00","10:00"]]}`, "2026-03-02 00:00", "2026-03-09 00:00", "- +02T08:00 -02T11:30 +02T12:00 -02T16:00 +03T09:00 -03T10:00"},
		{"in the middle", `{"timezone":"Europe/Helsinki","week":[` + office + `]}`, "2026-03-02 11:29", "2026-03-02 12:30", "+ -02T11:30 +02T12:00"},
		{"over midnight", `{"timezone":"UTC","week":[["20:00",null],[null,"02:00"]]}`, "2026-03-02 00:00", "2026-03-09 00:00", "- +02T20:00 -03T02:00"},
		{"until midnight", `{"timezone":"UTC","week":[["20:00"]]}`, "2026-03-02 00:00", "2026-03-09 00:00", "- +02T20:00 -03T00:00"},
		{"until 24:00", `{"timezone":"UTC","week":[["20:00","24:00"]]}`, "2026-03-02 00:00", "2026-03-09 00:00", "- +02T20:00 -03T00:00"},
		{"over midnight at both ends", `{"timezone":"UTC","week":[null,null,null,null,null,["22:00",null],[null,"04:00","22:00",null]]}`, "2026-03-06 00:00", "2026-03-09 09:00", "- +07T22:00 -08T04:00 +08T22:00 -09T00:00"},
		{"a whole day", `{"timezone":"UTC","week":[[null,null]]}`, "2026-03-02 00:00", "2026-03-09 00:00", "+ -03T00:00"},
		{"always", `{"timezone":"UTC","week":[[null],[null],[null],[null],[null],[null],[null]]}`, "2026-03-02 05:00", "2026-03-29 00:00", "+"},
		{"never", `{"timezone":"UTC","week":[]}`, "2026-03-02 05:00", "2026-03-29 00:00", "-"},
		{"each year", `{"timezone":"UTC","week":[["8:00","9:00"]],"annual":{"03/02":null,"03/03":["10:00","11:00"]}}`, "2026-03-01 00:00", "2026-03-08 00:00", "- +03T10:00 -03T11:00"},
		{"once, before each year", `{"timezone":"UTC","week":[["8:00","9:00"]],"annual":{"03/02":null},"exceptions":{"2026-03-02":["1:00","2:00"]}}`, "2026-03-01 00:00", "2026-03-08 00:00", "- +02T01:00 -02T02:00"},
		{"far away", `{"timezone":"UTC","week":[],"exceptions":{"2026-12-24":["1:00","2:00"]}}`, "2026-03-01 00:00", "2027-01-01 00:00", "- +24T01:00 -24T02:00"},
		// In Helsinki the clocks go from 03:00 to 04:00 on 2026-03-29, and from 04:00 to 03:00 on 2026-10-25.
		{"clocks put forward", `{"timezone":"Europe/Helsinki","week":[null,null,null,null,null,null,["2:30","4:30"]]}`, "2026-03-29 00:00", "2026-03-30 00:00", "- +29T02:30 -29T04:30"},
		{"clocks put back", `{"timezone":"Europe/Helsinki","week":[null,null,null,null,null,null,["2:30","4:30"]]}`, "2026-10-25 00:00", "2026-10-26 00:00", "- +25T02:30 -25T04:30"},
		// In Beirut midnight is skipped on 2026-03-29.
		{"no midnight", `{"timezone":"Asia/Beirut","week":[null,null,null,null,null,["20:00",null],[null,"02:00"]]}`, "2026-03-28 12:00", "2026-03-30 00:00", "- +28T20:00 -29T02:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := scheduleOf(t, test.schedule)
			if err != nil {
				t.Fatal(err)
			}
			if got := openings(t, s, test.from, test.to); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestBadSchedules(t *testing.T) {
	for schedule, want := range map[string]string{
		`{"timezone":"","week":[]}`:                                                 "timezone",
		`{"timezone":"Local","week":[]}`:                                            "timezone",
		`{"timezone":"../../etc/passwd","week":[]}`:                                 "timezone",
		`{"timezone":"UTC","week":[[],[],[],[],[],[],[],[]]}`:                       "week",
		`{"timezone":"UTC","week":[null,["8:00","7:00"]]}`:                          "week.1",
		`{"timezone":"UTC","week":[["8:00","8:00"]]}`:                               "week.0",
		`{"timezone":"UTC","week":[["8"]]}`:                                         "week.0",
		`{"timezone":"UTC","week":[["8:0"]]}`:                                       "week.0",
		`{"timezone":"UTC","week":[["008:00"]]}`:                                    "week.0",
		`{"timezone":"UTC","week":[["+8:00"]]}`:                                     "week.0",
		`{"timezone":"UTC","week":[["25:00"]]}`:                                     "week.0",
		`{"timezone":"UTC","week":[["24:01"]]}`:                                     "week.0",
		`{"timezone":"UTC","week":[["8:60"]]}`:                                      "week.0",
		`{"timezone":"UTC","week":[["1:00",null,"3:00"]]}`:                          "week.0",
		`{"timezone":"UTC","week":[],"annual":{"02/30":null}}`:                      "annual",
		`{"timezone":"UTC","week":[],"annual":{"2/3":null}}`:                        "annual",
		`{"timezone":"UTC","week":[],"annual":{"02/03":["x"]}}`:                     "annual",
		`{"timezone":"UTC","week":[],"exceptions":{"2025-02-29":null}}`:             "exceptions",
		`{"timezone":"UTC","week":[],"exceptions":{"02/03":null}}`:                  "exceptions",
		`{"timezone":"UTC","week":[["0:00"` + strings.Repeat(`,"0:00"`, 60) + `]]}`: "week.0",
	} {
		if _, err := scheduleOf(t, schedule); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want an error about %s", schedule, err, want)
		}
	}
	for _, schedule := range []string{
		`{"timezone":"UTC","week":[],"annual":{"02/29":null}}`,
		`{"timezone":"UTC","week":[null,[],["0:00","24:00"]],"exceptions":{"2024-02-29":null}}`,
	} {
		if _, err := scheduleOf(t, schedule); err != nil {
			t.Errorf("%s: %v", schedule, err)
		}
	}
}

// Between two changes a schedule that was accepted says always the same.
func FuzzSchedule(f *testing.F) {
	f.Add(`{"timezone":"Europe/Helsinki","week":[["8:00","16:00"],null,[null,"2:00"]],"annual":{"12/24":null},"exceptions":{"2026-03-29":["1:00",null]}}`, int64(1774744200))
	f.Add(`{"timezone":"Asia/Beirut","week":[null,null,null,null,null,["20:00",null],[null,"02:00"]]}`, int64(1774731600))
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		var given api.Schedule
		if json.Unmarshal([]byte(text), &given) != nil {
			return
		}
		s, err := New(&given)
		if err != nil || s == nil {
			return
		}
		const century = 100 * 366 * 24 * 60 * 60
		at := time.Unix(unix%century, 0)
		for range 5 {
			next := s.Next(at)
			if !next.After(at) {
				t.Fatalf("after %v comes %v", at, next)
			}
			for i := range 10 {
				if between := at.Add(next.Sub(at) * time.Duration(i) / 10); s.Open(between) != s.Open(at) {
					t.Fatalf("%v isn't like %v, though the next change is at %v", between, at, next)
				}
			}
			at = next
		}
	})
}
