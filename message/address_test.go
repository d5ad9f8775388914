package message_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/message"
)

// links are addresses of controls that are fine, and others that aren't, by the
// rule that they are about.
var links = map[string]struct{ fine, refused []string }{
	"schemes": {
		[]string{"https://example.com", "HTTPS://example.com", "mailto:a@b.c", "MailTo:a@b.c", "tel:1", "TEL:1"},
		[]string{"", ":", "https", "example.com", "//example.com", "/path", "http://example.com", "ftp://example.com", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "sms:1", "ws://example.com", " https://example.com", "https ://example.com", "httpſ://example.com", "java\nscript:x"},
	},
	"no colon in the authority": {
		[]string{"https://example.com/a:b", "https://example.com?a:b", "https://example.com#a:b"},
		[]string{"https://example.com:443", "https://example.com:", "https://example.com:8080/x", "https://[::1]", "https://[2001:db8::1]/", "https://user:password@example.com", "https://:@example.com"},
	},
	"no user information": {
		[]string{"https://example.com/@user", "https://example.com?x=a@b"},
		[]string{"https://user@example.com", "https://@example.com", "https://example.com@evil.example"},
	},
	"a letter in the host": {
		[]string{"https://a1", "https://1a", "https://1.example", "https://127.0.0.1.example"},
		[]string{"https://127.0.0.1", "https://1", "https://12", "https://2130706433", "https://0177.0.0.1", "https://1.2.3", "https://-1", "https://1-2"},
	},
	"no numeric addresses in disguise": {
		[]string{"https://0x.example", "https://0xg1"},
		[]string{"https://0x7f000001", "https://0x7f.1", "https://0X7F.0X1", "https://127.0.0x1", "https://example.1", "https://example.0x1", "https://0x"},
	},
	"no local names": {
		[]string{"https://localhosts", "https://localhost-x.example", "https://xlocalhost", "https://local.example", "https://xlocal"},
		[]string{"https://localhost", "https://LOCALHOST/x", "https://localhost.example", "https://localhost.", "https://printer.local", "https://PRINTER.LOCAL", "https://x.localhost", "https://local"},
	},
	"the characters of a host": {
		[]string{"https://a-b.example", "https://xn--bcher-kva.example", "https://Example.COM", "https://intranet", "https://ab"},
		[]string{"https://bücher.example", "https://a_b.example", "https://exa%6dple.com", "https://example。com", "https://ｅxample.com", "https://exam ple.com", "https://example.com\\@evil.example", "https://evil.example\\.example.com", "https://\u212aelvin.example", "https://example.com\u200b", "https://a..b", "https://.example.com", "https://example.com.", "https://-a.example", "https://example.com-", "https://*.example.com", "https://exa\tmple.com", "https://\x00"},
	},
	"the length of a host": {
		[]string{"https://" + strings.Repeat("a", 63) + ".example", "https://" + strings.Repeat("a.", 126) + "a"},
		[]string{"https://a", "https://", "https:///", "https:///example.com", "https://?x", "https://#x", "https:example.com", "https:/example.com", "https:", "https://" + strings.Repeat("a", 64) + ".example", "https://" + strings.Repeat("a.", 126) + "ab"},
	},
	"path, query and fragment": {
		[]string{"https://example.com/", "https://example.com/a/b?c=d&e=%20#f", "https://example.com?x", "https://example.com#x", "https://example.com/ä/日本", "https://example.com/127.0.0.1:80", "https://example.com//x", "https://example.com/;p"},
		[]string{"https://example.com/a b", "https://example.com/\n", "https://example.com/\r\nX: y", "https://example.com/\x1b[2J", "https://example.com/\u202egnp.exe", "https://example.com\\x", "https://example.com/a\\b", "https://example.com/\xff", "https://example.com/<script>", `https://example.com/"x`, "https://example.com ", "https://example.com/\u2028"},
	},
	"mailto": {
		[]string{"mailto:user@example.com", "mailto:a.b+c@d-e.example", "mailto:a@b.c.d", "mailto:ä@example.com"},
		[]string{"mailto:", "mailto:a", "mailto:a@", "mailto:@b.c", "mailto:a@b", "mailto:a@.c", "mailto:a@b.", "mailto:a@b.c?subject=x", "mailto:a@b.c#x", "mailto:a@b.c;x", "mailto://a@b.c", "mailto:a b@c.d", "mailto: a@b.c", "mailto:a@b.c ", "mailto:a@b.c,d@e.f", "mailto:a@b@c.d", "mailto:a%0ab@c.d", "mailto:<a@b.c>", "mailto:a\t@b.c", "mailto:a@b.c\n"},
	},
	"tel": {
		[]string{"tel:112", "tel:+358401234567", "tel: +358 40 123-4567", "tel: 1", "tel:(09) 123", "tel:-", "tel:+(1)"},
		[]string{"tel:", "tel:+", "tel: ", "tel:++1", "tel:1+", "tel:  +1", "tel:1;ext=2", "tel:1?x", "tel:1#2", "tel:*100#", "tel://1", "tel:one", "tel:1\n", "tel:%31", "tel:１", "tel:1.2"},
	},
}

func TestLinks(t *testing.T) {
	for rule, table := range links {
		for _, address := range table.fine {
			if err := message.CheckLink(address); err != nil {
				t.Errorf("%s: %q: %v", rule, address, err)
			}
			element := message.Element{Element: message.ElementLink, Href: &address}
			if err := (&message.UICompose{Elements: []message.Element{element}}).Validate(); err != nil {
				t.Errorf("%s: %q: %v", rule, address, err)
			}
		}
		for _, address := range table.refused {
			if err := message.CheckLink(address); !errors.Is(err, message.ErrLink) {
				t.Errorf("%s: %q: %v", rule, address, err)
			}
			element := message.Element{Element: message.ElementLink, Href: &address}
			if err := (&message.UICompose{Elements: []message.Element{element}}).Validate(); err == nil {
				t.Errorf("%s: %q is accepted", rule, address)
			}
		}
	}
}
