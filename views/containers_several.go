package views

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"berth/fleet"
	"berth/forms"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/parts"
)

// SeveralURL is where the same is done to several containers.
const SeveralURL = "/containers/several"

// SeveralPage asks before the same is done to several containers.
type SeveralPage struct {
	Kind    store.JobKind
	Do      []Card // that it will be done to
	LeftOut []LeftOut
	Asked   bool // it was to be begun, but some are left out
	Typed   forms.Bulk
	Errors  map[string]string
}

// LeftOut is a container that was chosen and to which it will not be done.
type LeftOut struct {
	Card Card
	Why  string // whole sentences
}

// Choice is the card as the choice of several holds it.
func (c Card) Choice() string { return strings.TrimPrefix(c.url, "/containers/") }

// WhyNot says why a kind of job does not fit the container as it is now; "" when it does.
func (c Card) WhyNot(kind store.JobKind) string {
	if c.Job != nil {
		return fmt.Sprintf("It is %s by job %s.", c.doing(), c.Job.Label())
	}
	return c.hindranceWords(c.Hinders(proxmox.Verb(kind)))
}

// NoSnapshots is why a container is left out whose disks cannot be snapshotted.
const NoSnapshots = "A disk of it is on a storage that cannot make snapshots of containers."

// Gone is why a container is left out that is no longer there.
func Gone(nodeName string) string {
	return "It is not on " + nodeName + " any more: it was deleted or moved."
}

// NoRight is why a container is left out that the token may not change.
func NoRight(nodeName, privilege string, vmid int) string {
	return fmt.Sprintf("The token of %s lacks the right %s on it (/vms/%d).", nodeName, privilege, vmid)
}

// All are the containers that were chosen, those first that it will be done to.
func (p SeveralPage) All() []Card {
	all := slices.Clone(p.Do)
	for _, l := range p.LeftOut {
		all = append(all, l.Card)
	}
	return all
}

func (p SeveralPage) title() string {
	return severalVerb(p.Kind) + " " + human.Count(len(p.Do), "container", "containers")
}

// question is the page's heading.
func (p SeveralPage) question() string {
	if len(p.Do) == 0 {
		return "None of them can be " + jobPast(p.Kind) + " now"
	}
	return p.title() + "?"
}

// jobPast is what has been done when a job has ended: "shut down".
func jobPast(kind store.JobKind) string {
	switch kind {
	case store.JobStart:
		return "started"
	case store.JobShutdown:
		return "shut down"
	case store.JobReboot:
		return "rebooted"
	case store.JobTag:
		return "tagged"
	case store.JobSnapshot:
		return "snapshotted"
	}
	return "stopped"
}

// words say what happens, and what it does to those who use them.
func (p SeveralPage) words() string {
	two := "Two of a node are done at a time."
	switch p.Kind {
	case store.JobShutdown:
		return "Each is asked to end everything that runs in it and then to switch off. Each is waited for, " + shutdownWords + "; one that has not ended then is told. " + two
	case store.JobReboot:
		return "Each is asked to end everything that runs in it, and starts again. What has not ended after a minute is cut off. What it serves is away meanwhile. " + two
	case store.JobSnapshot:
		return "The state of their disks is kept under this name, and each can be rolled back to it. " + two
	case store.JobTag:
		return "What is added or removed here is changed; all other tags stay. " + two
	case store.JobStop:
		return "Each is cut off at once, like pulling the plug: what was not written is lost. Shut them down instead, unless they do not answer to that. " + two
	}
	return "Each is started. " + two
}

