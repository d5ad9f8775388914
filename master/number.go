package master

import (
	"bytes"
	"strconv"
)

// dialect is a way of writing JSON: that of the standard library of a language.
type dialect uint8

const (
	python dialect = iota
	node
	php
	java
	dialects
)

// floatStyle is how a dialect writes floating-point numbers. All use the fewest
// digits that identify the number.
type floatStyle struct {
	// Numbers of 10 to the power of low up to below that of high are written
	// without exponent.
	low, high int
	// wholePoint and exponentPoint say whether ".0" is added where there would
	// be no point, without and with an exponent.
	wholePoint, exponentPoint bool
	// exponent begins an exponent; plus says whether positive ones have a sign,
	// and digits is how many digits there are at least.
	exponent byte
	plus     bool
	digits   int
	zero     string // negative zero
}

func (d dialect) floatStyle() floatStyle {
	switch d {
	case node:
		return floatStyle{-6, 21, false, false, 'e', true, 1, "0"}
	case php:
		return floatStyle{-4, 17, false, true, 'e', true, 1, "-0"}
	case java:
		return floatStyle{-3, 7, true, true, 'E', false, 1, "-0.0"}
	}
	return floatStyle{-4, 16, true, false, 'e', true, 2, "-0.0"}
}

// appendFloat writes a finite number.
func appendFloat(dst []byte, f float64, d dialect) []byte {
	style := d.floatStyle()
	var buffer [32]byte
	text := strconv.AppendFloat(buffer[:0], f, 'e', -1, 64)
	if text[0] == '-' {
		if f == 0 {
			return append(dst, style.zero...)
		}
		dst = append(dst, '-')
		text = text[1:]
	}
	// text is D.DDDe±DD.
	mantissa, power, _ := bytes.Cut(text, []byte("e"))
	exponent, _ := strconv.Atoi(string(power))
	digits := mantissa[:1]
	if len(mantissa) > 2 {
		digits = append(digits, mantissa[2:]...) // in place
	}
	if f == 0 || exponent >= style.low && exponent < style.high {
		return style.fixed(dst, digits, exponent)
	}
	return style.scientific(dst, digits, exponent)
}

func (s *floatStyle) fixed(dst, digits []byte, exponent int) []byte {
	if exponent < 0 {
		dst = append(dst, '0', '.')
		for range -exponent - 1 {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	for i := range exponent + 1 {
		if i < len(digits) {
			dst = append(dst, digits[i])
		} else {
			dst = append(dst, '0')
		}
	}
	if len(digits) > exponent+1 {
		dst = append(dst, '.')
		return append(dst, digits[exponent+1:]...)
	}
	if s.wholePoint {
		dst = append(dst, '.', '0')
	}
	return dst
}

func (s *floatStyle) scientific(dst, digits []byte, exponent int) []byte {
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(dst, '.')
		dst = append(dst, digits[1:]...)
	} else if s.exponentPoint {
		dst = append(dst, '.', '0')
	}
	dst = append(dst, s.exponent)
	switch {
	case exponent < 0:
		dst = append(dst, '-')
		exponent = -exponent
	case s.plus:
		dst = append(dst, '+')
	}
	if s.digits == 2 && exponent < 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(exponent), 10)
}
