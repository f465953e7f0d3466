package views

import "berth/forms"

func saveTemplateField(s forms.SaveTemplate) Field {
	return Field{Name: "template_name", Label: "Name of the template", Class: "half", Value: s.Name, Error: s.Error, Required: true, Hint: "All but the VMID, the hostname, the addresses and the secrets goes into it."}
}
