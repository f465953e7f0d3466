package forms

import (
	"berth/store"
	"berth/views/explain"
)

// propertyFields maps properties to fields of forms, where their names differ.
var propertyFields = map[store.Property]string{
	store.PropertyNetwork:      "bridge",
	store.PropertySSHKeys:      "ssh_keys",
	store.PropertyFeatures:     "nesting",
	store.PropertyOnBoot:       "onboot",
	store.PropertySearchDomain: "searchdomain",
}

// PropertyField returns the field of a form for a property.
func PropertyField(p store.Property) string {
	if field, renamed := propertyFields[p]; renamed {
		return field
	}
	return string(p)
}

// refusedFields makes sentences, by field, about the properties that a job failed for; typed returns the value of a field.
func refusedFields(refused map[store.Property]string, typed func(field string) string) map[string]string {
	wrong := make(map[string]string, len(refused))
	for p, said := range refused {
		field := PropertyField(p)
		wrong[field] = explain.Refused(p, said, typed(field))
	}
	return wrong
}

// MarkRefused adds sentences about the properties that a create failed for.
func (f Container) MarkRefused(refused map[store.Property]string) {
	f.Mark(refusedFields(refused, f.Get))
}
