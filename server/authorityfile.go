package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ninchat-community/ninchat/internal/textfile"
)

const (
	authorityFile = "ca.pem"
	keyFile       = "ca-key.pem"

	// maxAuthorityFile is the longest of these files, in bytes.
	maxAuthorityFile = 1 << 20
)

// LoadOrCreateAuthority reads an authority from a directory, or makes one and
// stores it there: its certificate, which is to be trusted by clients, in
// ca.pem, and its key, readable by nobody else, in ca-key.pem. The directory is
// made if need be. A certificate that is missing or has expired is made anew, with
// the same key. A key that others may read is an error. Several processes may do this
// at the same time: they get the same key, and clients that trust a certificate of
// one trust them all.
func LoadOrCreateAuthority(dir string) (*Authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, authorityFile)
	// The certificate comes after the key: one that is there before is of no use.
	_, missing := os.Stat(path)
	keyPath := filepath.Join(dir, keyFile)
	key, err := loadKey(keyPath)
	if errors.Is(err, fs.ErrNotExist) {
		if missing == nil {
			if err := removeOrphan(path); err != nil {
				return nil, err
			}
		}
		key, err = createKey(keyPath)
	}
	if err != nil {
		return nil, err
	}
	a, err := loadCertificate(path, key)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errExpired) {
		a, err = createCertificate(path, key, errors.Is(err, errExpired))
	}
	if err != nil {
		return nil, err
	}
	a.path = path
	return a, nil
}

// removeOrphan removes a certificate whose key isn't there, if it is one of ours.
func removeOrphan(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	if block != nil {
		if certificate, err := x509.ParseCertificate(block.Bytes); err == nil && certificate.IsCA && certificate.Subject.CommonName == authorityName {
			return os.Remove(path)
		}
	}
	return fmt.Errorf("ninchat: server: %s isn't the certificate of a local server, and there is no %s", path, keyFile)
}

func loadKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := textfile.ReadText(context.Background(), path, textfile.Options{Limit: maxAuthorityFile, Private: true, Regular: true})
	if err != nil {
		return nil, fmt.Errorf("ninchat: server: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("ninchat: server: %s has no key", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok {
		// What is wrong with it might quote it.
		return nil, fmt.Errorf("ninchat: server: %s has no key of this server", path)
	}
	return key, nil
}

// createKey stores a new key, and returns the one that is there then: somebody else
// may have been faster.
func createKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := newAuthorityKey()
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("ninchat: server: encode key: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := storeFile(path, text, 0o600, false); err != nil {
		return nil, err
	}
	return loadKey(path)
}

var errExpired = errors.New("ninchat: server: the certificate authority has expired")

func loadCertificate(path string, key *ecdsa.PrivateKey) (*Authority, error) {
	text, err := textfile.ReadText(context.Background(), path, textfile.Options{Limit: maxAuthorityFile, Regular: true})
	if err != nil {
		return nil, fmt.Errorf("ninchat: server: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("ninchat: server: %s has no certificate", path)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("ninchat: server: read %s: %w", path, err)
	}
	if !certificate.IsCA || !key.PublicKey.Equal(certificate.PublicKey) {
		return nil, fmt.Errorf("ninchat: server: %s isn't the certificate of %s", path, keyFile)
	}
	a := &Authority{certificate: certificate, pem: text, key: key}
	if a.clock.Now().Add(2 * leafLife).After(certificate.NotAfter) {
		return nil, errExpired
	}
	return a, nil
}

// createCertificate stores a new certificate, and returns the one that is there then.
func createCertificate(path string, key *ecdsa.PrivateKey, replace bool) (*Authority, error) {
	a, err := newAuthority(key)
	if err != nil {
		return nil, err
	}
	if err := storeFile(path, a.pem, 0o644, replace); err != nil {
		return nil, err
	}
	return loadCertificate(path, key)
}

// storeFile writes a file in one step: nobody sees half of it, and an existing file
// with other permissions isn't written to. Unless it is to be replaced, a file that is
// there is left alone.
func storeFile(path string, text []byte, mode fs.FileMode, replace bool) error {
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
	if !replace {
		err := os.Link(file.Name(), path)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return nil
		}
		// There are file systems without links.
	}
	return os.Rename(file.Name(), path)
}
