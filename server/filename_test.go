package server

import (
	"mime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestSavedName(t *testing.T) {
	long := strings.Repeat("x", 250)
	for name, want := range map[string]string{
		"a.txt": "a.txt", "Tätigkeitsbericht 2026 (1).pdf": "Tätigkeitsbericht 2026 (1).pdf", "100%.txt": "100%.txt", "a'b;c=d.txt": "a'b;c=d.txt",
		"../../etc/passwd": "_.._etc_passwd", `..\..\x.exe`: "_.._x.exe", "/abs": "_abs", `C:\x`: "C__x", "a:stream": "a_stream",
		".bashrc": "bashrc", "...": "file", "..": "file", ". .": "file", "": "file", "a.": "a", "a. .": "a", " a ": "a",
		"a\x00b\x1b[2Jc": "ab[2Jc", "a\r\nSet-Cookie: x": "a  Set-Cookie_ x", "a\tb": "a b", "a\u0085b": "a b", "a\u009bb": "ab",
		"photo\u202egpj.exe": "photogpj.exe", "a\u2066b\u2069": "ab", "a\u200bb\ufeff": "ab", "a\u2028b": "a b", "\u202e": "file",
		`"quoted".txt`: "_quoted_.txt", "<a|b?c*d>": "_a_b_c_d_", "a\xffb": "a_b",
		"con": "_con", "CON.txt": "_CON.txt", "con .txt": "_con .txt", "nul.tar.gz": "_nul.tar.gz", "Com1": "_Com1", "lpt9.x": "_lpt9.x", "COM¹": "_COM¹",
		"conin$": "_conin$", "console": "console", "com": "com", "com10": "com10", "aux\u200b": "_aux", "..aux": "_aux",
		long + ".txt": long[:195] + ".txt", long: long[:199], "a." + long: ("a." + long)[:199], strings.Repeat("ä", 120) + ".pdf": strings.Repeat("ä", 97) + ".pdf",
		"😀.png": "😀.png", "文書.docx": "文書.docx",
	} {
		if got := savedName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"a.txt":             "attachment; filename=a.txt",
		"a b.txt":           `attachment; filename="a b.txt"`,
		"a;b=c.txt":         `attachment; filename="a;b=c.txt"`,
		`"; x="y.txt`:       `attachment; filename="_; x=_y.txt"`,
		"ä.txt":             "attachment; filename=_.txt; filename*=UTF-8''%C3%A4.txt",
		"50%41.txt":         "attachment; filename=50_41.txt; filename*=UTF-8''50%2541.txt",
		"文 書.docx":          `attachment; filename="_ _.docx"; filename*=UTF-8''%E6%96%87%20%E6%9B%B8.docx`,
		"a\r\nX-Y: z":       `attachment; filename="a  X-Y_ z"`,
		"photo\u202egpj.js": "attachment; filename=photogpj.js",
	} {
		if got := disposition(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// Whatever a file is called, its name is harmless, fits into a header, and is read
// there as it is.
func TestDispositionOfAnyName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[./\\: \x00-\x7f]{0,300}`), rapid.StringMatching(`(?i)[. ]*(con|lpt[0-9])[. ]*[a-z]*`)).Draw(t, "name")
		saved := savedName(name)
		if saved == "" || len(saved) > maxSavedName || !utf8.ValidString(saved) || strings.ContainsAny(saved, `/\:*?"<>|`) || saved != strings.Trim(saved, " ") ||
			saved[0] == '.' || saved[len(saved)-1] == '.' || isDevice(saved) || strings.ContainsFunc(saved, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			t.Fatalf("%q is saved as %q", name, saved)
		}
		if again := savedName(saved); again != saved {
			t.Fatalf("%q is %q, and that is %q", name, saved, again)
		}
		text := disposition(name)
		kind, params, err := mime.ParseMediaType(text)
		if err != nil || kind != "attachment" || params["filename"] != saved && !strings.Contains(text, "filename*=") {
			t.Fatalf("%q: %q is read as %q, %v: %v", name, text, kind, params, err)
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q isn't ASCII", text)
		}
	})
}
