package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ninchat-community/ninchat/api"
)

// Seeded is what [Server.Seed] has found or made, in the order of the seed.
type Seeded []SeededItem

// SeededItem is a user, realm or the like.
type SeededItem struct {
	// Path is the place in the seed, as "realms[0].queues[1]".
	Path string `json:"path"`
	// Kind is user, identity, master_key, realm, tag, queue, channel or
	// access_key.
	Kind string `json:"kind"`
	// ID is its id, or the name of an identity; access keys have none.
	ID string `json:"id,omitzero"`
	// Name is what people call it, "" if it has no name.
	Name string `json:"name,omitzero"`
	// Made is false for what was there already, and has been left alone.
	Made bool `json:"made"`
	// Secret is the password token of a user, or the secret of a master key in
	// base64, if it was generated.
	Secret api.Secret `json:"secret,omitzero"`
}

// ID finds something by its kind and name, "" if there is no such thing.
func (s Seeded) ID(kind, name string) string {
	for _, item := range s {
		if item.Kind == kind && item.Name == name {
			return item.ID
		}
	}
	return ""
}

// Seed makes what a seed says, as if that had happened before the server was
// started: nobody is told. What is there already, by its id or else by its name, is
// left as it is, with its attributes, secrets and members; what the seed has in it
// is looked for, and made if it is missing. So seeding twice does no harm. It is all
// or nothing: if the error isn't nil, nothing has been made, and the error says
// where the seed is wrong. It may be called concurrently.
func (s *Server) Seed(seed Seed) (Seeded, error) {
	seeded, err := s.hub.seed(&seed)
	if err == nil {
		err = s.hub.awaitAllKept()
	}
	if err != nil {
		return nil, fmt.Errorf("ninchat: server: %w", err)
	}
	return seeded, nil
}

func (h *hub) seed(seed *Seed) (Seeded, error) {
	h.lock()
	defer h.unlock()
	s := &seeder{hub: h, taken: make(map[any]string)}
	if err := s.all(seed); err != nil {
		for _, undo := range slices.Backward(s.undo) {
			undo()
		}
		return nil, err
	}
	return s.items, nil
}

// seeder makes what a seed says. It has the state locked all the time.
type seeder struct {
	hub   *hub
	items Seeded
	// taken says for which place of the seed something is there.
	taken map[any]string
	// undo takes back what has been made.
	undo []func()
}

func (s *seeder) all(seed *Seed) error {
	for i := range seed.Users {
		if err := s.user(fmt.Sprintf("users[%d]", i), &seed.Users[i]); err != nil {
			return err
		}
	}
	for i := range seed.Realms {
		if err := s.realm(fmt.Sprintf("realms[%d]", i), &seed.Realms[i]); err != nil {
			return err
		}
	}
	for i := range seed.Channels {
		if err := s.channel(fmt.Sprintf("channels[%d]", i), nil, &seed.Channels[i]); err != nil {
			return err
		}
	}
	for i := range seed.AccessKeys {
		if err := s.accessKey(fmt.Sprintf("access_keys[%d]", i), &seed.AccessKeys[i]); err != nil {
			return err
		}
	}
	return nil
}

// note takes down what is there for a place of the seed. Two places can't be about
// the same thing.
func (s *seeder) note(thing any, item SeededItem) error {
	if other, ok := s.taken[thing]; ok {
		return seedError(item.Path, "is the same as "+other)
	}
	s.taken[thing] = item.Path
	s.items = append(s.items, item)
	return nil
}

// undoing remembers how to take something back.
func (s *seeder) undoing(undo func()) { s.undo = append(s.undo, undo) }

// at says that what a place of the seed asks for can't be.
func at(path string, why *failure) error {
	what := why.event.ErrorType
	if reason := valueOf(why.event.ErrorReason); reason != "" {
		// The reason may begin with the name of a parameter.
		if name, _, ok := strings.Cut(reason, ":"); ok && !strings.ContainsAny(name, " ,") {
			return fmt.Errorf("seed: %s", joinPath(path, reason))
		}
		what = reason
	}
	return seedError(path, what)
}

// maxSeedID bounds ids, in bytes.
const maxSeedID = 64

// checkID refuses ids that would be trouble elsewhere.
func checkID(path, id, name string) error {
	if id == "" && name == "" {
		return seedError(path, "needs an id or a name, to be found again")
	}
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	}
	if len(id) > maxSeedID || strings.ContainsFunc(id, odd) {
		return seedError(path+".id", fmt.Sprintf("must have up to %d letters, digits, dashes and underscores", maxSeedID))
	}
	return nil
}

// refuseAttrs refuses attributes that the server finds out by itself.
func refuseAttrs(path string, attrs any, names ...string) error {
	for name, value := range eachAttr(attrs) {
		if !attributeOf(value).IsZero() && slices.Contains(names, name) {
			return seedError(path+"."+name, "is known to the server, and can't be set")
		}
	}
	return nil
}

// only returns what there is one of, nil if there is none.
func only[T any](path, what, name string, found []*T) (*T, error) {
	if len(found) > 1 {
		return nil, seedError(path, fmt.Sprintf("there are %d %s with the name %q: use the id", len(found), what, name))
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

// idOr is the id that something has been given, or a new one.
func idOr(id string) string {
	if id == "" {
		return newID()
	}
	return id
}
