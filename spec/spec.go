package spec

// Reference is the address of the published API reference. The Anchor of an
// action or event is to be appended to it.
const Reference = "https://ninchat.com/docs/api"

// Domain is a group of actions and events that belong together, with the
// objects, entities and enumerations that were first needed there.
type Domain struct {
	// Name is the name of the domain: "channel".
	Name string
	// Doc is a sentence about the domain.
	Doc string
	// Actions has the domain's actions, in the order of the API reference.
	Actions []Action
	// Events has the domain's events, in the order of the API reference.
	Events []Event
	// Objects has the structures of the domain.
	Objects []Object
	// Entities has the things of the domain that have attributes.
	Entities []Entity
	// Enums has the domain's enumerations.
	Enums []Enum
}

// Action describes an action: a request from the client to the server.
type Action struct {
	// Name is the name of the action: "send_message".
	Name string
	// Doc is a sentence about the action.
	Doc string
	// Note has details: limits, and decisions where the sources differ. It is
	// empty or made of complete sentences.
	Note string
	// Anchor is the place in the API reference: "#send_message". It is empty
	// for undocumented actions.
	Anchor string
	// Params has the parameters, without the envelope and puppet_id.
	Params []Param
	// Choices has the rules about parameters that depend on each other.
	Choices []Choice
	// ActionID says whether the action takes an action_id.
	ActionID Use
	// Puppet says that the action takes a puppet_id, and so can be done by the
	// master user on behalf of a puppet.
	Puppet bool
	// Session says whether a session is needed.
	Session Session
	// Scope says where the action can be done.
	Scope Scope
	// Payload says whether the action has payload parts.
	Payload Payload
	// PayloadDoc is a sentence about the payload, empty if there is none.
	PayloadDoc string
	// Replies has the names of the events that may answer the action.
	Replies []string
	// Rule says how many of the replies come, and when.
	Rule Rule
	// ReadOnly says that the action changes nothing, so that repeating it is
	// harmless.
	ReadOnly bool
	// Public says that the action shows what everybody may see, so that callers
	// needn't give credentials.
	Public bool
	// Deprecated says that the action should no longer be used.
	Deprecated bool
	// Undocumented says that the API reference doesn't have the action.
	Undocumented bool
}

// Event describes an event: a message from the server to the client.
type Event struct {
	// Name is the name of the event: "message_received".
	Name string
	// Doc is a sentence about the event.
	Doc string
	// Note has details, like that of [Action].
	Note string
	// Anchor is the place in the API reference, empty for undocumented events.
	Anchor string
	// Params has the parameters, without the envelope.
	Params []Param
	// ActionID says whether the event carries an action_id.
	ActionID Use
	// Connection says that the event may concern the connection instead of the
	// session; it has no event_id then.
	Connection bool
	// Payload says whether the event has payload parts.
	Payload Payload
	// PayloadDoc is a sentence about the payload, empty if there is none.
	PayloadDoc string
	// Deprecated says that the event answers a deprecated action.
	Deprecated bool
	// Undocumented says that the API reference doesn't have the event.
	Undocumented bool
}

// Param describes a parameter of an action or event, or a member of an object.
type Param struct {
	// Name is the name of the parameter: "channel_id".
	Name string
	// Type is its type.
	Type Type
	// Structure is what an object, or each object of an array, looks like. It
	// names an object, or attributes or settings ("channel_attrs",
	// "user_settings"). It is empty if nothing is known or the type says all.
	Structure string
	// NonNegative says that a number can't be below 0, like counts, sizes,
	// durations and points in time. A TypeTime never can.
	NonNegative bool
	// Required says that the parameter is always there.
	Required bool
	// Secret says that the value must not be shown or logged.
	Secret bool
	// Deprecated says that the parameter should no longer be used.
	Deprecated bool
	// Undocumented says that the API reference doesn't have the parameter.
	Undocumented bool
	// Enum names the enumeration of the values that are known, if any.
	Enum string
	// Condition completes "Present when …" for the optional parameters of
	// events.
	Condition string
	// Doc is a sentence about the parameter.
	Doc string
	// Note has details, like that of [Action].
	Note string
}

// Object describes a structure of JSON values.
type Object struct {
	// Name is the name by which parameters refer to the structure.
	Name string
	// Kind says which of the other fields apply.
	Kind Kind
	// Doc is a sentence about the object.
	Doc string
	// Note has details, like that of [Action].
	Note string
	// Params has the members of a KindStruct object.
	Params []Param
	// Open says that a KindStruct object may have other members too.
	Open bool
	// Key says what the names of the members of a KindMap object are.
	Key string
	// Item describes the values of a KindMap or KindList object. It has no
	// name.
	Item Param
	// Nullable says that the values of a KindMap or KindList object may be null.
	Nullable bool
	// Union has the structures of which a KindUnion object has the members.
	Union []string
}

// Kind is the kind of an [Object].
type Kind uint8

const (
	// KindStruct objects have fixed members.
	KindStruct Kind = iota
	// KindMap objects have any number of members of the same form.
	KindMap
	// KindList is an array of values of the same form.
	KindList
	// KindUnion objects have the attributes of one of several entities.
	KindUnion
)

