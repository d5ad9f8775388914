//go:build unix

package browser_test

import (
	"os/exec"
	"syscall"
)

// inGroup puts a command that is to be started, and what it starts, into a group.
func inGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// killGroup ends all processes of the group.
func killGroup(command *exec.Cmd) { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
