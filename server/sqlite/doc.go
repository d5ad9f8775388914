// Package sqlite keeps the state of a local server in a file, in the format of
// SQLite:
//
//	store, err := sqlite.Open("state.db")
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	srv, err := server.New(server.Config{Store: store})
//	if err != nil {
//		return err
//	}
//	defer srv.Close()
//
// It is a package of its own so that programs which need no file, such as tests,
// don't have to build SQLite.
//
// The file has everything in it that the server knows: messages as they were
// written, the ids of sessions, which are as good as passwords while the sessions
// last, the secrets of master keys, the access keys in mails of the outbox, and
// digests of passwords together with the key that they were made with. It can be read and written by its owner only.
//
// What was committed survives the end of the process, however that comes about.
// When the power fails, or the system crashes, the latest changes may be lost; the
// file is then as it was a moment earlier.
package sqlite
