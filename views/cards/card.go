// Package cards shows a container as lists show it: its state, what can be done with it, and the filter of lists.
package cards

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/parts"
)

// Card is one container, or one that a job is about to make.
type Card struct {
	fleet.Container
	Shows  fleet.State // of the container, unless the job tells more
	Job    *store.Job  // the unfinished one that is at work on it
	Silent bool        // its node does not answer
	Chosen bool        // for what is done to several
	Now    time.Time
	// What is wrong with it, the gravest first. It stands beside its state, never in its place.
	Troubles []Trouble

	id, url string // made once, as a card needs them often
}

// Trouble is something wrong with a container.
type Trouble struct {
	Words string // in a few: "Memory full for 1 h"
	Grave bool
}

// New is a container with the job that is at work on it, if there is one.
func New(c fleet.Container, j *store.Job, now time.Time) Card {
	card := Card{Container: c, Job: j, Shows: c.State(), Now: now}
	card.id = c.NodeID + "-" + strconv.Itoa(c.VMID)
	card.url = parts.ContainerURL(c.NodeID, c.VMID)
	if c.NearlyFull() {
		card.Troubles = []Trouble{{Words: "Disk " + human.Percent(Share(c.Disk, c.MaxDisk)/100) + " full", Grave: true}}
	}
	if j == nil {
		return card
	}
	if vmid, name := j.Makes(); vmid == c.VMID && vmid != 0 {
		card.Shows = fleet.StateCreating
		card.Name = cmp.Or(card.Name, name)
	}
	return card
}

// ID is the card's part of element ids.
func (c Card) ID() string { return c.id }

// URL is the address of the container's page.
func (c Card) URL() string { return c.url }

// pinURL is where the container is pinned, or where it is not any more.
func (c Card) pinURL() string {
	if c.Pinned {
		return c.url + "/unpin"
	}
	return c.url + "/pin"
}

// Title names the container in headings and sentences: by its number where it has no name.
func (c Card) Title() string {
	return cmp.Or(c.Name, "Container "+strconv.Itoa(c.VMID))
}

// words are the state as people read it, and since when.
func (c Card) words() (state, since string) {
	switch c.Shows {
	case fleet.StateRunning:
		return "Running", c.up()
	case fleet.StateStopped:
		return "Stopped", ""
	case fleet.StateTemplate:
		return "Template", ""
	case fleet.StateCreating:
		if c.Job != nil && !c.Job.Started.IsZero() {
			return "Creating", human.Elapsed(c.Job.Started, c.Now)
		}
		return "Creating", ""
	}
	seen := ""
	if !c.Seen.IsZero() {
		seen = "at " + human.When(c.Seen, c.Now)
	}
	switch c.Status {
	case proxmox.GuestRunning, proxmox.GuestStopped:
		return "Was " + string(c.Status), seen
	}
	return "Not known", seen
}

// StatusOf returns the status by which a container's state is shown.
func StatusOf(s fleet.State) parts.Status {
	switch s {
	case fleet.StateRunning:
		return parts.StatusRunning
	case fleet.StateStopped:
		return parts.StatusStopped
	case fleet.StateTemplate:
		return parts.StatusTemplate
	case fleet.StateCreating:
		return parts.StatusCreating
	}
	return parts.StatusUnknown
}

func (c Card) stateWords() string {
	words, _ := c.words()
	return words
}

// Badge returns the status and the words of the container's badge.
func (c Card) Badge() (status parts.Status, words string) {
	words, _ = c.words()
	return StatusOf(c.Shows), words
}

func (c Card) SinceWords() string {
	_, since := c.words()
	return since
}

func (c Card) up() string {
	if c.Uptime <= 0 {
		return ""
	}
	return human.Duration(c.Uptime)
}

// TagClass is the class of one of its tags that has colours of its own; "" for none.
func (c Card) TagClass(tag string) string {
	colour, there := c.Colours[tag]
	if !there {
		return ""
	}
	return parts.TagColour(colour).Class()
}

// Runs tells whether it runs as far as is known.
func (c Card) Runs() bool { return c.Shows == fleet.StateRunning }

