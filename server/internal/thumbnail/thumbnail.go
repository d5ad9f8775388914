// Package thumbnail makes small images of large ones, within bounds of time and memory.
package thumbnail

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"time"

	"golang.org/x/image/draw"

	"github.com/ninchat-community/ninchat/server/internal/budget"
	"github.com/ninchat-community/ninchat/server/internal/clock"
)

// Picture is an image that the server has made.
type Picture struct {
	// Kind is the MIME type.
	Kind          string
	Content       []byte
	Width, Height int
}

const (
	// thumbnailSide and iconSide are how many pixels a side has at most.
	thumbnailSide = 320
	iconSide      = 128
	// maxSide is how long a side of an image may be that is made smaller.
	maxSide = 16 << 10
	// maxScans is how often a JPEG file may go over the image. Those that refine
	// it bit by bit need a dozen scans. Each of them costs as much time as the
	// image has pixels, but hardly any bytes.
	maxScans = 64
	// maxDecoding is how long reading an image may take.
	maxDecoding = 5 * time.Second
	// sip is how much a decoder is given at once, so that it is stopped in time.
	sip = 512
)

var (
	errNoImage     = errors.New("not an image in JPEG, PNG or GIF format")
	errImageTooBig = errors.New("the image has too many pixels, or takes too much memory")
	// ErrBusy says that other images took too long.
	ErrBusy         = errors.New("too many images at once")
	errImageTooSlow = errors.New("reading the image takes too long")
)

// codec reads a format.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// codecOf is by MIME type. The registry of package image isn't used: what is in
// it depends on the rest of the program, and so would what can go wrong.
func codecOf(kind string) (c codec, ok bool) {
	switch kind {
	case "image/jpeg":
		return codec{jpeg.DecodeConfig, jpeg.Decode}, true
	case "image/png":
		return codec{png.DecodeConfig, png.Decode}, true
	case "image/gif":
		return codec{gif.DecodeConfig, gif.Decode}, true
	}
	return codec{}, false
}

// Studio makes small images of large ones. Image files come from anybody, and can
// claim anything, so what they can take is bounded: pixels, time, memory, and how many
// are read at once. Whoever comes when it is busy waits, though not for ever.
type Studio struct {
	clock clock.Pulse
	// pixels is how many an image may have.
	pixels int
	// seats are for images that are read, and memory is what they take.
	seats, memory budget.Budget
	// patience is how long somebody waits, and gone ends all waiting.
	patience time.Duration
	gone     <-chan struct{}
}

// maxStudio is how many images are read at once.
const maxStudio = 2

// NewStudio makes a studio for images of so many pixels, which take so many bytes of
// memory together while they are read. Whoever comes waits for so long at most, and not
// when gone is closed.
func NewStudio(pixels int, memory int64, patience time.Duration, gone <-chan struct{}) *Studio {
	return &Studio{
		pixels: pixels, patience: patience, gone: gone,
		seats: budget.Budget{Limit: maxStudio}, memory: budget.Budget{Limit: memory},
	}
}

// Thumbnail makes a small version of an image.
func (s *Studio) Thumbnail(content []byte) (*Picture, error) {
	return s.make(content, func(original image.Image, kind string) (*Picture, error) {
		width, height := shrink(original.Bounds().Dx(), original.Bounds().Dy(), thumbnailSide)
		return develop(original, original.Bounds(), width, height, kind)
	})
}

// Icon makes a square image of the middle of an image.
func (s *Studio) Icon(content []byte) (*Picture, error) {
	return s.make(content, func(original image.Image, kind string) (*Picture, error) {
		middle := square(original.Bounds())
		side := min(middle.Dx(), iconSide)
		return develop(original, middle, side, side, kind)
	})
}

// make reads an image, and has something made of it.
func (s *Studio) make(content []byte, use func(image.Image, string) (*Picture, error)) (p *Picture, err error) {
	kind := http.DetectContentType(content)
	codec, ok := codecOf(kind)
	if !ok {
		return nil, errNoImage
	}
	if !s.seats.Await(s.clock, 1, s.patience, s.gone) {
		return nil, ErrBusy
	}
	defer s.seats.Give(1)
	// A mistake in a decoder must not be more than an image that can't be read.
	defer func() {
		if cause := recover(); cause != nil {
			p, err = nil, fmt.Errorf("reading the image: %v", cause)
		}
	}()
	size, err := s.check(codec, kind, content)
	if err != nil {
		return nil, err
	}
	if !s.memory.Await(s.clock, size, s.patience, s.gone) {
		return nil, ErrBusy
	}
	defer s.memory.Give(size)
	original, err := codec.decode(s.hurry(content))
	if err != nil {
		return nil, err
	}
	return use(original, kind)
}

// check refuses images that would take too much, by what they say about themselves.
// It returns how many bytes reading it takes.
func (s *Studio) check(codec codec, kind string, content []byte) (size int64, err error) {
	config, err := codec.config(s.hurry(content))
	switch {
	case err != nil:
		return 0, err
	case config.Width <= 0 || config.Height <= 0:
		return 0, errNoImage
	case config.Width > maxSide || config.Height > maxSide || config.Width*config.Height > s.pixels:
		return 0, errImageTooBig
	case kind == "image/jpeg" && bytes.Count(content, []byte{0xff, 0xda}) > maxScans:
		return 0, errImageTooSlow
	}
	if size = decodingSize(config, kind, content); size > s.memory.Limit {
		return 0, errImageTooBig
	}
	return size, nil
}

// hurry makes a reader that fails when it has taken too long.
func (s *Studio) hurry(content []byte) io.Reader {
	return &hurriedReader{bytes.NewReader(content), s.clock, s.clock.Now().Add(maxDecoding)}
}

type hurriedReader struct {
	content io.Reader
	clock   clock.Pulse
	until   time.Time
}

func (r *hurriedReader) Read(p []byte) (int, error) {
	if r.clock.Now().After(r.until) {
		return 0, errImageTooSlow
	}
	return r.content.Read(p[:min(len(p), sip)])
}

// shrink is the size of something that is to fit into a square, and keeps its
// proportions.
func shrink(width, height, side int) (int, int) {
	longer := max(width, height)
	if longer <= side {
		return width, height
	}
	return max(1, width*side/longer), max(1, height*side/longer)
}

// square is the middle of a rectangle.
func square(r image.Rectangle) image.Rectangle {
	side := min(r.Dx(), r.Dy())
	corner := r.Min.Add(image.Pt((r.Dx()-side)/2, (r.Dy()-side)/2))
	return image.Rectangle{corner, corner.Add(image.Pt(side, side))}
}

// develop scales a part of an image, and encodes it: photos as photos, everything
// else so that it can be transparent.
func develop(original image.Image, part image.Rectangle, width, height int, kind string) (*Picture, error) {
	scaled := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.BiLinear.Scale(scaled, scaled.Bounds(), original, part, draw.Src, nil)
	encoded := new(bytes.Buffer)
	var err error
	if kind == "image/jpeg" {
		err = jpeg.Encode(encoded, scaled, &jpeg.Options{Quality: 85})
	} else {
		kind, err = "image/png", png.Encode(encoded, scaled)
	}
	if err != nil {
		return nil, err
	}
	return &Picture{Kind: kind, Content: encoded.Bytes(), Width: width, Height: height}, nil
}
