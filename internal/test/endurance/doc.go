// Package endurance tests sessions with many messages, many connections and many
// sessions, and what remains when a server is killed. With -args -full, its tests take
// the numbers that are asked of a production system, else smaller ones.
package endurance
