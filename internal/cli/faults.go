package cli

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/server"
	"github.com/ninchat-community/ninchat/spec"
)

func (a *app) faultsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:     "faults",
		GroupID: groupDevelop,
		Short:   "Make things go wrong in a local server",
		Long: `Make things go wrong in a local server, as they do in real life, to see what
a client makes of it. The subcommands are the faults; 'list' shows which are at
work, and 'clear' ends them. The server obeys only those who run it: see 'ninchat
outbox --help'.

Without --user a fault is for everybody. How many connections or sessions it was for
is printed; what waits for something, such as the next connection, prints 0.`,
		Example: `  ninchat faults cut --user 12h6iv55
  ninchat faults error --action send_message --nth 3
  ninchat faults random --seed 7 --for 1m
  ninchat faults list
  ninchat faults clear`,
	}
	command.AddCommand(
		&cobra.Command{
			Use: "list", Short: "List the faults that are at work", Args: cobra.NoArgs,
			Long: `List the faults that are at work or wait for something, a line for each; with
--json as the server has them. Connections that are to be cut after some bytes aren't
among them.`,
			Example: "  ninchat faults list --json",
			RunE:    func(command *cobra.Command, _ []string) error { return a.listFaults(command.Context()) },
		},
		&cobra.Command{
			Use: "clear", Short: "End all faults", Args: cobra.NoArgs,
			Long: `End all faults, those that wait for something too. Connections that are half-open
are cut, so that their clients notice.`,
			Example: "  ninchat faults clear",
			RunE: func(command *cobra.Command, _ []string) error {
				_, err := a.askServer(command.Context(), http.MethodDelete, "/debug/faults", nil)
				return err
			},
		},
	)
	for _, name := range server.FaultNames() {
		command.AddCommand(a.faultCommand(name))
	}
	return command
}

// faultRequest is what the server is asked for.
type faultRequest struct {
	Fault     string   `json:"fault"`
	UserID    string   `json:"user_id,omitzero"`
	Action    string   `json:"action,omitzero"`
	Nth       int      `json:"nth,omitzero"`
	ErrorType string   `json:"error_type,omitzero"`
	Reason    string   `json:"reason,omitzero"`
	Bytes     int64    `json:"bytes,omitzero"`
	Code      int      `json:"code,omitzero"`
	Status    int      `json:"status,omitzero"`
	Hosts     []string `json:"hosts,omitzero"`
	Delay     span     `json:"delay,omitzero"`
	Seed      uint64   `json:"seed,omitzero"`
	Length    span     `json:"for,omitzero"`
}

// span is a duration that is written as people do.
type span time.Duration

// MarshalText writes it.
func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

func (a *app) faultCommand(name string) *cobra.Command {
	request, help := faultRequest{Fault: name}, faultHelp(name)
	command := &cobra.Command{
		Use: name, Short: help.short, Long: help.short + ".\n\n" + help.long, Example: "  ninchat faults " + name + help.flags, Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := checkFault(command, &request); err != nil {
				return err
			}
			return a.makeFault(command.Context(), &request)
		},
	}
	flags := command.Flags()
	for _, field := range server.FaultFields(name) {
		switch field {
		case "user_id":
			flags.StringVar(&request.UserID, "user", "", "`id` of the user who is concerned (default: everybody)")
		case "action":
			flags.StringVar(&request.Action, "action", "", "`name` of the action")
			_ = command.RegisterFlagCompletionFunc("action", cobra.FixedCompletions(actionNames(), cobra.ShellCompDirectiveNoFileComp))
		case "nth":
			flags.IntVar(&request.Nth, "nth", 1, "which such action from now on")
		case "error_type":
			flags.StringVar(&request.ErrorType, "error-type", "internal", "`type` of the error")
		case "reason":
			flags.StringVar(&request.Reason, "reason", "", "`text` that says why")
		case "bytes":
			flags.Int64Var(&request.Bytes, "bytes", 0, "how many bytes are still sent")
		case "code":
			flags.IntVar(&request.Code, "code", 1001, "code in the close frame")
		case "status":
			flags.IntVar(&request.Status, "status", 503, "HTTP status; 0 ends the refusals")
		case "hosts":
			flags.StringSliceVar(&request.Hosts, "hosts", nil, "`hosts` that discovery names, with commas")
		case "delay":
			flags.DurationVar((*time.Duration)(&request.Delay), "delay", time.Second, "how long, as 250ms")
		case "seed":
			flags.Uint64Var(&request.Seed, "seed", 1, "number that decides what happens when")
		case "for":
			flags.DurationVar((*time.Duration)(&request.Length), "for", time.Minute, "how long; 0s means until 'ninchat faults clear'")
		}
	}
	return command
}

