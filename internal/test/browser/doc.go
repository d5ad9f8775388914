// Package browsertest tests the client in a web browser: its tests build the
// program in page for WebAssembly, and run it in headless Chromium against the
// command's local server.
//
// The tests are skipped, and say so, where there is no Chromium. With
// NINCHAT_BROWSER_TEST=required in the environment they fail instead.
package browser
