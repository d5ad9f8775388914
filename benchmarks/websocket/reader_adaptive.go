package websocket

import "io"

// Bounds of the buffer of an adaptive reader. The larger one holds a whole
// record of TLS.
const (
	smallestBuffer = 512
	largestBuffer  = 16 << 10
)

// quietReads is how many reads in a row must leave most of the buffer unused
// before the reader changes to the smallest buffer.
const quietReads = 32

// adaptiveReader is a buffered reader whose buffer is small while little
// arrives. It keeps the price of an idle connection low without making a busy
// one read in small pieces.
type adaptiveReader struct {
	source     io.Reader
	buffer     []byte
	start, end int // Unread bytes.
	quiet      int
}

func (r *adaptiveReader) Read(p []byte) (int, error) {
	if r.start == r.end {
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buffer[r.start:r.end])
	r.start += n
	return n, nil
}

// fill reads into the empty buffer.
func (r *adaptiveReader) fill() error {
	r.resize()
	r.start, r.end = 0, 0
	for r.end == 0 {
		n, err := r.source.Read(r.buffer)
		r.end = n
		if n == 0 && err != nil {
			return err
		}
	}
	return nil
}

// resize chooses a buffer by how much of the previous one was used.
func (r *adaptiveReader) resize() {
	size := len(r.buffer)
	switch {
	case size < smallestBuffer:
		r.buffer = make([]byte, smallestBuffer)
	case r.end == size:
		r.quiet = 0
		if size < largestBuffer {
			r.buffer = make([]byte, 2*size)
		}
	case r.end >= size/4 || size == smallestBuffer:
		r.quiet = 0
	case r.quiet < quietReads:
		r.quiet++
	default:
		r.quiet = 0
		r.buffer = make([]byte, smallestBuffer)
	}
}

// unread gives the reader bytes which were read before it began.
func (r *adaptiveReader) unread(early []byte) {
	r.buffer = append([]byte(nil), early...)
	r.start, r.end = 0, len(early)
}
