package jobs

import (
	"maps"
	"slices"
	"strings"
)

// formFields are the fields of the forms behind the parameters of a call. All others have
// their parameter's name, or none.
var formFields = map[string]string{
	"rootfs":          "disk",
	"net0":            "bridge",
	"ssh-public-keys": "ssh_keys",
	"features":        "nesting",
	"newid":           "vmid",
	"snapname":        "snapshot",
	"notes-template":  "note",
}

// fieldSentences puts what the host said about parameters to the fields of the form.
func fieldSentences(said map[string]string) map[string]string {
	fields := make(map[string]string, len(said))
	for parameter, words := range said {
		field, ok := formFields[parameter]
		if !ok {
			field = parameter
		}
		fields[field] = "Proxmox refused this: " + strings.Join(strings.Fields(words), " ")
	}
	return fields
}

// joinWords are the host's words about parameters in one line, always in the same order.
func joinWords(said map[string]string) string {
	var parts []string
	for _, parameter := range slices.Sorted(maps.Keys(said)) {
		parts = append(parts, parameter+": "+strings.Join(strings.Fields(said[parameter]), " "))
	}
	return strings.Join(parts, "; ")
}
