package wire

import "iter"

// JSONMessages reads an application/json body: the header of one message, or an
// array of headers. The payload member of a header, if it has one, is the
// message's only payload part, and no longer in its header. A message beyond the
// limits, or whose payload was left out, has Damage set. Errors are of type
// *[Error]; an error comes after the messages before it, and last. The messages
// don't refer to body.
func JSONMessages(body []byte, limits Limits) iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		var names Names
		s := scanner{text: body}
		stopped := false
		visit := func(text []byte) bool {
			m, err := parsePolled(text, limits, &names)
			stopped = !yield(m, err) || err != nil
			return !stopped
		}
		s.headers(visit)
		if s.fault != "" && !stopped {
			yield(nil, malformed(PartHeader, "%s at byte %d", s.fault, s.at))
		}
	}
}

// headers calls visit with each element of an array, or with what isn't one,
// until it returns false.
func (s *scanner) headers(visit func(text []byte) bool) {
	if s.next() == '[' {
		stopped := false
		s.elements(func(element []byte) bool {
			stopped = !visit(element)
			return !stopped
		})
		if !stopped {
			s.end()
		}
		return
	}
	text := s.value(0)
	if s.end(); s.fault == "" {
		visit(text)
	}
}
