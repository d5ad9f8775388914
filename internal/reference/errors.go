package reference

import "github.com/ninchat-community/ninchat/spec"

// errorTexts says which errors may answer an action, and how that is known.
func errorTexts(a *spec.Action) []string {
	documented, local, guessed := errorsFrom(a, spec.ErrorDocumented), errorsFrom(a, spec.ErrorLocal), errorsFrom(a, spec.ErrorGuess)
	first := "The API reference doesn't say which errors the action has."
	if documented != "" {
		first = "As said above: " + documented + "."
	}
	return []string{
		first,
		"The local server answers with these: " + local + ".",
		"These are a guess, as their names fit: " + guessed + ".",
	}
}

// errorsFrom returns references to the errors that are known from a source.
func errorsFrom(a *spec.Action, source spec.ErrorSource) string {
	var names []string
	for _, e := range a.Errors() {
		if e.Source == source {
			names = append(names, e.Name)
		}
	}
	return refs(spec.TopicErrorType, names)
}

func (p *Page) errorType(e *spec.ErrorType) {
	actions := make(map[spec.ErrorSource][]string)
	for action := range spec.Actions() {
		for _, may := range action.Errors() {
			if may.Name == e.Name {
				actions[may.Source] = append(actions[may.Source], action.Name)
			}
		}
	}
	p.addText("Arrives as", "error_type of "+Ref(spec.TopicEvent, "error")+".")
	p.addText("Answers", refs(spec.TopicAction, actions[spec.ErrorDocumented]))
	p.addText("In the local server answers", refs(spec.TopicAction, actions[spec.ErrorLocal]))
	p.addText("May answer, as its name fits", refs(spec.TopicAction, actions[spec.ErrorGuess]))
	p.add(Section{Title: "In Go", Code: "if errors.Is(err, api.Err" + GoName(e.Name) + ") {\n\t// Handle it.\n}", Language: "go"})
	p.addText("See also", upstream(spec.ErrorTypesAnchor))
}
