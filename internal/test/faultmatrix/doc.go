// Package faultmatrix tests what sessions do when things go wrong: each fault
// of docs/faults.md, in the middle of each thing that a session can be doing,
// over each transport.
//
// Most of it runs in testing/synctest bubbles, with a network and a server in
// memory, where minutes of silence pass at once. What has to do with real
// sockets is repeated through toxiproxy.
package faultmatrix
