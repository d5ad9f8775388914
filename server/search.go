package server

import (
	"cmp"
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/ninchat-community/ninchat/api"
)

const (
	// maxSearchTerm bounds what is searched for, in bytes.
	maxSearchTerm = 256
	// maxSearchedName is how much of a name is looked at, in bytes: a name that is
	// all words would be compared for long.
	maxSearchedName = 256
	// maxResults is how many users, and how many channels, are found at most, and
	// pageOfResults how many of them an event brings.
	maxResults    = 100
	pageOfResults = 25
)

// result is something that was found.
type result[T any] struct {
	what   T
	id     string
	weight float64
}

// results gathers the best of what was found.
type results[T any] []result[T]

func (r *results[T]) add(what T, id string, weight float64) {
	if weight > 0 {
		*r = append(*r, result[T]{what, id, weight})
	}
}

// best puts the best results first, and leaves out the rest.
func (r results[T]) best() results[T] {
	slices.SortFunc(r, func(a, b result[T]) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.id, b.id))
	})
	return r[:min(len(r), maxResults)]
}

// foldedPrefix returns the length of the beginning of text that is prefix but for
// case, -1 if there is none. It makes no copies, as it may be called for everybody.
func foldedPrefix(text, prefix string) int {
	rest := text
	for _, want := range prefix {
		got, size := utf8.DecodeRuneInString(rest)
		if size == 0 || got != want && unicode.ToLower(got) != unicode.ToLower(want) {
			return -1
		}
		rest = rest[size:]
	}
	return len(text) - len(rest)
}

// matchWeight is from 0, no match, to 1, the very name. The beginning of the name
// counts more than that of another word in it, and more of it more than less.
func matchWeight(name, term string) float64 {
	name = name[:min(len(name), maxSearchedName)]
	for i := range name {
		inWord := i > 0 && name[i-1] != ' '
		if inWord {
			continue
		}
		n := foldedPrefix(name[i:], term)
		if n < 0 {
			continue
		}
		weight := (1 + float64(n)/float64(len(name))) / 2
		if i > 0 {
			weight /= 2
		}
		return weight
	}
	return 0
}

// userWeight is how well a user matches.
func userWeight(u *user, term string) float64 {
	return max(matchWeight(u.name(), term), matchWeight(u.attrs.Realname.Or(""), term)*0.9)
}

func (c *call) search(a *api.Search) *failure {
	return c.searchFor(a.SearchTerm, a.RealmID, true, true)
}

func (c *call) searchUsers(a *api.SearchUsers) *failure {
	return c.searchFor(a.SearchTerm, a.RealmID, true, false)
}

func (c *call) searchChannels(a *api.SearchChannels) *failure {
	return c.searchFor(a.SearchTerm, a.RealmID, false, true)
}

// searchFor answers with what was found, in several events, of which the last is
// empty.
func (c *call) searchFor(term string, realmID *string, users, channels bool) *failure {
	if term == "" || len(term) > maxSearchTerm {
		return fail(api.ErrRequestMalformed, "search_term: empty, or longer than %d bytes", maxSearchTerm)
	}
	var r *realm
	if realmID != nil {
		var why *failure
		if r, why = c.realm(*realmID); why != nil {
			return why
		}
		if r.members[c.user.id] == nil {
			return fail(api.ErrPermissionDenied, "not a member of the realm").realm(r.id)
		}
	}
	if users {
		for page := range slices.Chunk(c.findUsers(r, term), pageOfResults) {
			found := make(map[string]api.UserResult, len(page))
			for _, u := range page {
				found[u.id] = api.UserResult{UserAttrs: u.what.visibleAttrs(), Weight: u.weight}
			}
			c.reply(&api.SearchResults{Users: found})
		}
	}
	if channels {
		for page := range slices.Chunk(c.findChannels(r, term), pageOfResults) {
			found := make(map[string]api.ChannelResult, len(page))
			for _, ch := range page {
				found[ch.id] = api.ChannelResult{ChannelAttrs: ch.what.visibleAttrs(), RealmID: ch.what.visibleRealm(), Weight: ch.weight}
			}
			c.reply(&api.SearchResults{Channels: found})
		}
	}
	c.reply(new(api.SearchResults))
	return nil
}

// findUsers finds the members of a realm; or if there is none, everybody but those
// guests whom the caller doesn't know.
func (c *call) findUsers(r *realm, term string) results[*user] {
	var found results[*user]
	if r != nil {
		for _, m := range r.members {
			found.add(m.user, m.user.id, userWeight(m.user, term))
		}
		return found.best()
	}
	for id, u := range c.hub.users {
		if !u.guest() && !u.deleted {
			found.add(u, id, userWeight(u, term))
		}
	}
	for _, u := range append(c.hub.acquaintances(c.user), c.user) {
		if u.guest() {
			found.add(u, u.id, userWeight(u, term))
		}
	}
	return found.best()
}

// findChannels finds the channels that aren't closed to the caller.
func (c *call) findChannels(r *realm, term string) results[*channel] {
	channels := c.hub.channels
	if r != nil {
		channels = r.channels
	}
	var found results[*channel]
	for ch := range maps.Values(channels) {
		weight := matchWeight(ch.attrs.Name.Or(""), term)
		if weight > 0 && (ch.members[c.user.id] != nil || !ch.closedTo(c.user)) {
			found.add(ch, ch.id, weight)
		}
	}
	return found.best()
}
