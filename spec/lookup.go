package spec

import (
	"iter"
	"slices"
	"strings"
	"sync"
)

// domains has all domains, in the order of their first appearance in the API
// reference.
var domains = [...]*Domain{
	&sessionDomain,
	&userDomain,
	&identityDomain,
	&dialogueDomain,
	&channelDomain,
	&realmDomain,
	&queueDomain,
	&audienceDomain,
	&memberDomain,
	&messageDomain,
	&historyDomain,
	&accessDomain,
	&masterKeyDomain,
	&fileDomain,
	&transcriptDomain,
	&tagDomain,
	&iceDomain,
	&searchDomain,
	&trackDomain,
}

// Domains goes through all domains.
func Domains() iter.Seq[*Domain] { return slices.Values(domains[:]) }

// Actions goes through all actions.
func Actions() iter.Seq[*Action] { return all(func(d *Domain) []Action { return d.Actions }) }

// Events goes through all events.
func Events() iter.Seq[*Event] { return all(func(d *Domain) []Event { return d.Events }) }

// Objects goes through all objects.
func Objects() iter.Seq[*Object] { return all(func(d *Domain) []Object { return d.Objects }) }

// Entities goes through all entities.
func Entities() iter.Seq[*Entity] { return all(func(d *Domain) []Entity { return d.Entities }) }

// Enums goes through all enumerations, except that of the error types.
func Enums() iter.Seq[*Enum] { return all(func(d *Domain) []Enum { return d.Enums }) }

// ErrorTypes goes through all types of error events.
func ErrorTypes() iter.Seq[*ErrorType] { return pointers(errorTypes) }

// LookUpAction returns the action called name.
func LookUpAction(name string) (action *Action, ok bool) { return find(actionIndex, name) }

// LookUpEvent returns the event called name.
func LookUpEvent(name string) (event *Event, ok bool) { return find(eventIndex, name) }

// LookUpObject returns the object called name. It doesn't find attributes and
// settings: see [LookUpAttrs].
func LookUpObject(name string) (object *Object, ok bool) { return find(objectIndex, name) }

// LookUpEntity returns the entity called name.
func LookUpEntity(name string) (entity *Entity, ok bool) { return find(entityIndex, name) }

// LookUpEnum returns the enumeration called name.
func LookUpEnum(name string) (enum *Enum, ok bool) { return find(enumIndex, name) }

// LookUpErrorType returns the type of error called name.
func LookUpErrorType(name string) (errorType *ErrorType, ok bool) {
	return find(errorTypeIndex, name)
}

// LookUpAttrs returns the attributes or settings that a structure is made of:
// those of the entity channel for "channel_attrs".
func LookUpAttrs(structure string) (attrs []Attr, ok bool) {
	if name, isAttrs := strings.CutSuffix(structure, attrsSuffix); isAttrs {
		if entity, ok := LookUpEntity(name); ok {
			return entity.Attrs, true
		}
	}
	if name, isSettings := strings.CutSuffix(structure, settingsSuffix); isSettings {
		if entity, ok := LookUpEntity(name); ok && entity.HasSettings() {
			return entity.Settings, true
		}
	}
	return nil, false
}

const (
	attrsSuffix    = "_attrs"
	settingsSuffix = "_settings"
)

// AttrsName is the name of the structure of the entity's attributes:
// "channel_attrs".
func (e *Entity) AttrsName() string { return e.Name + attrsSuffix }

// SettingsName is the name of the structure of the entity's settings:
// "user_settings". It has no meaning if the entity has no settings.
func (e *Entity) SettingsName() string { return e.Name + settingsSuffix }

// HasSettings reports whether the entity has settings.
func (e *Entity) HasSettings() bool { return e.SettingsWritableBy != "" }

// Param returns the parameter called name.
func (a *Action) Param(name string) (param *Param, ok bool) { return findParam(a.Params, name) }

// Param returns the parameter called name.
func (e *Event) Param(name string) (param *Param, ok bool) { return findParam(e.Params, name) }

// Param returns the member called name of a KindStruct object.
func (o *Object) Param(name string) (param *Param, ok bool) { return findParam(o.Params, name) }

func findParam(params []Param, name string) (*Param, bool) {
	for i := range params {
		if params[i].Name == name {
			return &params[i], true
		}
	}
	return nil, false
}

var (
	actionIndex    = index(Actions, func(a *Action) string { return a.Name })
	eventIndex     = index(Events, func(e *Event) string { return e.Name })
	objectIndex    = index(Objects, func(o *Object) string { return o.Name })
	entityIndex    = index(Entities, func(e *Entity) string { return e.Name })
	enumIndex      = index(Enums, func(e *Enum) string { return e.Name })
	errorTypeIndex = index(ErrorTypes, func(t *ErrorType) string { return t.Name })
)

// index makes a function that returns an index by name, which is built when it
// is needed first.
func index[T any](all func() iter.Seq[*T], name func(*T) string) func() map[string]*T {
	return sync.OnceValue(func() map[string]*T {
		entries := make(map[string]*T)
		for entry := range all() {
			entries[name(entry)] = entry
		}
		return entries
	})
}

func find[T any](entries func() map[string]*T, name string) (*T, bool) {
	entry, ok := entries()[name]
	return entry, ok
}

// all goes through a table of every domain.
func all[T any](table func(*Domain) []T) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, domain := range domains {
			for entry := range pointers(table(domain)) {
				if !yield(entry) {
					return
				}
			}
		}
	}
}

func pointers[T any](entries []T) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for i := range entries {
			if !yield(&entries[i]) {
				return
			}
		}
	}
}
