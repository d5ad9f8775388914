package main

import (
	"strings"

	"github.com/ninchat-community/ninchat/internal/reference"
)

// goName makes an exported Go name of a name of the API.
func goName(name string) string { return reference.GoName(name) }

// eventGoName is the name of the struct of an event.
func eventGoName(name string) string { return reference.EventGoName(name) }

// continued makes a sentence the continuation of another one.
func continued(sentence string) string {
	return strings.ToLower(sentence[:1]) + sentence[1:]
}
