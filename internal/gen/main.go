// Command gen writes the generated part of package api.
//
// It prints, for each domain of package spec, one file with the structs and
// methods of that domain, and one file with what concerns all of them. Its
// output depends on nothing but the tables of package spec.
//
//	go run ./internal/gen -out api
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("out", "api", "directory to write to")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes all files to dir.
func run(dir string) error {
	files, err := generate()
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
