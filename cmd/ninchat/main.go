// Command ninchat is a client and a local server for the Ninchat API: see
// ninchat --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/ninchat-community/ninchat/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}
