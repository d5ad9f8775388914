package main

import "strings"

// words has the words that aren't written with one capital at the beginning.
var words = map[string]string{
	"gcm":     "GCM",
	"apns":    "APNS",
	"geoip":   "GeoIP",
	"iconurl": "IconURL",
	"ice":     "ICE",
	"id":      "ID",
	"ids":     "IDs",
	"json":    "JSON",
	"jwt":     "JWT",
	"rtc":     "RTC",
	"stun":    "STUN",
	"ttl":     "TTL",
	"turn":    "TURN",
	"ui":      "UI",
	"url":     "URL",
	"urls":    "URLs",
}

// goName makes an exported Go name of a name of the API.
func goName(name string) string {
	var text strings.Builder
	for word := range strings.FieldsFuncSeq(name, isSeparator) {
		if special, ok := words[word]; ok {
			text.WriteString(special)
			continue
		}
		text.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return text.String()
}

func isSeparator(r rune) bool { return r == '_' || r == '/' || r == '-' || r == '.' }

// eventGoName is the name of the struct of an event. The one of error events
// isn't called like package api's own Error.
func eventGoName(name string) string {
	if name == "error" {
		return "ErrorEvent"
	}
	return goName(name)
}

// continued makes a sentence the continuation of another one.
func continued(sentence string) string {
	return strings.ToLower(sentence[:1]) + sentence[1:]
}
