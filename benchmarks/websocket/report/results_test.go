package main

import (
	"strings"
	"testing"
)

func TestMediansOfRuns(t *testing.T) {
	results := newResults()
	for _, output := range []string{
		"goos: linux\nBenchmarkFlood/gws-2   100   30 ns/op   7 ops/s\nPASS\n",
		"BenchmarkFlood/gws-2   100   10 ns/op   7 ops/s\n",
		"BenchmarkFlood/gws-2   100   20 ns/op   7 ops/s\n",
	} {
		if err := results.add(output); err != nil {
			t.Fatal(err)
		}
	}
	var report strings.Builder
	results.print(&report)
	const want = "| gws | 20 (10..30) | 7 (7..7) |\n"
	if !strings.HasSuffix(report.String(), want) {
		t.Errorf("the report is %q", &report)
	}
}

func TestIdleHasNoOperations(t *testing.T) {
	results := newResults()
	if err := results.add("BenchmarkIdle/gws/tls-2   100   5 idle-B/conn   9 B/op\n"); err != nil {
		t.Fatal(err)
	}
	var report strings.Builder
	results.print(&report)
	if strings.Contains(report.String(), "/op") {
		t.Errorf("the report is %q", &report)
	}
}
