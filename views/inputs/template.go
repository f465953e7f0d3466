package inputs

import (
	"berth/forms"
	"berth/store"
	"berth/views/parts"
)

// OfTemplate is the empty field of an input, with what is wrong with it.
func OfTemplate(in store.Input, wrong map[string]string) parts.Field {
	f := parts.Field{Name: forms.InputField(in.Name), Label: in.Label, Note: in.Name, Class: "half", Error: wrong[forms.InputField(in.Name)]}
	if in.Label == "" {
		f.Label, f.Note = in.Name, ""
	}
	if in.Kind == store.InputSecret {
		f.Type, f.Autocomplete = "password", "new-password"
	}
	return f
}
