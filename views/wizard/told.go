package wizard

import (
	"cmp"
	"strconv"
	"strings"

	"berth/forms"
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/template"
)

// folds are all parts of the form that are folded, in their order.
var folds = []forms.Fold{forms.FoldSystem, forms.FoldResources, forms.FoldNetwork, forms.FoldAccess, forms.FoldInside, forms.FoldLabels, forms.FoldAlike}

func foldTitle(f forms.Fold) string {
	switch f {
	case forms.FoldLabels:
		return "Tags"
	case forms.FoldAlike:
		return "Several alike"
	}
	return strings.ToUpper(string(f[:1])) + string(f[1:])
}

// saying is a stretch of the sentence that tells what a fold has; what matters most in it is strong.
type saying struct {
	words  string
	strong bool
}

func strong(words string) saying { return saying{words, true} }
func plain(words string) saying  { return saying{words: words} }

// sayings make the sentence of a fold.
func sayings(p forms.Configure, f forms.Fold) []saying {
	chosen := p.Chosen()
	switch f {
	case forms.FoldSystem:
		return systemSays(chosen)
	case forms.FoldResources:
		return resourcesSay(chosen)
	case forms.FoldNetwork:
		return []saying{plain(networkWords(chosen))}
	case forms.FoldAccess:
		return accessSays(chosen)
	case forms.FoldInside:
		return insideSays(p.Plan)
	case forms.FoldAlike:
		return alikeSays(chosen)
	}
	return labelsSay(chosen)
}

// systemSays: "Debian 13, unprivileged, nesting".
func systemSays(f forms.Container) []saying {
	kind := ", privileged"
	if f.On("unprivileged") {
		kind = ", unprivileged"
	}
	if f.On("nesting") {
		kind += ", nesting"
	}
	volume := f.Get("ostemplate")
	if volume == "" {
		return []saying{plain("no OS template chosen yet" + kind)}
	}
	return []saying{strong(forms.SystemWords(volume)), plain(kind)}
}

// resourcesSay: "2 cores, 2 GiB memory, 512 MiB swap, 16 GiB on local-lvm".
func resourcesSay(f forms.Container) []saying {
	mebibytes := func(name string) string { return human.Bytes(uint64(max(f.Number(name), 0)) << 20) }
	swap := "no swap"
	if f.Number("swap") > 0 {
		swap = mebibytes("swap") + " swap"
	}
	where := " disk, no storage chosen yet"
	if storage := f.Get("storage"); storage != "" {
		where = " on " + storage
	}
	if pool := f.Get("pool"); pool != "" {
		where += ", in the pool " + pool
	}
	return []saying{
		strong(human.Count(f.Number("cores"), "core", "cores")), plain(", "), strong(mebibytes("memory")), plain(" memory, " + swap + ", "),
		strong(strconv.Itoa(f.Number("disk")) + " GiB"), plain(where),
	}
}

// accessSays: "1 SSH key (you@desk), starts when it is ready and with the host".
func accessSays(f forms.Container) []saying {
	starts := ", is not started"
	switch ready, host := f.On("start"), f.On("onboot"); {
	case ready && host:
		starts = ", starts when it is ready and with the host"
	case ready:
		starts = ", starts when it is ready"
	case host:
		starts = ", starts with the host"
	}
	keys := forms.KeyLines(f.Get("ssh_keys"))
	if len(keys) == 0 {
		return []saying{plain("no SSH key" + starts)}
	}
	return []saying{strong(human.Count(len(keys), "SSH key", "SSH keys")), plain(" (" + keyNames(f.Get("ssh_keys")) + ")" + starts)}
}

// insideSays: "3 packages, script install, 2 files, Administrator admin".
func insideSays(p forms.Plan) []saying {
	provision := p.Provision()
	if provision.Empty() {
		return []saying{plain("nothing beyond what the OS template holds")}
	}
	var says []saying
	add := func(words string) {
		if words == "" {
			return
		}
		if len(says) > 0 {
			says = append(says, plain(", "))
		}
		says = append(says, saying{words, len(says) == 0})
	}
	count := func(n int, one, many string) string {
		if n == 0 {
			return ""
		}
		return human.Count(n, one, many)
	}
	add(count(len(provision.Packages), "package", "packages"))
	if len(provision.Scripts) == 1 {
		add("script " + provision.Scripts[0].Name)
	} else {
		add(count(len(provision.Scripts), "script", "scripts"))
	}
	add(count(len(provision.Files), "file", "files"))
	if len(provision.Scripts) > 0 {
		for _, in := range p.Template.Inputs {
			add(inputSays(p, in))
		}
	}
	return says
}

// inputSays: "Title My forge"; of a secret only whether it was typed.
func inputSays(p forms.Plan, in store.Input) string {
	label, _, _ := strings.Cut(cmp.Or(in.Label, in.Name), ",") // what follows explains it
	if in.Kind == store.InputSecret {
		if p.Typed[in.Name] {
			return label + " typed"
		}
		return ""
	}
	value := forms.InputValue(p.Draft, in)
	if value == "" {
		return ""
	}
	return label + " " + value
}

// labelsSay: "documents, no note".
func labelsSay(f forms.Container) []saying {
	note := "no note"
	if f.Get("description") != "" {
		note = "a note"
	}
	tags := forms.TagList(f.Get("tags"))
	if len(tags) == 0 {
		return []saying{plain("no tags, " + note)}
	}
	return []saying{strong(strings.Join(tags, ", ")), plain(", " + note)}
}

// draftName is what a draft is called where its template names it.
func draftName(w forms.Wizard) string { return cmp.Or(w.Template.Name, "Plain container") }

func draftTitle(w forms.Wizard) string {
	if w.Template.ID == "" {
		return "New container"
	}
	return "New container: " + w.Template.Name
}

// madeFrom says what the container is made from.
func madeFrom(w forms.Wizard) string {
	if w.Template.ID == "" {
		return "Without a template: an OS template of Proxmox's, nothing else inside."
	}
	return cmp.Or(template.FirstSentence(w.Template.Description), "From the template "+w.Template.Name+".")
}

// ConfigureTitle is the title of the page; it begins with what is wrong.
func ConfigureTitle(p forms.Configure) string {
	if !p.Tried {
		return draftTitle(p.Wizard)
	}
	return wrongTitle(p) + ": " + draftTitle(p.Wizard)
}

// wrongTitle says why the container was not created.
func wrongTitle(p forms.Configure) string {
	if n := len(p.Wrong()); n > 0 {
		return human.Count(n, "value needs", "values need") + " correcting before it can be created"
	}
	return "The way into the container is missing"
}

// needsSSH says what needs SSH.
func needsSSH(p forms.Configure) string {
	what := "This template needs"
	if p.Template.ID == "" {
		what = "To install packages takes"
	}
	return what + " SSH, which " + p.Node.Node.Name + " does not have yet."
}

// nodeSays goes on after the node's name: ", your default; 8 cores, 18.5 GiB memory free".
func nodeSays(p forms.Configure) string {
	says := ""
	if p.Node.Node.Default && len(p.Nodes) > 1 {
		says = ", your default"
	}
	if capacity := nodeCapacity(p.Node, p.Now); capacity != "" {
		if explain.Refuses(p.Node.Err) {
			return says + ": " + capacity
		}
		says += "; " + capacity
	}
	return says
}

// commandOf is the equivalent pct create; "" while something is missing or wrong.
func commandOf(p forms.Configure) string {
	chosen := p.Chosen()
	chosen.CheckAll()
	if len(chosen.Wrong()) > 0 {
		return ""
	}
	return chosen.Commands()
}
