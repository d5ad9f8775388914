package spec

import "sync"

// shape is what a value must look like: the tables in the form that the checker
// needs.
type shape struct {
	typ Type
	// nonNegative says that numbers must not be below 0.
	nonNegative bool
	// members is for objects with fixed members, nil for others.
	members *memberSet
	// item is for the values of maps and lists, nil if they may be anything.
	item *shape
	// nullable says that these values may be null.
	nullable bool
}

// memberSet has the members of an object. There are at most 64, so that a word
// can say which of them were there.
type memberSet struct {
	noun     string // what the members are called
	members  []member
	index    map[string]uint8
	required uint64
	choices  []choiceSet
	open     bool // other members are always fine
}

type member struct {
	name  string
	shape *shape
	// attr says that null means to unset the member, if it is unsettable.
	attr, unsettable bool
	// text is the only right value of a string, "" if there isn't any such.
	text string
}

// choiceSet is a choice among members of a memberSet.
type choiceSet struct {
	*Choice
	members uint64
}

func newMemberSet(noun string) *memberSet {
	return &memberSet{noun: noun, index: make(map[string]uint8)}
}

// add adds a member, unless there is one of that name.
func (s *memberSet) add(m member, required bool) {
	if _, ok := s.index[m.name]; ok {
		return
	}
	if required {
		s.required |= 1 << len(s.members)
	}
	s.index[m.name] = uint8(len(s.members))
	s.members = append(s.members, m)
}

func (s *memberSet) addParams(params []Param, shapes shapes) {
	for i := range params {
		param := &params[i]
		s.add(member{name: param.Name, shape: shapes.of(param.Type, param.Structure, param.NonNegative)}, param.Required)
	}
}

func (s *memberSet) addAttrs(attrs []Attr, shapes shapes) {
	for i := range attrs {
		attr := &attrs[i]
		s.add(member{
			name:       attr.Name,
			shape:      shapes.of(attr.Type, attr.Structure, attr.NonNegative),
			attr:       true,
			unsettable: attr.Unsettable,
		}, false)
	}
}

func (s *memberSet) addChoices(choices []Choice) {
	for i := range choices {
		choice := choiceSet{Choice: &choices[i]}
		for _, name := range choice.Names {
			choice.members |= 1 << s.index[name]
		}
		s.choices = append(s.choices, choice)
	}
}

// shapes has the shapes of structures, by name.
type shapes map[string]*shape

// of returns the shape of a value of a type and structure.
func (s shapes) of(typ Type, structure string, nonNegative bool) *shape {
	if structure == "" {
		return &shape{typ: typ, nonNegative: nonNegative || typ == TypeTime}
	}
	return s[structure]
}

// actionShapes, eventShapes and structureShapes are made when they are needed
// first.
var (
	actionShapes = sync.OnceValue(func() shapes {
		all := make(shapes)
		for action := range Actions() {
			all[action.Name] = headerShape("action", action.Name, action.Params, actionEnvelope[:], action.Choices)
		}
		return all
	})
	eventShapes = sync.OnceValue(func() shapes {
		all := make(shapes)
		for event := range Events() {
			all[event.Name] = headerShape("event", event.Name, event.Params, eventEnvelope[:], nil)
		}
		return all
	})
	structureShapes = sync.OnceValue(makeStructureShapes)
)

// headerShape is the shape of the header of an action or event. Parameters of
// its own go before those of the envelope that have the same name.
func headerShape(kind, name string, params, envelope []Param, choices []Choice) *shape {
	set := newMemberSet("parameter")
	set.add(member{name: kind, shape: &shape{typ: TypeString}, text: name}, false)
	set.addParams(params, structureShapes())
	set.addParams(envelope, structureShapes())
	set.addChoices(choices)
	return &shape{typ: TypeObject, members: set}
}

// makeStructureShapes makes the shapes of all structures. They refer to each
// other, so that all are allocated before they are filled in.
func makeStructureShapes() shapes {
	all := make(shapes)
	for object := range Objects() {
		all[object.Name] = new(shape)
	}
	for entity := range Entities() {
		all[entity.AttrsName()] = new(shape)
		if entity.HasSettings() {
			all[entity.SettingsName()] = new(shape)
		}
	}
	for object := range Objects() {
		*all[object.Name] = objectShape(object, all)
	}
	for entity := range Entities() {
		*all[entity.AttrsName()] = attrsShape("attribute", false, all, entity.Attrs)
		if entity.HasSettings() {
			*all[entity.SettingsName()] = attrsShape("setting", true, all, entity.Settings)
		}
	}
	return all
}

func attrsShape(noun string, open bool, all shapes, tables ...[]Attr) shape {
	set := newMemberSet(noun)
	set.open = open
	for _, attrs := range tables {
		set.addAttrs(attrs, all)
	}
	return shape{typ: TypeObject, members: set}
}

func objectShape(object *Object, all shapes) shape {
	switch object.Kind {
	case KindStruct:
		set := newMemberSet("member")
		set.open = object.Open
		set.addParams(object.Params, all)
		return shape{typ: TypeObject, members: set}
	case KindUnion:
		return attrsShape("attribute", false, all, unionTables(object)...)
	default:
		return shape{
			typ:      containerType(object),
			item:     all.of(object.Item.Type, object.Item.Structure, object.Item.NonNegative),
			nullable: object.Nullable,
		}
	}
}

func unionTables(object *Object) [][]Attr {
	var tables [][]Attr
	for _, structure := range object.Union {
		attrs, _ := LookUpAttrs(structure)
		tables = append(tables, attrs)
	}
	return tables
}

// containerType is the type of a KindMap or KindList object.
func containerType(object *Object) Type {
	switch {
	case object.Kind == KindMap:
		return TypeObject
	case object.Item.Type == TypeObject:
		return TypeObjectArray
	default:
		return TypeArray
	}
}
