package server_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/server"
)

func TestAuthorityIsStored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "dir")
	first, err := server.LoadOrCreateAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "ca.pem"); first.Path() != want {
		t.Errorf("the path is %s", first.Path())
	}
	stored, err := os.ReadFile(first.Path())
	if err != nil || !bytes.Equal(stored, first.PEM()) {
		t.Errorf("got %s, %v", stored, err)
	}
	key := filepath.Join(dir, "ca-key.pem")
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("got %v, %v", info, err)
	}
	second, err := server.LoadOrCreateAuthority(dir)
	if err != nil || !bytes.Equal(second.PEM(), first.PEM()) {
		t.Errorf("it is another one: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("the directory has %v, %v", entries, err)
	}

	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := server.LoadOrCreateAuthority(dir); err == nil {
		t.Error("a key that others can read was accepted")
	}
	if err := os.WriteFile(key, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(key, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.LoadOrCreateAuthority(dir); err == nil {
		t.Error("nonsense was accepted")
	}
}

// The certificates are for this computer, and can't be for anything else.
func TestAuthorityIsConstrained(t *testing.T) {
	authority, err := server.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(authority.PEM())
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !ca.PermittedDNSDomainsCritical || len(ca.PermittedDNSDomains) != 1 || ca.PermittedDNSDomains[0] != "localhost" || !ca.MaxPathLenZero {
		t.Errorf("the constraints are %v %v", ca.PermittedDNSDomains, ca.PermittedIPRanges)
	}
	certificate, err := authority.TLSConfig().GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		if _, err := certificate.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: authority.Pool()}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"example.com", "192.168.0.1"} {
		if _, err := certificate.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: authority.Pool()}); err == nil {
			t.Errorf("%s is fine", name)
		}
	}
}

func TestCertificatesAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		authority, err := server.NewAuthority()
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if _, err := server.LoadOrCreateAuthority(dir); err != nil {
			t.Fatal(err)
		}
		config := authority.TLSConfig()
		serial := func() string {
			certificate, err := config.GetCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			if left := time.Until(certificate.Leaf.NotAfter); left < time.Hour || left > 8*24*time.Hour {
				t.Fatalf("%v are left", left)
			}
			return certificate.Leaf.SerialNumber.String()
		}
		first := serial()
		time.Sleep(24 * time.Hour)
		if serial() != first {
			t.Error("renewed too early")
		}
		time.Sleep(6 * 24 * time.Hour)
		if serial() == first {
			t.Error("not renewed")
		}
		time.Sleep(3 * 365 * 24 * time.Hour)
		old, _ := os.ReadFile(filepath.Join(dir, "ca.pem"))
		if next, err := server.LoadOrCreateAuthority(dir); err != nil || bytes.Equal(next.PEM(), old) {
			t.Errorf("an expired authority wasn't replaced: %v", err)
		}
	})
}

// Servers that are started for the first time at the same moment trust each other's
// clients.
func TestAuthorityIsMadeOnce(t *testing.T) {
	for range 20 {
		dir := filepath.Join(t.TempDir(), "new")
		made := make([]*server.Authority, 8)
		var making sync.WaitGroup
		for i := range made {
			making.Go(func() {
				var err error
				if made[i], err = server.LoadOrCreateAuthority(dir); err != nil {
					t.Error(err)
				}
			})
		}
		making.Wait()
		if t.Failed() {
			return
		}
		stored, err := os.ReadFile(made[0].Path())
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(stored)
		for i, authority := range made {
			certificate, err := authority.TLSConfig().GetCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, roots := range []*x509.CertPool{pool, made[0].Pool()} {
				if _, err := certificate.Leaf.Verify(x509.VerifyOptions{DNSName: "localhost", Roots: roots}); err != nil {
					t.Fatalf("server %d: %v", i, err)
				}
			}
		}
	}
}

// Half of an authority, as a process that was killed or a hand may leave it, is made
// whole; halves that don't belong together aren't touched.
func TestAuthorityIsMadeWhole(t *testing.T) {
	dir := t.TempDir()
	load := func() *server.Authority {
		t.Helper()
		authority, err := server.LoadOrCreateAuthority(dir)
		if err != nil {
			t.Fatal(err)
		}
		return authority
	}
	valid := func(issuer, trusted *server.Authority) bool {
		t.Helper()
		certificate, err := issuer.TLSConfig().GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = certificate.Leaf.Verify(x509.VerifyOptions{DNSName: "localhost", Roots: trusted.Pool()})
		return err == nil
	}
	remove := func(name string) {
		t.Helper()
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	first := load()
	remove("ca.pem")
	second := load()
	if !valid(second, first) {
		t.Error("without its certificate it has another key")
	}
	remove("ca-key.pem")
	third := load()
	if valid(third, second) || !valid(load(), third) {
		t.Error("without its key it isn't replaced")
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), second.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.LoadOrCreateAuthority(dir); err == nil {
		t.Error("a certificate of another key was accepted")
	}
}

// A certificate of somebody else stays as it is, also when there is no key beside it.
func TestAuthorityLeavesOthersAlone(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other")
	if _, err := server.LoadOrCreateAuthority(other); err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(filepath.Join(other, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"garbage": "Dear diary!", "empty": "", "another's": foreignCertificate(t), "a garbled one": strings.Replace(string(ours), "MII", "AII", 1),
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "ca.pem")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := server.LoadOrCreateAuthority(dir); err == nil {
			t.Errorf("%s: it is fine", name)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != text {
			t.Errorf("%s: it is now %q, %v", name, after, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "ca-key.pem")); err == nil {
			t.Errorf("%s: a key was made nevertheless", name)
		}
	}
	// One of ours is of no use without its key.
	if err := os.Remove(filepath.Join(other, "ca-key.pem")); err != nil {
		t.Fatal(err)
	}
	if _, err := server.LoadOrCreateAuthority(other); err != nil {
		t.Error(err)
	}
}

// foreignCertificate is that of another authority.
func foreignCertificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "My company"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
