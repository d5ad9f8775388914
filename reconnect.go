package ninchat

import "github.com/ninchat-community/ninchat/internal/engine"

// Reconnect tells the session that the network may have come back or changed, as an
// operating system says when a computer wakes up or joins another network. Without
// it, the session finds that out by itself, which may take a minute or two.
//
// If the session waits to try again, it tries now, unless the server has asked by
// Retry-After to be left alone for longer; an attempt that has been going on
// for a second is begun anew. If it is online, it checks the connection: unless the
// server answers within five seconds, it makes a new one. A session that is being
// created is left alone, and so is one that has been closed.
//
// Reconnect doesn't wait. It may be called at any time, from anywhere, and as often
// as one likes: connections are checked at most once a second, and attempts that it
// leads to back off as others do, from one second up to a minute, until a connection
// has lasted for five seconds.
func (s *Session) Reconnect() { s.mailbox.Post(engine.Input{Kind: engine.Hint}) }
