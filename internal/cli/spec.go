package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/spec"
)

func (a *app) specCommand() *cobra.Command {
	command := &cobra.Command{
		Use:     "spec [NAME]...",
		GroupID: groupDevelop,
		Short:   "Look things up in the API",
		Long: `Print what the API says about an action, event, parameter, entity, attribute,
setting, object, type of message, error or enumeration; without a NAME, an
overview. Attributes are called by their names alone, or like channel.topic.

With --json, print everything that is known about the API as one JSON object, or
one line for each thing called NAME. A NAME that doesn't exist is an error of
usage.`,
		Example: `  ninchat spec send_message
  ninchat spec channel ninchat.com/text
  ninchat spec search who may delete
  ninchat spec list events
  ninchat spec --json | jq '.actions.send_message.params'`,
		ValidArgsFunction: completeTopic,
		Args:              cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.specOverview()
			}
			return a.specPages(args)
		},
	}
	command.AddCommand(a.specSearchCommand(), a.specListCommand(), a.specExportCommand())
	return command
}

func (a *app) specSearchCommand() *cobra.Command {
	limit := 20
	command := &cobra.Command{
		Use:   "search WORDS",
		Short: "Search names and sentences",
		Long: `Search the names and the sentences of everything in the API, and what it is made
of: parameters, members of objects and messages, values of enumerations, notes. Print
what was found, the best first. A word that is nowhere is taken for a misspelling of
a similar one. Nothing found is a failure.`,
		Example: "  ninchat spec search join channel\n  ninchat spec search timezone\n  ninchat spec search --json upload quota",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.specPages([]string{"search"}) // the action of that name
			}
			return a.specSearch(strings.Join(args, " "), limit)
		},
	}
	command.Flags().IntVar(&limit, "length", limit, "how many results to print at most, 0 for all")
	return command
}

func (a *app) specListCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "list KIND",
		Short:     "List all actions, events and so on",
		Long:      "List everything of a kind: " + strings.Join(listNames(), ", ") + ".",
		Example:   "  ninchat spec list actions\n  ninchat spec list errors --json",
		ValidArgs: listNames(),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one kind: %s", strings.Join(listNames(), ", "))
			}
			return a.specList(args[0])
		},
	}
}

func (a *app) specExportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export FORMAT",
		Short: "Describe the API in a format of other programs",
		Long: `Print a document about the API:

  jsonschema   JSON Schema 2020-12 for each action and event
  asyncapi     AsyncAPI 3.0 for the streaming API
  openapi      OpenAPI 3.1 for the sessionless API`,
		Example:   "  ninchat spec export openapi > openapi.json",
		ValidArgs: exportNames(),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one format: %s", strings.Join(exportNames(), ", "))
			}
			return a.specExport(args[0])
		},
	}
}

// completeTopic completes names of topics.
func completeTopic(_ *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for topic := range spec.Topics() {
		found = append(found, cobra.CompletionWithDesc(topic.Name, topic.Kind.String()+": "+topic.Doc))
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}
