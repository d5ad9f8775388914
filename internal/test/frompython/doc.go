// Package frompython has an example for each public name of the Python library, for
// those who know that one: see docs/from-python.md.
package frompython
