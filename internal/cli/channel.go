package cli

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}

func (a *app) channelCommand() *cobra.Command {
	command := &cobra.Command{
		Use:     "channel",
		GroupID: groupChat,
		Short:   "Create, join and part channels",
		Long:    "Create, join and part channels.",
		Example: "  ninchat channel create lobby\n  ninchat channel join CHANNEL",
	}
	command.AddCommand(a.channelCreateCommand(), a.joinCommand(), a.partCommand())
	return command
}

func (a *app) channelCreateCommand() *cobra.Command {
	var topic string
	var private bool
	command := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a channel and print its id",
		Long: `Create a channel, of which you become a member, and print its id: that is what
other commands call it by.`,
		Example: `  channel=$(ninchat channel create lobby)
  ninchat channel create staff --private --topic "who is on duty"`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			attrs := &api.ChannelAttrs{Name: api.Set(args[0])}
			if topic != "" {
				attrs.Topic = api.Set(topic)
			}
			if private {
				attrs.Private = api.Set(true)
			}
			return a.withSession(command.Context(), func(ctx context.Context, session *ninchat.Session) error {
				joined, err := session.CreateChannel(ctx, api.CreateChannel{ChannelAttrs: attrs})
				if err != nil {
					return err
				}
				if a.json {
					return a.printEvent(joined)
				}
				return a.printf("%s\n", visible(joined.ChannelID))
			})
		},
	}
	command.Flags().StringVar(&topic, "topic", "", "what the channel is about")
	command.Flags().BoolVar(&private, "private", false, "nobody can join without being invited")
	return command
}

func (a *app) joinCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "join CHANNEL",
		Short:   "Become a member of a channel",
		Long:    "Become a member of a channel. Members receive its messages, and can send some.",
		Example: "  ninchat join CHANNEL\n  ninchat channel join CHANNEL --json | jq .header.channel_members",
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return a.withSession(command.Context(), func(ctx context.Context, session *ninchat.Session) error {
				reply, err := session.JoinChannel(ctx, api.JoinChannel{ChannelID: &args[0]})
				if err != nil {
					return err
				}
				return a.printJoined(args[0], reply.ChannelJoined)
			})
		},
	}
}

func (a *app) printJoined(id string, joined *api.ChannelJoined) error {
	switch {
	case joined == nil:
		return a.printf("joined %s\n", visible(id))
	case a.json:
		return a.printEvent(joined)
	}
	return a.printf("joined %s (%s, %s)\n", visible(id), visible(joined.ChannelAttrs.Name.Or("no name")), plural(len(joined.ChannelMembers), "member"))
}

func (a *app) partCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "part CHANNEL",
		Short:   "End your membership of a channel",
		Long:    "End your membership of a channel. A channel without members is deleted.",
		Example: "  ninchat part CHANNEL",
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return a.withSession(command.Context(), func(ctx context.Context, session *ninchat.Session) error {
				parted, err := session.PartChannel(ctx, api.PartChannel{ChannelID: args[0]})
				if err != nil {
					return err
				}
				if a.json {
					return a.printEvent(parted)
				}
				return a.printf("parted %s\n", visible(args[0]))
			})
		},
	}
}
