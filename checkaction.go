package ninchat

import (
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/spec"
)

// CheckAction checks an action against the tables of package spec, strictly. It
// is for Config.Check and CallerConfig.Check. It returns nil, or a *[spec.Error]
// about the first mistake: an action or parameter that doesn't exist, one that is
// required and missing, a value of a wrong type at any depth, parameters that
// don't go together. Path is the name of the parameter, with what is in it:
// "channel_attrs.name". The payload isn't checked. It can be called concurrently.
//
// The tables are those that this version of the library was made with: what the
// API has got since then is refused.
func CheckAction(action *api.Action) error {
	params := []byte(action.Params)
	if params == nil {
		params = []byte("{}")
	}
	return spec.CheckAction(action.Name, params, spec.Strict)
}

// actionCheck is a Config.Check, which may be nil.
type actionCheck func(*api.Action) error

// check has an action checked.
func (c actionCheck) check(action *api.Action) error {
	if c == nil {
		return nil
	}
	if err := c(action); err != nil {
		return &ActionError{action.Name, err}
	}
	return nil
}
