//go:build unix

package textfile

import "syscall"

// nonblock is the flag for opening without waiting for whoever is at the other end.
const nonblock = syscall.O_NONBLOCK
