package spec_test

import (
	"errors"
	"fmt"
	"math"

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

// Find out what the API calls something.
func ExampleSearch() {
	for _, result := range spec.Search("load history")[:2] {
		fmt.Println(result.Kind, result.Name+":", result.Doc)
	}
	// Output:
	// action load_history: Asks for messages that were sent earlier.
	// event history_results: Says how many messages follow in answer to load_history.
}

// See everything that has a certain name.
func ExampleLookUp() {
	for _, topic := range spec.LookUp("dialogue_status") {
		fmt.Println(topic.Kind, topic.Name)
	}
	// Output:
	// parameter dialogue_status
	// enumeration dialogue_status
}

// Help somebody who has mistyped a name.
func ExampleNearest() {
	actions := func(yield func(string) bool) {
		for action := range spec.Actions() {
			if !yield(action.Name) {
				return
			}
		}
	}
	fmt.Println(spec.Nearest("joinchanel", actions))
	// Output:
	// [join_channel]
}

// Check Go values before anything is sent.
func ExampleValidateAction() {
	err := spec.ValidateAction("join_channel", map[string]any{"channel_id": 5}, spec.Strict)
	fmt.Println(err)
	// Output:
	// channel_id: want string, got number
}

func ExampleValidate() {
	fmt.Println(spec.Validate(math.NaN(), spec.TypeFloat, "", spec.Strict))
	fmt.Println(spec.Validate(true, spec.TypeInt, "", spec.Strict))
	// Output:
	// NaN isn't a value
	// want int, got bool
}

func ExampleLookUpMessageType() {
	text, _ := spec.LookUpMessageType("ninchat.com/notice")
	fmt.Println(text.Doc, "Sent by", text.Sender+".")
	// Output:
	// Brings a text that people need not notice. Sent by operators of the channel.
}
