// Package session measures the session against a bare connection of the same
// WebSocket library, which does no JSON: the floor under anything that a client
// may do.
//
// Both speak to the same stand-in server, in a process of its own, over TLS on
// loopback, and exchange messages of the same sizes. Figures are comparable
// within one run only:
//
//	go test ./benchmarks/session -bench . -benchtime 2s -count 5
package session
