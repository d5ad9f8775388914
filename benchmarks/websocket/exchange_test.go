package websocket

// windowSize is how many requests are in flight at a time.
const windowSize = 256

// exchangeOneByOne makes requests, each after the reply to the previous one.
func exchangeOneByOne(client Client, requests int, request func(number int) (header, payload []byte), receive Receiver) error {
	var sendErr error
	send := func(number int) bool {
		header, payload := request(number)
		sendErr = Send(client, header, payload)
		return sendErr == nil
	}
	if !send(0) {
		return sendErr
	}
	replies := 0
	err := client.Receive(func(header, payload []byte) bool {
		if !receive(header, payload) {
			return false
		}
		replies++
		return replies < requests && send(replies)
	})
	if sendErr != nil {
		return sendErr
	}
	return err
}

// exchangeInWindow keeps windowSize requests in flight.
func exchangeInWindow(client Client, requests int, request func(number int) (header, payload []byte), receive Receiver) error {
	window := newWindow(windowSize)
	sent := make(chan error, 1)
	go func() { sent <- window.send(client, requests, request) }()
	replies := 0
	err := client.Receive(func(header, payload []byte) bool {
		if !receive(header, payload) {
			return false
		}
		replies++
		window.give(1)
		return replies < requests
	})
	window.close()
	if sendErr := <-sent; sendErr != nil {
		return sendErr
	}
	return err
}

// receiveFlood asks for events and receives them.
func receiveFlood(client Client, events int, receive Receiver) error {
	if err := Send(client, RequestHeader(0), FloodPayload(events)); err != nil {
		return err
	}
	received := 0
	return client.Receive(func(header, payload []byte) bool {
		if !receive(header, payload) {
			return false
		}
		received++
		return received < events
	})
}
