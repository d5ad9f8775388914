package server

import "github.com/ninchat-community/ninchat/api"

// ping is answered even without an action_id: polling clients look for the pong.
func (c *call) ping(*api.Ping) *failure {
	c.reply(new(api.Pong))
	return nil
}

func (c *call) describeConn(*api.DescribeConn) *failure {
	c.reply(new(api.ConnFound))
	return nil
}
