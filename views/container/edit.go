package container

import (
	"cmp"
	"strings"

	"github.com/a-h/templ"

	"berth/forms"
	"berth/proxmox"
	"berth/views/cards"
	"berth/views/human"
	"berth/views/parts"
)

// partWords has a label for each part that can be changed, and a function that words its present value. The note is not
// among them: it has a panel of its own.
var partWords = map[string]struct {
	label string
	now   func(proxmox.ContainerConfig) string
}{
	"hostname":    {"Hostname", func(c proxmox.ContainerConfig) string { return cmp.Or(c.Hostname, "none") }},
	"cores":       {"Cores", coresWords},
	"memory":      {"Memory", memoryWords},
	"onboot":      {"At boot", bootWords},
	"dns":         {"DNS", dnsWords},
	"tags":        {"Tags", func(c proxmox.ContainerConfig) string { return cmp.Or(strings.Join(c.Tags, ", "), "none") }},
	"description": {"Note", nil},
}

// tabEdit is a form of the configuration that has a page of its own.
const tabEdit = "edit"

// EditPage changes a part of a container's configuration.
type EditPage struct {
	Page
	forms.Edit
}

// canEdit tells whether the configuration can be changed now: not while it is locked, be it by a job of Berth's.
func canEdit(c cards.Card) bool { return c.CannotAct() == "" && c.Lock == "" }

// MayEdit tells whether the token has the right that a part takes, as far as is known.
func (p ConfigurationPage) MayEdit(privilege string) bool {
	rights := p.Details.Rights
	return rights == nil || rights.OnGuest(p.Card.VMID, p.Card.Pool, privilege)
}

// MayResize tells what the token lacks to make a disk larger; "" when nothing is known to be missing.
func (p ConfigurationPage) MayResize(storage string) (lacks string) {
	for _, privilege := range []string{"VM.Config.Disk", "VM.Config.Options"} {
		if !p.MayEdit(privilege) {
			return privilege
		}
	}
	if rights := p.Details.Rights; rights != nil && !rights.OnStorage(storage, "Datastore.AllocateSpace") {
		return "Datastore.AllocateSpace"
	}
	return ""
}

// editURL is the form for a part.
func editURL(c cards.Card, part string) string { return c.URL() + "/edit?part=" + part }

// field is one of the form's.
func (p EditPage) field(name string) parts.Field {
	f := parts.Field{
		Name:  name,
		Label: forms.ContainerLabel(name),
		Value: p.Form.Values.Get(name),
		Error: p.Form.Errors[name],
		Mono:  true,
		Attrs: parts.LiveCheck(p.Card.URL()+"/edit/check", name),
	}
	switch name {
	case "hostname":
		f.Required, f.Hint = true, "Letters, digits and hyphens. A container that runs takes it over with its next restart."
	case "cores":
		f.Mono, f.InputMode, f.Hint = false, "numeric", "Empty: all that the host has."
	case "memory", "swap":
		f.Mono, f.InputMode, f.Unit, f.Required, f.Class = false, "numeric", "MiB", true, "half"
	case "tags":
		f.Mono, f.Hint = false, "Separated by spaces."
	case "description":
		f.Mono, f.Hint = false, "Markdown. Shown in Proxmox too."
	case "nameserver":
		f.Hint = "IP addresses, separated by spaces. Empty: as the host."
	case "searchdomain":
		f.Hint = "As in home.example. Empty: as the host."
	}
	if theirs, differs := p.Theirs[name]; differs {
		f.Note = "now it is: " + theirs
	}
	if p.Whole().Fields[0] == name {
		f.Attrs["autofocus"] = true
	}
	return f
}

// ResizePage makes a disk of a container larger.
type ResizePage struct {
	Page
	forms.Resize
}

func (p ResizePage) field() parts.Field {
	hint := "It has " + human.Bytes(p.Volume.Size) + " now."
	if p.Free != nil {
		hint += " " + p.Volume.Storage + " has " + human.Bytes(*p.Free) + " free."
	}
	return parts.Field{Name: "size", Label: "New size", Value: p.Size, Error: p.Error, Unit: "GiB", InputMode: "numeric", Required: true, Class: "half",
		Hint: hint, Attrs: templ.Attributes{"autofocus": true}}
}

func resizeURL(c cards.Card, disk string) string { return c.URL() + "/grow?disk=" + disk }
