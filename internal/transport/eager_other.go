//go:build !unix

package transport

// canWriteNow says whether attempts can be made.
const canWriteNow = false

// run is never called.
func (a *attempt) run(uintptr) (done bool) { return true }