// doing ends a sentence on the container with what the unfinished job does to it: "being stopped".
func (c Card) doing() string {
	if c.Shows == fleet.StateCreating { // also by a clone of another
		return explain.JobDoing(store.JobCreate)
	}
	return explain.JobDoing(c.Job.Kind)
}

// CannotAct says why nothing can be done with the container now; "" when something can.
func (c Card) CannotAct() string {
	if c.Job != nil {
		return ""
	}
	return c.HindranceWords(c.Hinders(proxmox.VerbAny))
}

// Hinders tells why something cannot be done with the container, as far as is known.
func (c Card) Hinders(v proxmox.Verb) proxmox.Hindrance {
	switch {
	case c.Silent:
		return fleet.HindersSilence
	case c.Shows == fleet.StateCreating && c.Fresh:
		return proxmox.HindersCreation
	}
	return c.Container.Hinders(v)
}

// HindranceWords say why something cannot be done, in sentences.
func (c Card) HindranceWords(h proxmox.Hindrance) string {
	switch h {
	case proxmox.HindersNothing:
		return ""
	case fleet.HindersSilence:
		return explain.NoAnswer(c.NodeName, c.Err) + ", so nothing can be started or stopped there now."
	case proxmox.HindersCreation:
		return "It is being created, not by Berth. Wait until that has ended."
	case proxmox.HindersLock:
		return "Proxmox has locked it: " + LockWords(c.Lock) + ". Nothing can change it until that has ended."
	case proxmox.HindersTemplate:
		return templateWords
	case proxmox.HindersProtected:
		return "It is protected: neither it nor its disks can be deleted."
	case proxmox.HindersRuns:
		return "It runs already."
	case proxmox.HindersStopped:
		return "It does not run."
	}
	return "Its state is not known, so nothing can be started or stopped."
}

// templateWords say what an LXC template is not for.
const templateWords = "It is a template: it never runs and does not change. Clone it to get a container."

// IsTemplate tells whether it is an LXC template.
func (c Card) IsTemplate() bool { return c.Template }

// AddressWords are those that it has, without their prefix lengths.
func (c Card) AddressWords() []string {
	list := make([]string, len(c.Addresses))
	for i, a := range c.Addresses {
		list[i] = a.Addr().String()
	}
	return list
}

// address is the first of its addresses; the zero Addr sorts before all others.
func (c Card) address() netip.Addr {
	if len(c.Addresses) == 0 {
		return netip.Addr{}
	}
	return c.Addresses[0].Addr()
}

// load is what the container takes now: nothing while it is off, whatever its host told last.
func (c Card) load() proxmox.Guest {
	if c.Off() {
		return proxmox.Guest{}
	}
	return c.Guest
}

// MarksTitle is the state and what is wrong, in a sentence each.
func (c Card) MarksTitle() string {
	state, since := c.words()
	if c.Shows == fleet.StateUnknown && since != "" {
		state += " " + since
	}
	for _, t := range c.Troubles {
		state += ". " + t.Words
	}
	return state
}

// Mark stands for the container on its tile: for the app that its name tells of, else with one ground for all containers that
// have the same first tag.
func (c Card) Mark() parts.Mark {
	hue := ""
	if len(c.Tags) > 0 {
		hue = parts.HueOf(c.Tags[0])
	}
	return parts.MarkOf(c.Title(), hue)
}

// Share of used in total, in percent.
func Share(used, total uint64) float64 {
	if total == 0 {
		return 0
	}
	return 100 * float64(used) / float64(total)
}

// Choice is the card as the choice of several holds it.
func (c Card) Choice() string { return strings.TrimPrefix(c.url, "/containers/") }

// WhyNot says why a kind of job does not fit the container as it is now; "" when it does.
func (c Card) WhyNot(kind store.JobKind) string {
	if c.Job != nil {
		return fmt.Sprintf("It is %s by job %s.", c.doing(), c.Job.Label())
	}
	return c.HindranceWords(c.Hinders(proxmox.Verb(kind)))
}

// NoSnapshots is the reason that a bulk snapshot gives for a container that it leaves out.
const NoSnapshots = "A disk of it is on a storage that cannot make snapshots of containers."

// Reasons that a bulk delete gives for leaving out a container.
const (
	RunsStill   = "It runs. Shut it down first, or delete it alone."
	AnotherName = "It has another name than when you were asked: look whether it is still the one that you mean."
)

