package ninchat

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"

	"github.com/ninchat-community/ninchat/internal/transport"
)

// proxyFromEnvironment chooses proxies as the environment says at the moment.
// Unlike [http.ProxyFromEnvironment], it knows ALL_PROXY.
func proxyFromEnvironment() func(*http.Request) (*url.URL, error) {
	config := httpproxy.FromEnvironment()
	if config.HTTPProxy == "" {
		// ALL_PROXY isn't what a request could set in a CGI program.
		config.HTTPProxy, config.CGI = anyEnv("ALL_PROXY", "all_proxy"), false
	}
	setDefault(&config.HTTPSProxy, anyEnv("ALL_PROXY", "all_proxy"))
	choose := config.ProxyFunc()
	return func(request *http.Request) (*url.URL, error) { return choose(request.URL) }
}

// checkProxy refuses a proxy for an address that can't be used, unless that is for
// choose to say.
func checkProxy(choose func(*http.Request) (*url.URL, error), address *url.URL) error {
	proxy, err := choose(&http.Request{URL: address})
	if err != nil || proxy == nil {
		return nil
	}
	if err := transport.CheckProxy(proxy); err != nil {
		return &ConfigError{"Proxy", err}
	}
	return nil
}

// checkEnvironment refuses a proxy in the environment that can't be used for an
// address.
func checkEnvironment(choose func(*http.Request) (*url.URL, error), address *url.URL) error {
	proxy, err := choose(&http.Request{URL: address})
	switch {
	case err != nil:
		// It may repeat the proxy's password.
		err = errors.New("isn't the URL of a proxy, or mustn't be used here")
	case proxy != nil:
		err = transport.CheckProxy(proxy)
	}
	if err != nil {
		return &ConfigError{"Proxy", fmt.Errorf("comes from the environment: %s %w", proxyVariable(address.Scheme), err)}
	}
	return nil
}

// proxyVariable names the environment variable that has the proxy for a scheme.
func proxyVariable(scheme string) string {
	names := []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"}
	if scheme == "https" {
		names = []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}
	}
	for _, name := range names {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return names[0]
}

func anyEnv(upper, lower string) string { return cmp.Or(os.Getenv(upper), os.Getenv(lower)) }
