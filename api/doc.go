// Package api is the typed Ninchat API: a struct for each action, event,
// object and attribute set, a method for each action, and typed errors.
//
// Most of the package is generated from the tables of package spec. The
// hand-written part is the seam that everything goes through: an [Invoker]
// sends an [Action] and hands over the [Event] values that answer it. A
// session is an Invoker; so is a test double, and so is middleware that wraps
// one:
//
//	func logged(next api.Invoker) api.Invoker {
//		return api.InvokerFunc(func(ctx context.Context, a *api.Action, reply func(*api.Event) bool) error {
//			slog.InfoContext(ctx, "action", "name", a.Name)
//			return next.Invoke(ctx, a, reply)
//		})
//	}
//
// [Client] has the typed methods. It is a thin value over an Invoker.
//
// # Values
//
// Required parameters are plain values. Optional ones are pointers, slices,
// maps or raw JSON, and are left out when nil: new("text") makes a pointer.
// Attributes and settings are of type [Attr], which says leave, set or unset.
// Everything that a struct has no field for is kept in its Unknown field and
// written out again. JSON null counts as absent, except for attributes. Values
// of another type than they should be are errors.
//
// Passwords, tokens, keys and signatures are of type [Secret], which isn't
// shown by formatting and logging.
//
// # Events
//
// [Event.Typed] and [As] decode an event into its struct. An event, error type
// or value of an enumeration that this package doesn't know is no mistake: it
// is passed on as it is.
//
// A server goes the other way: [Action.Typed] decodes an action, and
// [NewEvent] encodes an event.
package api

//go:generate go run ../internal/gen -out . -docs ../docs/reference
