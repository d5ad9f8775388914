package server

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// download is what the address of a file says: who gets what, and until when.
type download struct {
	fileID, userID string
	expiry         int64
	thumbnail      bool
}

// values are the parameters of the address, which are signed.
func (d download) values() url.Values {
	values := url.Values{"user": {d.userID}, "expires": {strconv.FormatInt(d.expiry, 10)}}
	if d.thumbnail {
		values.Set("thumbnail", "1")
	}
	return values
}

// signature proves that the server has made the address.
func (h *hub) signature(d download) string {
	mac := hmac.New(sha256.New, h.secrets.key[:])
	// Nothing else that is made with the key looks like this.
	fmt.Fprintf(mac, "download %q %s", d.fileID, d.values().Encode())
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// fileURL is an address that is good for one user, and for some time.
func (h *hub) fileURL(base string, d download) string {
	values := d.values()
	values.Set("signature", h.signature(d))
	return base + "/files/" + url.PathEscape(d.fileID) + "?" + values.Encode()
}

var (
	errForged = errors.New("the address isn't one that the server has given out")
	errPast   = errors.New("the address has expired")
)

// readDownload checks the address of a request.
func (h *hub) readDownload(r *http.Request) (download, error) {
	values := r.URL.Query()
	expiry, err := strconv.ParseInt(values.Get("expires"), 10, 64)
	d := download{r.PathValue("id"), values.Get("user"), expiry, values.Get("thumbnail") != ""}
	switch {
	case err != nil, !hmac.Equal([]byte(values.Get("signature")), []byte(h.signature(d))):
		return d, errForged
	case !h.clock.Now().Before(time.Unix(expiry, 0)):
		return d, errPast
	}
	return d, nil
}

// downloadFile gives a file to whom the address was given to, if the file is still
// there, and still is that user's business.
func (s *Server) downloadFile(w http.ResponseWriter, r *http.Request) {
	if !onlyGet(w, r) {
		return
	}
	h := s.hub
	h.lock()
	d, err := h.readDownload(r)
	f, u := h.files[d.fileID], h.users[d.userID]
	found := err == nil && f != nil && u != nil && !u.deleted && f.visibleTo(u)
	h.unlock()
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusForbidden)
	case !found:
		http.Error(w, "there is no such file", http.StatusNotFound)
	case d.thumbnail && f.thumbnail == nil:
		http.Error(w, "there is no thumbnail", http.StatusNotFound)
	case d.thumbnail:
		serve(w, r, f.thumbnail.Kind, "", f.thumbnail.Content)
	default:
		serve(w, r, f.attrs.Type.Or(""), f.attrs.Name.Or(""), f.content)
	}
}

// downloadIcon gives an icon to anybody who knows the address.
func (s *Server) downloadIcon(w http.ResponseWriter, r *http.Request) {
	if !onlyGet(w, r) {
		return
	}
	s.hub.lock()
	i := s.hub.icons[r.PathValue("id")]
	s.hub.unlock()
	if i == nil {
		http.Error(w, "there is no such icon", http.StatusNotFound)
		return
	}
	serve(w, r, i.kind, "", i.content)
}

func onlyGet(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodPost {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return false
	}
	return true
}

// serve answers with something that a stranger may have made: a browser must
// neither run it nor guess what it is. Files have a name, under which they are
// saved.
func serve(w http.ResponseWriter, r *http.Request, kind, name string, content []byte) {
	header := w.Header()
	header.Set("Content-Type", kind)
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Cache-Control", "private, no-cache")
	if name != "" {
		header.Set("Content-Disposition", disposition(name))
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// addresses are where clients find the server, and what the addresses of files and
// icons begin with.
type addresses struct {
	// host is where the client's sessions are, "" if that isn't known.
	host string
	// own is for the client who asks: it names the host by which the client came.
	own string
	// shared is for everybody: no client says what is in it.
	shared string
}

// base is what addresses begin with that come of a request.
func (s *Server) base(r *http.Request) addresses {
	host := s.home(r)
	if s.config.BaseURL != "" {
		return addresses{host, s.config.BaseURL, s.config.BaseURL}
	}
	own := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		own.Scheme = "https"
	}
	shared := url.URL{Scheme: own.Scheme, Host: localHost(r)}
	return addresses{host, own.String(), shared.String()}
}

// localHost is where the server listens for a request.
func localHost(r *http.Request) string {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return local.String()
	}
	return "localhost" // it isn't a network
}

// checkBaseURL checks Config.BaseURL.
func checkBaseURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("ninchat: server: BaseURL is %q, must be like https://example.com:8080", text)
	}
	return nil
}
