// Package websocket measures the price of three WebSocket libraries as a client
// of a chat connection.
//
// It is a module of its own, so that the libraries which were not chosen do not
// become dependencies of the module which it serves. The decision made with it
// is recorded in docs/decisions/0001-websocket-library.md.
//
// Every client adapter does the same work: a message is a text frame with a
// header followed by a text frame with a payload. Nothing parses the header, so
// the figures show only the floor which a library, TLS and the kernel set.
//
// The stand-in server runs as a separate process (the test binary executes
// itself), so memory and processor time of the test process belong to the
// client alone. The two processes still share the cores of the machine.
//
// The following command runs every benchmark several times and prints medians:
//
//	go run ./report
package websocket
