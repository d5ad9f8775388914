package server

import "github.com/ninchat-community/ninchat/api"

// beginICE tells the servers that the configuration has.
func (c *call) beginICE(*api.BeginICE) *failure {
	config := c.hub.config
	c.reply(&api.ICEBegun{
		STUNServers: append([]api.STUNServer{}, config.STUNServers...),
		TURNServers: append([]api.TURNServer{}, config.TURNServers...),
	})
	return nil
}

// discoverJitsi names a conference for the members of a channel. There is no
// server for it, so the token opens nothing; but there are clients that want one.
func (c *call) discoverJitsi(a *api.DiscoverJitsi) *failure {
	ch, _, why := c.membership(a.ChannelID)
	if why != nil {
		return why
	}
	c.reply(&api.JitsiDiscovered{JitsiRoom: new("ninchat-" + ch.id), JitsiToken: new(api.Secret(newToken()))})
	return nil
}
