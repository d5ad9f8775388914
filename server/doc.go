// Package server is a local Ninchat server, to develop, test and demonstrate
// against without a network or an account.
package server
