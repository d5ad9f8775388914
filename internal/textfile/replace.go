package textfile

import (
	"os"
	"path/filepath"
	"strings"
)

// Replaceable returns the path of the regular file that a path leads to, symbolic links
// followed, to be replaced by another file. There may be nothing yet. It refuses pipes,
// devices and directories, and links of the system that stand for what is open, as
// /dev/stdout does: replacing one would break it for everybody.
func Replaceable(path string) (target string, err error) {
	target, ofSystem := follow(path)
	info, err := os.Stat(target)
	if ofSystem || err == nil && !info.Mode().IsRegular() {
		return "", &Error{path + " isn't a regular file, and isn't replaced by one", ErrNotRegular}
	}
	return target, nil
}

// FollowLinks is what a path leads to, by symbolic links, whether or not it is there: one
// file must not be two because it has two names.
func FollowLinks(path string) string {
	target, _ := follow(path)
	return target
}

// maxLinks is how many links are followed: so many in a row go in a circle.
const maxLinks = 40

// follow also reports whether one of the links is one of the system.
func follow(path string) (target string, ofSystem bool) {
	for range maxLinks {
		next, err := os.Readlink(path)
		if err != nil {
			break // usually because it is no link
		}
		ofSystem = ofSystem || isOfSystem(path)
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(path), next)
		}
		path = next
	}
	return path, ofSystem
}

// isOfSystem reports whether a link is among the devices and processes. What is in
// /dev/shm is made by users.
func isOfSystem(link string) bool {
	link, err := filepath.Abs(link)
	if err != nil {
		return false
	}
	link = filepath.ToSlash(link)
	return strings.HasPrefix(link, "/proc/") || strings.HasPrefix(link, "/dev/") && !strings.HasPrefix(link, "/dev/shm/")
}
