package wizard

import (
	"berth/store"

	"berth/views/template"
)

// TemplateChoices are the templates that a container can be made from.
type TemplateChoices struct {
	Own, Starters []store.Template
	Query         string // what is searched for
	Chosen        string // its ID; "" and "none" are none
	Error         string // what is wrong with the choice
	URL           string // of the page, to search it
}

// isChosen tells whether a template is; "" is none.
func (c TemplateChoices) isChosen(id string) bool {
	return c.Chosen == id || id == "" && c.Chosen == "none"
}

// shown are those of a list that are searched for. The chosen one is among them in any
// case: out of sight it would still be sent.
func (c TemplateChoices) shown(list []store.Template) []store.Template {
	var shown []store.Template
	for _, t := range list {
		if c.isChosen(t.ID) || template.MatchesTemplate(t, c.Query) {
			shown = append(shown, t)
		}
	}
	return shown
}
