package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/internal/textfile"
)

// placeStore keeps, beside the token of a listener's session, how far its
// conversations have been printed, in a file of its own. That is needed when the
// server has lost the session before the next run.
type placeStore struct {
	ninchat.TokenLocker
	path string
	// began is the token that was loaded.
	began ninchat.Token
	// writing is held while the file is written, by the session or by the listener, so
	// that the newest is what stays.
	writing sync.Mutex

	mu     sync.Mutex
	places storedPlaces
	// unsaved is why the latest token, or the places, couldn't be saved.
	unsaved error
}

// storedPlaces has the id of the newest message of each conversation.
type storedPlaces struct {
	Channels  map[string]string `json:"channels"`
	Dialogues map[string]string `json:"dialogues"`
	// Behind says that what was missed when a session was lost hasn't been
	// printed completely.
	Behind bool `json:"behind,omitzero"`
}

// maxPlaces is the longest file of places, in bytes.
const maxPlaces = 64 << 20

// newPlaceStore makes a store beside the file of the token.
func newPlaceStore(file string) *placeStore {
	s := &placeStore{TokenLocker: ninchat.FileTokenStore(file), path: file + ".places"}
	s.places.makeMaps()
	return s
}

// Load reads the files, if there are any. They are locked: nobody changes them any more.
func (s *placeStore) Load(ctx context.Context) (ninchat.Token, error) {
	text, err := textfile.ReadText(ctx, s.path, textfile.Options{Limit: maxPlaces, Regular: true})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return ninchat.Token{}, err
	}
	var places storedPlaces
	if err == nil && json.Unmarshal(text, &places) != nil {
		return ninchat.Token{}, fmt.Errorf("%s isn't a file that was written by 'ninchat listen --resume'", s.path)
	}
	places.makeMaps()
	s.mu.Lock()
	s.places = places
	s.mu.Unlock()
	s.began, err = s.TokenLocker.Load(ctx)
	return s.began, err
}

func (p *storedPlaces) makeMaps() {
	if p.Channels == nil {
		p.Channels = make(map[string]string)
	}
	if p.Dialogues == nil {
		p.Dialogues = make(map[string]string)
	}
}

// all returns how far each conversation has been printed.
func (s *placeStore) all() map[conversation]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[conversation]string)
	for id, seen := range s.places.Channels {
		all[conversation{channelID: id}] = seen
	}
	for id, seen := range s.places.Dialogues {
		all[conversation{userID: id}] = seen
	}
	return all
}

// isBehind reports whether something was missed and not printed.
func (s *placeStore) isBehind() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.places.Behind
}

// setBehind notes whether it is so, at once.
func (s *placeStore) setBehind(behind bool) error {
	s.mu.Lock()
	s.places.Behind = behind
	s.mu.Unlock()
	return s.write()
}

// note says how far a conversation has been printed.
func (s *placeStore) note(c conversation, seen string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.channelID != "" {
		s.places.Channels[c.channelID] = seen
	} else {
		s.places.Dialogues[c.userID] = seen
	}
}

// Save writes the places after the token: what they tell has been printed in any
// case.
func (s *placeStore) Save(ctx context.Context, token ninchat.Token) error {
	err := s.TokenLocker.Save(ctx, token)
	if err == nil {
		err = s.write()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsaved = err
	return err
}

// saved returns why the latest token isn't in the file, nil if it is.
func (s *placeStore) saved() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsaved != nil {
		return fmt.Errorf("--resume: the session couldn't be saved: %w", s.unsaved)
	}
	return nil
}

// write replaces the file at once.
func (s *placeStore) write() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	text, err := json.Marshal(&s.places, json.Deterministic(true))
	s.mu.Unlock()
	if err != nil {
		return err
	}
	path, err := textfile.Replaceable(s.path)
	if err != nil {
		return err
	}
	// Only the owner can use files made by CreateTemp.
	file, err := os.CreateTemp(filepath.Dir(path), ".places-*")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}
