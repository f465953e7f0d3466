package views

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"berth/proxmox"
	"berth/views/human"
)

// editPart is what is changed in one form: it takes one right.
type editPart struct {
	name      string
	privilege string
	fields    []string // as in the wizard
}

// editParts are all that can be changed, in the order in which they are shown.
var editParts = []editPart{
	{"hostname", "VM.Config.Network", []string{"hostname"}},
	{"cores", "VM.Config.CPU", []string{"cores"}},
	{"memory", "VM.Config.Memory", []string{"memory", "swap"}},
	{"onboot", "VM.Config.Options", []string{"onboot"}},
	{"dns", "VM.Config.Network", []string{"nameserver", "searchdomain"}},
	{"tags", "VM.Config.Options", []string{"tags"}},
	{"description", "VM.Config.Options", []string{"description"}},
}

// partWords are what the parts are called on the page, and how each says what it is now; the note has a panel of its own.
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

// tabEdit is a form of the overview that has a page of its own.
const tabEdit = "edit"

// EditPage changes a part of a container's configuration.
type EditPage struct {
	ContainerPage
	Edit
}

// Edit is a part of a container's configuration to change.
type Edit struct {
	Part     string
	Form     ContainerForm
	Digest   string            // of the configuration that the form was made from
	Theirs   map[string]string // field to what stands there now, where that is another than was typed
	Conflict bool              // somebody changed the configuration since
}

// NewEdit is the form for a part of a configuration; false when there is no such part.
func NewEdit(part string, c proxmox.ContainerConfig) (Edit, bool) {
	edit := Edit{Part: part, Digest: c.Digest, Form: ContainerForm{Values: url.Values{}, Errors: map[string]string{}}}
	i := slices.IndexFunc(editParts, func(e editPart) bool { return e.name == part })
	if i < 0 {
		return edit, false
	}
	now := configValues(c)
	for _, name := range editParts[i].fields {
		edit.Form.Values.Set(name, now[name])
	}
	return edit, true
}

// Typed puts what was typed into the form's fields, and judges it.
func (p Edit) Typed(posted url.Values) Edit {
	mine := url.Values{}
	for _, name := range p.part().fields {
		if posted.Has(name) {
			mine[name] = posted[name]
		}
	}
	p.Form = Typed(p.Form.Values, mine)
	for _, name := range p.part().fields {
		p.Form.mark(name, p.Form.CheckEdit(name))
	}
	p.Digest = posted.Get("digest")
	return p
}

// Overtaken is the form after somebody changed the configuration: what was typed stays, and beside it stands what is there now.
func (p Edit) Overtaken(c proxmox.ContainerConfig) Edit {
	p.Conflict, p.Digest, p.Theirs = true, c.Digest, map[string]string{}
	now := configValues(c)
	for _, name := range p.part().fields {
		if p.value(name) != now[name] {
			p.Theirs[name] = cmp.Or(now[name], "nothing")
		}
	}
	return p
}

// IsEditField tells whether a container that is there has a field of that name.
func IsEditField(name string) bool {
	return slices.ContainsFunc(editParts, func(e editPart) bool { return slices.Contains(e.fields, name) })
}

// CheckEdit is Check for a container that is there: it may use all cores of its host.
func (f ContainerForm) CheckEdit(name string) string {
	if name == "cores" && f.Get(name) == "" {
		return ""
	}
	return f.Check(name)
}

// OK tells whether nothing is wrong with what was typed.
func (p Edit) OK() bool { return len(p.Form.Errors) == 0 }

func (p Edit) part() editPart {
	return editParts[slices.IndexFunc(editParts, func(e editPart) bool { return e.name == p.Part })]
}

// Privilege is the right that the change takes.
func (p Edit) Privilege() string { return p.part().privilege }

// configValues are a configuration as the fields of the wizard hold it.
func configValues(c proxmox.ContainerConfig) map[string]string {
	return map[string]string{
		"hostname":     c.Hostname,
		"cores":        digits(c.Cores),
		"memory":       strconv.Itoa(c.Memory),
		"swap":         strconv.Itoa(c.Swap),
		"tags":         strings.Join(c.Tags, " "),
		"description":  strings.TrimSpace(c.Description),
		"onboot":       switchValue(c.OnBoot),
		"nameserver":   strings.Join(strings.Fields(c.Nameserver), " "),
		"searchdomain": strings.Join(strings.Fields(c.SearchDomain), " "),
	}
}

