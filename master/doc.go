// Package master signs and verifies with Ninchat master keys, and encrypts and
// decrypts secure metadata.
//
// A master key lets a program of yours (the backend) decide what people may do
// whom Ninchat doesn't know: log in as puppets of the key's owner, join or follow
// channels, bring trustworthy metadata into a conversation with customer service.
// The backend signs or encrypts; the web page or app presents the result to
// Ninchat.
//
// There are two types of keys. A [Key] (type ninchat, the default of the API)
// signs with HMAC-SHA512 and encrypts with AES-256-CBC, both in two forms: see
// [Format]. A [JWTKey] (type jwt) signs JSON Web Tokens and encrypts metadata as
// JWE. The forms are those of the section about master keys in Ninchat's API
// reference.
//
// The other half, a [Verifier], is for testing integrations, and for servers like
// the one in package server: it checks what others present, accepts what the
// published libraries for Python, Node, PHP and Java make, and sees to it that
// signatures and encrypted metadata are used once.
//
// # What can be relied on
//
// Whoever gets hold of a signature, token or encrypted metadata can use it: treat
// them like passwords that expire, and prefer those that name a user. Keys never
// show their secrets. Expiries that are missing, past, more than a week ahead or
// in milliseconds are refused, and so are empty ids where somebody must be named,
// and values that could be understood in two ways. Digests are compared in
// constant time. [Verifier.Decrypt] has one error for everything.
//
// The JSON that is signed is that of Python's json module, byte for byte, because
// there is no canonical form, and the Python library is what integrations have
// been written with.
package master
