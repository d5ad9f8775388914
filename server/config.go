package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// Config says how a [Server] behaves. The zero Config is good for development:
// every field has a default.
type Config struct {
	// Logger gets what happens: connections at debug level, refused requests
	// and faults at info level, mistakes of the server at error level. Secrets
	// and message contents are never logged. Default: nothing is logged.
	Logger *slog.Logger

	// TLS makes [Server.Serve] speak TLS. HTTP/2 is never offered, whatever
	// NextProtos says: client libraries that share their configuration between
	// HTTP and WebSocket would break. See [Authority.TLSConfig]. Default: plain
	// HTTP.
	TLS *tls.Config

	// Hosts is what discovery (GET /v2/endpoint) answers: hosts, each with a
	// port unless it is the default one. New sessions are told to stay at the first
	// of them, unless their client has come by another one. Default: the host by
	// which the request came. Set Hosts behind a proxy that doesn't pass it on.
	Hosts []string

	// BaseURL is what the addresses of files and icons begin with, as
	// "https://example.com:8080". Default: "http" or "https", and the host by which
	// the client came to which the address is given. An icon's address is given to
	// everybody; it begins with the IP address and the port at which the server
	// listens. Set BaseURL where others don't get there, as behind a proxy.
	BaseURL string

	// Origins lists web pages that may use the server, by the values of the Origin
	// header, as "https://example.com", besides those of this computer (of localhost
	// and of loopback addresses) and those of the host by which the server is called.
	// "null" lets in pages without an origin of their own, such as files, and any page
	// can make one of those. "*" lets everybody in, by whatever name the server is
	// called. Requests without the header come from elsewhere and are let in, unless
	// they have a referrer, or a browser says that they are made by another site: then
	// the referrer counts. Origins that no web page has, as of extensions and
	// applications, are let in.
	//
	// So that a page can't have a name of its own refer to this computer instead,
	// requests without TLS are refused unless their Host is an IP address, a name that
	// is nobody's (without a dot, or below localhost, local, internal, home.arpa, test,
	// example, invalid, example.com, example.org or example.net), one of the service
	// (below ninchat.com), or the host of one of Hosts, BaseURL or Origins. Default: no
	// others.
	Origins []string

	// Strict refuses actions with parameters or attributes that the API doesn't
	// have, and messages of the API's types with more than one payload part, which is
	// good for finding mistakes. Published clients send some parameters that package
	// spec knows, so most can bear it; some send more parts, and can't. Default:
	// what the API doesn't have is ignored, and further parts are passed on.
	Strict bool

	// Debug lets programs on this computer that know DebugToken make things go wrong by
	// HTTP, at /debug/faults: see docs/local-server.md. Default: only [Server.Faults]
	// can. The outbox can be read at /debug/outbox in any case.
	Debug bool

	// DebugToken is what /debug/faults and /debug/outbox want to be shown, in a header
	// "Authorization: Bearer" and the token: 16 to 256 letters, digits and characters
	// of -._~+/, and = at the end. Default: one that is made at random; see
	// [Server.DebugToken].
	DebugToken api.Secret

	// Deprecated, if it isn't "", is what clients are told in an error event of
	// the type deprecated, once on each connection with a session: the service
	// does that when there is a newer version of the API.
	Deprecated string

	// Sites are what GET /config/KEY answers, by the key: JSON objects that software
	// for web sites and mobile devices asks for at its start. The server makes
	// nothing of them. Default: there are none.
	Sites map[string]jsontext.Value

	// Limits bounds what clients can do.
	Limits Limits

	// Store keeps everything that the server knows, so that a server that is made
	// with it later goes on where this one ended, be it by a crash: nobody is told
	// of anything that hasn't been kept. A store is for one server at a time. When
	// it fails, all actions are answered by the error "internal". See package
	// server/sqlite. Default: everything is in memory only.
	Store Store

	// Clock is where the time comes from by which the server imitates what takes
	// time: opening hours, the expiry of keys, guests and sessions, the deletion of
	// transcripts, attributes for a while, the times of messages. What is about a
	// connection itself (KeepAlive, Silence, Hello, Stall, Poll, and delays by
	// faults) goes by the system's clock always. See ninchattest.WithClock.
	// Default: the system's clock.
	Clock Clock

	// KeepAlive is how long a connection may be silent before an empty frame is
	// sent; less than 30 seconds, or clients give the connection up. Default: 25
	// seconds.
	KeepAlive time.Duration
	// Silence is how long a client may say nothing at all, not even an empty
	// frame or a ping, before its connection is dropped; and how long a client
	// that polls may neither poll nor do anything else, before its session counts
	// as one without connection. Clients speak at least every 56 seconds.
	// Default: 2 minutes.
	Silence time.Duration
	// Hello is how long a new connection may take until it has a session.
	// Default: 1 minute.
	Hello time.Duration
	// Stall is how long a single write may take, and a client to say all of a
	// request's header, of its body, or of a WebSocket message with more than 4 KiB,
	// before the connection is dropped. Default: 30 seconds.
	Stall time.Duration
	// Poll is how long a poll waits for events until it is answered by an empty
	// array, at most 60 seconds: clients give up after 64 to 77. Default: 50
	// seconds.
	Poll time.Duration
	// Resume is how long a session without connection can be resumed before it
	// is lost. Default: 5 minutes.
	Resume time.Duration
	// Guests is how long a guest without sessions stays before being deleted:
	// guests log in again after closing a session. Default: 10 minutes.
	Guests time.Duration
	// Skew is how much the clock of whoever signs with a master key may differ: how
	// long signatures, tokens and secure metadata are still good after they have
	// expired, and already good before they expire in a week. Less than zero means
	// not at all; it is at most an hour. Default: 30 seconds.
	Skew time.Duration
	// Download is how long the address of a file can be used. Default: 1 hour.
	Download time.Duration
	// Repeats is how long, after a session was lost, actions whose replies the
	// client may not have got are remembered, so that they aren't done again
	// when they are sent again in a new session. Default: 5 minutes.
	Repeats time.Duration

	// STUNServers and TURNServers are what begin_ice answers. Default: none,
	// which is enough for calls on one network.
	STUNServers []api.STUNServer
	TURNServers []api.TURNServer

	// OnMail is told about each mail that the service would have sent, besides
	// [Server.Outbox]. It is called by one goroutine at a time, for one mail after
	// another; when it is slow, more than 1,000 that wait are too many, and the
	// oldest aren't told. Closing waits for it, but not longer than a second.
	// Default: nobody is told.
	OnMail func(Mail)

	// OnDefect is told about what should be impossible: an event that the API
	// doesn't allow, a panic, or a change that a store wouldn't be told. It is
	// called from several goroutines. When it is set, every event is checked
	// against package spec before it is sent, and when the server is closed, what
	// a store would have is compared with what there is; that is meant for tests.
	// Default: panics are logged, nothing is checked.
	OnDefect func(error)
}

