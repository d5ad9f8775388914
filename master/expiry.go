package master

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// MaxLifetime is how far ahead the expiry of signatures, metadata and tokens can
// be, as the API documents it.
const MaxLifetime = 7 * 24 * time.Hour

// absurdSeconds is in the year 5138: a current time in milliseconds is beyond it
// when it is taken for seconds.
const absurdSeconds = 100_000_000_000

// checkExpiry checks the expiry of what is about to be made.
func checkExpiry(expire, now time.Time) error {
	switch {
	case expire.IsZero():
		return fmt.Errorf("%w: there is none", ErrExpiryAbsurd)
	case expire.Unix() < 0:
		return fmt.Errorf("%w: it is before 1970", ErrExpiryAbsurd)
	case expire.Unix() >= absurdSeconds:
		return fmt.Errorf("%w: it is in the year %d (were milliseconds given as seconds?)", ErrExpiryAbsurd, expire.UTC().Year())
	case !expire.After(now):
		return fmt.Errorf("%w: %s", ErrExpiryPast, expire.UTC().Format(time.RFC3339))
	case expire.Sub(now) > MaxLifetime:
		return fmt.Errorf("%w: %s", ErrExpiryTooFar, expire.UTC().Format(time.RFC3339))
	}
	return nil
}

// judge says whether something genuine is still, or already, good.
func judge(expire, now time.Time, skew time.Duration) error {
	switch {
	case !now.Before(expire.Add(skew)):
		return fmt.Errorf("%w at %s", ErrExpired, expire.UTC().Format(time.RFC3339))
	case expire.Sub(now) > MaxLifetime+skew:
		return fmt.Errorf("%w: it expires more than a week from now, at %s", ErrPremature, expire.UTC().Format(time.RFC3339))
	}
	return nil
}

// appendTime writes a time as the Python library does when it gets it in
// seconds: an integer, or a floating-point number if there is a fraction.
func appendTime(dst []byte, t time.Time) []byte {
	if t.Nanosecond() == 0 {
		return strconv.AppendInt(dst, t.Unix(), 10)
	}
	text := fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond())
	seconds, _ := strconv.ParseFloat(text, 64) // can't fail
	return appendFloat(dst, seconds, python)
}

// parseTime reads a time in seconds since 1970.
func parseTime(token string) (time.Time, bool) {
	seconds, err := strconv.ParseFloat(token, 64)
	if err != nil || !(seconds >= 0 && seconds < absurdSeconds) {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1e3), true
}
