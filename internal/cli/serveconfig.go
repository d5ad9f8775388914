package cli

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/textfile"
	"github.com/ninchat-community/ninchat/master"
	"github.com/ninchat-community/ninchat/server"
)

// behaviour is the part of the flags of serve that says how the server behaves.
type behaviour struct {
	hosts      []string
	origins    []string
	sites      []string
	baseURL    string
	download   time.Duration
	strict     bool
	deprecated string
	ice        string
	poll       time.Duration
	resume     time.Duration
	guests     time.Duration
	skew       time.Duration
	logLevel   string
	debug      bool
	faultSeed  uint64
	// faulty says that faultSeed was given.
	faulty bool
}

func (b *behaviour) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringSliceVar(&b.hosts, "host", nil, "`host:port` that discovery names instead of that of the request; several with commas")
	flags.StringSliceVar(&b.origins, "origin", nil, "`origin` of web pages that may use the server, as https://example.com, besides those of this computer; null, or * for all")
	flags.StringArrayVar(&b.sites, "site", nil, "`key=file` of a site's configuration, which GET /config/KEY answers; can be repeated")
	flags.StringVar(&b.baseURL, "base-url", "", "`URL` that addresses of files and icons begin with (default: as the client came; for icons, where the server listens)")
	flags.DurationVar(&b.download, "download", time.Hour, "how long the address of a file can be used")
	flags.BoolVar(&b.strict, "strict", false, "refuse parameters, attributes and payload parts that the API doesn't have")
	flags.StringVar(&b.deprecated, "deprecated", "", "`text` of the notice by which clients are told that they are out of date (default: none)")
	flags.StringVar(&b.ice, "ice", "", "JSON `file` with the stun_servers and turn_servers that begin_ice answers")
	flags.DurationVar(&b.poll, "poll", 50*time.Second, "how long a poll waits for events")
	flags.DurationVar(&b.resume, "resume", 5*time.Minute, "how long a session can be resumed")
	flags.DurationVar(&b.guests, "guests", 10*time.Minute, "how long a guest without session stays")
	flags.DurationVar(&b.skew, "skew", master.DefaultSkew, "how long what was signed or encrypted with a master key is still good after it has expired; 0 is to the moment")
	flags.StringVar(&b.logLevel, "log-level", "error", "what goes to stderr: debug, info, warn or error; --verbose means debug")
	flags.BoolVar(&b.debug, "debug", true, "let those who have the debug token make faults: see 'ninchat faults'")
	flags.Uint64Var(&b.faultSeed, "fault-seed", 0, "make things go wrong at random from the beginning; the same `number` leads to the same faults")
}

// config makes the configuration of the flags.
func (b *behaviour) config(ctx context.Context) (config server.Config, err error) {
	for _, origin := range b.origins {
		u, err := url.Parse(origin)
		if origin != "*" && origin != "null" && (err != nil || u.Scheme == "" || u.Host == "" || !strings.EqualFold(u.Scheme+"://"+u.Host, origin)) {
			return config, usagef("--origin: %q isn't of the form https://example.com, null or *", origin)
		}
	}
	for name, d := range map[string]time.Duration{"poll": b.poll, "resume": b.resume, "guests": b.guests, "download": b.download} {
		if d <= 0 {
			return config, usagef("--%s must be more than 0", name)
		}
	}
	if b.poll > time.Minute {
		return config, usagef("--poll: more than 1m; clients give up after 64 seconds")
	}
	if b.skew < 0 || b.skew > time.Hour {
		return config, usagef("--skew must be from 0 to 1h")
	}
	if b.skew == 0 {
		b.skew = -1 // for the server 0 means the default
	}
	config = server.Config{
		Hosts: b.hosts, Origins: b.origins, Strict: b.strict, Deprecated: b.deprecated, Debug: b.debug,
		Poll: b.poll, Resume: b.resume, Guests: b.guests, Download: b.download, Skew: b.skew, BaseURL: b.baseURL,
	}
	if config.Sites, err = readSites(ctx, b.sites); err != nil {
		return config, err
	}
	if b.ice != "" {
		if config.STUNServers, config.TURNServers, err = readICE(ctx, b.ice); err != nil {
			return config, fmt.Errorf("--ice: %w", err)
		}
	}
	return config, nil
}

// level is what --log-level says.
func (b *behaviour) level() (level slog.Level, err error) {
	switch b.logLevel {
	case "debug", "info", "warn", "error":
		return level, level.UnmarshalText([]byte(b.logLevel))
	}
	return level, usagef("--log-level: %q isn't debug, info, warn or error", b.logLevel)
}

// maxSiteFile bounds what is read, in bytes.
const maxSiteFile = 1 << 20

// readSites reads the configurations of sites.
func readSites(ctx context.Context, args []string) (map[string]jsontext.Value, error) {
	sites := make(map[string]jsontext.Value)
	for _, arg := range args {
		key, path, ok := strings.Cut(arg, "=")
		if !ok || key == "" || path == "" {
			return nil, usagef("--site: %q isn't of the form KEY=FILE", arg)
		}
		text, err := textfile.ReadText(ctx, path, textfile.Options{Limit: maxSiteFile})
		if err != nil {
			return nil, fmt.Errorf("--site: %w", err)
		}
		sites[key] = text
	}
	return sites, nil
}

// maxICEFile bounds what is read, in bytes.
const maxICEFile = 1 << 20

// readICE reads servers for calls. There are passwords among them, which is why they
// are in a file.
func readICE(ctx context.Context, path string) ([]api.STUNServer, []api.TURNServer, error) {
	text, err := textfile.ReadText(ctx, path, textfile.Options{Limit: maxICEFile})
	if err != nil {
		return nil, nil, err
	}
	var servers struct {
		STUN []api.STUNServer `json:"stun_servers"`
		TURN []api.TURNServer `json:"turn_servers"`
	}
	if json.Unmarshal(text, &servers, json.RejectUnknownMembers(true)) != nil {
		return nil, nil, fmt.Errorf("%s: isn't JSON with stun_servers and turn_servers", path)
	}
	return servers.STUN, servers.TURN, nil
}