// Limits bounds what clients can do. A limit of 0 means the default.
type Limits struct {
	// Connections is the number of WebSocket connections. Default: 100,000.
	Connections int
	// HTTPConnections is the number of connections that aren't WebSockets, or not yet:
	// those that say nothing count. What comes beyond is closed. Who has an HTTP server
	// of his or her own has to see to that. Default: 100,000.
	HTTPConnections int
	// Requests is the number of HTTP requests with actions, waiting polls among
	// them, that are answered at the same time. Default: 50,000.
	Requests int
	// Bodies is the number of bytes that the bodies of all such requests take
	// together until their actions have been done. Default: 256 MiB.
	Bodies int
	// Messages is the number of bytes that WebSocket messages take together, from when
	// they begin to come until their actions have been done; of each connection, 4 KiB
	// don't count. What doesn't fit is thrown away, and answered by the error "internal";
	// if it is an action's header, the connection is closed with code 1011. A message
	// that takes more has to be there within Stall. Default: 128 MiB.
	Messages int
	// Outgoing is the number of bytes of events that are being written at the same time,
	// to WebSockets and in answers to polls; of each, 4 KiB don't count. What doesn't fit
	// waits. Whoever has waited as long as Stall is cut, and gets the events later.
	// Default: 256 MiB.
	Outgoing int
	// Sessions is the number of sessions. Default: 200,000.
	Sessions int
	// Users is the number of users who may come by themselves. Default: 500,000.
	Users int
	// SessionsPerUser is the number of sessions of one user; beyond it the
	// oldest one without connection is dropped, and if there is none, a new one
	// is refused. Default: 100.
	SessionsPerUser int

	// Events is the number of events that a session can hold until they are
	// acknowledged; beyond it the session is lost. Published clients acknowledge
	// as late as after 4,096 events: a smaller number is for tests only. One
	// update_user_messages changes no more messages than an eighth of it.
	// Default: 8,192.
	Events int
	// EventBytes is the size of those events. Default: 64 MiB.
	EventBytes int

	// Header, Parts, Part and Payload bound an action: the bytes of its header,
	// the number of its payload parts, the bytes of each part, and those of all
	// parts together. Defaults: 256 KiB, 64, 1 MiB and 4 MiB.
	Header, Parts, Part, Payload int
	// File is the bytes of a file, which is the payload of send_file. Default: 10
	// MiB.
	File int
	// Uploads is the number of bytes of the files of a user together. Default: 100
	// MiB.
	Uploads int
	// Files is the number of bytes of all files together, with their thumbnails.
	// Default: 1 GiB.
	Files int
	// Pixels is how many pixels an image may have to get a thumbnail, or to become
	// an icon. Default: 20,000,000.
	Pixels int
	// Decoding is the number of bytes that reading images takes, of all images that are
	// read at the same time. Images wait for each other, for as long as Stall, after
	// which there is no thumbnail; those that would take more have none either. An image
	// takes from 1 to 24 bytes for each pixel. Default: 384 MiB.
	Decoding int
	// MessageType is the length of a message type. Default: 128.
	MessageType int
	// MessageTypes is the number of message types in a list. Default: 256.
	MessageTypes int

	// Guesses is the number of wrong passwords within a minute after which none is
	// accepted any more for a user or an identity until the minute is over, and
	// PeerGuesses the same for a computer that they come from. Defaults: 10 and 100.
	Guesses, PeerGuesses int
	// Mails is the number of mails with keys within a minute after which an address
	// can't be sent more by request until the minute is over, and the number of
	// mailed keys of an identity that are remembered; beyond it the oldest one can't be
	// used any more. They don't count as AccessKeys. Default: 10.
	Mails int
	// Identities is the number of identities that a user can have. Default: 100.
	Identities int
	// AccessKeys is the number of access keys of a user that are remembered;
	// beyond it old ones can't be used any more. Default: 1,000.
	AccessKeys int
	// MasterKeys is the number of master keys that a user can have. Default: 100.
	MasterKeys int
	// Channels is the number of channels that a user can own. Default: 1,000.
	Channels int
	// Realms is the number of realms that a user can own. Default: 100.
	Realms int
	// Queues is the number of queues that the realms of a user can have
	// together, and QueueMembers the number of members of those. Defaults: 1,000
	// and 1,000.
	Queues, QueueMembers int
	// Waiting is the number of customers who can wait in a queue, whatever its
	// capacity. Default: 10,000.
	Waiting int
	// Audiences is the number of audiences that a queue remembers with their
	// transcripts; beyond it the oldest completed one is forgotten. Default:
	// 10,000.
	Audiences int
	// Tags is the number of tags of a realm. Default: 1,000.
	Tags int
	// Members is the number of members of a channel or realm. Default: 10,000.
	Members int
	// History is the number of messages that a channel or dialogue keeps; older
	// ones are forgotten. Default: 10,000.
	History int
	// HistoryBytes is the size of those messages. Default: 64 MiB.
	HistoryBytes int
	// Load is the largest and LoadDefault the usual number of messages in the
	// answer to load_history. Defaults: 1,000 and 100.
	Load, LoadDefault int
	// TranscriptBytes is the size of the messages in one answer to
	// get_transcript; the last one may exceed it. Default: 4 MiB.
	TranscriptBytes int
}