// digits are a number; "" for 0.
func digits(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// value is what a field holds, in the form of configValues.
func (p Edit) value(name string) string {
	v := p.Form.Get(name)
	switch name {
	case "nameserver", "searchdomain":
		return strings.Join(words(v), " ")
	case "tags":
		tags := tagList(strings.ToLower(v))
		slices.Sort(tags)
		return strings.Join(tags, " ")
	case "onboot":
		return switchValue(p.Form.On(name))
	}
	return v
}

// canEdit tells whether the configuration can be changed now: not while it is locked, be it by a job of Berth's.
func (c Card) canEdit() bool { return c.CannotAct() == "" && c.Lock == "" }

// MayEdit tells whether the token has the right that a part takes, as far as is known.
func (p OverviewPage) MayEdit(privilege string) bool {
	rights := p.Details.Rights
	return rights == nil || rights.OnGuest(p.Card.VMID, p.Card.Pool, privilege)
}

// MayGrow tells what the token lacks to make a disk larger; "" when nothing is known to be missing.
func (p OverviewPage) MayGrow(storage string) (lacks string) {
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
func (c Card) editURL(part string) string { return c.URL() + "/edit?part=" + part }

// field is one of the form's.
func (p EditPage) field(name string) Field {
	f := Field{
		Name:  name,
		Label: containerLabel(name),
		Value: p.Form.Values.Get(name),
		Error: p.Form.Errors[name],
		Mono:  true,
		Attrs: liveCheck(p.Card.URL()+"/edit/check", name),
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
	if p.part().fields[0] == name {
		f.Attrs["autofocus"] = true
	}
	return f
}

// liveCheck makes a field be judged while it is typed; also names triggers beyond its own.
func liveCheck(url, name string, also ...string) templ.Attributes {
	return templ.Attributes{
		"hx-post":    url + "?field=" + name,
		"hx-trigger": strings.Join(append([]string{"input changed delay:250ms", "change"}, also...), ", "),
		"hx-target":  "#" + name + "-verdict",
		"hx-sync":    "this:replace",
	}
}

// GrowPage makes a disk of a container larger.
type GrowPage struct {
	ContainerPage
	Resize
}

// Resize is a disk of a container to make larger.
type Resize struct {
	Disk     string // "rootfs", "mp0"
	Volume   proxmox.Volume
	Size     string // typed, in GiB
	Error    string
	Digest   string
	Conflict bool    // the configuration was changed since the form was made
	Free     *uint64 // bytes on its storage; nil: not known
}

// NewResize is the form for a disk of a configuration; false when it has no such volume that could grow.
func NewResize(key string, c proxmox.ContainerConfig) (Resize, bool) {
	written := c.Mounts[key]
	if key == "rootfs" {
		written = c.RootFS
	}
	v := proxmox.ParseVolume(written)
	return Resize{Disk: key, Volume: v, Digest: c.Digest}, written != "" && !v.Bound()
}

// Check says what is wrong with the size that was typed, or "".
func (p Resize) Check() string {
	least := int(p.Volume.Size>>30) + 1
	if s := checkNumber(p.Size, "it is", least, maxDisk, " GiB"); s != "" {
		return s + ". A disk cannot be made smaller"
	}
	return ""
}

// GiB is the size that was typed; meaningful only where Check finds nothing.
func (p Resize) GiB() int {
	n, err := strconv.Atoi(p.Size)
	if err != nil {
		return 0
	}
	return n
}

// Beyond warns where the storage has less free than the size that was typed takes, as far as is known; "" where it has
// enough. It is no error: a thin storage promises more than it has.
func (p Resize) Beyond() string {
	size := uint64(p.GiB()) << 30
	if p.Free == nil || p.Error != "" || size <= p.Volume.Size || size-p.Volume.Size <= *p.Free {
		return ""
	}
	return fmt.Sprintf("That takes %s, and %s has %s free. Most storages refuse it. A thin one takes it, and once it is full, nothing on it can be written any more. Send it again to try all the same.",
		human.Bytes(size-p.Volume.Size), p.Volume.Storage, human.Bytes(*p.Free))
}

func (p GrowPage) field() Field {
	hint := "It has " + human.Bytes(p.Volume.Size) + " now."
	if p.Free != nil {
		hint += " " + p.Volume.Storage + " has " + human.Bytes(*p.Free) + " free."
	}
	return Field{Name: "size", Label: "New size", Value: p.Size, Error: p.Error, Unit: "GiB", InputMode: "numeric", Required: true, Class: "half",
		Hint: hint, Attrs: templ.Attributes{"autofocus": true}}
}

func (c Card) growURL(disk string) string { return c.URL() + "/grow?disk=" + disk }
