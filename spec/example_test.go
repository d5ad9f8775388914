package spec_test

import (
	"errors"
	"fmt"

	"github.com/ninchat-community/ninchat/spec"
)

// Look up an action and print its parameters.
func Example() {
	action, ok := spec.LookUpAction("part_channel")
	if !ok {
		return
	}
	fmt.Println(action.Doc)
	for _, param := range action.Params {
		fmt.Printf("%s (%s): %s\n", param.Name, param.Type, param.Doc)
	}
	fmt.Println("Answered by", action.Replies)
	// Output:
	// Ends the channel membership of the session's user.
	// channel_id (string): The channel.
	// Answered by [channel_parted]
}

func ExampleActions() {
	for action := range spec.Actions() {
		if action.Deprecated {
			fmt.Println(action.Name)
		}
	}
	// Output:
	// describe_master
}

// Check what a client has sent.
func ExampleCheckAction() {
	header := []byte(`{"action":"update_user","user_attrs":{"info":{"url":5}}}`)
	err := spec.CheckAction("update_user", header, spec.Tolerant)
	fmt.Println(err)

	if mistake, ok := errors.AsType[*spec.Error](err); ok {
		fmt.Println(mistake.Path, mistake.Reason)
	}
	// Output:
	// user_attrs.info.url: want string, got number
	// user_attrs.info.url type
}

// Check an event that a server is about to send.
func ExampleCheckEvent() {
	header := []byte(`{"event":"error","error_reason":"no such channel"}`)
	fmt.Println(spec.CheckEvent("error", header, spec.Strict))
	// Output:
	// error_type: required parameter is missing
}

// Check a value that somebody has typed for a parameter.
func ExampleCheckValue() {
	action, _ := spec.LookUpAction("load_history")
	param, _ := action.Param("history_length")
	fmt.Println(spec.CheckValue([]byte(`10.5`), param.Type, param.Structure, spec.Strict))
	// Output:
	// want int, got number with fraction or exponent
}

func ExampleLookUpAttrs() {
	attrs, _ := spec.LookUpAttrs("realm_member_attrs")
	for _, attr := range attrs {
		fmt.Println(attr.Name, attr.Type, "writable by", attr.WritableBy)
	}
	// Output:
	// operator bool writable by realm operators
}
