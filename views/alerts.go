package views

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/human"
	"berth/views/layout"
	"berth/views/parts"
)

// alertsListed bounds the alerts that the dashboard lists, hidden ones apart.
const alertsListed = 30

// Alerts tell what somebody should see to, the weightiest first.
type Alerts struct {
	List   []fleet.Alert
	Hidden []fleet.Alert // dismissed by the user
	now    time.Time
}

// NewAlerts leaves out what a job is at work on: it may be over when the job is.
func NewAlerts(shown, hidden []fleet.Alert, open []store.Job, now time.Time) Alerts {
	shown = slices.DeleteFunc(slices.Clone(shown), func(n fleet.Alert) bool {
		busy := slices.ContainsFunc(open, func(j store.Job) bool { return j.NodeID == n.NodeID && j.VMID == n.VMID && n.VMID != 0 })
		return busy && (n.Kind == fleet.AlertTask || n.Kind == fleet.AlertOff)
	})
	return Alerts{shown, hidden, now}
}

// alertKind gathers the alerts that have one heading.
type alertKind struct {
	heading string
	list    []fleet.Alert
}

// byKind gathers alerts under their headings, in their order.
func (n Alerts) byKind(list []fleet.Alert) []alertKind {
	var kinds []alertKind
	for _, of := range list[:min(alertsListed, len(list))] {
		heading := headingOf(of)
		i := slices.IndexFunc(kinds, func(k alertKind) bool { return k.heading == heading })
		if i < 0 {
			i, kinds = len(kinds), append(kinds, alertKind{heading: heading})
		}
		kinds[i].list = append(kinds[i].list, of)
	}
	return kinds
}

// unlisted counts the alerts beyond those that are listed.
func (n Alerts) unlisted() int { return max(len(n.List)-alertsListed, 0) }

// kind is that of the weightiest alert, as a banner's; "none" when all are hidden.
func (n Alerts) kind() string {
	switch {
	case len(n.List) == 0:
		return "none"
	case slices.ContainsFunc(n.List, func(a fleet.Alert) bool { return a.Grave }):
		return "bad"
	}
	return "warn"
}

// needWords are "3 need attention".
func (n Alerts) needWords() string {
	switch len(n.List) {
	case 0:
		return "Nothing needs attention"
	case 1:
		return "1 needs attention"
	}
	return fmt.Sprintf("%d need attention", len(n.List))
}

// phrase is a piece of the line that sums the alerts up, with what it is about in the middle.
type phrase struct{ before, name, after string }

// phrasesShown bounds the pieces of the line that sums the alerts up.
const phrasesShown = 4

// phrases sum the alerts up: "disk of postgres 90 %", "backup of jellyfin failed".
func (n Alerts) phrases() []phrase {
	var all []phrase
	for _, k := range n.byKind(n.List) {
		if len(all) == phrasesShown {
			break
		}
		if len(k.list) == 1 {
			all = append(all, n.phraseOf(k.list[0]))
			continue
		}
		all = append(all, phrase{name: fmt.Sprint(len(k.list)), after: " with “" + k.heading + "”"})
	}
	if len(all) > 0 {
		if all[0].before != "" {
			all[0].before = human.Capital(all[0].before)
		}
		for i := range all[:len(all)-1] {
			all[i].after += ","
		}
	}
	return all
}

func (n Alerts) phraseOf(of fleet.Alert) phrase {
	name := nameOf(of)
	switch of.Kind {
	case fleet.AlertDisk:
		return phrase{"disk of ", name, " " + human.Percent(cards.Share(of.Used, of.Size)/100)}
	case fleet.AlertMemory:
		return phrase{"memory of ", name, " full"}
	case fleet.AlertOff:
		return phrase{"", name, " is off"}
	case fleet.AlertTask:
		words, _ := strings.CutPrefix(taskWords(of.Task.Type), "The ")
		return phrase{words + " of ", name, " failed"}
	case fleet.AlertCertificate:
		return phrase{"certificate of ", of.NodeName, ""}
	case fleet.AlertNoQuorum:
		return phrase{"no quorum in ", cmp.Or(of.Cluster, "the cluster of "+of.NodeName), ""}
	}
	return phrase{"", human.List(of.Down), " " + human.IsOrAre(len(of.Down)) + " down"}
}

