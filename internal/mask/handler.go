package mask

import (
	"context"
	"log/slog"
)

// Logger makes a logger that hides the secrets in what is given to it. If the handler
// panics, panicked is called, and it is as if there had been nothing to be logged;
// unless panicked is nil.
func (s *Set) Logger(logger *slog.Logger, panicked func(value any)) *slog.Logger {
	return slog.New(&handler{next: logger.Handler(), set: s, panicked: panicked})
}

// handler hides secrets before another handler gets them.
type handler struct {
	next     slog.Handler
	set      *Set
	panicked func(value any)
}

func (h *handler) recover() {
	if h.panicked == nil {
		return
	}
	if value := recover(); value != nil {
		h.panicked(value)
	}
}

// Enabled asks the other handler.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	defer h.recover()
	return h.next.Enabled(ctx, level)
}

// Handle hands a record on.
func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	defer h.recover()
	masked := slog.NewRecord(record.Time, record.Level, h.set.Hide(record.Message), record.PC)
	record.Attrs(func(attr slog.Attr) bool {
		masked.AddAttrs(h.attr(attr))
		return true
	})
	return h.next.Handle(ctx, masked)
}

// attr hides the secrets in the value of an attribute.
func (h *handler) attr(attr slog.Attr) slog.Attr {
	value := attr.Value.Resolve()
	switch value.Kind() {
	case slog.KindString:
		value = slog.StringValue(h.set.Hide(value.String()))
	case slog.KindGroup:
		var group []slog.Attr
		for _, member := range value.Group() {
			group = append(group, h.attr(member))
		}
		value = slog.GroupValue(group...)
	case slog.KindAny:
		if err, ok := value.Any().(error); ok {
			value = slog.AnyValue(h.set.Error(err))
		}
	}
	return slog.Attr{Key: attr.Key, Value: value}
}

// WithAttrs is for whoever adds attributes to all records.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, attr := range attrs {
		masked[i] = h.attr(attr)
	}
	return &handler{next: h.next.WithAttrs(masked), set: h.set, panicked: h.panicked}
}

// WithGroup is for whoever groups all attributes.
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{next: h.next.WithGroup(name), set: h.set, panicked: h.panicked}
}
