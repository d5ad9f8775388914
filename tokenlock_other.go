//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd && !windows

package ninchat

import "io"

// lockFile locks nothing: there is no way to here.
func lockFile(string) (io.Closer, error) { return io.NopCloser(nil), nil }
