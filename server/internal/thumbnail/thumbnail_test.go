package thumbnail

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
	"testing/synctest"
	"time"
)

// painted makes an image that is red on the left and blue on the right.
func painted(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.NRGBA{R: 255, A: 255}
			if x >= width/2 {
				c = color.NRGBA{B: 255, A: 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func encoded(t testing.TB, format string, img image.Image) []byte {
	t.Helper()
	buffer := new(bytes.Buffer)
	var err error
	switch format {
	case "png":
		err = png.Encode(buffer, img)
	case "jpeg":
		err = jpeg.Encode(buffer, img, nil)
	case "gif":
		err = gif.Encode(buffer, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// testStudio is for bubbles: there, reading an image takes no time, however slow the
// computer is.
func testStudio() *Studio {
	return NewStudio(1_000_000, 64<<20, time.Minute, nil)
}

func TestThumbnails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			format, kind                string
			width, height, wantW, wantH int
		}{
			{"png", "image/png", 640, 480, 320, 240},
			{"jpeg", "image/jpeg", 480, 640, 240, 320},
			{"gif", "image/png", 100, 50, 100, 50},
			{"png", "image/png", 1, 10_000, 1, 320},
			{"jpeg", "image/jpeg", 10_000, 1, 320, 1},
			{"png", "image/png", 1, 1, 1, 1},
		} {
			p, err := testStudio().Thumbnail(encoded(t, test.format, painted(test.width, test.height)))
			if err != nil {
				t.Errorf("%+v: %v", test, err)
				continue
			}
			img, _, err := image.Decode(bytes.NewReader(p.Content))
			if err != nil {
				t.Fatal(err)
			}
			size := img.Bounds().Size()
			if p.Kind != test.kind || size != image.Pt(test.wantW, test.wantH) || size != image.Pt(p.Width, p.Height) {
				t.Errorf("%+v: got %s, %v, said %d x %d", test, p.Kind, size, p.Width, p.Height)
			}
			if size.X < 10 {
				continue
			}
			left, _, _, _ := img.At(size.X/4, size.Y/2).RGBA()
			_, _, right, _ := img.At(size.X*3/4, size.Y/2).RGBA()
			if left < 0xf000 || right < 0xf000 {
				t.Errorf("%+v: it shows something else: %x, %x", test, left, right)
			}
		}
	})
}

// Icons are the middle, and stay transparent.
func TestIcons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		img := painted(600, 200)
		for y := range 200 {
			img.SetNRGBA(300, y, color.NRGBA{})
			img.SetNRGBA(301, y, color.NRGBA{})
			img.SetNRGBA(302, y, color.NRGBA{})
			img.SetNRGBA(303, y, color.NRGBA{})
		}
		p, err := testStudio().Icon(encoded(t, "png", img))
		if err != nil {
			t.Fatal(err)
		}
		icon, err := png.Decode(bytes.NewReader(p.Content))
		if err != nil || icon.Bounds().Size() != image.Pt(iconSide, iconSide) {
			t.Fatalf("got %v, %v", icon.Bounds(), err)
		}
		if r, _, _, _ := icon.At(10, 64).RGBA(); r < 0xf000 {
			t.Errorf("the left is %x", r)
		}
		if _, _, _, a := icon.At(iconSide/2+1, 64).RGBA(); a > 0x8000 {
			t.Errorf("the middle is opaque: %x", a)
		}
	})
}

// claiming changes the size that a PNG file claims to have.
func claiming(t *testing.T, content []byte, width, height uint32) []byte {
	t.Helper()
	content = bytes.Clone(content)
	binary.BigEndian.PutUint32(content[16:], width)
	binary.BigEndian.PutUint32(content[20:], height)
	binary.BigEndian.PutUint32(content[29:], crc32.ChecksumIEEE(content[12:29]))
	return content
}

func TestHostileImages(t *testing.T) {
	small, photo := encoded(t, "png", painted(10, 10)), encoded(t, "jpeg", painted(100, 100))
	// The last scan again and again: each would cost as much time as the first.
	begin := bytes.Index(photo, []byte{0xff, 0xda})
	scans := append(bytes.Clone(photo[:begin]), bytes.Repeat(photo[begin:len(photo)-2], 100)...)
	for name, test := range map[string]struct {
		content []byte
		want    error
	}{
		"nothing":              {nil, errNoImage},
		"text":                 {[]byte("hello"), errNoImage},
		"a vector image":       {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), errNoImage},
		"too many pixels":      {claiming(t, small, 1001, 1000), errImageTooBig},
		"far too many pixels":  {claiming(t, small, 1<<31-1, 1<<31-1), nil},
		"too long a side":      {claiming(t, small, maxSide+1, 1), errImageTooBig},
		"no pixels":            {claiming(t, small, 0, 0), nil},
		"more than there is":   {claiming(t, small, 1000, 1000), nil},
		"half of a PNG file":   {small[:len(small)/2], nil},
		"half of a JPEG file":  {photo[:len(photo)/2], nil},
		"too many scans":       {scans, errImageTooSlow},
		"a beginning of a GIF": {[]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"), errImageTooBig},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for _, make := range []func([]byte) (*Picture, error){testStudio().Thumbnail, testStudio().Icon} {
					p, err := make(test.content)
					if p != nil || err == nil || test.want != nil && !errors.Is(err, test.want) {
						t.Errorf("got %v, %v, want %v", p, err, test.want)
					}
				}
			})
		})
	}
}

// A decoder that takes too long is stopped, and gets little at once, so that it
// notices soon.
func TestHurriedReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testStudio()
		content := make([]byte, 10_000)
		if n, err := s.hurry(content).Read(make([]byte, 10_000)); n != sip || err != nil {
			t.Errorf("got %d bytes, %v", n, err)
		}
		late := &hurriedReader{bytes.NewReader(content), s.clock, s.clock.Now().Add(-time.Second)}
		if n, err := late.Read(make([]byte, 10)); n != 0 || !errors.Is(err, errImageTooSlow) {
			t.Errorf("got %d bytes, %v", n, err)
		}
	})
}

// A mistake in a decoder is an error.
func TestPanickingDecoder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testStudio()
		p, err := s.make(encoded(t, "png", painted(1, 1)), func(image.Image, string) (*Picture, error) { panic("mistake") })
		if p != nil || err == nil {
			t.Errorf("got %v, %v", p, err)
		}
		if s.seats.Used() != 0 || s.memory.Used() != 0 {
			t.Error("the seat is still taken")
		}
	})
}

func FuzzThumbnail(f *testing.F) {
	for _, format := range []string{"png", "jpeg", "gif"} {
		f.Add(encoded(f, format, painted(20, 10)))
	}
	s := NewStudio(10_000, 64<<20, time.Minute, nil)
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := s.Thumbnail(content)
		if (p == nil) == (err == nil) {
			t.Fatalf("got %v, %v", p, err)
		}
		if p == nil {
			return
		}
		config, _, err := image.DecodeConfig(bytes.NewReader(p.Content))
		if err != nil || config.Width != p.Width || config.Height != p.Height || max(p.Width, p.Height) > thumbnailSide {
			t.Errorf("got %+v, %v, said %d x %d", config, err, p.Width, p.Height)
		}
	})
}
