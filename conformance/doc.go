// Package conformance has transcripts of conversations between clients and the
// service: see README.md for their format. Its tests replay them against the local
// server, and against sessions of this module, each with a peer of the tests' own.
package conformance
