// Package reference makes pages of the tables of package spec: for the command,
// as text, and for docs/reference, as Markdown. It also makes the examples on
// these pages, on the command line and in Go.
//
// A [Page] is about a topic of package spec. Its texts may refer to other
// topics: see [Ref].
package reference
