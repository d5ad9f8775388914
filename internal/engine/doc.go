// Package engine is the state machine of a Ninchat session.
//
// It does no I/O. [Engine.Step] takes the time and one [Input] (a call to be
// made, a message that came, a connection that broke, a deadline that passed)
// and returns what is to be done about it, as a list of [Effect] values. There
// is no goroutine, clock, lock or socket in here, so that hours of outages are
// tested in milliseconds, and random interleavings by the thousand.
//
// What the engine sees to:
//
//   - events reach the stream in order, each once, and are acknowledged after
//     they have been handled;
//   - actions are sent in order, and again after a reconnection, with the same
//     action_id, until they have been answered;
//   - a lost connection is replaced, with growing and jittered delays, and the
//     session resumed; a lost session is replaced by a new one;
//   - a consumer that is slow costs a bounded amount of memory and loses
//     nothing;
//   - a server that goes quiet is noticed.
package engine
