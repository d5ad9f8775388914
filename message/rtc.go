package message

import "github.com/go-json-experiment/json/jsontext"

// RTCOffer offers a call: ninchat.com/rtc/offer, see
// https://ninchat.com/docs/api#ninchatcomrtcoffer.
type RTCOffer struct {
	// SDP is the RTCSessionDescription of the one who offers.
	SDP Object
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var rtcOfferForm = form[RTCOffer]{
	members: []member[RTCOffer]{
		{name: "sdp", required: true, at: func(r *RTCOffer) any { return &r.SDP }},
	},
	unknown: func(r *RTCOffer) *jsontext.Value { return &r.Unknown },
}

// Text returns a sentence.
func (r *RTCOffer) Text() string { return "Sent the offer of a call." }

// Type returns [TypeRTCOffer].
func (*RTCOffer) Type() string { return TypeRTCOffer }

// Validate implements [Content].
func (r *RTCOffer) Validate() error { return rtcOfferForm.validate(TypeRTCOffer, r) }

// Property implements [Content].
func (r *RTCOffer) Property(name string) (value any, ok bool) { return rtcOfferForm.property(r, name) }

// Encode implements [Content].
func (r *RTCOffer) Encode() (payload [][]byte, err error) {
	return rtcOfferForm.encode(TypeRTCOffer, r)
}

func (r *RTCOffer) parse(part []byte, strict bool) *Error { return rtcOfferForm.parse(part, r, strict) }

// RTCAnswer answers the offer of a call: ninchat.com/rtc/answer, see
// https://ninchat.com/docs/api#ninchatcomrtcanswer.
type RTCAnswer struct {
	// SDP is the RTCSessionDescription of the one who answers.
	SDP Object
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var rtcAnswerForm = form[RTCAnswer]{
	members: []member[RTCAnswer]{
		{name: "sdp", required: true, at: func(r *RTCAnswer) any { return &r.SDP }},
	},
	unknown: func(r *RTCAnswer) *jsontext.Value { return &r.Unknown },
}

// Text returns a sentence.
func (r *RTCAnswer) Text() string { return "Answered the offer of a call." }

// Type returns [TypeRTCAnswer].
func (*RTCAnswer) Type() string { return TypeRTCAnswer }

// Validate implements [Content].
func (r *RTCAnswer) Validate() error { return rtcAnswerForm.validate(TypeRTCAnswer, r) }

// Property implements [Content].
func (r *RTCAnswer) Property(name string) (value any, ok bool) {
	return rtcAnswerForm.property(r, name)
}

// Encode implements [Content].
func (r *RTCAnswer) Encode() (payload [][]byte, err error) {
	return rtcAnswerForm.encode(TypeRTCAnswer, r)
}

func (r *RTCAnswer) parse(part []byte, strict bool) *Error {
	return rtcAnswerForm.parse(part, r, strict)
}

// RTCICECandidate is a way to reach the author in a call:
// ninchat.com/rtc/ice-candidate, see
// https://ninchat.com/docs/api#ninchatcomrtcice-candidate.
type RTCICECandidate struct {
	// Candidate is an RTCIceCandidate. Nil, null in JSON, ends the candidates,
	// as it does in WebRTC.
	Candidate Object
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var rtcICECandidateForm = form[RTCICECandidate]{
	members: []member[RTCICECandidate]{
		{name: "candidate", required: true, nullable: true, at: func(r *RTCICECandidate) any { return &r.Candidate }},
	},
	unknown: func(r *RTCICECandidate) *jsontext.Value { return &r.Unknown },
}

// Text returns a sentence.
func (r *RTCICECandidate) Text() string {
	if r.Candidate == nil {
		return "Has no more candidates for the call."
	}
	return "Sent a candidate for the call."
}

// Type returns [TypeRTCICECandidate].
func (*RTCICECandidate) Type() string { return TypeRTCICECandidate }

// Validate implements [Content].
func (r *RTCICECandidate) Validate() error {
	return rtcICECandidateForm.validate(TypeRTCICECandidate, r)
}

// Property implements [Content].
func (r *RTCICECandidate) Property(name string) (value any, ok bool) {
	return rtcICECandidateForm.property(r, name)
}

// Encode implements [Content].
func (r *RTCICECandidate) Encode() (payload [][]byte, err error) {
	return rtcICECandidateForm.encode(TypeRTCICECandidate, r)
}

func (r *RTCICECandidate) parse(part []byte, strict bool) *Error {
	return rtcICECandidateForm.parse(part, r, strict)
}

// RTCCall says that the author is calling: ninchat.com/rtc/call, see
// https://ninchat.com/docs/api#ninchatcomrtccall.
type RTCCall struct {
	// Unknown has any properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var rtcCallForm = form[RTCCall]{
	unknown: func(r *RTCCall) *jsontext.Value { return &r.Unknown },
}

// Text returns a sentence.
func (r *RTCCall) Text() string { return "Is calling." }

// Type returns [TypeRTCCall].
func (*RTCCall) Type() string { return TypeRTCCall }

// Validate implements [Content].
func (r *RTCCall) Validate() error { return rtcCallForm.validate(TypeRTCCall, r) }

// Property implements [Content].
func (r *RTCCall) Property(name string) (value any, ok bool) { return rtcCallForm.property(r, name) }

// Encode implements [Content].
func (r *RTCCall) Encode() (payload [][]byte, err error) { return rtcCallForm.encode(TypeRTCCall, r) }

func (r *RTCCall) parse(part []byte, strict bool) *Error { return rtcCallForm.parse(part, r, strict) }

// RTCPickUp says what becomes of a call: ninchat.com/rtc/pick-up, see
// https://ninchat.com/docs/api#ninchatcomrtcpick-up.
type RTCPickUp struct {
	// Answer says whether the call is taken.
	Answer bool
	// Busy says that it isn't because of another call. Optional.
	Busy *bool
	// Unsupported says that it isn't because it can't be. Optional.
	Unsupported *bool
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var rtcPickUpForm = form[RTCPickUp]{
	members: []member[RTCPickUp]{
		{name: "answer", required: true, at: func(r *RTCPickUp) any { return &r.Answer }},
		{name: "busy", at: func(r *RTCPickUp) any { return &r.Busy }},
		{name: "unsupported", at: func(r *RTCPickUp) any { return &r.Unsupported }},
	},
	unknown: func(r *RTCPickUp) *jsontext.Value { return &r.Unknown },
}

// Text returns a sentence.
func (r *RTCPickUp) Text() string {
	switch {
	case r.Answer:
		return "Took the call."
	case isTrue(r.Busy):
		return "Didn't take the call: busy."
	case isTrue(r.Unsupported):
		return "Didn't take the call: calls aren't supported."
	default:
		return "Didn't take the call."
	}
}

// Type returns [TypeRTCPickUp].
func (*RTCPickUp) Type() string { return TypeRTCPickUp }

// Validate implements [Content].
func (r *RTCPickUp) Validate() error { return rtcPickUpForm.validate(TypeRTCPickUp, r) }

// Property implements [Content].
func (r *RTCPickUp) Property(name string) (value any, ok bool) {
	return rtcPickUpForm.property(r, name)
}

// Encode implements [Content].
func (r *RTCPickUp) Encode() (payload [][]byte, err error) {
	return rtcPickUpForm.encode(TypeRTCPickUp, r)
}

func (r *RTCPickUp) parse(part []byte, strict bool) *Error {
	return rtcPickUpForm.parse(part, r, strict)
}

// RTCHangUp says that the call is over: ninchat.com/rtc/hang-up, see
// https://ninchat.com/docs/api#ninchatcomrtchang-up.
type RTCHangUp struct {
	// Unknown has any properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var rtcHangUpForm = form[RTCHangUp]{
	unknown: func(r *RTCHangUp) *jsontext.Value { return &r.Unknown },
}

// Text returns a sentence.
func (r *RTCHangUp) Text() string { return "Hung up." }

// Type returns [TypeRTCHangUp].
func (*RTCHangUp) Type() string { return TypeRTCHangUp }

// Validate implements [Content].
func (r *RTCHangUp) Validate() error { return rtcHangUpForm.validate(TypeRTCHangUp, r) }

// Property implements [Content].
func (r *RTCHangUp) Property(name string) (value any, ok bool) {
	return rtcHangUpForm.property(r, name)
}

// Encode implements [Content].
func (r *RTCHangUp) Encode() (payload [][]byte, err error) {
	return rtcHangUpForm.encode(TypeRTCHangUp, r)
}

func (r *RTCHangUp) parse(part []byte, strict bool) *Error {
	return rtcHangUpForm.parse(part, r, strict)
}
