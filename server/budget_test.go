package server

import (
	"bytes"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever waits for a budget gets it in the order of coming, and nobody waits for ever.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var clock pulse
		b := &budget{limit: 10}
		if b.await(clock, 11, time.Minute, nil) || !b.take(8) || b.take(3) {
			t.Fatal("there is more than there is")
		}
		order := make(chan int64, 10)
		var waiting sync.WaitGroup
		wait := func(n int64, d time.Duration, gone <-chan struct{}) {
			waiting.Go(func() {
				if b.await(clock, n, d, gone) {
					order <- n
				} else {
					order <- -n
				}
			})
			synctest.Wait()
		}
		gone := make(chan struct{})
		wait(5, time.Minute, nil)
		wait(9, time.Second, nil)
		wait(4, time.Minute, gone)
		wait(1, time.Minute, nil) // would fit, but isn't first
		if len(order) != 0 {
			t.Fatalf("%d didn't wait", <-order)
		}
		time.Sleep(2 * time.Second)
		b.give(4)
		synctest.Wait()
		if a, c := <-order, <-order; a != -9 || c != 5 || len(order) != 0 {
			t.Fatalf("got %d and %d", a, c)
		}
		close(gone)
		synctest.Wait()
		if a, c := <-order, <-order; a+c != -3 || a*c != -4 {
			t.Fatalf("got %d and %d", a, c)
		}
		waiting.Wait()
		if b.give(10); b.used != 0 || len(b.line) != 0 {
			t.Errorf("%d are used, %d wait", b.used, len(b.line))
		}
	})
}

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
			s := newStudio(&Limits{Pixels: 1_000_000, Decoding: limit}, time.Minute, nil)
			var mu sync.Mutex
			now, most, made := 0, 0, 0
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					_, err := s.make(content, func(image.Image, string) (*picture, error) {
						mu.Lock()
						now++
						most = max(most, now)
						mu.Unlock()
						time.Sleep(time.Second)
						mu.Lock()
						defer mu.Unlock()
						now--
						return &picture{}, nil
					})
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						made++
					}
				})
			}
			all.Wait()
			if most != want || made != min(want, 1)*10 || s.memory.used != 0 || s.seats.used != 0 {
				t.Errorf("%d bytes: %d at once, want %d; %d were made, %d bytes are still taken", limit, most, want, made, s.memory.used)
			}
		})
	}
}

// When others take too long, there is no image.
func TestBusyStudio(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testStudio()
		content := encoded(t, "png", painted(10, 10))
		s.seats.take(maxStudio)
		began := time.Now()
		if _, err := s.thumbnail(content); err != errBusy || time.Since(began) != time.Minute {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		if _, why := s.iconOf([]string{"icon"}, [][]byte{content}); why == nil || why.event.ErrorType != "internal" {
			t.Errorf("got %v", why)
		}
		s.seats.give(1)
		if _, err := s.thumbnail(content); err != nil {
			t.Error(err)
		}
	})
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
		if reckoned := decodingSize(config, kind, content); taken > reckoned || reckoned > 20*side*side {
			t.Errorf("%s: takes %d bytes, reckoned with %d", name, taken, reckoned)
		}
	}
	progressive := decodingSize(image.Config{ColorModel: color.YCbCrModel, Width: side, Height: side}, "image/jpeg", []byte{0xff, 0xc2})
	if progressive < 15*side*side {
		t.Errorf("progressive: reckoned with %d", progressive)
	}
}
