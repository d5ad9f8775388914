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
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/server/internal/clock"
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
	clock       clock.Clock

	mu   sync.Mutex
	leaf *tls.Certificate
}

const (
	authorityName = "Ninchat local server"
	authorityLife = 2 * 365 * 24 * time.Hour
	leafLife      = 7 * 24 * time.Hour
	// leafRenewal is how much of its life a certificate must have left.
	leafRenewal = 24 * time.Hour
	// clockSkew is how far behind other clocks may be.
	clockSkew = time.Hour
)

// NewAuthority makes an authority that exists in memory only, for tests.
func NewAuthority() (*Authority, error) {
	key, err := newAuthorityKey()
	if err != nil {
		return nil, err
	}
	return newAuthority(key)
}

func newAuthorityKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("ninchat: server: make key: %w", err)
	}
	return key, nil
}

// newAuthority makes an authority with a key.
func newAuthority(key *ecdsa.PrivateKey) (*Authority, error) {
	a := &Authority{key: key}
	now := a.clock.Now()
	template := &x509.Certificate{
		SerialNumber:                newSerial(),
		Subject:                     pkix.Name{CommonName: authorityName},
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
	now := a.clock.Now()
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
