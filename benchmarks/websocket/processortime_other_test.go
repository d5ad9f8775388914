//go:build !unix

package websocket

import (
	"testing"
	"time"
)

// processorTime returns 0, as there is no portable way to learn the time of the
// processor.
func processorTime(*testing.B) time.Duration { return 0 }
