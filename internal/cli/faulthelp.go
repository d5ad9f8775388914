package cli

// faultText explains a fault: in a few words, in some more, and by the flags of an
// example.
type faultText struct{ short, long, flags string }

// faultHelp says what a fault does, and what a good client makes of it.
func faultHelp(name string) faultText {
	switch name {
	case "cut":
		return faultText{"End connections without a word", `As when a cable is pulled out. Clients should connect again and resume their
sessions; nothing is lost.`, " --user 12h6iv55"}
	case "cut-after":
		return faultText{"End connections after so many more bytes", `That may be in the middle of a frame, or between a header and its payload. Half a
message must be thrown away; it comes again when the session is resumed.`, " --bytes 100"}
	case "cut-next":
		return faultText{"End the next connection or request after so many bytes", `Bytes count from the end of the handshake, or within the body of an answer. Each
time is about one more connection.`, " --bytes 10"}
	case "cut-at":
		return faultText{"Cut the connection after an action has been done, before its answer", `The client can't know whether it has been done. It must send it again with the same
action_id, and mustn't do it twice.`, " --action send_message"}
	case "half-open":
		return faultText{"Neither read nor write any more, without closing connections", `As when the network is gone. Only silence tells: clients should give up after about a
minute, connect again and resume. 'cut' and 'clear' end it.`, " --user 12h6iv55"}
	case "stall-next":
		return faultText{"Make the next connection or request half-open", `What is half-open from the beginning never answers create_session or
resume_session.`, ""}
	case "delay":
		return faultText{"Wait before each write", `It is about the connections that there are, and about the answers to their polls.
0s ends it.`, " --delay 300ms"}
	case "duplicate":
		return faultText{"Send events that haven't been acknowledged once more", `Clients should drop events with an event_id that they have seen.`, ""}
	case "reorder":
		return faultText{"Send the next two events of sessions in the wrong order", `The first one waits for the second. Clients should notice that the event_id leaves one
out, and not lose it.`, ""}
	case "error":
		return faultText{"Answer the n-th such action with an error instead of doing it", `Without --action it is any action, by session, polling or call. It happens once.`, " --action send_message --nth 3 --error-type permission_denied"}
	case "say":
		return faultText{"Send an error event that answers nothing", `It goes to sessions, and has no action_id.`, " --error-type deprecated --reason 'a newer version is out'"}
	case "lose":
		return faultText{"Forget sessions, and cut their connections", `Resuming fails with session_not_found. Clients should make a new session with their
user_auth.`, " --user 12h6iv55"}
	case "lose-at":
		return faultText{"Forget the session after an action has been done, before its answer", `The action must be sent again in a new session, with the same action_id, and is then
answered from memory.`, " --action send_message"}
	case "overflow":
		return faultText{"Lose sessions as if their clients never acknowledged events", `Clients are told session_buffer_overflow, and should make a new session.`, ""}
	case "supersede":
		return faultText{"Take connections away as if another client had resumed the sessions", `Clients are told connection_superseded. They shouldn't fight for the session.`, ""}
	case "close":
		return faultText{"Close connections in an orderly way", `1001 is advice to look for another server by discovery.`, " --code 1001 --reason 'going down'"}
	case "refuse":
		return faultText{"Answer every HTTP request with a status and nothing else", `Those for WebSockets are refused too; connections that there are aren't affected.
0 ends it.`, " --status 503"}
	case "slow":
		return faultText{"Answer every HTTP request late", `0s ends it.`, " --delay 2s"}
	case "slow-discovery":
		return faultText{"Answer discovery late", `0s ends it.`, " --delay 20s"}
	case "lie":
		return faultText{"Answer discovery with other hosts", `Clients should try the next host if one isn't there, and ask again in the end. Without
--hosts discovery tells the truth again.`, " --hosts 127.0.0.1:1,127.0.0.1:8228"}
	case "random":
		return faultText{"Make things go wrong at random", `There is a fault every second or two. The same seed leads to the same faults in the
same order at the same times. What goes on for a while is ended a little later.`, " --seed 7 --for 1m"}
	}
	return faultText{}
}
