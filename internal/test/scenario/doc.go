// Package scenario tells whole stories with the client and the local server: a day
// of customer service, from before the doors open until transcripts are deleted, and
// the work of a backend, which has no session. It has nothing but tests.
package scenario
