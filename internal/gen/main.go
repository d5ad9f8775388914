// Command gen writes the generated part of package api, and the reference.
//
// It prints, for each domain of package spec, one file with the structs and
// methods of that domain, and one file with what concerns all of them; and the
// pages of docs/reference. Its output depends on nothing but the tables of
// package spec.
//
//	go run ./internal/gen -out api -docs docs/reference
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ninchat-community/ninchat/internal/reference"
)

func main() {
	out := flag.String("out", "api", "directory to write the code to")
	docs := flag.String("docs", filepath.Join("docs", "reference"), "directory to write the reference to")
	flag.Parse()
	if err := run(*out, *docs); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes all files.
func run(out, docs string) error {
	code, err := generate()
	if err != nil {
		return err
	}
	if err := write(out, code); err != nil {
		return err
	}
	return write(docs, pages())
}

// pages returns the files of the reference, by name.
func pages() map[string][]byte {
	files := make(map[string][]byte)
	for name, text := range reference.Files() {
		files[name] = []byte(text)
	}
	return files
}

func write(dir string, files map[string][]byte) error {
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