// haWords say which of them are handed to HA; "" when none is.
func (p SeveralPage) haWords() string {
	if p.Kind != store.JobStart && p.Kind != store.JobShutdown && p.Kind != store.JobStop {
		return ""
	}
	var names []string
	for _, c := range p.Do {
		if c.HA != "" {
			names = append(names, c.Title())
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " HA manages " + human.List(names) + ": that is handed to Proxmox's HA manager, and waited for."
}

// backURL is the dashboard with the same containers chosen.
func (p SeveralPage) backURL() string {
	chosen := url.Values{}
	for _, c := range p.All() {
		chosen.Add("c", c.Choice())
	}
	return "/?" + chosen.Encode()
}

// severalVerb is what is done to several containers, as on its button.
func severalVerb(kind store.JobKind) string {
	if kind == store.JobSnapshot {
		return "Snapshot"
	}
	return jobVerb(kind)
}

// severalIcon is the icon of a kind.
func severalIcon(kind store.JobKind) string {
	if kind == store.JobSnapshot {
		return "camera"
	}
	return string(kind)
}

// snapshotPage has the fields of a snapshot.
func (p SeveralPage) snapshotPage() SnapshotsPage {
	f := p.Typed.Snapshot
	f.Errors = p.Errors
	return SnapshotsPage{Form: f}
}

func (p SeveralPage) addField() parts.Field {
	return parts.Field{Name: "add", Label: "Add", Value: p.Typed.Add, Error: p.Errors["add"], Class: "half", Hint: "Separated by spaces or commas."}
}

// removeField says which tags there are to remove.
func (p SeveralPage) removeField() parts.Field {
	var has []string
	for _, c := range p.Do {
		for _, t := range c.Tags {
			if !slices.Contains(has, t) {
				has = append(has, t)
			}
		}
	}
	slices.Sort(has)
	f := parts.Field{Name: "remove", Label: "Remove", Value: p.Typed.Remove, Error: p.Errors["remove"], Class: "half", Hint: "None of them has a tag."}
	if len(has) > 0 {
		f.Hint = "There are " + human.List(has) + "."
	}
	return f
}

// Choose marks the containers that are chosen: all that are shown, or those in the list.
func (d *Dashboard) Choose(all bool, list []string) {
	chosen := make(map[string]bool, len(list))
	for _, choice := range list {
		chosen[choice] = true
	}
	for _, b := range d.Berths {
		for i := range b.Cards {
			c := &b.Cards[i]
			c.Chosen = c.choosable() && (all || chosen[c.Choice()])
		}
	}
}

// choosable tells whether a card is of a container that is there.
func (c Card) choosable() bool { return c.Shows != fleet.StateCreating }

// chooseAllURL is the dashboard with all that the filter shows chosen.
func (f Filter) chooseAllURL() string {
	if q := f.Encode(); q != "" {
		return "/" + q + "&choose=all"
	}
	return "/?choose=all"
}

// tallyWords tell how far a job of several is: "12 of 30 done, 1 failed".
func tallyWords(j store.Job) string {
	words := fmt.Sprintf("%d of %d done", j.Tally[store.JobDone], j.Jobs())
	if n := j.Tally[store.JobFailed]; n > 0 {
		words += fmt.Sprintf(", %d failed", n)
	}
	if n := j.Tally[store.JobCancelled]; n > 0 {
		words += fmt.Sprintf(", %d cancelled", n)
	}
	return words
}

// severalEnded counts the containers that are through, whatever came of it.
func severalEnded(j store.Job) int {
	return j.Tally[store.JobDone] + j.Tally[store.JobFailed] + j.Tally[store.JobCancelled]
}

// lineWords are what a job of several says of one container beside its state.
func lineWords(j store.Job) string {
	switch {
	case j.State == store.JobFailed && j.Problem != nil:
		return explain.Title(j)
	case j.State == store.JobDone && len(j.Warnings) > 0:
		return human.Clause(j.Warnings[0])
	case j.State == store.JobCancelled && j.Left.Kind != "":
		return explain.Left(j)
	case len(j.Steps) == 0 || j.State == store.JobQueued || j.State == store.JobCancelled:
		return ""
	}
	return stepDetail(j, j.Steps[min(j.Step, len(j.Steps)-1)])
}

// LogHeading is the line above the log of one of several, in the file that has the logs of all.
func LogHeading(j store.Job) string {
	_, state := jobEnd(j)
	words := fmt.Sprintf("%s (%d) on %s, job %s: %s", JobTitle(j), j.VMID, j.NodeName, j.Label(), state)
	if j.Problem != nil {
		words += ". " + explain.Title(j)
	}
	return strings.Join(strings.Fields(words), " ") // one line, whatever the host said
}

// severalOutcome is how a job of several ended.
func severalOutcome(j store.Job) Outcome {
	o := Outcome{Link: Link{"/", "Containers"}}
	_, again := jobs.RetryOf(j)
	o.Retry = again > 0
	switch j.State {
	case store.JobFailed:
		o.Kind, o.Title = "bad", fmt.Sprintf("It did not work for %d of %s", j.Tally[j.State], human.Count(j.Jobs(), "container", "containers"))
		if o.Retry {
			o.Why = "The lines below say why."
			o.Next = "Try again when it is mended: those that are done are left alone."
			o.RetryWords = "Try again for " + human.Count(again, "container", "containers")
		}
	case store.JobCancelled:
		o.Kind, o.Title = "info", "Cancelled"
		o.Why = fmt.Sprintf("%s done before; the others stay as they are now.", human.Count(j.Tally[store.JobDone], "container was", "containers were"))
		if o.Retry {
			o.RetryWords = "Begin again for " + human.Count(again, "container", "containers")
		}
	default:
		o.Kind, o.Title = "ok", severalDone(j)
	}
	return o
}

// forgottenWords tell that lines are missing; "": none is.
func forgottenWords(j store.Job) string {
	n := j.Jobs() - len(j.Children)
	if n == 0 {
		return ""
	}
	return ". " + human.Count(n, "job of it is", "jobs of it are") + " not kept any more"
}

func severalDone(j store.Job) string {
	n := j.Jobs()
	switch j.Does {
	case store.JobStart:
		return human.Count(n, "container runs", "containers run")
	case store.JobReboot:
		return human.Count(n, "container runs again", "containers run again")
	case store.JobSnapshot:
		return human.Count(n, "container has", "containers have") + " a new snapshot"
	case store.JobTag:
		return "The tags of " + human.Count(n, "container", "containers") + " are changed"
	}
	return human.Count(n, "container is stopped", "containers are stopped")
}

// CountJobs counts unfinished jobs as people do: those of several are one.
func CountJobs(open []store.Job) int {
	n := 0
	for _, j := range open {
		if j.Parent == "" {
			n++
		}
	}
	return n
}