// maxKeepAlive is what published clients can bear (they give up after 64 to 109
// seconds, some of them twice as early when a frame is lost).
const maxKeepAlive = 30 * time.Second

// maxPoll is what published clients can bear.
const maxPoll = time.Minute

// maxSkew is what package master tolerates.
const maxSkew = time.Hour

func (c Config) withDefaults() (Config, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	fill(&c.DebugToken, api.Secret(newToken()))
	fill(&c.KeepAlive, 25*time.Second)
	fill(&c.Silence, 2*time.Minute)
	fill(&c.Hello, time.Minute)
	fill(&c.Stall, 30*time.Second)
	fill(&c.Poll, 50*time.Second)
	fill(&c.Resume, 5*time.Minute)
	fill(&c.Guests, 10*time.Minute)
	fill(&c.Repeats, 5*time.Minute)
	fill(&c.Download, time.Hour)
	if c.KeepAlive < 0 || c.KeepAlive >= maxKeepAlive {
		return c, fmt.Errorf("ninchat: server: KeepAlive is %v, must be less than %v", c.KeepAlive, maxKeepAlive)
	}
	if err := checkBaseURL(c.BaseURL); err != nil {
		return c, err
	}
	if err := checkDebugToken(c.DebugToken.Reveal()); err != nil {
		return c, err
	}
	if c.Poll < 0 || c.Poll > maxPoll {
		return c, fmt.Errorf("ninchat: server: Poll is %v, must not be more than %v", c.Poll, maxPoll)
	}
	for _, d := range []time.Duration{c.Silence, c.Hello, c.Stall, c.Resume, c.Guests, c.Repeats, c.Download} {
		if d < 0 {
			return c, fmt.Errorf("ninchat: server: negative duration %v", d)
		}
	}
	if c.Skew > maxSkew {
		return c, fmt.Errorf("ninchat: server: Skew is %v, must not be more than %v", c.Skew, maxSkew)
	}
	if err := checkSites(c.Sites); err != nil {
		return c, err
	}
	err := c.Limits.complete()
	return c, err
}

