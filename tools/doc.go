// Package tools pins the tools that are used to develop ninchat. It is a module
// of its own, so that they are out of sight of those who use ninchat:
//
//	go tool -modfile=tools/go.mod staticcheck ./...
package tools
