//go:build !unix

package browser_test

import "os/exec"

// inGroup does nothing where there are no groups of processes.
func inGroup(*exec.Cmd) {}

// killGroup ends the process.
func killGroup(command *exec.Cmd) { _ = command.Process.Kill() }
