package ninchat

// doneBefore waits until done or over comes, and reports whether it is done. That prevails
// if both have come at once, as after the machine has stood still.
func doneBefore[T any](done <-chan struct{}, over <-chan T) bool {
	select {
	case <-done:
		return true
	case <-over:
	}
	select {
	case <-done:
		return true
	default:
		return false
	}
}
