package server

import (
	"iter"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
)

// entity is something that a store keeps as a record. Whoever changes what is in
// the record, or makes or removes the entity, calls hub.touch in the same breath.
// An entity must be comparable: a pointer, or a small struct.
type entity interface {
	// row names the record. It stays the same for ever, even when the entity is
	// no more.
	row() row
	// record returns what is kept, to be encoded as JSON; nil if the entity is
	// no more. The state is locked.
	record(*hub) any
}

// referrer is an entity whose record refers to parcels.
type referrer interface {
	entity
	// refersTo returns the parcels that the record refers to, in any order. It is
	// called before record.
	refersTo() []*parcel
}

// row names a record.
type row struct{ kind, key string }

// keyOf makes a key of parts that may have anything in them.
func keyOf(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = url.PathEscape(part)
	}
	return strings.Join(escaped, "/")
}

// entityKind is a kind of entities.
type entityKind struct {
	name string
	// version is that of the record's form. A server refuses the records of
	// versions that it doesn't know.
	version int
	// all goes through the entities that there are.
	all func(*hub) iter.Seq[entity]
	// load makes an entity of a record.
	load func(*loader, []byte) error
}

// entityKinds has what is kept. A kind is loaded after those that it refers to.
func entityKinds() []entityKind {
	return []entityKind{
		{"secrets", 1, allSecrets, loading((*loader).secrets)},
		{"counter", 1, allCounters, loading((*loader).counter)},
		{"parcel", 1, allParcels, loading((*loader).parcel)},
		{"user", 1, allUsers, loading((*loader).user)},
		{"icon", 1, allIcons, loading((*loader).icon)},
		{"file", 1, allFiles, loading((*loader).file)},
		{"filecontent", 1, allFileContents, loading((*loader).fileContent)},
		{"identity", 1, allIdentities, loading((*loader).identity)},
		{"access", 1, allAccesses, loading((*loader).access)},
		{"mail", 1, allMails, loading((*loader).mail)},
		{"realm", 1, allRealms, loading((*loader).realm)},
		{"realmmember", 1, allRealmMembers, loading((*loader).realmMember)},
		{"masterkey", 1, allMasterKeys, loading((*loader).masterKey)},
		{"subject", 1, allSubjects, loading((*loader).subject)},
		{"signature", 1, allSpent, loading((*loader).spent)},
		{"forgotten", 1, allForgotten, loading((*loader).forgotten)},
		{"tag", 1, allTags, loading((*loader).tag)},
		{"channel", 1, allChannels, loading((*loader).channel)},
		{"member", 1, allMembers, loading((*loader).member)},
		{"dialogue", 1, allDialogues, loading((*loader).dialogue)},
		{"message", 1, allMessages, loading((*loader).message)},
		{"queue", 1, allQueues, loading((*loader).queue)},
		{"hour", 1, allHours, loading((*loader).hour)},
		{"audience", 1, allAudiences, loading((*loader).audience)},
		{"session", 1, allSessions, loading((*loader).session)},
		{"acknowledged", 1, allAcknowledged, loading((*loader).acknowledged)},
		{"delivery", 1, allDeliveries, loading((*loader).delivery)},
		{"action", 1, allActions, loading((*loader).action)},
		{"lost", 1, allLost, loading((*loader).lostAction)},
	}
}

// loading makes a function that loads records of what loads typed ones.
func loading[T any](load func(*loader, *T) error) func(*loader, []byte) error {
	return func(l *loader, text []byte) error {
		record := new(T)
		if err := json.Unmarshal(text, record, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		return load(l, record)
	}
}

// encodeRecord makes a value of a record.
func encodeRecord(record any) ([]byte, error) {
	return json.Marshal(record, json.Deterministic(true))
}
