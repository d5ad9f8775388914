package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// keyring is the directory with the debug tokens of the local servers that run: a file
// for each, which is named after the address at which it listens. It is a line of an
// HTTP header, as curl reads it with -H @FILE, so that the token is on no command line.
type keyring struct{ dir string }

// newKeyring finds the directory. What is there is of no use after a while, so it is
// where caches are.
func newKeyring() (keyring, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return keyring{}, err
	}
	return keyring{filepath.Join(dir, "ninchat", "servers")}, nil
}

const (
	keySuffix = ".header"
	keyPrefix = "Authorization: Bearer "
	// maxKey bounds what is read, in bytes.
	maxKey = 1 << 10
)

// path is where the token of the server at an address is. Windows has no colons in
// names.
func (k keyring) path(address netip.AddrPort) string {
	ip := strings.ReplaceAll(address.Addr().Unmap().WithZone("").String(), ":", "_")
	return filepath.Join(k.dir, fmt.Sprintf("%d-%s%s", address.Port(), ip, keySuffix))
}

// addressOf is what path has made a name of.
func addressOf(name string) (netip.AddrPort, bool) {
	name, ok := strings.CutSuffix(name, keySuffix)
	port, ip, found := strings.Cut(name, "-")
	address, err := netip.ParseAddrPort(net.JoinHostPort(strings.ReplaceAll(ip, "_", ":"), port))
	return address, ok && found && err == nil
}

// keep stores the token of a server that listens at an address, in one step: nobody
// sees half of it, and nobody else can read it. Whatever was there was of a server that
// is no more, as two can't listen at the same address.
func (k keyring) keep(address netip.AddrPort, token api.Secret) (path string, err error) {
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return "", err
	}
	k.drop(func(other netip.AddrPort) bool { return covers(address, other) })
	// Only the owner can use files made by CreateTemp.
	file, err := os.CreateTemp(k.dir, ".new-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(keyPrefix + token.Reveal() + "\n")
	if err = errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	path = k.path(address)
	return path, os.Rename(file.Name(), path)
}

// forget removes the token when its server ends, unless another server has come to the
// address meanwhile.
func (k keyring) forget(address netip.AddrPort, token api.Secret) {
	path := k.path(address)
	if found, err := readKey(path); err == nil && found == token {
		_ = os.Remove(path)
	}
}

// covers reports whether who listens at an address does so at another one, too.
func covers(address, other netip.AddrPort) bool {
	all := address.Addr() == netip.IPv6Unspecified() || address.Addr().IsUnspecified() && other.Addr().Is4()
	return all && address.Port() == other.Port()
}

// sweepTime is how long looking after other servers may take, at most.
const sweepTime = time.Second

// sweep removes tokens of servers that were killed: nobody listens at their addresses.
func (k keyring) sweep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, sweepTime)
	defer cancel()
	k.drop(func(address netip.AddrPort) bool { return ctx.Err() == nil && !listens(ctx, address) })
}

// drop removes the tokens of servers that are no more.
func (k keyring) drop(gone func(netip.AddrPort) bool) {
	entries, _ := os.ReadDir(k.dir)
	for _, entry := range entries {
		address, ok := addressOf(entry.Name())
		if !ok {
			continue
		}
		path := filepath.Join(k.dir, entry.Name())
		before, err := readKey(path)
		if err != nil || !gone(address) {
			continue
		}
		// A server that has come meanwhile has another token.
		if after, err := readKey(path); err == nil && after == before {
			_ = os.Remove(path)
		}
	}
}

// listens reports whether somebody listens at an address, or may do so.
func listens(ctx context.Context, address netip.AddrPort) bool {
	if address.Addr().IsUnspecified() {
		loopback := netip.IPv6Loopback()
		if address.Addr().Is4() {
			loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		address = netip.AddrPortFrom(loopback, address.Port())
	}
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", address.String())
	if err != nil {
		return !errors.Is(err, syscall.ECONNREFUSED)
	}
	_ = nc.Close()
	return true
}

// find looks for the token of the server that a connection to an address has reached:
// it listens there, or at all addresses. It is "" if there is none.
func (k keyring) find(reached netip.AddrPort) (api.Secret, error) {
	for _, ip := range []netip.Addr{reached.Addr(), netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		token, err := readKey(k.path(netip.AddrPortFrom(ip, reached.Port())))
		if !errors.Is(err, fs.ErrNotExist) {
			return token, err
		}
	}
	return "", nil
}

// readKey reads a token. It refuses what others can read or have put there: a link,
// say. Errors don't quote it.
func readKey(path string) (api.Secret, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	if !before.Mode().IsRegular() {
		return "", fmt.Errorf("%s isn't a file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if !os.SameFile(before, info) {
		return "", fmt.Errorf("%s has been replaced", path)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", &advisedError{
			fmt.Errorf("others can use %s (mode %04o)", path, info.Mode().Perm()),
			"Restart the server: it makes another token.",
		}
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKey))
	if err != nil {
		return "", err
	}
	line, _ := strings.CutSuffix(string(text), "\n")
	token, ok := strings.CutPrefix(line, keyPrefix)
	if !ok || token == "" || strings.ContainsAny(token, " \r\n") {
		return "", fmt.Errorf("%s has no token", path)
	}
	return api.Secret(token), nil
}
