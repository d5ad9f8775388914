package server

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/textfile"
)

// Seed is what a server is to begin with: users, what they own, and what they
// belong to. See [Server.Seed], and [ParseSeed] for its form in a file.
//
// Everything in it needs an id, or a name by which it is found again. Where a user,
// realm or channel is referred to, it is by one of these too; names must be
// unambiguous then.
type Seed struct {
	Users      []SeedUser      `json:"users,omitzero"`
	Realms     []SeedRealm     `json:"realms,omitzero"`
	Channels   []SeedChannel   `json:"channels,omitzero"`
	AccessKeys []SeedAccessKey `json:"access_keys,omitzero"`
}

// SeedUser is a user. ID, or the name in Attrs, is needed. Without Auth, a password
// token is generated. Unlike those who come by themselves, the user isn't a guest
// unless Attrs say so.
type SeedUser struct {
	ID         string           `json:"id,omitzero"`
	Auth       api.Secret       `json:"user_auth,omitzero"`
	Attrs      api.UserAttrs    `json:"user_attrs,omitzero"`
	Settings   api.UserSettings `json:"user_settings,omitzero"`
	Identities []SeedIdentity   `json:"identities,omitzero"`
	MasterKeys []SeedMasterKey  `json:"master_keys,omitzero"`
}

// SeedIdentity is an identity of a user. It isn't pending unless Attrs say so.
// Without Auth it isn't for logging in.
type SeedIdentity struct {
	Type  string            `json:"identity_type"`
	Name  string            `json:"identity_name"`
	Auth  api.Secret        `json:"identity_auth,omitzero"`
	Attrs api.IdentityAttrs `json:"identity_attrs,omitzero"`
}

// SeedMasterKey is a master key of a user or realm. Type is "ninchat" unless it is
// given. The secret is in base64; without it one is generated.
type SeedMasterKey struct {
	Type   string     `json:"master_key_type,omitzero"`
	ID     string     `json:"master_key_id"`
	Secret api.Secret `json:"master_key_secret,omitzero"`
}

// SeedRealm is a realm. ID, or the name in Attrs, is needed, and so is Owner, who is
// a member and operator.
type SeedRealm struct {
	ID         string            `json:"id,omitzero"`
	Owner      string            `json:"owner"`
	Attrs      api.RealmAttrs    `json:"realm_attrs,omitzero"`
	Settings   api.RealmSettings `json:"realm_settings,omitzero"`
	Members    []SeedRealmMember `json:"members,omitzero"`
	MasterKeys []SeedMasterKey   `json:"master_keys,omitzero"`
	Tags       []SeedTag         `json:"tags,omitzero"`
	Queues     []SeedQueue       `json:"queues,omitzero"`
	Channels   []SeedChannel     `json:"channels,omitzero"`
}

// SeedRealmMember is a member of a realm.
type SeedRealmMember struct {
	User  string               `json:"user"`
	Attrs api.RealmMemberAttrs `json:"member_attrs,omitzero"`
}

// SeedTag is a tag, with those below it. ID, or the name in Attrs, is needed; names
// are looked for among the tags next to it.
type SeedTag struct {
	ID       string       `json:"id,omitzero"`
	Attrs    api.TagAttrs `json:"tag_attrs,omitzero"`
	Children []SeedTag    `json:"children,omitzero"`
}

// SeedQueue is a queue. ID, or the name in Attrs, is needed; names are looked for in
// the realm. Members are users who are members of the realm.
type SeedQueue struct {
	ID       string            `json:"id,omitzero"`
	Attrs    api.QueueAttrs    `json:"queue_attrs,omitzero"`
	Settings api.QueueSettings `json:"queue_settings,omitzero"`
	Members  []string          `json:"members,omitzero"`
}

// SeedChannel is a channel. ID, or the name in Attrs, is needed; names are looked for
// in the realm, or among the channels of the owner. A channel of a realm belongs to
// the owner of the realm; another one needs Owner. Without Members, the owner is a
// member and operator.
type SeedChannel struct {
	ID      string              `json:"id,omitzero"`
	Owner   string              `json:"owner,omitzero"`
	Attrs   api.ChannelAttrs    `json:"channel_attrs,omitzero"`
	Members []SeedChannelMember `json:"members,omitzero"`
}

