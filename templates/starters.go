package templates

import (
	"slices"

	"berth/store"
)

// starters are the templates that come with Berth.
var starters []store.Template

// Starters are the templates that come with Berth, by name. They belong to nobody, and
// their IDs begin with "starter-".
func Starters() []store.Template { return slices.Clone(starters) }

// Starter with an ID, and whether there is one.
func Starter(id string) (store.Template, bool) {
	for _, t := range Starters() {
		if t.ID == id {
			return t, true
		}
	}
	return store.Template{}, false
}
