// Command report runs the benchmarks of the parent directory several times and
// prints the medians as tables.
//
// It must be started in the directory of the benchmarks:
//
//	go run ./report
//
// Every run measures all libraries, so a slow moment of the machine doesn't hit
// all runs of one library.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

func main() {
	runs := flag.Int("runs", 5, "how many times to run every benchmark")
	operations := flag.Int("operations", 200_000, "how many messages to exchange in a run")
	flag.Parse()

	results := newResults()
	for run := range *runs {
		fmt.Fprintf(os.Stderr, "run %d of %d\n", run+1, *runs)
		output, err := benchmark(*operations)
		if err == nil {
			err = results.add(string(output))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	results.print(os.Stdout)
}

func benchmark(operations int) ([]byte, error) {
	times := strconv.Itoa(operations) + "x"
	command := exec.Command("go", "test", "-run", "^$", "-bench", ".", "-benchmem", "-benchtime", times, ".")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, output)
	}
	return output, nil
}
