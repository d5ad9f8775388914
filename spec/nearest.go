package spec

import (
	"iter"
	"slices"
	"strings"
)

// Nearest returns those of the candidates that a mistyped name may have meant,
// at most three, the nearest first: those that differ little, or else those that
// the name is a part of.
func Nearest(name string, candidates iter.Seq[string]) []string {
	const most, far = 3, 6
	limit := min(max(2, len(name)/4), far)
	byDistance := make([][]string, limit+1)
	var containing []string
	for candidate := range candidates {
		if distance := editDistance(name, candidate); distance <= limit {
			if !slices.Contains(byDistance[distance], candidate) {
				byDistance[distance] = append(byDistance[distance], candidate)
			}
		}
		if len(name) >= 4 && strings.Contains(candidate, name) && !slices.Contains(containing, candidate) {
			containing = append(containing, candidate)
		}
	}
	near := slices.Concat(byDistance...)
	if len(near) == 0 {
		near = containing
	}
	return near[:min(most, len(near))]
}

// editDistance is how many bytes must be inserted, removed or replaced, or
// neighbours exchanged, to make b of a.
func editDistance(a, b string) int {
	const most = 64
	if max(len(a), len(b)) > most {
		return most
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range len(b) {
			cost := last[j]
			if a[i] != b[j] {
				cost = 1 + min(last[j], last[j+1], row[j])
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				cost = min(cost, before[j-1]+1)
			}
			row[j+1] = cost
		}
	}
	return row[len(b)]
}
