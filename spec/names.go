package spec

// nameSet has the names of those members of an object that aren't in its
// memberSet, for finding duplicates. It allocates only when there are many
// names or escape sequences in them.
type nameSet struct {
	few   [12][]byte // in quotes, without escape sequences
	count int
	many  map[string]bool // all of them, once it has been made
}

// add adds a name, and reports whether it is new.
func (s *nameSet) add(quoted []byte, escaped bool) bool {
	if s.many == nil && !escaped && s.count < len(s.few) {
		for _, other := range s.few[:s.count] {
			if string(other) == string(quoted) {
				return false
			}
		}
		s.few[s.count] = quoted
		s.count++
		return true
	}
	return s.addToMany(unquote(quoted, escaped))
}

func (s *nameSet) addToMany(name string) bool {
	if s.many == nil {
		s.many = make(map[string]bool)
		for _, other := range s.few[:s.count] {
			s.many[unquote(other, false)] = true
		}
	}
	if s.many[name] {
		return false
	}
	s.many[name] = true
	return true
}

// unquote returns the text of a valid string.
func unquote(quoted []byte, escaped bool) string {
	if !escaped {
		return string(quoted[1 : len(quoted)-1])
	}
	return unescape(quoted[1 : len(quoted)-1])
}
