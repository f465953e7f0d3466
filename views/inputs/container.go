// Package inputs holds the fields of a container's form: for the wizard, and where a container is changed or cloned.
package inputs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"berth/forms"
	"berth/views/parts"
)

// The fields of the configure step, each with its words.

func Hostname(p forms.Configure) parts.Field {
	f := textField(p, "hostname", "")
	f.Required, f.Hint = true, "Letters, digits and hyphens."
	return f
}

func Tags(p forms.Configure) parts.Field {
	f := textField(p, "tags", "separated by spaces")
	f.Mono = false
	return f
}

func Description(p forms.Configure) parts.Field {
	f := textField(p, "description", "shown in Proxmox too")
	f.Mono = false
	return f
}

func OSTemplate(p forms.Configure) parts.Field {
	f := listedField(p, "ostemplate", "", "no OS template, and none that could be downloaded. Type one as in local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst")
	f.Required, f.FillURL, f.FillTarget = true, parts.WizardURL(p.Draft.ID, "ostemplate"), "#ostemplate-field"
	f.Warning = p.Warning("ostemplate")
	return preselected(p, f)
}

// Disk is the field for the size of the disk, which its storage must have room for.
func Disk(p forms.Configure) parts.Field {
	f := Number(p, "disk", "GiB")
	f.Attrs, f.Warning = LiveCheck(p, "disk", "change from:#storage"), p.Warning("disk")
	return f
}

func Cores(p forms.Configure) parts.Field {
	f := Number(p, "cores", "")
	if n := p.Node.Usage.Cores; n > 0 {
		f.Unit = "of " + strconv.Itoa(n)
	}
	return f
}

func Storage(p forms.Configure) parts.Field {
	f := listedField(p, "storage", "half", "no storage that holds containers. Type the name of one")
	f.Required = true
	return preselected(p, f)
}

func Pool(p forms.Configure) parts.Field {
	f := listedField(p, "pool", "half", "no pools. Type the name of one, if the container is to be in one")
	f.Note = "optional"
	if len(p.OnlyPools()) > 0 && !p.MayCreateIn("") {
		f.Note, f.Required = "the token may make containers here only", true
	}
	return f
}

func Bridge(p forms.Configure) parts.Field {
	f := listedField(p, "bridge", "half", "no bridges. Type the name of one, as in vmbr0")
	f.Required = true
	return preselected(p, f)
}

func VLAN(p forms.Configure) parts.Field {
	f := textField(p, "vlan", "optional")
	f.InputMode = "numeric"
	return f
}

// Address is the field for a static address, "ip" or "ip6".
func Address(p forms.Configure, name string) parts.Field {
	f := textField(p, name, "with its prefix length")
	f.Class, f.Value = "", p.Form.Address(name)
	return f
}

// Gateway is the field for the gateway beside a static address; what is right for it depends on that.
func Gateway(p forms.Configure, name, address string) parts.Field {
	f := textField(p, name, "optional")
	f.Class, f.Attrs = "", LiveCheck(p, name, "change from:#"+address)
	return f
}

func Nameserver(p forms.Configure) parts.Field {
	f := textField(p, "nameserver", "optional")
	f.Hint = "IP addresses, separated by spaces. Empty: as the host."
	return f
}

func SearchDomain(p forms.Configure) parts.Field {
	f := textField(p, "searchdomain", "optional")
	f.Hint = "As in home.example. Empty: as the host."
	return f
}

func SSHKeys(p forms.Configure) parts.Field {
	f := textField(p, "ssh_keys", "for root, one a line")
	f.Class, f.Hint = "", "Root has no password: the way in is a key, or pct enter on the host."
	return f
}

// textField is a field in which names and addresses are typed.
func textField(p forms.Configure, name, note string) parts.Field {
	return parts.Field{
		Name:  name,
		Label: forms.ContainerLabel(name),
		Note:  note,
		Class: "half",
		Value: p.Form.Values.Get(name),
		Error: p.Form.Errors[name],
		Mono:  true,
		Attrs: LiveCheck(p, name),
	}
}

// Number is a field that holds a number.
func Number(p forms.Configure, name, unit string) parts.Field {
	f := textField(p, name, "")
	f.Class, f.Mono, f.Unit, f.InputMode, f.Required = "quarter", false, unit, "numeric", true
	return f
}

// listedField is a field that is chosen from a list of the node's. Where there is no list
// it is typed, and the hint says why: the list could not be read, or nothing is in it.
func listedField(p forms.Configure, name, class, empty string) parts.Field {
	f := textField(p, name, "")
	f.Class = class
	f.Gaps, f.FillURL = p.Gaps[name], parts.WizardURL(p.Draft.ID, "list")+"?field="+name
	f.Hint = p.Node.Node.Name + " shows this token " + empty + "."
	if len(f.Gaps) > 0 {
		f.Hint = "Type it, if you do not want to wait for the list."
	}
	return f
}

// Chosen is a listed field whose list is there.
func Chosen(f parts.Field, hint string) parts.Field {
	f.Hint, f.Attrs = hint, nil
	return f
}

// preselected shows what fits best in a listed field while nobody chose.
func preselected(p forms.Configure, f parts.Field) parts.Field {
	f.Value = cmp.Or(f.Value, p.Preset(f.Name))
	return f
}

// StorageChoices are the storages; an empty one is chosen while none has room for the disk.
func StorageChoices(p forms.Configure) []forms.Option {
	options := forms.StorageOptions(p.Choices.Storages.Items)
	if len(options) > 0 && p.Form.Get("storage") == "" && p.Preset("storage") == "" {
		options = slices.Insert(options, 0, forms.Option{Text: fmt.Sprintf("Choose one: none has room for %d GiB", max(p.Form.Number("disk"), 1))})
	}
	return options
}

// LiveCheck makes a field be judged while it is typed; also names triggers beyond its own.
func LiveCheck(p forms.Configure, name string, also ...string) templ.Attributes {
	return parts.LiveCheck(parts.WizardURL(p.Draft.ID, "check"), name, also...)
}

func CheckURL(p forms.Configure, name string) string {
	return parts.WizardURL(p.Draft.ID, "check") + "?field=" + name
}
