//go:build !unix

package session

import "time"

// cpu is 0, as there is no portable way to learn the processor time.
func cpu() time.Duration { return 0 }