// headingOf is the heading that an alert stands under.
func headingOf(of fleet.Alert) string {
	switch of.Kind {
	case fleet.AlertDisk:
		return "Disk nearly full"
	case fleet.AlertMemory:
		return "Memory full"
	case fleet.AlertOff:
		return "Off, but starts on boot"
	case fleet.AlertCertificate:
		return "Certificate"
	case fleet.AlertNoQuorum:
		return "No quorum"
	case fleet.AlertDown:
		return "Host down"
	}
	if words, is := strings.CutPrefix(taskWords(of.Task.Type), "The "); is && words != "task "+of.Task.Type {
		return human.Capital(words) + " failed"
	}
	return "Task failed"
}

// nameOf is what people call the container that an alert is about.
func nameOf(of fleet.Alert) string {
	return cmp.Or(of.Name, cards.Card{Container: fleet.Container{Guest: proxmox.Guest{VMID: of.VMID}}}.Title())
}

// troubles are what is wrong with each container, the gravest first, as its row marks it.
func (n Alerts) troubles() map[store.Ref][]cards.Trouble {
	all := make(map[store.Ref][]cards.Trouble)
	for _, of := range n.List {
		if of.VMID != 0 {
			at := store.Ref{NodeID: of.NodeID, VMID: of.VMID}
			all[at] = append(all[at], cards.Trouble{Words: n.brief(of), Grave: of.Grave || of.Kind == fleet.AlertDisk})
		}
	}
	return all
}

// brief is an alert about a container in a few words.
func (n Alerts) brief(of fleet.Alert) string {
	switch of.Kind {
	case fleet.AlertDisk:
		return "Disk " + human.Percent(cards.Share(of.Used, of.Size)/100) + " full"
	case fleet.AlertMemory:
		return "Memory full for " + human.Age(n.now.Sub(of.Since))
	case fleet.AlertOff:
		return "It starts on boot, but is stopped"
	}
	return taskWords(of.Task.Type) + " failed"
}

// alertAct is a link or a button that mends what an alert is about.
type alertAct struct {
	words, url string
	post       bool // it acts at once
	asks       bool // it can be asked over the page
}

// alertWords are an alert as people read it.
type alertWords struct {
	kind  string // as a banner's
	about layout.Link
	what  string // the first thing to read
	why   string
	when  time.Time // the moment that both may tell of
	now   time.Time
	mend  alertAct // none: no words
	log   string   // address of it; "" for none
}

// title names the alert where it stands apart from its heading.
func (w alertWords) title(of fleet.Alert) string { return headingOf(of) + ": " + w.about.Text }

