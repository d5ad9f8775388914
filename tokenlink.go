package ninchat

import (
	"os"
	"path/filepath"
)

// maxLinks is how many links are followed: so many in a row go in a circle.
const maxLinks = 40

// followLinks is what a path refers to, by symbolic links, whether or not it is there: one
// file must not be two because it has two names.
func followLinks(path string) string {
	for range maxLinks {
		target, err := os.Readlink(path)
		if err != nil {
			break // usually because it is no link
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return path
}
