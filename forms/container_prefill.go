package forms

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// listedFields are the fields that are chosen from a list of the node's. While nobody chose,
// they show the option that fits best there.
var listedFields = []string{"ostemplate", "storage", "bridge"}

// NewDraft makes a draft for a container on a node, prefilled from a template, and from what its owner created last: that
// has their SSH keys, and their tags where the template has none.
func NewDraft(userID, nodeID string, t store.Template, last proxmox.CreateParams) store.Draft {
	d := store.Draft{UserID: userID, Values: NewContainerValues(nodeID)}
	Prefill(&d, t)
	d.Values.Set("ssh_keys", strings.Join(last.SSHKeys, "\n"))
	if len(t.Tags) == 0 {
		d.Filled["tags"] = strings.Join(last.Tags, " ")
		d.Values.Set("tags", d.Filled["tags"])
	}
	return d
}

// Prefill puts a template's values into the fields in which nothing was typed, and the
// defaults into those that the template leaves open. The zero template leaves all open.
func Prefill(d *store.Draft, t store.Template) {
	now := templateValues(t)
	for name := range now {
		if prefilled(*d, name) {
			d.Values.Set(name, now[name])
		}
	}
	d.Values.Set("template", cmp.Or(t.ID, "none"))
	d.Filled = now
}

// templateValues returns the values that a template prefills, by field.
func templateValues(t store.Template) map[string]string {
	open := NewContainerValues("")
	number := func(n int, name string) string {
		if n == 0 {
			return open.Get(name)
		}
		return strconv.Itoa(max(n, 0)) // swap: -1 is none
	}
	values := map[string]string{
		"tags":         strings.Join(t.Tags, " "),
		"ostemplate":   "",
		"cores":        number(t.Cores, "cores"),
		"memory":       number(t.Memory, "memory"),
		"swap":         number(t.Swap, "swap"),
		"disk":         number(t.Disk, "disk"),
		"storage":      t.Storage,
		"bridge":       t.Bridge,
		"unprivileged": open.Get("unprivileged"),
		"nesting":      open.Get("nesting"),
	}
	if strings.Contains(t.OSTemplate, ":") {
		values["ostemplate"] = t.OSTemplate // Settle replaces a mere name by a volume of the node
	}
	if t.ID != "" {
		values["unprivileged"] = switchValue(t.Unprivileged)
		values["nesting"] = switchValue(t.Nesting && t.Unprivileged) // else Proxmox refuses it
	}
	return values
}

func switchValue(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// prefilled tells whether a field still has the value that Berth put there, if any.
func prefilled(d store.Draft, name string) bool {
	if d.Filled == nil {
		return d.Values.Get(name) == NewContainerValues("").Get(name)
	}
	return d.Values.Get(name) == d.Filled[name]
}

// NoteOffered notes the options that the form showed in fields in which nothing was chosen
// yet: a request with just those has chosen nothing either.
func NoteOffered(d *store.Draft, posted url.Values) {
	if d.Filled == nil {
		d.Filled = templateValues(store.Template{})
	}
	for _, name := range listedFields {
		if offered := posted.Get("offered_" + name); offered != "" && prefilled(*d, name) {
			d.Filled[name] = offered
		}
	}
}

// ForgetOffered empties the fields in which nothing was chosen, for another node's lists.
func ForgetOffered(d *store.Draft, t store.Template) {
	open := templateValues(t)
	for _, name := range listedFields {
		if prefilled(*d, name) {
			d.Values.Set(name, open[name])
			d.Filled[name] = open[name]
		}
	}
}

// Settle fills the fields in which nothing was chosen with the template's preferences, as
// far as the node has them. The others stay open.
func (p Configure) Settle() {
	settle := func(name string, options []Option) {
		if prefilled(p.Draft, name) && len(options) > 0 && !Offers(options, p.Form.Get(name)) {
			p.Form.Values.Del(name)
		}
	}
	settle("storage", StorageOptions(p.Choices.Storages.Items))
	settle("bridge", BridgeOptions(p.Choices.Bridges.Items))
	if s, there := storageOf(p.Choices.Storages.Items, p.Form.Get("storage")); there && prefilled(p.Draft, "storage") && !p.hasRoom(s) {
		p.Form.Values.Del("storage")
	}
	if want := p.WantedOS(); want != "" && !p.Fetching() && p.Form.Get("ostemplate") == "" {
		if volume := bestOSTemplate(p.Choices.OSTemplates.Items, want); volume != "" {
			p.Form.Values.Set("ostemplate", volume)
		}
	}
}

// hasRoom tells whether the disk fits into the free space of a storage.
func (p Configure) hasRoom(s proxmox.Storage) bool {
	return Roomiest([]proxmox.Storage{s}, p.Form.Number("disk")) != ""
}

// Preset returns the option that a list begins with while nobody chose: what was last used on this node, if it is still
// offered, else the one that fits best; "" when none does.
func (p Configure) Preset(name string) string {
	switch name {
	case "storage":
		if s, there := storageOf(p.Choices.Storages.Items, p.Last.Storage); there && s.Active && p.hasRoom(s) {
			return s.Name
		}
		return Roomiest(p.Choices.Storages.Items, p.Form.Number("disk"))
	case "ostemplate":
		return bestOSTemplate(p.Choices.OSTemplates.Items, p.WantedOS())
	case "bridge":
		if Offers(BridgeOptions(p.Choices.Bridges.Items), p.Last.Bridge) {
			return p.Last.Bridge
		}
		if b := p.Choices.Bridges.Items; len(b) > 0 {
			return b[0].Name
		}
	}
	return ""
}

// Offered returns the option that a list shows while nothing was chosen in it; "" once something was.
func (p Configure) Offered(name string, options []Option) string {
	switch {
	case !prefilled(p.Draft, name):
		return ""
	case p.Form.Get(name) == "" && len(options) > 0:
		return p.Preset(name)
	}
	return p.Form.Get(name)
}

// ChooseFetched makes an OS template that is being downloaded the draft's.
func ChooseFetched(d *store.Draft, volume string) {
	if prefilled(*d, "ostemplate") {
		d.Filled["ostemplate"] = volume
	}
	d.Values.Set("ostemplate", volume)
}
