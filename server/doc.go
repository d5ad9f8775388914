// Package server is a local Ninchat server, to develop, test and demonstrate
// against without a network or an account. It can be embedded: there may be
// several in a process, and nothing is shared between them. Everything is kept
// in memory, and in a file if there is a [Store], as package server/sqlite has.
//
//	srv, err := server.New(server.Config{})
//	if err != nil {
//		return err
//	}
//	defer srv.Close()
//	return srv.ListenAndServe(ctx, ":8080") // on 127.0.0.1
//
// Clients find it by GET /v2/endpoint, as they find the service, or connect to
// the WebSocket at /v2/socket, or poll /v2/poll. Programs that need no session
// call /v2/call. Tests are best served by package ninchattest.
//
// # What there is
//
// Sessions, with event buffers, resuming, and actions that are done once however
// often they are sent; users, puppets and identities for logging in; dialogues;
// channels and their members; messages, files and their history; realms, queues,
// audiences, transcripts, statistics, tags, access and master keys: all actions of
// the API. The guide docs/local-server.md says what was
// decided where the API reference is silent, and where the server differs from the
// service.
//
// # Trust
//
// Each action is checked against package spec before anything is done about it,
// and everything that a client can send or cause to be kept has a limit: see
// [Limits]. A client that doesn't read costs the others nothing.
//
// The server listens to the loopback address unless told otherwise. It has no
// default passwords. It keeps digests of secrets, and neither logs them nor puts
// them into errors. By default it accepts any Origin: see [Config].
//
// # Faults
//
// [Faults] makes things go wrong on demand: connections are cut, be it in the
// middle of a frame or just after an action, become half-open or slow, and
// sessions are lost.
//
// # Inside
//
// One mutex guards the state, which is never held while anything is read or
// written. Each connection has a goroutine that reads, and one that writes while
// there is something to write; a request has its own. A session doesn't know
// whether its events are carried by a connection or by polling. An event is encoded once for all who get it, and
// put into their buffers; only its envelope is theirs.
package server
