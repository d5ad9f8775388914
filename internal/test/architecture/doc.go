// Package architecture has no code. Its tests enforce which package of the module
// may import which others, as ARCHITECTURE.md explains it, that CONTRIBUTING.md
// knows every fuzz target, and that documents name what there is.
package architecture
