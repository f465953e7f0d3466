package forms

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// EditPart groups the settings that one form changes; they take one privilege.
type EditPart struct {
	Name      string
	Privilege string
	Fields    []string // as in the wizard
}

// EditParts are all that can be changed, in the order in which they are shown.
var EditParts = []EditPart{
	{"hostname", "VM.Config.Network", []string{"hostname"}},
	{"cores", "VM.Config.CPU", []string{"cores"}},
	{"memory", "VM.Config.Memory", []string{"memory", "swap"}},
	{"onboot", "VM.Config.Options", []string{"onboot"}},
	{"dns", "VM.Config.Network", []string{"nameserver", "searchdomain"}},
	{"tags", "VM.Config.Options", []string{"tags"}},
	{"description", "VM.Config.Options", []string{"description"}},
}

// Edit is a part of a container's configuration to change.
type Edit struct {
	Part     string
	Form     Container
	Digest   string            // of the configuration that the form was made from
	Theirs   map[string]string // field to what stands there now, where that is another than was typed
	Conflict bool              // somebody changed the configuration since
}

// NewEdit is the form for a part of a configuration; false when there is no such part.
func NewEdit(part string, c proxmox.ContainerConfig) (Edit, bool) {
	edit := Edit{Part: part, Digest: c.Digest, Form: Container{Values: url.Values{}, Errors: map[string]string{}}}
	i := slices.IndexFunc(EditParts, func(e EditPart) bool { return e.Name == part })
	if i < 0 {
		return edit, false
	}
	now := configValues(c)
	for _, name := range EditParts[i].Fields {
		edit.Form.Values.Set(name, now[name])
	}
	return edit, true
}

// Typed puts what was typed into the form's fields, and judges it.
func (p Edit) Typed(posted url.Values) Edit {
	mine := url.Values{}
	for _, name := range p.Whole().Fields {
		if posted.Has(name) {
			mine[name] = posted[name]
		}
	}
	p.Form = ReadContainer(p.Form.Values, mine)
	for _, name := range p.Whole().Fields {
		p.Form.mark(name, p.Form.CheckEdit(name))
	}
	p.Digest = posted.Get("digest")
	return p
}

// Overtaken is the form after somebody changed the configuration: what was typed stays, and beside it stands what is there now.
func (p Edit) Overtaken(c proxmox.ContainerConfig) Edit {
	p.Conflict, p.Digest, p.Theirs = true, c.Digest, map[string]string{}
	now := configValues(c)
	for _, name := range p.Whole().Fields {
		if p.value(name) != now[name] {
			p.Theirs[name] = cmp.Or(now[name], "nothing")
		}
	}
	return p
}

// IsEditField tells whether a container that is there has a field of that name.
func IsEditField(name string) bool {
	return slices.ContainsFunc(EditParts, func(e EditPart) bool { return slices.Contains(e.Fields, name) })
}

// CheckEdit is Check for a container that is there: it may use all cores of its host.
func (f Container) CheckEdit(name string) string {
	if name == "cores" && f.Get(name) == "" {
		return ""
	}
	return f.check(name)
}

// OK tells whether nothing is wrong with what was typed.
func (p Edit) OK() bool { return len(p.Form.Errors) == 0 }

// Whole is the part that is edited, with its fields and the right that it takes.
func (p Edit) Whole() EditPart {
	return EditParts[slices.IndexFunc(EditParts, func(e EditPart) bool { return e.Name == p.Part })]
}

// Privilege is the right that the change takes.
func (p Edit) Privilege() string { return p.Whole().Privilege }

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

// value returns the content of a field, written like those of configValues.
func (p Edit) value(name string) string {
	v := p.Form.Get(name)
	switch name {
	case "nameserver", "searchdomain":
		return strings.Join(Words(v), " ")
	case "tags":
		tags := TagList(strings.ToLower(v))
		slices.Sort(tags)
		return strings.Join(tags, " ")
	case "onboot":
		return switchValue(p.Form.On(name))
	}
	return v
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
	return fmt.Sprintf("That needs %s, and %s has %s free. Most storages refuse it. A thin one accepts it, but once it is full, nothing on it can be written. Submit again to try anyway.",
		human.Bytes(size-p.Volume.Size), p.Volume.Storage, human.Bytes(*p.Free))
}

// longestValue bounds the characters of a setting that are kept with the event of its change.
const longestValue = 200

// Changes compares the form with a configuration, setting by setting. It is called only when nothing is wrong with the
// form. A note that differs is named without its text.
func (p Edit) Changes(c proxmox.ContainerConfig) []store.Change {
	now := configValues(c)
	var changes []store.Change
	for _, name := range p.Whole().Fields {
		v := p.value(name)
		switch {
		case v == now[name]:
		case name == "description":
			changes = append(changes, store.Change{Setting: name})
		default:
			changes = append(changes, store.Change{Setting: name, From: human.OneLine(now[name], longestValue), To: human.OneLine(v, longestValue)})
		}
	}
	return changes
}

// Update returns the parameters of the call that makes the changes.
func (p Edit) Update(changes []store.Change) proxmox.ConfigUpdate {
	u := proxmox.ConfigUpdate{Digest: p.Digest}
	for _, change := range changes {
		v, number := p.value(change.Setting), p.Form.Number(change.Setting)
		switch change.Setting {
		case "hostname":
			u.Hostname = &v
		case "cores":
			u.Cores = &number
		case "memory":
			u.Memory = &number
		case "swap":
			u.Swap = &number
		case "tags":
			tags := strings.Fields(v)
			u.Tags = &tags
		case "description":
			u.Description = &v
		case "onboot":
			on := v == "1"
			u.OnBoot = &on
		case "nameserver":
			u.Nameserver = &v
		case "searchdomain":
			u.SearchDomain = &v
		}
	}
	return u
}
