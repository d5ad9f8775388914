package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// results holds the figures of all runs in the order of their appearance.
type results struct {
	names []string // Names of benchmarks, such as Flood/gws.
	units []string
	runs  map[figure][]float64
}

// figure is one column of one benchmark.
type figure struct{ name, unit string }

func newResults() *results {
	return &results{runs: make(map[figure][]float64)}
}

// add adds the output of one run of go test.
func (r *results) add(output string) error {
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		// The number of processors follows the name.
		if dash := strings.LastIndexByte(name, '-'); dash >= 0 {
			if _, err := strconv.Atoi(name[dash+1:]); err == nil {
				name = name[:dash]
			}
		}
		if !slices.Contains(r.names, name) {
			r.names = append(r.names, name)
		}
		for pair := range slices.Chunk(fields[2:], 2) {
			if len(pair) < 2 {
				return fmt.Errorf("no unit at the end of %q", line)
			}
			value, err := strconv.ParseFloat(pair[0], 64)
			if err != nil {
				return err
			}
			unit := pair[1]
			if !slices.Contains(r.units, unit) {
				r.units = append(r.units, unit)
			}
			key := figure{name, unit}
			r.runs[key] = append(r.runs[key], value)
		}
	}
	return nil
}

// print writes a table for every group of benchmarks, with the median and the
// range of every figure.
func (r *results) print(to io.Writer) {
	group := ""
	var units []string
	for _, name := range r.names {
		first, rest, _ := strings.Cut(name, "/")
		if first != group {
			group = first
			units = r.unitsOf(name)
			fmt.Fprintf(to, "\n%s\n\n| | %s |\n|---%s|\n", group,
				strings.Join(units, " | "), strings.Repeat("|---:", len(units)))
		}
		cells := make([]string, 0, len(units))
		for _, unit := range units {
			cells = append(cells, summary(r.runs[figure{name, unit}]))
		}
		fmt.Fprintf(to, "| %s | %s |\n", rest, strings.Join(cells, " | "))
	}
}

// unitsOf returns the columns of a benchmark. Idle connections have no
// operations, so the columns which go test adds by itself mean nothing there.
func (r *results) unitsOf(name string) []string {
	var units []string
	idle := strings.HasPrefix(name, "Idle/")
	for _, unit := range r.units {
		if _, ok := r.runs[figure{name, unit}]; !ok || idle && strings.HasSuffix(unit, "/op") {
			continue
		}
		units = append(units, unit)
	}
	return units
}

// summary formats the median, the least and the greatest value.
func summary(values []float64) string {
	if len(values) == 0 {
		return "none"
	}
	sorted := slices.Sorted(slices.Values(values))
	return fmt.Sprintf("%s (%s..%s)", number(median(sorted)), number(sorted[0]), number(sorted[len(sorted)-1]))
}

func median(sorted []float64) float64 {
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// number formats small numbers with more digits after the point.
func number(value float64) string {
	switch {
	case value == float64(int64(value)), value >= 1000:
		return strconv.FormatFloat(value, 'f', 0, 64)
	case value >= 10:
		return strconv.FormatFloat(value, 'f', 1, 64)
	default:
		return strconv.FormatFloat(value, 'f', 2, 64)
	}
}
