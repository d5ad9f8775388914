package wire

import "iter"

// JSONMessages reads an application/json body: the header of one message, or an
// array of headers. The payload member of a header, if it has one that isn't
// null, is the message's only payload part. Limits and errors are as with
// [OctetMessages]. The messages refer to body.
func JSONMessages(body []byte, limits Limits) iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		c := collector{limits: limits}
		for header, err := range jsonHeaders(body) {
			var m *Message
			if err == nil {
				m, err = c.jsonMessage(header)
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// jsonMessage makes a message of a header with its payload inside.
func (c *collector) jsonMessage(text []byte) (*Message, error) {
	if err := c.begin(text); err != nil {
		return nil, err
	}
	if payload, ok := Member(text, "payload"); ok && string(payload) != "null" {
		c.add(payload[:len(payload):len(payload)])
	}
	return c.message, nil
}

// jsonHeaders returns the texts of the elements of an array, or that of a single
// object. An error is the last element. What the objects say isn't checked, but
// that they are valid JSON.
func jsonHeaders(body []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s := scanner{text: body}
		if s.next() != '[' {
			header := s.value(0)
			s.end()
			s.yieldHeader(header, yield)
			return
		}
		s.at++
		if s.next() == ']' {
			s.at++
			if s.end(); s.fault != "" {
				s.yieldHeader(nil, yield)
			}
			return
		}
		for more := true; more; {
			header := s.value(0)
			more = s.nextElement()
			if !s.yieldHeader(header, yield) {
				return
			}
		}
	}
}

// nextElement goes on to the next element of an array. It returns false after
// the last one, and when there is a fault.
func (s *scanner) nextElement() bool {
	switch {
	case s.fault != "":
		return false
	case s.next() == ',':
		s.at++
		return true
	}
	if s.expect(']', "a JSON array doesn't end") {
		s.end()
	}
	return false
}

// yieldHeader yields a header, or the fault. It returns false if that was the
// last one.
func (s *scanner) yieldHeader(header []byte, yield func([]byte, error) bool) bool {
	if s.fault != "" {
		yield(nil, malformed(PartHeader, "%s at byte %d", s.fault, s.at))
		return false
	}
	return yield(header[:len(header):len(header)], nil)
}
