//go:build unix

package transport

import (
	"errors"
	"syscall"
)

// canWriteNow says whether attempts can be made.
const canWriteNow = true

// run writes as much as the kernel takes without waiting.
func (a *attempt) run(fd uintptr) (done bool) {
	for a.written < len(a.text) {
		n, err := syscall.Write(int(fd), a.text[a.written:])
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return true
		case err != nil:
			a.err = err
			return true
		default:
			a.written += n
		}
	}
	return true
}
