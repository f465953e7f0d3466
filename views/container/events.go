package container

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"berth/events"
	"berth/store"
	"berth/views/cards"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/layout"
	"berth/views/parts"
)

func eventsFilterWords(f events.Filter) string {
	switch f {
	case events.ByBerth:
		return "By Berth"
	case events.OnHost:
		return "On the host"
	case events.Failed:
		return "Failed"
	}
	return "All"
}

// EventsPage lists the events of a container, one page of them at a time.
type EventsPage struct {
	Page
	Filter  events.Filter
	Events  events.Page
	Paged   bool // it is not the newest page
	OnlyOwn bool // the token may not see what others did on the host
}

// missing says what could not be asked, in whole sentences.
func (p EventsPage) missing() []string {
	var words []string
	if p.Events.HostSilent {
		words = append(words, fmt.Sprintf("%s does not answer, so what others did on the host is missing here.", p.Node.Name))
	}
	for _, member := range p.Events.SilentMembers {
		words = append(words, fmt.Sprintf("%s, another member of the cluster, did not tell what happened there.", member))
	}
	return words
}

// eventLine is an event as a list shows it.
type eventLine struct {
	id      string // that its line has on the page
	at      time.Time
	what    string // in plain words
	icon    string
	status  events.Status
	outcome string // "" while there is none
	by      string
	where   string // the member of the cluster, where it is not the container's own
	took    time.Duration
	log     layout.Link // zero: there is none
}

// eventLine words an event for a list of them, and for the head of its log.
func (p Page) eventLine(e events.Event) eventLine {
	l := eventLine{at: e.At(), status: e.Status(), by: e.User, where: e.Where, took: e.Took()}
	switch {
	case e.Job != nil:
		l.job(*e.Job)
	case e.Record != nil:
		l.record(*e.Record)
	default:
		l.task(*e.Task)
		l.by = takerWords(p.Node, *e.Task)
		l.log = layout.Link{URL: eventsURL(p.Card) + "/" + url.PathEscape(l.id), Text: "Log"}
	}
	return l
}

func (l *eventLine) job(j store.Job) {
	w := jobWordsOf(j.Kind)
	l.id, l.what, l.icon, l.log = "job-"+j.ID, w.verb, w.icon, layout.Link{URL: parts.JobURL(j.ID), Text: "Job " + j.Label()}
	switch j.State {
	case store.JobDone:
		l.what, l.outcome = w.done, "OK"
	case store.JobFailed:
		l.outcome = "failed"
		if j.Problem != nil {
			l.outcome = explain.Title(j)
		}
	case store.JobCancelled:
		l.outcome = "cancelled"
	default:
		l.outcome = strings.ToLower(explain.JobStateWords(j.State))
	}
}

func (l *eventLine) record(r store.Event) {
	l.id = "event-" + strconv.FormatUint(r.Number, 10)
	switch r.Kind {
	case store.EventChange:
		l.what, l.icon, l.outcome = changedWords(r.Changes), "edit", changeWords(r.Changes)
	case store.EventNote:
		l.what, l.icon, l.outcome = "Note of a snapshot changed", "edit", r.Snapshot
	default:
		l.what, l.icon, l.outcome = "Console opened", "console", consoleEnd(r)
		if r.End == store.EndFailed {
			l.what = "Console"
		}
	}
}

// consoleEnd says how a console ended.
func consoleEnd(r store.Event) string {
	switch r.End {
	case "":
		return "open"
	case store.EndExit:
		return "its shell ended"
	case store.EndLeft:
		return "its page was left"
	case store.EndIdle:
		return "nothing was typed for long"
	case store.EndSignedOut:
		return "signed out"
	case store.EndLost:
		return "the connection to the host broke off"
	case store.EndShutdown:
		return "Berth was shut down"
	case store.EndCut:
		return "Berth ended; when the console did is not known"
	}
	return cmp.Or(explain.Event(r), "it did not open")
}

func (l *eventLine) task(t events.Task) {
	w := eventWordsOf(t.Type)
	l.id, l.what, l.icon = string(t.UPID), w.verb, w.icon
	switch l.status {
	case events.StatusActive:
		l.outcome = "running"
	case events.StatusDone:
		l.what, l.outcome = w.done, "OK"
	case events.StatusWarned:
		l.what, l.outcome = w.done, "with warnings"
	case events.StatusFailed:
		l.outcome = cmp.Or(human.OneLine(t.Outcome.Exit, 400), "how it ended is not known")
	}
}

// takerWords are the user or token that began a task.
func takerWords(n store.Node, t events.Task) string {
	switch {
	case t.User == n.TokenID:
		return "Berth's token (" + t.User + ")"
	case t.User == "root@pam" && t.Type == "vzdump":
		return "root@pam, as a schedule does"
	}
	return t.User
}

// eventWords are a kind of task as people read it.
type eventWords struct{ done, verb, icon string }

