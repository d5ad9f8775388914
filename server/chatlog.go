package server

import "sort"

// chatlog has the messages of a channel or dialogue, oldest first.
type chatlog struct {
	keeper *keeper
	// channel or dialogue is where it belongs.
	channel  *channel
	dialogue *dialogue

	messages []*message
	// newestID and at are about the newest message, even if it has been
	// forgotten.
	newestID string
	at       float64
	// bytes is the size of the messages.
	bytes int
}

// add stores a message. Old ones are forgotten when there are more than the
// limits say.
func (l *chatlog) add(m *message, limits *Limits) {
	l.newestID, l.at = m.id, m.at
	l.messages = append(l.messages, m)
	l.bytes += m.size()
	m.log = l
	m.holdFiles()
	l.keeper.touch(m)
	l.trim(limits)
}

// trim forgets what is too much. What is kept stays where it is: it moves only when
// adding makes the slice grow.
func (l *chatlog) trim(limits *Limits) {
	excess := 0
	for excess < len(l.messages) && (len(l.messages)-excess > limits.History || l.bytes > limits.HistoryBytes) {
		l.bytes -= l.messages[excess].size()
		excess++
	}
	l.forget(l.messages[:excess])
	clear(l.messages[:excess])
	l.messages = l.messages[excess:]
}

// forget notes that messages are no longer there.
func (l *chatlog) forget(messages []*message) {
	for _, m := range messages {
		m.forgotten = true
		m.releaseFiles()
		l.keeper.touch(m)
	}
}

func (l *chatlog) newest() string { return l.newestID }

// newestTime is the time of the newest message, nil if there was none.
func (l *chatlog) newestTime() *float64 {
	if l.newestID == "" {
		return nil
	}
	return &l.at
}

// after is the position of the first message that is newer than id.
func (l *chatlog) after(id string) int {
	return sort.Search(len(l.messages), func(i int) bool { return l.messages[i].id > id })
}

// from is the position of the first message that is not older than id.
func (l *chatlog) from(id string) int {
	return sort.Search(len(l.messages), func(i int) bool { return l.messages[i].id >= id })
}

// find returns the message with an id, nil if there is none.
func (l *chatlog) find(id string) *message {
	if i := l.from(id); i < len(l.messages) && l.messages[i].id == id {
		return l.messages[i]
	}
	return nil
}

// clear forgets all messages.
func (l *chatlog) clear() {
	l.forget(l.messages)
	l.messages, l.bytes = nil, 0
}

// remove forgets some messages.
func (l *chatlog) remove(which func(*message) bool) {
	before := l.messages
	l.messages, l.bytes = nil, 0
	for i, m := range before {
		if which(m) {
			l.forget(before[i : i+1])
			continue
		}
		l.messages = append(l.messages, m)
		l.bytes += m.size()
	}
}
