package ninchat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/internal/filelock"
	"github.com/ninchat-community/ninchat/internal/textfile"
)

// FileTokenStore returns a store that keeps the token in a file, as JSON. The
// directory must exist. Only the owner can use the file (mode 0600), and a file
// that others can use is refused, and so is what isn't a regular file. It is
// replaced at once and written through to the disk, so that after a crash it has
// one token or the other.
//
// A symbolic link is followed: it is the file that it leads to that is replaced and locked.
//
// It is for one session at a time, in this process or another one of this computer:
// while there is one, Open fails at once with an error that names the file and matches
// [ErrTokenInUse]. What is locked is a file beside it, with .lock added to the name,
// which is empty and stays. The lock ends when the session has ended and its token has
// been saved or deleted, when Open has failed, and with the process even if that is
// killed. There is none in browsers, on AIX and on Solaris, and where the file system
// doesn't know locks.
func FileTokenStore(path string) TokenLocker { return fileStore{path} }

type fileStore struct{ path string }

// maxTokenFile is the longest file that is read, in bytes.
const maxTokenFile = 64 << 10

// tokenFile is what is in the file.
type tokenFile struct {
	// Version is 1. A file of another version isn't understood.
	Version int   `json:"version"`
	Token   Token `json:"token"`
}

const tokenVersion = 1

// Lock locks the file beside the one of the token: that one is replaced with each
// token.
func (f fileStore) Lock(context.Context) (unlock func(), err error) {
	file, err := filelock.Lock(textfile.FollowLinks(f.path) + ".lock")
	if errors.Is(err, filelock.ErrLocked) {
		return nil, fmt.Errorf("%s: %w", f.path, ErrTokenInUse)
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = file.Close() }, nil
}

// Load reads the file.
func (f fileStore) Load(ctx context.Context) (Token, error) {
	text, err := textfile.ReadText(ctx, f.path, textfile.Options{Limit: maxTokenFile, Private: true, Regular: true})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Token{}, nil
	case errors.Is(err, textfile.ErrShared):
		return Token{}, fmt.Errorf("%w: it must have mode 0600", err)
	case errors.Is(err, textfile.ErrTooLong):
		return Token{}, fmt.Errorf("%s isn't the file of a token: it has more than %d bytes", f.path, maxTokenFile)
	case err != nil:
		return Token{}, err
	}
	var stored tokenFile
	// What the decoder says might quote the file.
	if json.Unmarshal(text, &stored) != nil {
		return Token{}, fmt.Errorf("%s isn't the file of a token", f.path)
	}
	if stored.Version != tokenVersion {
		return Token{}, fmt.Errorf("%s has version %d; this is for version %d", f.path, stored.Version, tokenVersion)
	}
	if err := stored.Token.check(); err != nil {
		return Token{}, fmt.Errorf("%s %w", f.path, err)
	}
	return stored.Token, nil
}

// Save replaces the file.
func (f fileStore) Save(ctx context.Context, token Token) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	text, err := json.Marshal(tokenFile{tokenVersion, token})
	if err != nil {
		return err
	}
	path, err := textfile.Replaceable(f.path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	// Only the owner can use files made by CreateTemp.
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	if err := fill(file, text); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncDir(dir)
}

// fill writes a file through to the disk.
func fill(file *os.File, text []byte) error {
	_, err := io.Copy(file, bytes.NewReader(append(text, '\n')))
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncDir writes through to the disk that a file has got its name.
func syncDir(path string) error {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		// Directories can't be synchronized there.
		return nil
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Delete removes the file.
func (f fileStore) Delete(context.Context) error {
	err := os.Remove(textfile.FollowLinks(f.path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
