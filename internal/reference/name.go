package reference

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

// GoName makes an exported Go name of a name of the API: "ChannelID" of
// "channel_id".
func GoName(name string) string {
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

// EventGoName is the name of the struct of an event. The one of error events
// isn't called like package api's own Error.
func EventGoName(name string) string {
	if name == "error" {
		return "ErrorEvent"
	}
	return GoName(name)
}
