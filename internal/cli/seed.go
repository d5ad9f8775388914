package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/internal/textfile"
	"github.com/ninchat-community/ninchat/server"
)

// seeding is what a server is to begin with.
type seeding struct {
	seed server.Seed
	// output is the file for what has been made, "" for none, and draft what will
	// take its place.
	output string
	draft  *os.File
	// lasting means that earlier secrets in the file are good still, and earlier is
	// what is in it.
	lasting bool
	earlier server.Seeded
}

// maxSeedFile bounds what is read, in bytes.
const maxSeedFile = 64 << 20

// newSeeding reads the seed. It makes sure that there will be a place for the
// secrets, before any is made. It returns nil if nothing is to be seeded.
func newSeeding(ctx context.Context, o *serveOptions) (*seeding, error) {
	if o.seed == "" {
		return nil, nil
	}
	text, err := textfile.ReadText(ctx, o.seed, textfile.Options{Limit: maxSeedFile})
	if err != nil {
		return nil, fmt.Errorf("--seed: %w", err)
	}
	s := &seeding{output: o.seedOutput, lasting: o.state != ""}
	if s.seed, err = server.ParseSeed(text); err != nil {
		return nil, fmt.Errorf("%s: %w", o.seed, err)
	}
	if s.output != "" {
		if s.output, err = textfile.Replaceable(s.output); err == nil {
			s.earlier, err = readSeeded(ctx, s.output)
		}
		if err != nil {
			return nil, fmt.Errorf("--seed-output: %w", err)
		}
		// The file is readable by nobody else from the beginning.
		if s.draft, err = os.CreateTemp(filepath.Dir(s.output), ".seeded-*"); err != nil {
			return nil, fmt.Errorf("--seed-output: %w", err)
		}
	}
	return s, nil
}

// discard removes what hasn't been put in its place.
func (s *seeding) discard() {
	if s != nil && s.draft != nil {
		_ = s.draft.Close()
		_ = os.Remove(s.draft.Name())
		s.draft = nil
	}
}

// do seeds the server, and stores what has been made.
func (s *seeding) do(srv *server.Server) (server.Seeded, error) {
	seeded, err := srv.Seed(s.seed)
	if err != nil || s.output == "" {
		return seeded, err
	}
	if err := s.store(seeded); err != nil {
		return nil, fmt.Errorf("--seed-output: %w", err)
	}
	return seeded, nil
}

// store puts what there is into the file: with the secrets that were generated, and
// those of earlier runs if what they are for is there still.
func (s *seeding) store(seeded server.Seeded) error {
	if s.lasting {
		s.recall(seeded)
	}
	err := json.MarshalWrite(s.draft, seeded, jsontext.WithIndent("  "))
	if err == nil {
		err = s.draft.Sync()
	}
	if closeErr := s.draft.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(s.draft.Name(), s.output)
	}
	if err == nil {
		s.draft = nil
	}
	return err
}

// readSeeded reads what an earlier run has written, if it has. A file that has
// something else in it isn't replaced: it may have the only secrets that there are.
func readSeeded(ctx context.Context, path string) (server.Seeded, error) {
	text, err := textfile.ReadText(ctx, path, textfile.Options{Limit: maxSeedFile, Regular: true})
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(text) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var earlier server.Seeded
	if json.Unmarshal(text, &earlier) != nil {
		// What is wrong with it might quote it.
		return nil, fmt.Errorf("%s is there, and isn't what an earlier run has written: name another file", path)
	}
	return earlier, nil
}

// recall takes over the earlier secrets of what was there already.
func (s *seeding) recall(seeded server.Seeded) {
	for i := range seeded {
		for _, old := range s.earlier {
			if item := &seeded[i]; !item.Made && item.Kind == old.Kind && item.ID == old.ID {
				item.Secret = old.Secret
			}
		}
	}
}

// seededEvent is what programs are told about the seed.
type seededEvent struct {
	Event string       `json:"event"`
	Items []seededItem `json:"items"`
}

// seededItem is an item without its secret.
type seededItem struct {
	Path string `json:"path"`
	Kind string `json:"kind"`
	ID   string `json:"id,omitzero"`
	Name string `json:"name,omitzero"`
	Made bool   `json:"made"`
}

// saySeeded tells what the server began with, without secrets.
func (a *app) saySeeded(s *seeding, seeded server.Seeded) error {
	event, secrets := seededEvent{Event: "seeded", Items: []seededItem{}}, 0
	for _, item := range seeded {
		event.Items = append(event.Items, seededItem{item.Path, item.Kind, item.ID, item.Name, item.Made})
		if item.Made && item.Secret != "" {
			secrets++
		}
	}
	if secrets > 0 && s.output == "" {
		a.diagnose("%d of the secrets were generated, and nobody knows them: name a file for them with --seed-output", secrets)
	}
	if a.json {
		return a.printJSON(event)
	}
	text := "\n"
	for _, item := range event.Items {
		state := "made"
		if !item.Made {
			state = "was there"
		}
		text += fmt.Sprintf("%-10s %-20s %s (%s)\n", item.Kind, visible(item.Name), visible(item.ID), state)
	}
	return a.printf("%s\n", text)
}
