package master

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// Attrs are attributes to be signed: a [Map] or [Pairs]. Nil stands for none,
// which is the same as an empty set.
type Attrs interface {
	// pairs returns the attributes in any order. The result isn't changed.
	pairs() []Pair
}

// Map has attributes, or the members of an object, by their names. As metadata
// it is written in the order of the names.
type Map map[string]any

// Pair is an attribute, or a member of an object.
type Pair struct {
	// Name is what it is called.
	Name string
	// Value is anything that can be expressed in JSON: nil, a bool, a string, an
	// integer of any type, including *[math/big.Int], a float64, a
	// [encoding/json.Number], a slice, a map, a Map, Pairs, an
	// [encoding/json.RawMessage], or else what [encoding/json.Marshal] makes of
	// it. Whole numbers should be integers: the float64 1 is signed as 1.0, which
	// is what the Python library does, but most programs then send it as 1.
	Value any
}

// Pairs are attributes, or the members of an object in the order in which they
// are to be written. A name can't be there twice.
type Pairs []Pair

func (m Map) pairs() []Pair {
	pairs := make([]Pair, 0, len(m))
	for name, value := range m {
		pairs = append(pairs, Pair{name, value})
	}
	return pairs
}

func (p Pairs) pairs() []Pair { return p }

// get returns the value with a name.
func (p Pairs) get(name string) (value any, ok bool) {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value, true
		}
	}
	return nil, false
}

// text returns the value with a name, if it is a string.
func (p Pairs) text(name string) (string, bool) {
	value, _ := p.get(name)
	text, ok := value.(string)
	return text, ok
}

// ParseAttrs reads attributes from a JSON object, such as the member
// puppet_attrs of an action. Numbers keep all their digits. It refuses what could
// be understood in two ways: names that are there twice, and text that isn't
// valid Unicode. Errors wrap [ErrMalformed].
func ParseAttrs(text []byte) (Pairs, error) {
	value, err := parseJSON(text, maxAttrs)
	if err != nil {
		return nil, err
	}
	pairs, ok := value.(Pairs)
	if !ok {
		return nil, fmt.Errorf("%w: the attributes aren't an object", ErrMalformed)
	}
	return pairs, nil
}

// sortedAttrs returns the attributes by name, and refuses duplicates.
func sortedAttrs(attrs Attrs) ([]Pair, error) {
	if attrs == nil {
		return nil, nil
	}
	pairs := attrs.pairs()
	if len(pairs) < 2 {
		return pairs, nil
	}
	sorted := slices.Clone(pairs)
	sortByName(sorted)
	if err := checkDuplicates(sorted); err != nil {
		return nil, err
	}
	return sorted, nil
}

// sortByName sorts by code points, which is the order of UTF-8 as well.
func sortByName(pairs []Pair) {
	slices.SortFunc(pairs, func(a, b Pair) int { return cmp.Compare(a.Name, b.Name) })
}

func checkDuplicates(sorted []Pair) error {
	for i := 1; i < len(sorted); i++ {
		if sorted[i-1].Name == sorted[i].Name {
			return fmt.Errorf("%w: %q is there twice", ErrValue, sorted[i].Name)
		}
	}
	return nil
}

// nodeOrder returns the pairs in the order in which the Node library signs them:
// Array.prototype.sort compares the text of each pair, which is the name and the
// value with a comma in between, by UTF-16 code units.
func nodeOrder(pairs []Pair) []Pair {
	type keyed struct {
		key  []uint16
		pair Pair
	}
	keys := make([]keyed, len(pairs))
	for i, p := range pairs {
		keys[i] = keyed{utf16.Encode([]rune(p.Name + "," + scriptText(p.Value))), p}
	}
	slices.SortStableFunc(keys, func(a, b keyed) int { return slices.Compare(a.key, b.key) })
	sorted := make([]Pair, len(pairs))
	for i := range keys {
		sorted[i] = keys[i].pair
	}
	return sorted
}

// scriptText is what JavaScript makes of a value in an array when it needs a
// text.
func scriptText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = scriptText(item)
		}
		return strings.Join(items, ",")
	case Pairs, Map, map[string]any:
		return "[object Object]"
	}
	e := encoder{dialect: node}
	if e.value(value) != nil {
		return ""
	}
	return string(e.dst)
}
