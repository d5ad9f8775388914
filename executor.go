package ninchat

// Executor decides which goroutine runs callbacks and handlers: see
// Config.Executor. A graphical user interface, for instance, has a function that
// queues another one for its main loop, which is all that is needed.
type Executor interface {
	// Execute has f called, once, by whatever goroutine, at whatever time. It
	// needn't keep any order: a session doesn't give a function away before those
	// have returned that must come before it. It may be called concurrently. It
	// shouldn't wait, and no harm is done if it does: nothing waits for it but
	// the callbacks and handlers of the same session.
	//
	// As long as f isn't called, the callbacks and handlers that it stands for
	// aren't either; nothing else of the session depends on it. So before an executor
	// ends, it should call all functions that it has got, and have others, as they
	// still come, called by another goroutine. If it drops one, nothing that comes
	// after it for the same key is called any more, the events count as not handled,
	// and [Session.Join] waits until its context ends. [Session.Close] and
	// [Session.Suspend] don't wait for executors.
	//
	// A panic of Execute is counted and reported like that of a handler. The function
	// is called by a goroutine of the session then, unless it was called already, so
	// that nothing is lost.
	Execute(f func())
}

// ExecutorFunc is a function that is an [Executor].
type ExecutorFunc func(f func())

// Execute calls the function.
func (e ExecutorFunc) Execute(f func()) { e(f) }
