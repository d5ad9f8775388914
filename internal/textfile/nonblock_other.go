//go:build !unix

package textfile

// nonblock is no flag: there is no waiting when files are opened.
const nonblock = 0
