package scenario_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/url"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
)

// file is one that was sent.
type file struct {
	day     *day
	id      string
	content []byte
	// address is where it was to be had.
	address string
}

// photo is what a customer's phone makes.
func (d *day) photo() []byte {
	d.Helper()
	var content bytes.Buffer
	if err := png.Encode(&content, image.NewGray(image.Rect(0, 0, 600, 400))); err != nil {
		d.Fatal(err)
	}
	return content.Bytes()
}

// sendsPhoto has the customer send a file, which the agent sees.
func (v *visit) sendsPhoto() *file {
	d := v.day
	d.Helper()
	f := &file{day: d, content: d.photo()}
	action := api.SendFile{ChannelID: &v.channel, FileAttrs: api.FileAttrs{Name: api.Set("parcel.png")}, Payload: [][]byte{f.content}}
	_, err := v.customer.SendFile(d.Context(), action)
	if d.by == ninchat.LongPollOnly {
		// It isn't JSON. There is another way.
		if !errors.Is(err, ninchat.ErrPollPayload) {
			d.Errorf("a photo travels by polling: %v", err)
		}
		caller := d.caller(v.customer.Credentials())
		_, err = caller.SendFile(d.Context(), action)
		if err := caller.Close(); err != nil {
			d.Error(err)
		}
	}
	if err != nil {
		d.Fatal(err)
	}
	brought := hears[*message.File](v.agent, v.channel)
	f.id = brought.Files[0].FileID
	return f
}

// caller makes calls as a user, without a session.
func (d *day) caller(c ninchat.Credentials) *ninchat.Caller {
	d.Helper()
	caller, err := ninchat.NewCaller(ninchat.CallerConfig{
		Address: d.srv().URL(), Dial: d.dial, Auth: ninchat.UserAuth(c.UserID, c.UserAuth),
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
	})
	if err != nil {
		d.Fatal(err)
	}
	return caller
}

// seenBy has somebody look at the file, and at the small picture of it.
func (f *file) seenBy(p *person) *file {
	f.day.Helper()
	found := must[*api.FileFound](p, "describe_file")(p.DescribeFile(f.day.Context(), api.DescribeFile{FileID: f.id}))
	if found.FileAttrs.Name.Or("") != "parcel.png" || found.ThumbnailURL == nil {
		f.day.Fatalf("the file is %+v", found)
	}
	f.address = found.FileURL
	if content, status := f.day.fetch(f.address); status != http.StatusOK || !bytes.Equal(content, f.content) {
		f.day.Errorf("%s gets %d bytes of %d, status %d", p.name, len(content), len(f.content), status)
	}
	small, status := f.day.fetch(*found.ThumbnailURL)
	if picture, _, err := image.Decode(bytes.NewReader(small)); status != http.StatusOK || err != nil || picture.Bounds().Dx() >= 600 {
		f.day.Errorf("the small picture: status %d, %v", status, err)
	}
	return f
}

// hiddenFrom checks that there is no such file for somebody.
func (f *file) hiddenFrom(p *person) *file {
	f.day.Helper()
	if _, err := p.DescribeFile(f.day.Context(), api.DescribeFile{FileID: f.id}); !errors.Is(err, api.ErrFileNotFound) {
		f.day.Errorf("%s finds the file: %v", p.name, err)
	}
	return f
}

// fetch gets what is at an address.
func (d *day) fetch(address string) (content []byte, status int) {
	d.Helper()
	transport := d.srv().Transport()
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get(address)
	if err != nil {
		d.Fatal(err)
	}
	defer resp.Body.Close()
	if content, err = io.ReadAll(resp.Body); err != nil {
		d.Fatal(err)
	}
	return content, resp.StatusCode
}
