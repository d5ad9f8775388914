package server

import (
	"fmt"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// introduce notes what an access key says about a member of an audience channel.
// It stays when the member leaves.
func (h *hub) introduce(m *member, metadata api.Object) {
	if metadata == nil {
		return
	}
	ch := m.channel
	if ch.introduced == nil {
		ch.introduced = make(map[string]settings)
	}
	ch.introduced[m.user.id], _, _ = settings(nil).merged("member_metadata", metadata)
	h.touch(ch)
}

// seesSecure reports whether a user may see secure metadata: the staff of the
// audience's queue may, customers may not.
func (ch *channel) seesSecure(u *user) bool { return ch.audience != nil && ch.audience.queue.staff(u) }

// introduction is what is known about a member, nil if nothing.
func (ch *channel) introduction(id string, secure bool) api.Object {
	known := ch.introduced[id]
	if _, there := known["secure"]; there && !secure {
		visible := make(settings, len(known))
		for name, value := range known {
			if name != "secure" {
				visible[name] = value
			}
		}
		known = visible
	}
	if text := known.text(); text != nil {
		return api.Object(text)
	}
	return nil
}

// introductions are those of all members and former members that a member sees,
// nil if there are none.
func (ch *channel) introductions(viewer *user) map[string]api.Object {
	var visible map[string]api.Object
	for id := range ch.introduced {
		known := ch.introduction(id, ch.seesSecure(viewer))
		if known == nil {
			continue
		}
		if visible == nil {
			visible = make(map[string]api.Object)
		}
		visible[id] = known
	}
	return visible
}

// spreadJoined tells the other members of a new one.
func (c *call) spreadJoined(m *member) {
	ch := m.channel
	if ch.introduced[m.user.id] == nil {
		c.spread(pack(m.joined()), ch.others(m.user)...)
		return
	}
	for _, other := range ch.others(m.user) {
		event := m.joined()
		event.MemberMetadata = ch.introduction(m.user.id, ch.seesSecure(other))
		c.spread(pack(event), other)
	}
}

// audienceTimeFormat is that of the times in the channel attribute audience.
const audienceTimeFormat = "2006-01-02T15:04:05"

// audienceTimes are the beginning and the end of the time in which an audience
// channel is to be used, zero if there is none.
func audienceTimes(a *api.ChannelAudience) (begin, end time.Time, err error) {
	zone := time.UTC
	if a.Timezone != nil {
		if *a.Timezone == "" || *a.Timezone == "Local" {
			return begin, end, fmt.Errorf("timezone: no name of a time zone")
		}
		if zone, err = time.LoadLocation(*a.Timezone); err != nil {
			return begin, end, fmt.Errorf("timezone: there is no such time zone")
		}
	}
	if begin, err = audienceTime(a.BeginTimestamp, zone); err != nil {
		return begin, end, fmt.Errorf("begin_timestamp: %w", err)
	}
	if end, err = audienceTime(a.EndTimestamp, zone); err != nil {
		return begin, end, fmt.Errorf("end_timestamp: %w", err)
	}
	return begin, end, nil
}

func audienceTime(text *string, zone *time.Location) (time.Time, error) {
	if text == nil {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(audienceTimeFormat, *text, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("not of the form YYYY-MM-DDTHH:MM:SS")
	}
	return at.Truncate(time.Minute), nil
}

// times are when keys to the channel can be used. What is in the attribute has been
// checked.
func (ch *channel) times() (begin, end time.Time) {
	a := ch.attrs.Audience.Or(api.ChannelAudience{})
	begin, end, _ = audienceTimes(&a)
	return begin, end
}

// usableFrom is when an access key becomes usable, nil if it is.
func (h *hub) usableFrom(a *access) *int64 {
	ch := h.channels[a.channelID]
	if a.kind != api.AccessTypeAudience || ch == nil {
		return nil
	}
	begin, _ := ch.times()
	if begin.IsZero() || !h.clock.Now().Before(begin) {
		return nil
	}
	return new(begin.Unix())
}

// over reports whether the time of an audience channel has passed.
func (ch *channel) over(now time.Time) bool {
	_, end := ch.times()
	return !end.IsZero() && !now.Before(end)
}
