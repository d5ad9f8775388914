package wire

import (
	"strings"
	"testing"
)

// One kind of message may have a longer payload than the others.
func TestLargeMessages(t *testing.T) {
	limits := Limits{Header: 1000, Parts: 4, Part: 10, Total: 20, Large: Large{Name: "big", Part: 100}}
	for _, test := range []struct {
		name  string
		parts []int
		whole bool
	}{
		{"big", []int{100}, true}, {"big", []int{101}, false}, {"big", []int{60, 40}, true}, {"big", []int{60, 41}, false},
		{"other", []int{10}, true}, {"other", []int{11}, false}, {"other", []int{10, 10}, true}, {"other", []int{10, 10, 1}, false},
		{"", []int{11}, false},
	} {
		header := `{"action":"` + test.name + `","frames":` + string(rune('0'+len(test.parts))) + `}`
		if test.name == "" {
			header = `{"event":"x","frames":1}`
		}
		a := NewAssembler(limits)
		body := AppendOctets(nil, []byte(header))
		m, complete, err := a.Add([]byte(header))
		for _, length := range test.parts {
			if err != nil || complete {
				t.Fatalf("%+v: %v, %v", test, complete, err)
			}
			part := []byte(strings.Repeat("x", length))
			m, complete, err = a.Add(part)
			body = AppendOctets(body, part)
		}
		if err != nil || !complete || (m.Damage == nil) != test.whole {
			t.Errorf("%+v, assembled: %v, %v", test, m, err)
		}
		if test.name == "" {
			continue
		}
		if m, err = ParseOctetAction(body, limits); err != nil || (m.Damage == nil) != test.whole {
			t.Errorf("%+v, in one: %v, %v", test, m, err)
		}
	}
}