// NoBackupStorage is the reason that a bulk backup gives for the containers of a node that names no storage for it; unknown: the
// node did not tell which it has.
func NoBackupStorage(nodeName string, unknown bool) string {
	if unknown {
		return "The storages of " + nodeName + " are not known now. Ask again in a moment."
	}
	return nodeName + " shows its token no storage on which it may put a backup."
}

// Gone is the reason that a bulk action gives for leaving out a container that was selected and has vanished since.
func Gone(nodeName string) string {
	return "It is no longer on " + nodeName + ": it was deleted or moved."
}

// NoRight is the reason that a bulk action gives for leaving out a container that the node's token may not change.
func NoRight(nodeName, privilege string, vmid int) string {
	return fmt.Sprintf("The token of %s lacks the right %s on it (/vms/%d).", nodeName, privilege, vmid)
}

// Choosable tells whether a card is of a container that is there.
func (c Card) Choosable() bool { return c.Shows != fleet.StateCreating }

// Off tells whether there is no load to show.
func (c Card) Off() bool {
	return c.Shows == fleet.StateStopped || c.Shows == fleet.StateTemplate || c.Shows == fleet.StateUnknown && c.Status != proxmox.GuestRunning
}

// CpuWords are "63 % of 4 cores".
func (c Card) CpuWords() string {
	if c.Cores <= 0 {
		return human.Percent(c.CPU)
	}
	if c.Cores == 1 {
		return human.Percent(c.CPU) + " of 1 core"
	}
	return human.Percent(c.CPU) + " of " + strconv.FormatFloat(c.Cores, 'f', -1, 64) + " cores"
}

// swapFresh bounds the age at which the figure for swap stands without the time that it was read.
const swapFresh = 30 * time.Second

// SwapWords tell how much of its swap the container uses. No list of the host has that, so it may be older than the
// other metrics, and then the time stands with it.
func (c Card) SwapWords() string {
	words := human.BytesOf(c.Swap, c.MaxSwap)
	if c.Seen.Sub(c.SwapSeen) > swapFresh {
		words += " at " + human.When(c.SwapSeen, c.Now)
	}
	return words
}

// LockWords say in the middle of a sentence why Proxmox keeps a container locked: "a backup is running".
func LockWords(lock string) string {
	words := map[string]string{
		"backup":          "a backup is running",
		"create":          "it is being created",
		"destroyed":       "it is being deleted",
		"disk":            "a disk of it is being changed",
		"fstrim":          "free space is being given back to its storage",
		"migrate":         "it is being moved to another host",
		"mounted":         "its disks are mounted on the host",
		"rollback":        "it is being rolled back to a snapshot",
		"snapshot":        "a snapshot is being made",
		"snapshot-delete": "a snapshot is being deleted",
	}
	return cmp.Or(words[lock], "Proxmox holds it for "+lock)
}

// The pages of a container, as their URLs name them below its own.
const (
	TabOverview  = ""
	TabMetrics   = "figures"
	TabServices  = "services"
	TabSnapshots = "snapshots"
	TabBackups   = "backups"
	TabEvents    = "events"
	TabSettings  = "configuration"
	TabConsole   = "console"
)

func (c Card) TabURL(tab string) string {
	if tab == TabOverview {
		return c.URL()
	}
	return c.URL() + "/" + tab
}

// updatesWords tell what the last look into the container found, and when: "12 updates, 4 for security, seen 3 h ago". ""
// where there was none.
func (c Card) updatesWords() string {
	u := c.Updates
	if u.At.IsZero() {
		return ""
	}
	words := "No updates"
	if u.Count > 0 {
		words = human.Count(u.Count, "update", "updates") + c.forSecurity()
	}
	return words + ", seen " + human.AgoWords(u.At, c.Now)
}

// UpdatesFound is their number where a label says what they are: "12, 4 for security", "none".
func (c Card) UpdatesFound() string {
	if c.Updates.Count == 0 {
		return "none"
	}
	return strconv.Itoa(c.Updates.Count) + c.forSecurity()
}

func (c Card) forSecurity() string {
	if c.Updates.Security == 0 {
		return ""
	}
	return ", " + strconv.Itoa(c.Updates.Security) + " for security"
}