// checkFault refuses what would wait for something that can't happen.
func checkFault(command *cobra.Command, request *faultRequest) error {
	if _, known := spec.LookUpAction(request.Action); !known && request.Action != "" {
		return usagef("--action: there is no action %q%s", request.Action, nearest(request.Action, actionNames()))
	}
	if request.Nth < 1 && command.Flags().Lookup("nth") != nil {
		return usagef("--nth must be more than 0")
	}
	return nil
}

func (a *app) makeFault(ctx context.Context, request *faultRequest) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	text, err := a.askServer(ctx, http.MethodPost, "/debug/faults", body)
	if err != nil {
		return err
	}
	var answer struct {
		Matched int `json:"matched"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("the answer isn't that of a local server: %w", err)
	}
	if a.json {
		return a.printJSON(answer)
	}
	return a.printf("%d\n", answer.Matched)
}

// listFaults prints a line for each fault.
func (a *app) listFaults(ctx context.Context) error {
	text, err := a.askServer(ctx, http.MethodGet, "/debug/faults", nil)
	if err != nil {
		return err
	}
	var faults []struct {
		Fault string `json:"fault"`
		faultDetails
	}
	if err := json.Unmarshal(text, &faults); err != nil {
		return fmt.Errorf("the answer isn't that of a local server: %w", err)
	}
	for _, f := range faults {
		if a.json {
			if err := a.printJSON(f); err != nil {
				return err
			}
			continue
		}
		if err := a.printf("%s%s\n", visible(f.Fault), f.faultDetails.text()); err != nil {
			return err
		}
	}
	return nil
}

// faultDetails is what else is known of a fault that is at work.
type faultDetails struct {
	UserID    string   `json:"user_id,omitzero"`
	Action    string   `json:"action,omitzero"`
	Nth       int      `json:"nth,omitzero"`
	ErrorType string   `json:"error_type,omitzero"`
	Reason    string   `json:"reason,omitzero"`
	Bytes     int64    `json:"bytes,omitzero"`
	Status    int      `json:"status,omitzero"`
	Hosts     []string `json:"hosts,omitzero"`
	Delay     string   `json:"delay,omitzero"`
	Seed      uint64   `json:"seed,omitzero"`
	Length    string   `json:"for,omitzero"`
	Matched   int      `json:"matched,omitzero"`
}

func (d *faultDetails) text() string {
	var text strings.Builder
	add := func(there bool, name string, value any) {
		if there {
			text.WriteString(" " + name + "=" + visible(fmt.Sprint(value)))
		}
	}
	add(d.UserID != "", "user", d.UserID)
	add(d.Action != "", "action", d.Action)
	add(d.Nth != 0, "nth", d.Nth)
	add(d.ErrorType != "", "error-type", d.ErrorType)
	add(d.Reason != "", "reason", d.Reason)
	add(d.Bytes != 0, "bytes", d.Bytes)
	add(d.Status != 0, "status", d.Status)
	add(len(d.Hosts) > 0, "hosts", strings.Join(d.Hosts, ","))
	add(d.Delay != "", "delay", d.Delay)
	add(d.Seed != 0, "seed", d.Seed)
	add(d.Length != "", "for", d.Length)
	add(d.Matched != 0, "matched", d.Matched)
	return text.String()
}
