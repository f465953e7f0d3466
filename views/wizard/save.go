package wizard

import (
	"berth/forms"
	"berth/views/parts"
)

func saveTemplateField(s forms.SaveTemplate) parts.Field {
	return parts.Field{Name: "template_name", Label: "Name of the template", Class: "half", Value: s.Name, Error: s.Error, Required: true, Hint: "All but the VMID, the hostname, the addresses and the secrets goes into it."}
}