// eventWordsOf has the words for the tasks that a container can have; an unknown one is shown as Proxmox names it.
func eventWordsOf(kind string) eventWords {
	switch kind {
	case "vzcreate":
		return eventWords{"Created", "Create", "plus"}
	case "vzrestore":
		return eventWords{"Restored from a backup", "Restore from a backup", "plus"}
	case "vzstart", "hastart":
		return eventWords{"Started", "Start", "start"}
	case "vzshutdown", "hashutdown":
		return eventWords{"Shut down", "Shut down", "shutdown"}
	case "vzstop", "hastop":
		return eventWords{"Stopped", "Stop", "stop"}
	case "vzreboot":
		return eventWords{"Rebooted", "Reboot", "reboot"}
	case "vzsuspend":
		return eventWords{"Suspended", "Suspend", "stop"}
	case "vzresume":
		return eventWords{"Resumed", "Resume", "start"}
	case "vzdestroy":
		return eventWords{"Deleted", "Delete", "trash"}
	case "vzdump":
		return eventWords{"Backup made", "Backup", "download"}
	case "vzsnapshot":
		return eventWords{"Snapshot made", "Snapshot", "camera"}
	case "vzdelsnapshot":
		return eventWords{"Snapshot deleted", "Delete a snapshot", "trash"}
	case "vzrollback":
		return eventWords{"Rolled back to a snapshot", "Roll back to a snapshot", "camera"}
	case "vzclone":
		return eventWords{"Cloned", "Clone", "copy"}
	case "vztemplate":
		return eventWords{"Made a template", "Make a template", "template"}
	case "vzmigrate", "hamigrate":
		return eventWords{"Moved to another node", "Move to another node", "server"}
	case "vzmount":
		return eventWords{"Disks mounted on the host", "Mount the disks on the host", "server"}
	case "vzumount":
		return eventWords{"Disks unmounted", "Unmount the disks", "server"}
	case "resize":
		return eventWords{"Disk resized", "Resize a disk", "edit"}
	case "move_volume":
		return eventWords{"Disk moved to another storage", "Move a disk to another storage", "server"}
	case "vncproxy", "spiceproxy", "termproxy", "vncshell":
		return eventWords{"Console opened", "Console", "console"}
	}
	return eventWords{kind, kind, "info"}
}

// jobWordsOf has the same words for a job as for the task that it becomes.
func jobWordsOf(kind store.JobKind) eventWords {
	switch kind {
	case store.JobTag:
		return eventWords{"Tags changed", "Change the tags", "tag"}
	case store.JobDelete:
		return eventWordsOf("vzdestroy")
	case store.JobDeleteSnapshot:
		return eventWordsOf("vzdelsnapshot")
	case store.JobBackup:
		return eventWordsOf("vzdump")
	case store.JobResize:
		return eventWordsOf("resize")
	}
	return eventWordsOf("vz" + string(kind))
}

// shownIcon repeats the status by shape.
func (l eventLine) shownIcon() string {
	switch l.status {
	case events.StatusFailed:
		return "bad"
	case events.StatusWarned:
		return "trouble"
	case events.StatusActive:
		return "working"
	}
	return l.icon
}

// small are the words below what happened.
func (l eventLine) small() string {
	words := "by " + l.by
	if l.where != "" {
		words += " on " + l.where
	}
	if l.took > 0 {
		words += ", " + human.Duration(l.took)
	}
	if l.outcome != "" {
		words += ": " + l.outcome
	}
	return words
}

func eventsURL(c cards.Card) string { return c.TabURL(cards.TabEvents) }

// filterURL is the page with that filter.
func (p EventsPage) filterURL(f events.Filter) string {
	if f == events.All {
		return eventsURL(p.Card)
	}
	return eventsURL(p.Card) + "?show=" + string(f)
}

func (p EventsPage) olderURL() string {
	q := url.Values{"until": {strconv.FormatInt(p.Events.Older.Unix(), 10)}}
	if p.Filter != events.All {
		q.Set("show", string(p.Filter))
	}
	return eventsURL(p.Card) + "?" + q.Encode()
}

// emptyWords say why there is nothing.
func (p EventsPage) emptyWords() string {
	switch {
	case p.Paged:
		return "Nothing older is known."
	case p.Filter == events.Failed:
		return "Nothing failed, as far as is known."
	case p.Filter == events.ByBerth:
		return "Berth has done nothing to it yet."
	}
	return "What is started, stopped or changed, here or on the host, is listed with its log."
}

// EventLogPage is the log of a task that somebody else ran on the host.
type EventLogPage struct {
	Page
	Event   events.Event
	Lines   []string
	First   int            // the number of the first line that is shown
	Why     layout.Problem // why there is none; zero when there is one
	Running bool
}

// Title heads the page with the words of the event's line.
func (p EventLogPage) Title() string { return p.eventLine(p.Event).what }

func (p EventLogPage) line(i int) string { return strconv.Itoa(p.First + i) }
