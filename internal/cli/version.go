package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		GroupID: groupDevelop,
		Short:   "Print the version",
		Long:    "Print the version of ninchat, and of Go that it was built with.",
		Example: "  ninchat version\n  ninchat version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			version := buildVersion()
			if a.json {
				return a.printJSON(struct {
					Version string `json:"version"`
					Go      string `json:"go"`
				}{version, runtime.Version()})
			}
			return a.printf("ninchat %s (%s)\n", version, runtime.Version())
		},
	}
}

// buildVersion is what the Go tool knows about the version of the module.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
