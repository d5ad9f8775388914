package cli

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
	"github.com/ninchat-community/ninchat/server/sqlite"
)

// localAddress is where a local server listens unless it is told otherwise.
const localAddress = "127.0.0.1:8228"

// serveOptions are the flags of serve.
type serveOptions struct {
	addr        string
	tls         bool
	caDir       string
	allowRemote bool
	state       string
	seed        string
	seedOutput  string
	behaviour
}

func (a *app) serveCommand() *cobra.Command {
	var o serveOptions
	command := &cobra.Command{
		Use:     "serve",
		GroupID: groupDevelop,
		Short:   "Run a local server",
		Long: `Run a local Ninchat server, to develop and test against without a network or an
account. Everything is kept in memory, and gone when the server ends.

With --state everything is kept in a file, which is made when it isn't there. The
next server that is given it goes on where the last one ended, even if that was
killed: what a client was told is there, and clients resume their sessions. (A
power failure may cost the latest moments.) One server at a time can use it. It has
messages, sessions and the secrets of master keys in it, and only you can read it.

With --seed the server begins with what a JSON file says: users, realms, queues,
channels and so on. What is there already, by its id or name, is left alone. Nothing
is made if the file has a mistake; the message says where. What was made is printed;
secrets that were generated are written to the file of --seed-output only, which
nobody else can read. docs/local-server.md describes the form, and has an example.

With --tls the server has a certificate for this computer. The authority that
vouches for it is made when it is needed first, and kept in a directory; clients
trust it with --ca-file, or, if they are other programs, by their own means.

With --json the first line tells that the server is ready:

  {"event":"listening","url":"http://127.0.0.1:8228","debug_token":"…",
   "debug_header_file":"…"}

What is at /debug takes the debug token, which is another one each time, or that of
NINCHAT_DEBUG_TOKEN: it makes faults and shows mail with the keys in it. Others who use
this computer don't get it. 'ninchat faults' and 'ninchat outbox' find it by themselves,
in a file in your cache directory, which is there as long as the server runs and which
only you can read; curl takes that file by 'curl -H @FILE'. The token isn't printed
without --json.

Web pages may use the server if they come from this computer, or from the host by which
they call it. --origin lets others in: https://example.com, null for files, * for all,
by whatever name they call the server. With --host, --base-url or --origin the server
may be called by the names in them; otherwise only by localhost, an IP address, and
names that nobody on the internet can have, as a page could take it in with another.

Mail, as for verifying an address, isn't sent. What is important in it is printed,
with --json as in the output of 'ninchat outbox', which shows it too. With --json and
--seed, the second line tells what the server began with:

  {"event":"seeded","items":[{"path":"users[0]","kind":"user","id":"…","made":true}]}

When it is interrupted (Ctrl-C, SIGTERM), the server sends clients what they have
coming, and tells them to go elsewhere. With --json the last line says that all is
done: nothing is on its way into the file of --state, and the next server can have it.

  {"event":"ended"}

What went wrong until then is on stderr before that, and the exit status is 1.`,
		Example: `  ninchat serve
  ninchat serve --addr 127.0.0.1:0 --json
  ninchat serve --state ninchat.db
  ninchat serve --seed docs/seed.example.json --seed-output seeded.json
  ninchat serve --fault-seed 7
  ninchat serve --tls --ca-dir ./ca`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			o.faulty = command.Flags().Changed("fault-seed")
			return a.serve(command.Context(), &o)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.addr, "addr", localAddress, "`host:port` to listen to; port 0 picks a free one")
	flags.BoolVar(&o.tls, "tls", false, "speak TLS")
	flags.StringVar(&o.caDir, "ca-dir", "", "`directory` of the certificate authority (default: in your configuration directory)")
	flags.StringVar(&o.state, "state", "", "`file` to keep everything in (default: memory only)")
	flags.StringVar(&o.seed, "seed", "", "JSON `file` with users, realms, queues and so on to begin with")
	flags.StringVar(&o.seedOutput, "seed-output", "", "`file` for what the seed has made, with the secrets that were generated")
	o.behaviour.flags(command)
	flags.BoolVar(&o.allowRemote, "allow-remote", false, "allow an address that others can reach: anybody there can use the server")
	return command
}

