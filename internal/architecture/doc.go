// Package architecture has no code: its test enforces which package of the
// module may import which others. ARCHITECTURE.md explains the table.
package architecture
