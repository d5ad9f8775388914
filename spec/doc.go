// Package spec says what the Ninchat API is, as plain Go tables: its actions,
// events, parameters, objects, attributes, settings, enumerations, types of
// messages and error types, with a sentence of documentation for each.
//
// Look things up by name ([LookUpAction], [LookUpEvent], [LookUpObject],
// [LookUpEntity]) or go through all of them in the order of the API reference
// ([Actions], [Events], [Domains] and so on). Everything that these functions
// return is shared and must not be changed. It may be read concurrently.
//
// [LookUp] finds whatever has a name, [Search] searches names and sentences,
// and [Nearest] guesses what a mistyped name may have meant.
//
// [CheckAction] and [CheckEvent] check a complete JSON header, and [CheckValue]
// a single value. They accept any bytes: what isn't valid is reported as an
// [Error], which says where the mistake is. [Validate], [ValidateAction] and
// [ValidateEvent] do the same for Go values.
//
// The tables follow the published API reference. Where its sources disagree,
// the note of the entry says what was chosen. Entries marked as undocumented
// are absent from the reference, but used by published client software.
package spec
