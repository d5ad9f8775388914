package server

import (
	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
)

// queueSettings are the settings that have a meaning.
type queueSettings struct {
	api.QueueSettings
	// AudienceDialogue makes audiences of the queue dialogues instead of
	// channels. The API reference doesn't say what does.
	AudienceDialogue api.Attr[bool] `json:"audience_dialogue,omitzero"`
}

// updateSettings applies an update to the settings.
func (q *queue) updateSettings(update *api.QueueSettings) (changed bool, why *failure) {
	merged, changed, why := q.settings.merged("queue_settings", update)
	if why != nil {
		return false, why
	}
	known, why := knownQueueSettings(merged)
	if why != nil {
		return false, why
	}
	q.settings, q.known = merged, known
	return changed, nil
}

func knownQueueSettings(s settings) (known queueSettings, why *failure) {
	if text := s.text(); text != nil {
		if err := json.Unmarshal(text, &known); err != nil {
			return known, fail(api.ErrRequestMalformed, "queue_settings: one doesn't fit its type")
		}
	}
	if delay, ok := known.TranscriptDeleteDelay.Get(); ok && (delay < 0 || delay > maxDeleteDelay) {
		return known, fail(api.ErrRequestMalformed, "queue_settings.transcript_delete_delay: not from 0 to %d", maxDeleteDelay)
	}
	return known, nil
}
