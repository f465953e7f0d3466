package wizard

import (
	"cmp"
	"strconv"
	"strings"

	"berth/forms"
	"berth/store"
	"berth/views/human"
	"berth/views/inputs"
	"berth/views/parts"
)

// alikeSays: "2 more: web-2 (143), web-3 (144)".
func alikeSays(f forms.Container) []saying {
	others := f.Each()[1:]
	if len(others) == 0 {
		return []saying{plain("only this one")}
	}
	var names []string
	for _, one := range others {
		names = append(names, cmp.Or(one.Get("hostname"), "no hostname yet")+" ("+cmp.Or(one.Get("vmid"), "no VMID yet")+")")
	}
	return []saying{strong(strconv.Itoa(len(others)) + " more"), plain(": " + strings.Join(names, ", "))}
}

// createWhat names what the button creates: "web", "web and 2 more".
func createWhat(f forms.Container) string {
	name := cmp.Or(f.Get("hostname"), "the container")
	if n := len(f.Each()) - 1; n > 0 {
		return name + " and " + human.Count(n, "more", "more")
	}
	return name
}

// alikeFact tells what the others have of their own; there are some.
func alikeFact(f forms.Container) parts.Fact {
	var others []string
	for _, one := range f.Each()[1:] {
		words := []string{one.Get("vmid") + " " + one.Get("hostname")}
		for _, of := range []struct{ mode, field string }{{one.IPMode(), "ip"}, {one.IP6Mode(), "ip6"}} {
			if of.mode == "static" {
				words = append(words, one.Get(of.field))
			}
		}
		others = append(others, strings.Join(words, ", "))
	}
	return parts.Fact{What: "Several alike", Value: strings.Join(others, "; ")}
}

// alikeVMID is the field for the VMID of a row.
func alikeVMID(p forms.Configure, row int, next string) inputs.VMIDInput {
	name, judged := forms.AlikeField(row, "vmid"), p.JudgedAlike(row)
	return inputs.VMIDInput{
		Name: name, Value: p.Form.Alike[row].VMID, Error: p.Form.Errors[name], Verdict: judged.Verdict, Unknown: judged.Unknown,
		Attrs: inputs.LiveCheck(p, name, "change from:#vmid"), Focus: next == name,
	}
}

// alikeField is another field of a row.
func alikeField(p forms.Configure, row int, field, value string) parts.Field {
	name := forms.AlikeField(row, field)
	f := parts.Field{
		Name: name, Label: forms.ContainerLabel(field), Value: value, Error: p.Form.Errors[name], Mono: true, Required: true, Attrs: inputs.LiveCheck(p, name),
	}
	if field == "hostname" {
		f.Class = "half"
	} else {
		f.Note = "with its prefix length"
	}
	return f
}

// rowName is the heading of a row: the hostname, once there is one.
func rowName(row int, a store.DraftAlike) string {
	words := "Row " + strconv.Itoa(row+1)
	if name := strings.TrimSpace(a.Hostname); name != "" {
		words += ": " + name
	}
	return words
}
