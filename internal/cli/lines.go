package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/internal/textfile"
)

// maxLine is the longest line that is read, in bytes. It is more than any server
// takes.
const maxLine = 16 << 20

// line is a line of the input.
type line struct {
	number int
	text   []byte
	// err says why the line can't be a message.
	err error
}

// readLines reads lines in the background until the input ends, which closes
// the channel, or ctx does. failed is called if reading fails. Reading itself
// can't be interrupted.
func readLines(ctx context.Context, input io.Reader, failed func(error)) <-chan line {
	lines := make(chan line, 16)
	go func() {
		defer close(lines)
		reader := bufio.NewReaderSize(textfile.NewReader(input), 64<<10)
		for number := 1; ; number++ {
			l, err := readLine(reader)
			if err != nil {
				if !errors.Is(err, io.EOF) {
					failed(err)
				}
				return
			}
			l.number = number
			select {
			case lines <- l:
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

// readLine reads a line up to its end, LF or CRLF, which isn't part of it; the last
// line may be without. Everything else remains as it is.
func readLine(reader *bufio.Reader) (line, error) {
	var l line
	for {
		part, err := reader.ReadSlice('\n')
		if len(l.text)+len(part) > maxLine {
			l.err = fmt.Errorf("longer than %d bytes", maxLine)
			l.text = nil
		}
		if l.err == nil {
			l.text = append(l.text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (len(l.text) > 0 || l.err != nil):
			// The next read will say that it is the end.
		case err != nil:
			return line{}, err
		case l.err == nil:
			l.text = trimLineEnd(l.text)
		}
		if l.err == nil && !utf8.Valid(l.text) {
			l.err = errors.New("not valid UTF-8")
		}
		return l, nil
	}
}

// trimLineEnd removes the end of a line, if there is one.
func trimLineEnd(text []byte) []byte {
	text, ended := bytes.CutSuffix(text, []byte("\n"))
	if ended {
		text = bytes.TrimSuffix(text, []byte("\r"))
	}
	return text
}

// textPayload is the payload of a text message.
func textPayload(text []byte) ([]byte, error) {
	payload, err := jsontext.AppendQuote([]byte(`{"text":`), text)
	if err != nil {
		return nil, err
	}
	return append(payload, '}'), nil
}
