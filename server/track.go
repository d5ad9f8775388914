package server

import (
	"slices"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// Track is what a client has told by the action track.
type Track struct {
	// Time is when it was told.
	Time time.Time
	// UserID is who told it.
	UserID string
	// RealmID, QueueIDs, Stage and Metadata are what was told.
	RealmID  string
	QueueIDs []string
	Stage    string
	Metadata api.Object
}

// maxTracks is how many of them are kept; older ones are forgotten.
const maxTracks = 1000

// Tracks returns what clients have told by the action track, the newest last. The
// last 1,000 are kept.
func (s *Server) Tracks() []Track {
	s.hub.lock()
	defer s.hub.unlock()
	return slices.Clone(s.hub.tracks)
}

// track takes down what a visitor does. The API reference doesn't say what stages
// and metadata there are, so that nothing is made of it.
func (c *call) track(a *api.Track) *failure {
	h := c.hub
	r, why := c.realm(a.RealmID)
	if why != nil {
		return why
	}
	if len(a.TrackMetadata) > maxSettings {
		return fail(api.ErrRequestMalformed, "track_metadata: longer than %d bytes", maxSettings)
	}
	if len(a.QueueIDs) > maxQueueIDs {
		return fail(api.ErrRequestMalformed, "queue_ids: more than %d", maxQueueIDs)
	}
	if len(h.tracks) >= maxTracks {
		h.tracks = slices.Delete(h.tracks, 0, len(h.tracks)-maxTracks+1)
	}
	h.tracks = append(h.tracks, Track{
		Time: h.clock.Now(), UserID: c.user.id, RealmID: r.id,
		QueueIDs: a.QueueIDs, Stage: a.TrackStage, Metadata: slices.Clone(a.TrackMetadata),
	})
	c.reply(new(api.Ack))
	return nil
}