// check refuses addresses that others could reach, unless that is wanted.
func (o *serveOptions) check() error {
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return usagef("--addr: %q isn't of the form HOST:PORT", o.addr)
	}
	ip := net.ParseIP(host)
	local := host == "localhost" || ip != nil && ip.IsLoopback()
	if !local && !o.allowRemote {
		return usagef("--addr: others could reach the server at %q, which lets anybody in; if that is wanted, add --allow-remote", o.addr)
	}
	if o.caDir != "" && !o.tls {
		return usagef("--ca-dir needs --tls")
	}
	if o.seedOutput != "" && o.seed == "" {
		return usagef("--seed-output needs --seed")
	}
	return nil
}

// serve runs a server. What it says last is that everything has ended.
func (a *app) serve(ctx context.Context, o *serveOptions) error {
	served, err := a.serveAndClose(ctx, o)
	if !served {
		return err
	}
	return a.sayEnded(err)
}

// serveAndClose reports whether the server was ready for clients at some time. When it
// returns, the server and its store are closed.
func (a *app) serveAndClose(ctx context.Context, o *serveOptions) (served bool, err error) {
	config, err := o.config(ctx)
	if err != nil {
		return false, err
	}
	if config.Logger, err = a.serverLogger(o); err != nil {
		return false, err
	}
	config.DebugToken = api.Secret(a.getenv(tokenVariable))
	// If that fails, stdout remembers it.
	config.OnMail = func(m server.Mail) { _ = a.printMail(newMail(m)) }
	seeding, err := newSeeding(ctx, o)
	if err != nil {
		return false, err
	}
	defer seeding.discard()
	authority, err := a.authority(o)
	if err != nil {
		return false, err
	}
	if authority != nil {
		config.TLS = authority.TLSConfig()
	}
	if o.state != "" {
		store, failure := a.openStore(o.state)
		if failure != nil {
			return false, failure
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		config.Store = store
	}
	srv, err := server.New(config)
	if err != nil {
		return false, err
	}
	// What has happened is to be kept, whatever else went wrong.
	defer func() { err = errors.Join(err, srv.Close()) }()
	return a.serveSeeded(ctx, o, srv, seeding, caFile(authority), config.TLS)
}

// closableStore is a store that is closed after its server.
type closableStore interface {
	server.Store
	Close() error
}

// openSQLite opens the file of --state.
func openSQLite(path string) (closableStore, error) { return sqlite.Open(path) }

// sayEnded says what went wrong, and then that the server has ended.
func (a *app) sayEnded(err error) error {
	if err != nil {
		a.diagnose("%s", a.explain(err))
		err = errReported
	}
	if !a.json {
		return err
	}
	failure := a.printJSON(struct {
		Event string `json:"event"`
	}{"ended"})
	return cmp.Or(err, failure)
}

// serveSeeded seeds the server, serves, and tells about it.
func (a *app) serveSeeded(ctx context.Context, o *serveOptions, srv *server.Server, s *seeding, caFile string, config *tls.Config) (served bool, err error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return false, &advisedError{err, "Another server may be running there. --addr 127.0.0.1:0 picks a free port."}
	}
	if err != nil {
		return false, err
	}
	// Whoever connects to the address finds the seed.
	var seeded server.Seeded
	if s != nil {
		if seeded, err = s.do(srv); err != nil {
			_ = ln.Close()
			return false, err
		}
	}
	if o.faulty {
		srv.Faults().Random(o.faultSeed, 0)
	}
	headerFile, forget := a.keepToken(ctx, ln.Addr(), srv.DebugToken())
	defer forget()
	err = a.sayListening(listening{"listening", serverURL(ln.Addr(), config), caFile, o.state, srv.DebugToken().Reveal(), headerFile})
	if err == nil && s != nil {
		err = a.saySeeded(s, seeded)
	}
	if err != nil {
		_ = ln.Close()
		return false, err
	}
	return true, serveUntil(ctx, srv, ln)
}

