package views

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/a-h/templ"
)

// The fields of the configure step, each with its words.

func (p ConfigurePage) hostname() Field {
	f := p.text("hostname", "")
	f.Required, f.Hint = true, "Letters, digits and hyphens."
	return f
}

func (p ConfigurePage) tags() Field {
	f := p.text("tags", "separated by spaces")
	f.Mono = false
	return f
}

func (p ConfigurePage) description() Field {
	f := p.text("description", "shown in Proxmox too")
	f.Mono = false
	return f
}

func (p ConfigurePage) osTemplate() Field {
	f := p.listed("ostemplate", "", "no OS template, and none that could be downloaded. Type one as in local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst")
	f.Required, f.FillURL, f.FillTarget = true, WizardURL(p.Draft.ID, "ostemplate"), "#ostemplate-field"
	f.Warning = p.Warning("ostemplate")
	return p.preselected(f)
}

// disk is the field for the size of the disk, which its storage must have room for.
func (p ConfigurePage) disk() Field {
	f := p.figure("disk", "GiB")
	f.Attrs, f.Warning = p.live("disk", "change from:#storage"), p.Warning("disk")
	return f
}

func (p ConfigurePage) cores() Field {
	f := p.figure("cores", "")
	if n := p.Node.Usage.Cores; n > 0 {
		f.Unit = "of " + strconv.Itoa(n)
	}
	return f
}

func (p ConfigurePage) storage() Field {
	f := p.listed("storage", "half", "no storage that holds containers. Type the name of one")
	f.Required = true
	return p.preselected(f)
}

func (p ConfigurePage) pool() Field {
	f := p.listed("pool", "half", "no pools. Type the name of one, if the container is to be in one")
	f.Note = "optional"
	if len(p.onlyPools()) > 0 && !p.mayCreateIn("") {
		f.Note, f.Required = "the token may make containers here only", true
	}
	return f
}

func (p ConfigurePage) bridge() Field {
	f := p.listed("bridge", "half", "no bridges. Type the name of one, as in vmbr0")
	f.Required = true
	return p.preselected(f)
}

func (p ConfigurePage) vlan() Field {
	f := p.text("vlan", "optional")
	f.InputMode = "numeric"
	return f
}

// address is the field for a static address, "ip" or "ip6".
func (p ConfigurePage) address(name string) Field {
	f := p.text(name, "with its prefix length")
	f.Class, f.Value = "", p.Form.Address(name)
	return f
}

// gateway is the field for the gateway beside a static address; what is right for it depends on that.
func (p ConfigurePage) gateway(name, address string) Field {
	f := p.text(name, "optional")
	f.Class, f.Attrs = "", p.live(name, "change from:#"+address)
	return f
}

func (p ConfigurePage) nameserver() Field {
	f := p.text("nameserver", "optional")
	f.Hint = "IP addresses, separated by spaces. Empty: as the host."
	return f
}

func (p ConfigurePage) searchDomain() Field {
	f := p.text("searchdomain", "optional")
	f.Hint = "As in home.example. Empty: as the host."
	return f
}

func (p ConfigurePage) sshKeys() Field {
	f := p.text("ssh_keys", "for root, one a line")
	f.Class, f.Hint = "", "Root has no password: the way in is a key, or pct enter on the host."
	return f
}

// text is a field in which names and addresses are typed.
func (p ConfigurePage) text(name, note string) Field {
	return Field{
		Name:  name,
		Label: containerLabel(name),
		Note:  note,
		Class: "half",
		Value: p.Form.Values.Get(name),
		Error: p.Form.Errors[name],
		Mono:  true,
		Attrs: p.live(name),
	}
}

// figure is a field that holds a number.
func (p ConfigurePage) figure(name, unit string) Field {
	f := p.text(name, "")
	f.Class, f.Mono, f.Unit, f.InputMode, f.Required = "quarter", false, unit, "numeric", true
	return f
}

// listed is a field that is chosen from a list of the node's. Where there is no list
// it is typed, and the hint says why: the list could not be read, or nothing is in it.
func (p ConfigurePage) listed(name, class, empty string) Field {
	f := p.text(name, "")
	f.Class = class
	f.Gaps, f.FillURL = p.Gaps[name], WizardURL(p.Draft.ID, "list")+"?field="+name
	f.Hint = p.Node.Node.Name + " shows this token " + empty + "."
	if len(f.Gaps) > 0 {
		f.Hint = "Type it, if you do not want to wait for the list."
	}
	return f
}

// chosen is a listed field whose list is there.
func chosen(f Field, hint string) Field {
	f.Hint, f.Attrs = hint, nil
	return f
}

// preselected shows what fits best in a listed field while nobody chose.
func (p ConfigurePage) preselected(f Field) Field {
	f.Value = cmp.Or(f.Value, p.preset(f.Name))
	return f
}

// storageChoices are the storages; an empty one is chosen while none has room for the disk.
func (p ConfigurePage) storageChoices() []Option {
	options := storageOptions(p.Choices.Storages.Items)
	if len(options) > 0 && p.Form.Get("storage") == "" && p.preset("storage") == "" {
		options = slices.Insert(options, 0, Option{Text: fmt.Sprintf("Choose one: none has room for %d GiB", max(p.Form.number("disk"), 1))})
	}
	return options
}

// live makes a field be judged while it is typed; also names triggers beyond its own.
func (p ConfigurePage) live(name string, also ...string) templ.Attributes {
	return liveCheck(WizardURL(p.Draft.ID, "check"), name, also...)
}

func (p ConfigurePage) checkURL(name string) string {
	return WizardURL(p.Draft.ID, "check") + "?field=" + name
}
