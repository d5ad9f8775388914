package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Poster sends HTTP requests with a body, and reads the bodies of the answers.
// Connections are kept for the next request. It is safe for concurrent use.
type Poster struct {
	config PosterConfig
	client *http.Client
	// idle closes connections that aren't used; nothing happens if they belong
	// to somebody else.
	idle func()
	// ctx ends with Close. Connections that are being made end with it.
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// PosterConfig says how a Poster works.
type PosterConfig struct {
	// Dialer has the address, and makes the connections. Its Limits.Answer is
	// the longest answer, after decompression.
	Dialer *Dialer
	// Client sends the requests instead, if it isn't nil. Of the Dialer only the
	// address and the header are used then.
	Client *http.Client
	// Path is the path of the requests.
	Path string
	// Accept is what kinds of answers are understood.
	Accept string
	// CompressFrom is the length from which bodies are compressed, if that makes
	// them shorter; negative means never.
	CompressFrom int
}

// NewPoster makes a Poster, which must be closed.
func NewPoster(config PosterConfig) *Poster {
	p := &Poster{config: config, idle: func() {}}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	client := http.Client{}
	if config.Client != nil {
		client = *config.Client
	} else {
		transport := config.Dialer.keepAliveTransport(p.ctx)
		client.Transport, p.idle = transport, transport.CloseIdleConnections
	}
	// Who asks for the request to be sent elsewhere mustn't get what is in it.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p.client = &client
	return p
}

// Close closes connections that aren't used, and ends attempts to connect. Those
// that are used are closed when they aren't any more.
func (p *Poster) Close() {
	p.cancel(errPosterClosed)
	p.idle()
}

// errPosterClosed is why there is no connection after Close.
var errPosterClosed = errors.New("ninchat: closed")

// leave is called when a connection may have become idle after Close.
func (p *Poster) leave() {
	if p.ctx.Err() != nil {
		p.idle()
	}
}

// Answer is an HTTP answer.
type Answer struct {
	// Code is the HTTP status code.
	Code int
	// Media is the type of the body without parameters, "" if there is none or
	// it makes no sense.
	Media string
	// Body is the body, decompressed.
	Body []byte
	// RetryAfter is how long the server asks to be left alone, 0 if it doesn't.
	RetryAfter time.Duration
}

// NotSentError says that a request wasn't sent: there was no connection.
type NotSentError struct{ err error }

// Error says why.
func (e *NotSentError) Error() string { return e.err.Error() }

// Unwrap returns the reason.
func (e *NotSentError) Unwrap() error { return e.err }

// ErrAnswerTooLong says that an answer was longer than Limits.Answer.
var ErrAnswerTooLong = errors.New("ninchat: the answer is too long")

// Post sends a request and returns its answer, whatever its status is. Errors
// are a *[NotSentError], [ErrAnswerTooLong], the cause of ctx, or say what went
// wrong on the way. The answer that comes with an error may have no body.
func (p *Poster) Post(ctx context.Context, media string, body []byte) (Answer, error) {
	request, err := p.request(ctx, media, body)
	if err != nil {
		return Answer{}, &NotSentError{err}
	}
	defer p.leave()
	response, err := p.client.Do(request)
	if err != nil {
		return Answer{}, because(ctx, notSent(withoutURL(err)))
	}
	defer response.Body.Close()
	answer := Answer{Code: response.StatusCode, RetryAfter: retryAfter(response.Header)}
	answer.Media, _, _ = mime.ParseMediaType(response.Header.Get("Content-Type"))
	if answer.Body, err = p.read(response); err != nil {
		return answer, because(ctx, err)
	}
	return answer, nil
}

// request makes a request.
func (p *Poster) request(ctx context.Context, media string, body []byte) (*http.Request, error) {
	body, encoding := p.compress(body)
	url := p.config.Dialer.Address.JoinPath(p.config.Path).String()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range p.config.Dialer.Header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", media)
	request.Header.Set("Accept", p.config.Accept)
	if encoding != "" {
		request.Header.Set("Content-Encoding", encoding)
	}
	return request, nil
}

// compress compresses a body if it pays.
func (p *Poster) compress(body []byte) (out []byte, encoding string) {
	if p.config.CompressFrom < 0 || len(body) < p.config.CompressFrom {
		return body, ""
	}
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	// Writing to a buffer can't fail.
	_, _ = w.Write(body)
	_ = w.Close()
	if compressed.Len() >= len(body) {
		return body, ""
	}
	return compressed.Bytes(), "gzip"
}

// read reads the body of an answer. Usually [http.Transport] asks for gzip, and
// has decompressed it; one that was told not to may get it nevertheless.
func (p *Poster) read(response *http.Response) ([]byte, error) {
	var body io.Reader = response.Body
	switch encoding := response.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		r, err := gzip.NewReader(body)
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("decompress the answer: %w", err)
		}
		body = r
	default:
		return nil, errors.New("the answer has a Content-Encoding that wasn't asked for")
	}
	limit := int64(p.config.Dialer.Limits.Answer)
	var out bytes.Buffer
	if n := response.ContentLength; n > 0 {
		// One byte more is read to see the end. What a length claims costs no
		// more than this.
		out.Grow(int(min(n, limit, maxGrow)) + bytes.MinRead)
	}
	if _, err := out.ReadFrom(io.LimitReader(body, oneMore(p.config.Dialer.Limits.Answer))); err != nil {
		return nil, err
	}
	if int64(out.Len()) > limit {
		return nil, ErrAnswerTooLong
	}
	return out.Bytes(), nil
}

// maxGrow is how much memory is taken at first for an answer that is longer.
const maxGrow = 64 << 10

// withoutURL takes what the HTTP client adds off an error: the address, which
// whoever gets the error knows. What is left may quote the peer at length.
func withoutURL(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	if text := err.Error(); len(text) > maxErrorText {
		return &longError{err, strings.ToValidUTF8(text[:maxErrorText], "") + "…"}
	}
	return err
}

// maxErrorText is the longest text of an error, in bytes.
const maxErrorText = 300

// longError is an error with its text cut off.
type longError struct {
	err  error
	text string
}

func (e *longError) Error() string { return e.text }

// Is reports whether the whole error matches target. There is no other way to its text.
func (e *longError) Is(target error) bool { return errors.Is(e.err, target) }

// As finds what is in the whole error.
func (e *longError) As(target any) bool { return errors.As(e.err, target) }

// notSent marks errors that say for sure that nothing was sent.
func notSent(err error) error {
	if _, ok := errors.AsType[*NotSentError](err); ok {
		return err
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return &NotSentError{err}
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return &NotSentError{err}
	}
	return err
}
