package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Authority is a certificate authority for this computer: it vouches for
// localhost and the loopback addresses, and the certificates that it makes are
// worth nothing for anything else, even to those who trust it. Its methods can
// be called by several goroutines.
type Authority struct {
	certificate *x509.Certificate
	pem         []byte
	key         *ecdsa.PrivateKey
	path        string
	clock       clock

	mu   sync.Mutex
	leaf *tls.Certificate
}

const (
	authorityFile = "ca.pem"
	keyFile       = "ca-key.pem"

	authorityLife = 2 * 365 * 24 * time.Hour
	leafLife      = 7 * 24 * time.Hour
	// leafRenewal is how much of its life a certificate must have left.
	leafRenewal = 24 * time.Hour
	// clockSkew is how far behind other clocks may be.
	clockSkew = time.Hour
)

// NewAuthority makes an authority that exists in memory only, for tests.
func NewAuthority() (*Authority, error) {
	a := new(Authority)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("ninchat: server: make key: %w", err)
	}
	now := a.clock.now()
	template := &x509.Certificate{
		SerialNumber:                newSerial(),
		Subject:                     pkix.Name{CommonName: "Ninchat local server"},
		NotBefore:                   now.Add(-clockSkew),
		NotAfter:                    now.Add(authorityLife),
		KeyUsage:                    x509.KeyUsageCertSign,
		BasicConstraintsValid:       true,
		IsCA:                        true,
		MaxPathLenZero:              true,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{"localhost"},
		PermittedIPRanges:           loopback(),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("ninchat: server: make certificate: %w", err)
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("ninchat: server: make certificate: %w", err)
	}
	a.key = key
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a, nil
}

func loopback() []*net.IPNet {
	return []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
		{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
}

func newSerial() *big.Int {
	var bytes [16]byte
	_, _ = rand.Read(bytes[:]) // never fails
	bytes[0] &= 0x7f
	return new(big.Int).SetBytes(bytes[:])
}

// LoadOrCreateAuthority reads an authority from a directory, or makes one and
// stores it there: its certificate, which is to be trusted by clients, in
// ca.pem, and its key, readable by nobody else, in ca-key.pem. The directory is
// made if need be. An authority that has expired is replaced. A key that others
// may read is an error.
func LoadOrCreateAuthority(dir string) (*Authority, error) {
	a, err := loadAuthority(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errExpired) {
		if a, err = NewAuthority(); err == nil {
			err = a.store(dir)
		}
	}
	if err != nil {
		return nil, err
	}
	a.path = filepath.Join(dir, authorityFile)
	return a, nil
}

var errExpired = errors.New("ninchat: server: the certificate authority has expired")

func loadAuthority(dir string) (*Authority, error) {
	keyPath := filepath.Join(dir, keyFile)
	info, err := os.Stat(keyPath)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 && filepath.Separator == '/' {
		return nil, fmt.Errorf("ninchat: server: %s can be read by others", keyPath)
	}
	a := new(Authority)
	if a.pem, err = os.ReadFile(filepath.Join(dir, authorityFile)); err != nil {
		return nil, err
	}
	keyText, err := os.ReadFile(keyPath)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(a.pem, keyText)
	if err != nil {
		return nil, fmt.Errorf("ninchat: server: read %s: %w", dir, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return nil, fmt.Errorf("ninchat: server: %s has no certificate authority of this server", dir)
	}
	a.certificate, a.key = pair.Leaf, key
	if a.clock.now().Add(2 * leafLife).After(a.certificate.NotAfter) {
		return nil, errExpired
	}
	return a, nil
}

func (a *Authority) store(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return fmt.Errorf("ninchat: server: encode key: %w", err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := replaceFile(filepath.Join(dir, keyFile), key, 0o600); err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, authorityFile), a.pem, 0o644)
}

// replaceFile writes a file in one step: nobody sees half of it, and an existing
// file with other permissions isn't written to.
func replaceFile(path string, text []byte, mode fs.FileMode) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(mode), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// Path is the file with the certificate, "" for an authority in memory.
func (a *Authority) Path() string { return a.path }

// PEM is the certificate, for clients to trust.
func (a *Authority) PEM() []byte { return bytes.Clone(a.pem) }

// Pool has the certificate, for tls.Config.RootCAs of clients.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// TLSConfig is a configuration for servers on this computer: for [Config]. The
// certificate is valid for localhost, 127.0.0.1 and ::1 for a week, and is
// renewed in time.
func (a *Authority) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return a.current()
		},
	}
}

// current returns a certificate that has some time left.
func (a *Authority) current() (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.now()
	if a.leaf != nil && now.Add(leafRenewal).Before(a.leaf.Leaf.NotAfter) {
		return a.leaf, nil
	}
	leaf, err := a.issue(now)
	if err != nil {
		return nil, fmt.Errorf("ninchat: server: make certificate: %w", err)
	}
	a.leaf = leaf
	return leaf, nil
}

func (a *Authority) issue(now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{CommonName: "localhost"},
		NotBefore:    now.Add(-clockSkew),
		NotAfter:     now.Add(leafLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
