// Package session has the tests of sessions, and of calls without one, as their users
// see them: a real client, and a real server or one of the tests' own.
package session