func (n Alerts) words(of fleet.Alert) alertWords {
	at := parts.ContainerURL(of.NodeID, of.VMID)
	w := alertWords{kind: "warn", about: layout.Link{URL: at, Text: nameOf(of)}, when: of.Since, now: n.now}
	if of.Grave {
		w.kind = "bad"
	}
	if of.VMID == 0 {
		w.about = layout.Link{URL: parts.NodeURL(of.NodeID), Text: of.NodeName}
		w.mend = alertAct{words: "Open node", url: w.about.URL}
	}
	switch of.Kind {
	case fleet.AlertDisk:
		w.what = human.BytesOf(of.Used, of.Size)
		w.why = human.Percent(cards.Share(of.Used, of.Size)/100) + " full. Free some space inside, or resize the disk."
		w.mend = alertAct{words: "Resize…", url: at + "/grow?disk=rootfs", asks: true}
	case fleet.AlertMemory:
		w.what = human.BytesOf(of.Used, of.Size)
		w.why = "For " + human.Age(n.now.Sub(of.Since)) + ", since " + human.When(of.Since, n.now) + ". A program that gets no memory is killed."
		w.mend = alertAct{words: "Give it more…", url: at + "/edit?part=memory"}
	case fleet.AlertTask:
		w.what = human.Capital(cmp.Or(human.Clause(human.OneLine(of.Task.Exit, 200)), "no reason was given"))
		w.why = human.Capital(human.When(of.Since, n.now)) + ", begun by " + of.Task.User + "."
		if headingOf(of) == "Task failed" {
			w.why = "Task " + of.Task.Type + ", " + human.When(of.Since, n.now) + ", begun by " + of.Task.User + "."
		}
		w.log = at + "/" + cards.TabEvents + "/" + url.PathEscape(string(of.Task.UPID))
		if of.Task.Type == "vzdump" {
			w.mend = alertAct{words: "Back up…", url: at + "/" + cards.TabBackups + "#backup", asks: true}
		}
	case fleet.AlertOff:
		w.kind = "info"
		w.what = "Stopped"
		if !of.Since.IsZero() {
			w.what = "Stopped since " + human.When(of.Since, n.now)
		}
		w.why = "It starts when its host does."
		w.mend = alertAct{words: "Start", url: at + "/start", post: true}
	case fleet.AlertCertificate:
		w.when = of.Certificate.NotAfter
		w.what = "Ends on " + human.Date(of.Certificate.NotAfter, n.now)
		if !of.Certificate.NotAfter.After(n.now) {
			w.what = "Ended on " + human.Date(of.Certificate.NotAfter, n.now)
		}
		w.why = "It is for " + cmp.Or(of.Certificate.Subject, "no name") + ". Renew it on the host (pvecm updatecerts --force makes one of its own), then trust the new one here."
	case fleet.AlertNoQuorum, fleet.AlertDown:
		w.what, w.why = n.clusterTrouble(of)
	}
	return w
}

// clusterTrouble tells of a cluster whose members are down, or that has lost its quorum.
func (n Alerts) clusterTrouble(of fleet.Alert) (what, why string) {
	since := ""
	if !of.Since.IsZero() {
		since = ", since " + human.When(of.Since, n.now)
	}
	if of.Kind == fleet.AlertNoQuorum {
		why = "Without it nothing there can be started, made or changed; what runs goes on, and stopping works. Bring its hosts up."
		if len(of.Down) > 0 {
			why = human.Capital(human.List(of.Down)) + " " + human.IsOrAre(len(of.Down)) + " down" + since + ". " + why
		}
		return clusterWords(of) + " has no quorum", why
	}
	what = fmt.Sprintf("%s of the %d hosts of ", human.List(of.Down), of.Members) + strings.Replace(clusterWords(of), "The", "the", 1) + " " + human.IsOrAre(len(of.Down)) + " down" + since
	if of.Quorate {
		return what, "The cluster has quorum, so the others work on. Bring " + itOrThem(len(of.Down)) + " up."
	}
	return what, "Whether the cluster has quorum is not known: to ask, the token needs Sys.Audit on /. If something cannot be started, pvecm status on a host says whether it has."
}

func clusterWords(of fleet.Alert) string {
	if of.Cluster != "" {
		return "The cluster " + of.Cluster
	}
	return "The cluster of " + of.NodeName
}

func itOrThem(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// taskWords are a task's type as people say it; Proxmox's own word where there is none.
func taskWords(kind string) string {
	words, known := map[string]string{
		"vzcreate": "The creation", "vzrestore": "The restore", "vzclone": "The clone", "vzdestroy": "The removal", "vzmigrate": "The migration", "hamigrate": "The migration",
		"vzstart": "The start", "vzstop": "The stop", "vzshutdown": "The shutdown", "vzreboot": "The reboot",
		"vzdump": "The backup", "vzsnapshot": "The snapshot", "vzdelsnapshot": "The removal of a snapshot", "vzrollback": "The rollback",
		"resize": "The growth of a disk", "move_volume": "The move of a disk",
	}[kind]
	if !known {
		return "The task " + kind
	}
	return words
}
