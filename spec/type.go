package spec

// Type is the type of a parameter, attribute or member.
type Type uint8

// The types, with the names that the API reference uses where it has one.
const (
	// TypeAny is any JSON value: "any".
	TypeAny Type = iota
	// TypeBool is true or false: "bool".
	TypeBool
	// TypeInt is a number within the range of int64, written without fraction
	// and exponent: "int".
	TypeInt
	// TypeFloat is a number within the range of float64: "float".
	TypeFloat
	// TypeString is a string: "string".
	TypeString
	// TypeTime is the number of seconds since the beginning of 1970, UTC, an
	// integer that isn't negative: "time".
	TypeTime
	// TypeObject is an object: "object".
	TypeObject
	// TypeStringArray is an array of strings: "string array".
	TypeStringArray
	// TypeObjectArray is an array of objects: "object array".
	TypeObjectArray
	// TypeStringOrObject is a string or an object: "string or object".
	TypeStringOrObject
	// TypeNullableStringArray is an array of strings and nulls: "string or
	// null array".
	TypeNullableStringArray
	// TypeArray is an array that a structure describes: "array".
	TypeArray
)

var typeNames = [...]string{
	TypeAny:                 "any",
	TypeBool:                "bool",
	TypeInt:                 "int",
	TypeFloat:               "float",
	TypeString:              "string",
	TypeTime:                "time",
	TypeObject:              "object",
	TypeStringArray:         "string array",
	TypeObjectArray:         "object array",
	TypeStringOrObject:      "string or object",
	TypeNullableStringArray: "string or null array",
	TypeArray:               "array",
}

// String returns the name of the type.
func (t Type) String() string { return nameOf(typeNames[:], t) }

var ruleNames = [...]string{
	RuleOne:             "one",
	RuleOneWithActionID: "one_or_none_without_action_id",
	RuleOneOf:           "one_of",
	RuleAll:             "all_applicable",
	RuleSequence:        "sequence",
	RuleRepeated:        "repeated",
	RuleNone:            "none",
}

// String returns a name for the rule: "one_of".
func (r Rule) String() string { return nameOf(ruleNames[:], r) }

var sessionNames = [...]string{
	SessionRequired: "required",
	SessionOptional: "optional",
	SessionNone:     "none",
}

// String returns "required", "optional" or "none".
func (s Session) String() string { return nameOf(sessionNames[:], s) }

var scopeNames = [...]string{
	ScopeAny:       "any",
	ScopeSession:   "session",
	ScopeLifecycle: "lifecycle",
}

// String returns "any", "session" or "lifecycle".
func (s Scope) String() string { return nameOf(scopeNames[:], s) }

var useNames = [...]string{Never: "never", Optional: "optional", Always: "always"}

// String returns "never", "optional" or "always".
func (u Use) String() string { return nameOf(useNames[:], u) }

var payloadNames = [...]string{
	PayloadNone:     "none",
	PayloadOptional: "optional",
	PayloadRequired: "required",
}

// String returns "none", "optional" or "required".
func (p Payload) String() string { return nameOf(payloadNames[:], p) }

var choiceNames = [...]string{
	ExactlyOne: "exactly one of",
	AtMostOne:  "at most one of",
	AtLeastOne: "at least one of",
	Together:   "all or none of",
}

// String returns the beginning of a sentence: "exactly one of".
func (r ChoiceRule) String() string { return nameOf(choiceNames[:], r) }

var kindNames = [...]string{
	KindStruct: "struct",
	KindMap:    "map",
	KindList:   "list",
	KindUnion:  "union",
}

// String returns "struct", "map", "list" or "union".
func (k Kind) String() string { return nameOf(kindNames[:], k) }

func nameOf[T ~uint8](names []string, value T) string {
	if int(value) >= len(names) {
		return "invalid"
	}
	return names[value]
}