// Entity is something that has attributes, and maybe settings. The structure
// of its attributes is called after it: "channel_attrs" for the entity channel.
// The same goes for settings: "user_settings".
type Entity struct {
	// Name is the name of the entity: "channel", "channel_member".
	Name string
	// Doc is a sentence about the entity.
	Doc string
	// Anchor is the place in the API reference, empty if it has none.
	Anchor string
	// Attrs has the attributes.
	Attrs []Attr
	// Settings has those settings that have a meaning. Others may be set to
	// any value.
	Settings []Attr
	// SettingsWritableBy says who may change the settings. It is empty if the
	// entity has no settings.
	SettingsWritableBy string
}

// Attr describes an attribute or setting.
type Attr struct {
	// Name is the name of the attribute: "topic".
	Name string
	// Type is its type.
	Type Type
	// Structure is what an object looks like, as in [Param].
	Structure string
	// NonNegative says that a number can't be below 0, as in [Param].
	NonNegative bool
	// Initable says that the attribute may be given when the entity is created.
	Initable bool
	// Settable says that the attribute may be changed later.
	Settable bool
	// Unsettable says that the attribute may be removed, by setting it to null.
	Unsettable bool
	// WritableBy says who may set and unset the attribute, "" if nobody.
	WritableBy string
	// InitableBy says who may give the attribute at creation, when that isn't
	// the same as WritableBy.
	InitableBy string
	// UnsettableBy says who may remove the attribute, when that isn't the same
	// as WritableBy.
	UnsettableBy string
	// VisibleTo says who gets to see the attribute, "" if everybody who sees
	// the entity. The API reference calls such attributes privileged.
	VisibleTo string
	// Undocumented says that the API reference doesn't have the attribute.
	Undocumented bool
	// Enum names the enumeration of the values that are known, if any.
	Enum string
	// Doc is a sentence about the attribute.
	Doc string
	// Note has details, like that of [Action].
	Note string
}

// Enum is an enumeration: the values known for some parameters, attributes or
// members. There may be others.
type Enum struct {
	// Name is the name of the enumeration: "dialogue_status".
	Name string
	// Doc is a sentence about the enumeration.
	Doc string
	// Values has the known values.
	Values []EnumValue
}

// EnumValue is a value of an [Enum].
type EnumValue struct {
	// Value is the value: "hidden". Integers are written in decimal.
	Value string
	// Doc is a sentence about the value.
	Doc string
	// Deprecated says that the value should no longer be used.
	Deprecated bool
	// Undocumented says that the API reference doesn't have the value.
	Undocumented bool
}

// ErrorTypesAnchor is the place of all error types in the API reference.
const ErrorTypesAnchor = "#error-types"

// ErrorType describes a type of error event.
type ErrorType struct {
	// Name is the value of error_type: "channel_not_found".
	Name string
	// Doc is a sentence about the error.
	Doc string
}

// Choice is a rule about parameters that depend on each other.
type Choice struct {
	// Rule is the rule.
	Rule ChoiceRule
	// Names has the names of the parameters.
	Names []string
}

// ChoiceRule says how many of some parameters are needed.
type ChoiceRule uint8

const (
	// ExactlyOne of the parameters is needed.
	ExactlyOne ChoiceRule = iota
	// AtMostOne of the parameters is allowed.
	AtMostOne
	// AtLeastOne of the parameters is needed.
	AtLeastOne
	// Together means that all of the parameters are needed, or none.
	Together
)

// Session says whether an action needs a session.
type Session uint8

const (
	// SessionRequired is said of actions that are done in a session, or
	// without one by a caller who gives credentials: see also [Action.Public].
	SessionRequired Session = iota
	// SessionOptional is said of actions that also work without session and
	// credentials.
	SessionOptional
	// SessionNone is said of the action that begins a session.
	SessionNone
)

// Scope says where an action can be done.
type Scope uint8

const (
	// ScopeAny is said of actions that can be done in a session, and by a call
	// without one.
	ScopeAny Scope = iota
	// ScopeSession is said of actions about the session that they are done in:
	// there is no calling them without one.
	ScopeSession
	// ScopeLifecycle is said of actions with which a session begins, goes on
	// and ends. Sessions of this library send them by themselves, and calls
	// without a session can't have them.
	ScopeLifecycle
)

// Use says whether something is there.
type Use uint8

const (
	// Never there, or not mentioned by the API reference.
	Never Use = iota
	// Optional: may be there.
	Optional
	// Always there. For the action_id of actions this is what the API
	// reference demands; servers do without, and then leave it out of replies.
	Always
)

// Payload says whether an action or event has payload parts.
type Payload uint8

const (
	// PayloadNone means that there is no payload.
	PayloadNone Payload = iota
	// PayloadOptional means that there may be a payload.
	PayloadOptional
	// PayloadRequired means that there is at least one part, which may be
	// empty.
	PayloadRequired
)

// Rule says which of its reply events answer an action.
type Rule uint8

const (
	// RuleOne means that the only reply event comes once.
	RuleOne Rule = iota
	// RuleOneWithActionID is like RuleOne, but there is no reply to an action
	// without action_id.
	RuleOneWithActionID
	// RuleOneOf means that one of the reply events comes once.
	RuleOneOf
	// RuleAll means that each reply event that applies comes once, the first
	// one always.
	RuleAll
	// RuleSequence means that the first reply event comes once, and then the
	// second one any number of times, counted down by history_length.
	RuleSequence
	// RuleRepeated means that the reply event comes at least once; the last
	// one has no results.
	RuleRepeated
	// RuleNone means that there is no reply.
	RuleNone
)
