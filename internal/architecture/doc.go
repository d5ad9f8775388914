// Package architecture has no code. Its tests enforce which package of the module
// may import which others, as ARCHITECTURE.md explains it, and that
// CONTRIBUTING.md knows every fuzz target.
package architecture
