package thumbnail

import (
	"bytes"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Images that are read at the same time take no more than there is, however many come.
func TestDecodingIsBounded(t *testing.T) {
	content := encoded(t, "png", painted(600, 600))
	config, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	size := int(decodingSize(config, "image/png", content))
	for limit, want := range map[int]int{size - 1: 0, size: 1, 2*size - 1: 1, 2 * size: 2, 9 * size: maxStudio} {
		synctest.Test(t, func(t *testing.T) {
			s := NewStudio(1_000_000, int64(limit), time.Minute, nil)
			var mu sync.Mutex
			now, most, made := 0, 0, 0
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					_, err := s.make(content, func(image.Image, string) (*Picture, error) {
						mu.Lock()
						now++
						most = max(most, now)
						mu.Unlock()
						time.Sleep(time.Second)
						mu.Lock()
						defer mu.Unlock()
						now--
						return &Picture{}, nil
					})
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						made++
					}
				})
			}
			all.Wait()
			if most != want || made != min(want, 1)*10 || s.memory.Used() != 0 || s.seats.Used() != 0 {
				t.Errorf("%d bytes: %d at once, want %d; %d were made, %d bytes are still taken", limit, most, want, made, s.memory.Used())
			}
		})
	}
}

// When others take too long, there is no image.
func TestBusyStudio(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testStudio()
		content := encoded(t, "png", painted(10, 10))
		s.seats.Take(maxStudio)
		began := time.Now()
		if _, err := s.Thumbnail(content); err != ErrBusy || time.Since(began) != time.Minute {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		s.seats.Give(1)
		if _, err := s.Thumbnail(content); err != nil {
			t.Error(err)
		}
	})
}

// saidLast adds to a JPEG file, after the image, that its colours are red, green and blue.
// Who reads it learns that when the image is there, and makes another one of it.
func saidLast(content []byte) []byte {
	const end = 2
	adobe := append([]byte{0xff, 0xee, 0, 14}, "Adobe\x00\x64\x00\x00\x00\x00\x00"...)
	return slices.Concat(content[:len(content)-end], adobe, content[len(content)-end:])
}

// What reading an image takes isn't more than what is reckoned with.
func TestDecodingSize(t *testing.T) {
	const side = 1200
	bounds := image.Rect(0, 0, side, side)
	images := map[string][]byte{}
	for name, img := range map[string]image.Image{
		"grey": image.NewGray(bounds), "grey, 16 bits": image.NewGray16(bounds), "opaque": image.NewRGBA(bounds),
		"transparent": painted(side, side), "16 bits": image.NewNRGBA64(bounds), "palette": image.NewPaletted(bounds, palette.Plan9),
	} {
		images["png, "+name] = encoded(t, "png", img)
	}
	images["jpeg"], images["gif"] = encoded(t, "jpeg", painted(side, side)), encoded(t, "gif", image.NewPaletted(bounds, palette.Plan9))
	images["jpeg, colours said last"] = saidLast(images["jpeg"])
	images["jpeg, grey"] = encoded(t, "jpeg", image.NewGray(bounds))
	for name, content := range images {
		var codec codec
		kind := "image/" + name[:3]
		switch kind {
		case "image/png":
			codec.config, codec.decode = png.DecodeConfig, png.Decode
		case "image/gif":
			codec.config, codec.decode = gif.DecodeConfig, gif.Decode
		default:
			kind, codec.config, codec.decode = "image/jpeg", jpeg.DecodeConfig, jpeg.Decode
		}
		config, err := codec.config(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = codec.decode(bytes.NewReader(content))
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		taken := int64(after.TotalAlloc-before.TotalAlloc) - 256<<10 // tables, and others in this process
		if reckoned := readingSize(config, kind, content); taken > reckoned || reckoned > 12*side*side {
			t.Errorf("%s: takes %d bytes, reckoned with %d", name, taken, reckoned)
		}
	}
	progressive := decodingSize(image.Config{ColorModel: color.YCbCrModel, Width: side, Height: side}, "image/jpeg", []byte{0xff, 0xc2})
	if progressive < 15*side*side {
		t.Errorf("progressive: reckoned with %d", progressive)
	}
}
