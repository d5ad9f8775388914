package transport

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// pollPath is where actions are posted and events fetched.
const pollPath = "/v2/poll"

// pollQuery tells the local server that payloads needn't be objects. It spares
// the published clients others, which they fail over.
const pollQuery = "payloads=any"

// pollerParam tells the local server who polls, so that it can tell whoever polled a
// session before that somebody else has it now: see Dialer.poller.
const pollerParam = "poller"

// poller is who polls now: this Dialer, and which of its connections it is.
func (d *Dialer) poller() string {
	if d.pollClient == "" {
		d.pollClient = rand.Text()
	}
	d.pollConns++
	return d.pollClient + "." + strconv.FormatUint(d.pollConns, 10)
}

// requester does the requests of long polling.
type requester struct {
	client httpClient
	// host is who is asked, for errors.
	host   string
	url    string
	header http.Header
	limits wire.Limits
	// refusal is why there is no WebSocket, nil if none was tried.
	refusal error
}

// do posts an action, and returns the events that it is answered with.
func (r *requester) do(ctx context.Context, body []byte) ([]*wire.Message, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	setHeader(request, r.header)
	// Other clients say that, or nothing. Browsers don't ask for permission then.
	request.Header.Set("Content-Type", "text/plain; charset=utf-8")
	text, err := fetch(r.client, request, r.limits.Answer)
	if err != nil {
		return nil, r.explain(err)
	}
	messages, err := wire.ParsePoll(text, r.limits, nil)
	if err != nil {
		return nil, r.explain(err)
	}
	return messages, nil
}

// explain says what an error is about.
func (r *requester) explain(err error) error {
	if r.refusal != nil {
		return fmt.Errorf("long polling at %s: %w (there was no WebSocket: %v)", r.host, err, r.refusal)
	}
	return fmt.Errorf("long polling at %s: %w", r.host, err)
}

func setHeader(request *http.Request, header http.Header) {
	for name, values := range header {
		request.Header[name] = values
	}
}

// fetch does a request, and returns the body of the answer.
func fetch(client httpClient, request *http.Request, limit int) ([]byte, error) {
	ctx := request.Context()
	response, err := client.do(request)
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		// It repeats the URL, and would say why if the caller had a deadline of
		// its own.
		err = wrapped.Err
	}
	if err != nil {
		return nil, because(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, statusError(response)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, oneMore(limit)))
	switch {
	case err != nil:
		return nil, because(ctx, err)
	case len(text) > limit:
		return nil, errTooLong
	}
	return text, nil
}

// oneMore is how much is read at most where limit is the most that is taken. A
// limit may be as large as an int can be.
func oneMore(limit int) int64 { return min(int64(limit), math.MaxInt64-1) + 1 }

// httpClient does HTTP requests. Redirects aren't followed: what is sent is meant
// for one host.
type httpClient struct {
	do func(*http.Request) (*http.Response, error)
	// close lets go of network connections that aren't in use, and has no others
	// made.
	close func()
	// wait waits, after close, for those that are being made.
	wait func()
}

// keepFor is for how long connections are kept. A request that is sent while the
// server closes the connection may be lost, so it should be the client who closes
// first.
const keepFor = 25 * time.Second

// httpClient makes an HTTP client. ctx bounds the network connections that it
// makes, and keep says that they are used again.
func (d *Dialer) httpClient(ctx context.Context, keep bool) httpClient {
	if d.HTTPClient != nil {
		client := *d.HTTPClient
		// A poll takes longer than what is usual.
		client.Timeout = 0
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		do := func(r *http.Request) (*http.Response, error) {
			response, err := guard(d.Panicked, func() (*http.Response, error) { return client.Do(r) })
			if err == nil {
				response.Body = &guardedBody{response.Body, d.Panicked}
			}
			return response, err
		}
		return httpClient{do: do, close: func() {}, wait: func() {}}
	}
	dials := &dials{panicked: d.Panicked}
	tripper := d.roundTripper(ctx, dials)
	if t, ok := tripper.(*http.Transport); ok && keep {
		t.DisableKeepAlives = false
		// One for polls, one for actions.
		t.MaxIdleConnsPerHost = 2
		t.IdleConnTimeout = keepFor
	}
	closeIdle := (&http.Client{Transport: tripper}).CloseIdleConnections
	return httpClient{
		do:    tripper.RoundTrip,
		close: func() { dials.end(); closeIdle() },
		wait:  dials.wait,
	}
}

// poll makes a connection for long polling to a host. Nothing is sent yet.
func (d *Dialer) poll(host string) *poll {
	u := d.url(host, pollPath)
	u.RawQuery = pollQuery + "&" + pollerParam + "=" + d.poller()
	p := newPoll(requester{host: host, url: u.String(), header: d.Header, limits: d.Limits}, d.Linger)
	p.requester.client = d.httpClient(p.sending, true)
	return p
}
