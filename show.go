package ninchat

import (
	"fmt"
	"log/slog"
)

// String says whose session it is, and what it is doing. It has nothing secret in it;
// nor has any other way of formatting or logging a session.
func (s *Session) String() string {
	return fmt.Sprintf("%v session of user %q", s.State(), s.secrets.Text(s.UserID()))
}

// Format writes what String returns, whatever the verb.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue returns what String returns.
func (s *Session) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String names the server. It has nothing secret in it; nor has any other way of
// formatting or logging a Caller.
func (c *Caller) String() string { return "caller of " + c.config.Address }

// Format writes what String returns, whatever the verb.
func (c *Caller) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// LogValue returns what String returns.
func (c *Caller) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Format writes the name and the id of the action, whatever the verb.
func (p *Prepared) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "prepared %s %d", p.call.Name, p.ActionID())
}
