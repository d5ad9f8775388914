package thumbnail

import (
	"bytes"
	"image"
	"image/color"
)

// decodingSize is about how many bytes reading an image takes, with what is needed to
// make it smaller: what scales has four numbers of 8 bytes for each row and column of the
// result.
func decodingSize(config image.Config, kind string, content []byte) int64 {
	return readingSize(config, kind, content) + int64(config.Height)*int64(min(config.Width, thumbnailSide))*32
}

// readingSize is the part of decodingSize that is for reading. Nothing has been checked
// but the size of the image; what is claimed about the rest can't make it take more.
func readingSize(config image.Config, kind string, content []byte) int64 {
	pixels := int64(config.Width) * int64(config.Height)
	size := int64(len(content))
	switch kind {
	case "image/jpeg":
		size += jpegSize(config, content)
	case "image/png":
		n := pngPixel(config.ColorModel) * pixels
		if len(content) > pngInterlace && content[pngInterlace] != 0 {
			n *= 2 // each pass is an image of its own
		}
		size += n
	default:
		size += 2 * pixels // interlaced images are put in order in another one
	}
	return size
}

// pngInterlace is where a PNG file says whether it is interlaced.
const pngInterlace = 28

// pngPixel is how many bytes a pixel takes. Grey ones may turn out to be transparent.
func pngPixel(model color.Model) int64 {
	switch model {
	case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.GrayModel, color.RGBAModel, color.NRGBAModel:
		return 4
	}
	return 1 // a palette
}

// jpegSize is for JPEG: samples that are put into blocks, in progressive images the
// coefficients of all blocks besides, and for some colour models another image.
func jpegSize(config image.Config, content []byte) int64 {
	const block = 32 // the largest side of what is coded together
	pixels := int64(config.Width+block-1) / block * block * (int64(config.Height+block-1) / block * block)
	samples := int64(3)
	converted := int64(0)
	switch config.ColorModel {
	case color.GrayModel:
		samples = 1
	case color.CMYKModel:
		samples, converted = 4, 4
	case color.RGBAModel:
		converted = 4
	}
	if bytes.Contains(content, []byte{0xff, 0xee}) {
		converted = 4 // what says what the colours are may come last
	}
	size := (samples + converted) * pixels
	if bytes.Contains(content, []byte{0xff, 0xc2}) {
		size += 4 * samples * pixels
	}
	return size
}
