// Package server has the tests of the local server as its clients see it: a real
// server, and raw clients of the tests' own, which know nothing of the code.
package server