func (l *Limits) complete() error {
	limits := []struct {
		value    *int
		standard int
	}{
		{&l.Connections, 100_000},
		{&l.Requests, 50_000},
		{&l.Bodies, 256 << 20},
		{&l.Messages, 128 << 20},
		{&l.Outgoing, 256 << 20},
		{&l.HTTPConnections, 100_000},
		{&l.Sessions, 200_000},
		{&l.Users, 500_000},
		{&l.SessionsPerUser, 100},
		{&l.Events, 8192},
		{&l.EventBytes, 64 << 20},
		{&l.Header, 256 << 10},
		{&l.Parts, 64},
		{&l.Part, 1 << 20},
		{&l.Payload, 4 << 20},
		{&l.File, 10 << 20},
		{&l.Uploads, 100 << 20},
		{&l.Files, 1 << 30},
		{&l.Pixels, 20_000_000},
		{&l.Decoding, 384 << 20},
		{&l.MessageType, 128},
		{&l.MessageTypes, 256},
		{&l.Guesses, 10},
		{&l.PeerGuesses, 100},
		{&l.Mails, 10},
		{&l.Identities, 100},
		{&l.AccessKeys, 1000},
		{&l.MasterKeys, 100},
		{&l.Channels, 1000},
		{&l.Realms, 100},
		{&l.Tags, 1000},
		{&l.Queues, 1000},
		{&l.QueueMembers, 1000},
		{&l.Waiting, 10_000},
		{&l.Audiences, 10_000},
		{&l.Members, 10_000},
		{&l.History, 10_000},
		{&l.HistoryBytes, 64 << 20},
		{&l.Load, 1000},
		{&l.LoadDefault, 100},
		{&l.TranscriptBytes, 4 << 20},
	}
	for _, limit := range limits {
		fill(limit.value, limit.standard)
		if *limit.value < 0 {
			return fmt.Errorf("ninchat: server: negative limit %d", *limit.value)
		}
	}
	return nil
}

// updates is how many messages one action hides or shows, each of which is an event
// for every member: not so many that it takes what a session can hold.
func (l *Limits) updates() int { return max(l.Events/8, 1) }

func (l *Limits) wire() wire.Limits {
	return wire.Limits{
		Header: l.Header, Parts: l.Parts, Part: l.Part, Total: l.Payload,
		Large: wire.Large{Name: fileAction, Part: l.File},
	}
}

func fill[T comparable](value *T, standard T) {
	var none T
	if *value == none {
		*value = standard
	}
}