// SeedChannelMember is a member of a channel; in a realm, one of its members.
type SeedChannelMember struct {
	User  string                 `json:"user"`
	Attrs api.ChannelMemberAttrs `json:"member_attrs,omitzero"`
}

// SeedAccessKey is an access key by which its User invites to a channel (type
// "channel"), or logs in (type "session"; with UserAttrs it makes a new user
// instead). Key is the key itself, of at least 16 characters.
type SeedAccessKey struct {
	Key         api.Secret     `json:"access_key"`
	Type        string         `json:"access_type"`
	User        string         `json:"user"`
	Channel     string         `json:"channel,omitzero"`
	Unsilence   bool           `json:"channel_unsilence,omitzero"`
	RealmMember bool           `json:"realm_member,omitzero"`
	UserAttrs   *api.UserAttrs `json:"user_attrs,omitzero"`
}

// ParseSeed understands a seed in JSON, in UTF-8 or, with a byte order mark, in UTF-16.
// Members that a seed doesn't have are refused, attributes among them; settings may have
// any names. Errors say where something is wrong, as
// "realms[0].queues[1].queue_attrs.capacity", and never quote values.
func ParseSeed(text []byte) (Seed, error) {
	text, err := textfile.Decode(text)
	if err != nil {
		return Seed{}, seedError("", err.Error())
	}
	var seed Seed
	err = json.Unmarshal(text, &seed, json.RejectUnknownMembers(true))
	if err == nil {
		err = refuseUnknown("", reflect.ValueOf(seed))
	}
	if err != nil {
		return Seed{}, seedSyntax(text, err)
	}
	return seed, nil
}

// seedSyntax says in our words what is wrong with the text of a seed.
func seedSyntax(text []byte, err error) error {
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		what := "doesn't fit here"
		switch {
		case errors.Is(err, json.ErrUnknownName):
			what = "there is nothing of that name here"
		case e.JSONKind != 0:
			what = fmt.Sprintf("%s doesn't fit here", jsonKinds(e.JSONKind))
		}
		return seedError(dotted(e.JSONPointer), what)
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		what := "isn't JSON, or ends too early"
		if errors.Is(err, jsontext.ErrDuplicateName) {
			what = "is there twice"
		}
		line := 1 + strings.Count(string(text[:min(int(e.ByteOffset), len(text))]), "\n")
		return seedError(dotted(e.JSONPointer), fmt.Sprintf("line %d: %s", line, what))
	}
	return err
}

func jsonKinds(kind jsontext.Kind) string {
	switch kind {
	case '"':
		return "a string"
	case '0':
		return "this number"
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	return kind.String()
}

// seedError is an error at a place of a seed.
func seedError(path, what string) error {
	if path == "" {
		return fmt.Errorf("seed: %s", what)
	}
	return fmt.Errorf("seed: %s: %s", path, what)
}

// dotted writes a JSON pointer as people do.
func dotted(pointer jsontext.Pointer) string {
	var path strings.Builder
	for token := range pointer.Tokens() {
		if _, err := strconv.Atoi(token); err == nil {
			path.WriteString("[" + token + "]")
			continue
		}
		if path.Len() > 0 {
			path.WriteByte('.')
		}
		path.WriteString(token)
	}
	return path.String()
}

// refuseUnknown refuses attributes that the API doesn't have, which structs of
// package api take in without complaint. Settings may have any.
func refuseUnknown(path string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return refuseUnknown(path, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := refuseUnknown(fmt.Sprintf("%s[%d]", path, i), v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if unknown, ok := value.Interface().(jsontext.Value); ok && name == "" && len(unknown) > 0 {
				return seedError(joinPath(path, firstMember(unknown)), "there is nothing of that name here")
			}
			if name == "" || isAttr(value) || strings.HasSuffix(name, "_settings") {
				continue
			}
			if err := refuseUnknown(joinPath(path, name), value); err != nil {
				return err
			}
		}
	}
	return nil
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func firstMember(object jsontext.Value) string {
	var members map[string]jsontext.Value
	_ = json.Unmarshal(object, &members) // it has been an object
	first := ""
	for name := range members {
		if first == "" || name < first {
			first = name
		}
	}
	return first
}
