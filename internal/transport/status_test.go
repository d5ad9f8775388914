package transport_test

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// What a proxy asks for, in its answer to CONNECT, counts like what a server asks
// for.
func TestProxyRetryAfter(t *testing.T) {
	for _, code := range []int{429, 503} {
		synctest.Test(t, func(t *testing.T) {
			d := dialer("https://peer.test")
			d.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.test"})
			d.Dial = answering(t, fmt.Sprintf("HTTP/1.1 %d Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n", code))
			for _, direct := range []bool{false, true} {
				d.Direct = direct
				_, err := d.Connect(t.Context(), false)
				if asked := transport.RetryAfter(err); asked != 30*time.Second {
					t.Errorf("asked for %v: %v", asked, err)
				}
			}
			p := transport.NewPoster(transport.PosterConfig{Dialer: d, Path: "/", CompressFrom: -1})
			defer p.Close()
			_, err := p.Post(t.Context(), wire.MediaJSON, nil)
			_, unsent := errors.AsType[*transport.NotSentError](err)
			if asked := transport.RetryAfter(err); asked != 30*time.Second || !unsent {
				t.Errorf("asked for %v: %v", asked, err)
			}
		})
	}
}

// Only some of the statuses that blame the client are for good.
func TestRefusals(t *testing.T) {
	for code := range 1000 {
		want := code >= 400 && code < 500 && code != 408 && code != 425 && code != 429
		if transport.IsRefusal(&transport.StatusError{Code: code}) != want {
			t.Errorf("%d: %v", code, !want)
		}
	}
}

// RetryAfter says what was asked for, however little sense it makes.
func TestRetryAfterForms(t *testing.T) {
	const longest = math.MaxInt64 / time.Second * time.Second
	for header, want := range map[string]time.Duration{
		"":                     0,
		"0":                    0,
		"1":                    time.Second,
		"-1":                   0,
		"1.5":                  0,
		"soon":                 0,
		"31536000":             365 * 24 * time.Hour,
		"9223372036854775807":  longest,
		"99999999999999999999": longest,
		// The clock begins in the year 2000.
		"Sat, 01 Jan 2000 00:00:09 GMT":    9 * time.Second,
		"Saturday, 01-Jan-00 00:00:09 GMT": 9 * time.Second,
		"Fri, 31 Dec 1999 23:59:59 GMT":    0,
		"Fri, 31 Dec 9999 23:59:59 GMT":    math.MaxInt64,
	} {
		synctest.Test(t, func(t *testing.T) {
			d := dialer("http://peer.test")
			d.Dial = answering(t, "HTTP/1.1 503 Busy\r\nRetry-After: "+header+"\r\nContent-Length: 0\r\n\r\n")
			_, err := d.Connect(t.Context(), false)
			if asked := transport.RetryAfter(err); asked != want {
				t.Errorf("%q: %v, %v", header, asked, err)
			}
		})
	}
}