// keepToken leaves the debug token where other commands of the same user find it, until
// forget is called. The server is of use without, so a failure is a warning.
func (a *app) keepToken(ctx context.Context, addr net.Addr, token api.Secret) (path string, forget func()) {
	forget = func() {}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsLoopback() && !tcp.IP.IsUnspecified() {
		return "", forget // nobody on this computer gets at /debug then
	}
	keys, err := newKeyring()
	if err == nil {
		keys.sweep(ctx)
		path, err = keys.keep(tcp.AddrPort(), token)
	}
	if err != nil {
		a.diagnose("warning: the debug token couldn't be stored (%v): without %s in their environment, 'ninchat faults' and 'ninchat outbox' don't work", err, tokenVariable)
		return "", forget
	}
	return path, func() { keys.forget(tcp.AddrPort(), token) }
}

// shutdownTime is how long clients have to leave when the server ends.
const shutdownTime = 2 * time.Second

// serveUntil serves until ctx ends, which isn't an error.
func serveUntil(ctx context.Context, srv *server.Server, ln net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(context.Background(), ln) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	// Clients that don't leave are left behind.
	_ = srv.Shutdown(ending)
	return <-failed
}

// serverLogger is like logger, but without --verbose and --log-level it still says
// what goes wrong in the server itself.
func (a *app) serverLogger(o *serveOptions) (*slog.Logger, error) {
	level, err := o.level()
	if a.verbose {
		level = slog.LevelDebug
	}
	return newLogger(a.stderr, level), err
}

// authority is the certificate authority, nil without --tls.
func (a *app) authority(o *serveOptions) (*server.Authority, error) {
	if !o.tls {
		return nil, nil
	}
	dir := o.caDir
	if dir == "" {
		base, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("there is no configuration directory (%w): name one with --ca-dir", err)
		}
		dir = filepath.Join(base, "ninchat", "ca")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return server.LoadOrCreateAuthority(dir)
}

func caFile(authority *server.Authority) string {
	if authority == nil {
		return ""
	}
	return authority.Path()
}

// serverURL is how clients on this computer reach the server.
func serverURL(addr net.Addr, config *tls.Config) string {
	scheme := "http"
	if config != nil {
		scheme = "https"
	}
	host := addr.String()
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		host = fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return scheme + "://" + host
}

// listening is what programs are told when the server is ready.
type listening struct {
	Event  string `json:"event"`
	URL    string `json:"url"`
	CAFile string `json:"ca_file,omitzero"`
	State  string `json:"state,omitzero"`
	// DebugToken is what /debug wants, and HeaderFile has it in the form that curl
	// takes; it is "" if there is none.
	DebugToken string `json:"debug_token"`
	HeaderFile string `json:"debug_header_file,omitzero"`
}

func (a *app) sayListening(l listening) error {
	if a.json {
		return a.printJSON(l)
	}
	text := "A local Ninchat server is listening at " + l.URL + "\n\nUse it from another terminal:\n\n  export NINCHAT_ADDRESS=" + l.URL + "\n"
	if l.CAFile != "" {
		text += "  export NINCHAT_CA_FILE=" + shellQuote(l.CAFile) + "\n"
	}
	text += `  ninchat user create Alice

It has all actions of the API: 'ninchat spec' tells about them, and 'ninchat faults'
makes things go wrong. Mail isn't sent but shown here, and by 'ninchat outbox'.
`
	if l.HeaderFile != "" {
		text += "By curl, /debug is reached with -H @" + shellQuote(l.HeaderFile) + "\n"
	}
	if l.State != "" {
		text += "Everything is kept in " + l.State + ". Press Ctrl-C to end the server.\n"
	} else {
		text += "Nothing is stored: everything is gone when the server ends. Press Ctrl-C to end it.\n"
	}
	return a.printf("%s", text)
}

// shellQuote makes a word of a text for a POSIX shell.
func shellQuote(text string) string {
	quoted := []byte{'\''}
	for _, b := range []byte(text) {
		if b == '\'' {
			quoted = append(quoted, `'\''`...)
			continue
		}
		quoted = append(quoted, b)
	}
	return string(append(quoted, '\''))
}
