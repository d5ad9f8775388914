package cli

import (
	"io"
	"strings"

	"github.com/ninchat-community/ninchat/internal/export"
)

// exporters are the formats that can be exported.
var exporters = []struct {
	name  string
	write func() ([]byte, error)
}{
	{"jsonschema", export.JSONSchema},
	{"asyncapi", export.AsyncAPI},
	{"openapi", export.OpenAPI},
}

func exportNames() []string {
	var names []string
	for _, exporter := range exporters {
		names = append(names, exporter.name)
	}
	return names
}

func (a *app) specExport(format string) error {
	for _, exporter := range exporters {
		if exporter.name == format {
			return a.printDocument(exporter.write())
		}
	}
	return usagef("there is no format %q%s; there are: %s", visible(format), nearest(format, exportNames()), strings.Join(exportNames(), ", "))
}

// printDocument prints what a function of package export has returned.
func (a *app) printDocument(document []byte, err error) error {
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.stdout, string(document)+"\n")
	return err
}
