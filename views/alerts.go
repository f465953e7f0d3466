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

// The alerts that the dashboard lists: the first at once, the others when asked for.
const (
	alertsAtOnce = 4
	alertsListed = 30
)

// Alerts are the warnings of the dashboard, the weightiest first.
type Alerts struct {
	List []fleet.Alert
	now  time.Time
}

// NewAlerts leaves out what a job is at work on: it may be over when the job is.
func NewAlerts(list []fleet.Alert, open []store.Job, now time.Time) Alerts {
	list = slices.DeleteFunc(slices.Clone(list), func(n fleet.Alert) bool {
		busy := slices.ContainsFunc(open, func(j store.Job) bool { return j.NodeID == n.NodeID && j.VMID == n.VMID && n.VMID != 0 })
		return busy && (n.Kind == fleet.AlertTask || n.Kind == fleet.AlertOff)
	})
	return Alerts{list, now}
}

func (n Alerts) atOnce() []fleet.Alert { return n.List[:min(alertsAtOnce, len(n.List))] }

func (n Alerts) further() []fleet.Alert {
	return n.List[min(alertsAtOnce, len(n.List)):min(alertsListed, len(n.List))]
}

// unlisted counts those beyond the ones that are listed, for the line at the end of the list.
func (n Alerts) unlisted() int { return max(len(n.List)-alertsListed, 0) }

// alertWords are an alert as people read it.
type alertWords struct {
	kind  string // as a banner's
	title string
	where layout.Link
	why   string
	next  string
}

func (n Alerts) words(of fleet.Alert) alertWords {
	name := cmp.Or(of.Name, cards.Card{Container: fleet.Container{Guest: proxmox.Guest{VMID: of.VMID}}}.Title())
	w := alertWords{kind: "warn", where: layout.Link{URL: parts.ContainerURL(of.NodeID, of.VMID), Text: name + " on " + of.NodeName}}
	if of.Grave {
		w.kind = "bad"
	}
	settings := layout.Link{URL: parts.NodeURL(of.NodeID), Text: of.NodeName}
	switch of.Kind {
	case fleet.AlertDisk:
		w.title = "The disk of " + name + " is " + human.Percent(cards.Share(of.Used, of.Size)/100) + " full"
		w.why = human.BytesOf(of.Used, of.Size) + " are used."
		w.next = "Free some space inside, or resize the disk."
	case fleet.AlertMemory:
		w.title = "The memory of " + name + " has been full for " + human.Age(n.now.Sub(of.Since))
		w.why = human.BytesOf(of.Used, of.Size) + " in use, since " + human.When(of.Since, n.now) + "."
		w.next = "Find out what uses it, or give it more: a program that gets no memory is killed."
		w.where.URL += "/" + cards.TabMetrics
	case fleet.AlertTask:
		w.title = taskWords(of.Task.Type) + " of " + name + " failed"
		w.why = "At " + human.When(of.Since, n.now) + ", begun by " + of.Task.User + ": " + human.OneLine(of.Task.Exit, 200) + "."
		w.next = "Fix what it names, then run it again."
		w.where.URL += "/" + cards.TabEvents + "/" + url.PathEscape(string(of.Task.UPID))
	case fleet.AlertOff:
		w.kind = "info"
		w.title = name + " is stopped, though it starts on boot"
		if !of.Since.IsZero() {
			w.why = "Since " + human.When(of.Since, n.now) + "."
		}
		w.next = "Start it, or turn off its start on boot."
	case fleet.AlertCertificate:
		w.where = settings
		ends := "ends on "
		if !of.Certificate.NotAfter.After(n.now) {
			ends = "has ended on "
		}
		w.title = "The certificate of " + of.NodeName + " " + ends + human.Date(of.Certificate.NotAfter)
		w.why = "It is for " + cmp.Or(of.Certificate.Subject, "no name") + "."
		w.next = "Renew it on the host (pvecm updatecerts --force makes one of its own), then trust the new one here."
	case fleet.AlertNoQuorum:
		w.where = settings
		cluster := clusterWords(of)
		w.title = cluster + " has no quorum"
		if len(of.Down) > 0 {
			w.why = human.List(of.Down) + " " + human.IsOrAre(len(of.Down)) + " down"
			if !of.Since.IsZero() {
				w.why += ", since " + human.When(of.Since, n.now)
			}
			w.why += "."
		}
		w.next = "Without it nothing there can be started, made or changed; what runs goes on, and stopping works. Bring its hosts up."
	case fleet.AlertDown:
		w.where = settings
		w.title = fmt.Sprintf("%d of the %d hosts of ", len(of.Down), of.Members) + strings.Replace(clusterWords(of), "The", "the", 1) + " " + human.IsOrAre(len(of.Down)) + " down"
		w.why = human.List(of.Down) + " " + human.IsOrAre(len(of.Down)) + " down"
		if !of.Since.IsZero() {
			w.why += ", since " + human.When(of.Since, n.now)
		}
		w.why += ". "
		if of.Quorate {
			w.why += "The cluster has quorum, so the others work on."
			w.next = "Bring " + itOrThem(len(of.Down)) + " up."
		} else {
			w.why += "Whether the cluster has quorum is not known: to ask, the token needs Sys.Audit on /."
			w.next = "If something cannot be started, pvecm status on a host says whether it has."
		}
	}
	return w
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
