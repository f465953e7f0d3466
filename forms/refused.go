package forms

import (
	"berth/store"
	"berth/views/explain"
)

// propertyFields are the form fields of the properties that have another name there.
var propertyFields = map[store.Property]string{
	store.PropertyNetwork:      "bridge",
	store.PropertySSHKeys:      "ssh_keys",
	store.PropertyFeatures:     "nesting",
	store.PropertyOnBoot:       "onboot",
	store.PropertySearchDomain: "searchdomain",
}

// PropertyField is the form field of a property.
func PropertyField(p store.Property) string {
	if field, renamed := propertyFields[p]; renamed {
		return field
	}
	return string(p)
}

// refusedFields are sentences about the properties that a job failed for, by field; typed gives what a field holds.
func refusedFields(refused map[store.Property]string, typed func(field string) string) map[string]string {
	wrong := make(map[string]string, len(refused))
	for p, said := range refused {
		field := PropertyField(p)
		wrong[field] = explain.Refused(p, said, typed(field))
	}
	return wrong
}

// MarkRefused adds what a create failed for.
func (f Container) MarkRefused(refused map[store.Property]string) {
	f.Mark(refusedFields(refused, f.Get))
}
