package views

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// EventsAPage is how many events a page shows; those of the same second stay together.
const EventsAPage = 50

// EventsLatest is how many the overview shows.
const EventsLatest = 5

// EventsFilter is which events are shown, as the query has it.
type EventsFilter string

// The filters.
const (
	EventsAll    EventsFilter = ""
	EventsBerth  EventsFilter = "berth"  // what Berth did
	EventsHost   EventsFilter = "host"   // what others did on the host
	EventsFailed EventsFilter = "failed" // what did not work, whoever did it
)

// EventsFilters in the order of the chips.
func EventsFilters() []EventsFilter {
	return []EventsFilter{EventsAll, EventsBerth, EventsHost, EventsFailed}
}

func (f EventsFilter) words() string {
	switch f {
	case EventsBerth:
		return "By Berth"
	case EventsHost:
		return "On the host"
	case EventsFailed:
		return "Failed"
	}
	return "All"
}

// EventsPage is what happened to a container.
type EventsPage struct {
	ContainerPage
	Filter  EventsFilter
	Events  Events
	Paged   bool     // it is not the newest page
	Missing []string // what could not be asked, in whole sentences
	OnlyOwn bool     // the token may not see what others did on the host
}

// Events are a piece of a container's history, newest first.
type Events struct {
	List  []Event
	Older time.Time // what happened then or before is on the next page; zero: nothing
}

// Event is something that was done to a container, by Berth or by others.
type Event struct {
	ID      string // that its line has on the page
	At      time.Time
	What    string // in plain words
	Icon    string
	Status  string        // done, warn, failed, active, or "" for what changed nothing
	Outcome string        // as people read it; "" while there is none
	By      string        // a Berth user, or a user or token of Proxmox
	Where   string        // the member of the cluster, where it is not the container's own
	Took    time.Duration // 0: not known, or it goes on
	Log     Link          // zero: there is none
}

// EventSources is all that a page of events is made of.
type EventSources struct {
	Jobs   []store.Job
	Events []store.Event
	Tasks  []proxmox.Task
	// Complete is the moment after which the sources have all there is; zero: they have all.
	Complete time.Time
	Node     store.Node
	User     string // whose jobs they are
	URL      string // of the page
}

// NewEvents merges the sources into one line of time, from until on (zero: from now), and cuts it into a
// page of about limit. A task that belongs to a job is told by the job.
func NewEvents(s EventSources, f EventsFilter, until time.Time, limit int) Events {
	if !until.IsZero() && !second(s.Complete).Before(until) {
		s.Complete = until.Add(-time.Second) // so many at once that a page cannot hold them: go on all the same
	}
	ours := make(map[proxmox.UPID]bool)
	for _, j := range s.Jobs {
		for _, step := range j.Steps {
			for _, id := range step.Tasks() {
				ours[proxmox.UPID(id)] = true
			}
		}
	}
	var all []Event
	if f != EventsHost {
		for _, j := range s.Jobs {
			all = append(all, s.job(j))
		}
		for _, e := range s.Events {
			all = append(all, s.event(e))
		}
	}
	if f != EventsBerth {
		for _, t := range s.Tasks {
			if !ours[t.UPID] {
				all = append(all, s.task(t))
			}
		}
	}
	all = slices.DeleteFunc(all, func(e Event) bool {
		at := second(e.At)
		return f == EventsFailed && e.Status != "failed" ||
			!until.IsZero() && at.After(until) ||
			!s.Complete.IsZero() && !at.After(second(s.Complete))
	})
	slices.SortStableFunc(all, func(a, b Event) int { return cmp.Compare(b.At.UnixNano(), a.At.UnixNano()) })
	n := min(limit, len(all))
	for n > 0 && n < len(all) && second(all[n].At).Equal(second(all[n-1].At)) {
		n++
	}
	events := Events{List: all[:n]}
	switch {
	case n < len(all):
		events.Older = second(all[n].At)
	case !s.Complete.IsZero():
		events.Older = second(s.Complete)
	}
	return events
}

// second is a moment as Proxmox knows it.
func second(t time.Time) time.Time { return time.Unix(t.Unix(), 0) }

func (s EventSources) job(j store.Job) Event {
	w := jobWordsOf(j.Kind)
	e := Event{ID: "job-" + j.ID, At: j.Created, What: w.verb, Icon: w.icon, By: s.User, Log: Link{JobURL(j.ID), "Job " + j.Label()}}
	if !j.Started.IsZero() && !j.Ended.IsZero() {
		e.Took = j.Ended.Sub(j.Started)
	}
	switch j.State {
	case store.JobDone:
		e.What, e.Status, e.Outcome = w.done, "done", "OK"
	case store.JobFailed:
		e.Status, e.Outcome = "failed", "failed"
		if j.Problem != nil {
			e.Outcome = human.Clause(j.Problem.Message)
		}
	case store.JobCancelled:
		e.Outcome = "cancelled"
	default:
		e.Status, e.Outcome = "active", strings.ToLower(jobStateWords(j.State))
	}
	if j.NodeID != s.Node.ID {
		e.Where = j.NodeName
	}
	return e
}

func (s EventSources) event(r store.Event) Event {
	e := Event{ID: "event-" + strconv.FormatUint(r.Number, 10), At: r.Began, By: s.User}
	if r.NodeID != s.Node.ID {
		e.Where = r.NodeName
	}
	switch r.Kind {
	case store.EventChange:
		e.What, e.Icon, e.Status, e.Outcome = changedWords(r.Changes), "edit", "done", changeWords(r.Changes)
	case store.EventNote:
		e.What, e.Icon, e.Status, e.Outcome = "Note of a snapshot changed", "edit", "done", r.Detail
	default:
		e.console(r)
	}
	return e
}

// console tells of a console.
func (e *Event) console(r store.Event) {
	e.What, e.Icon, e.Outcome = "Console opened", "console", consoleEnd(r)
	if !r.Ended.IsZero() {
		e.Took = r.Ended.Sub(r.Began)
	}
	switch r.End {
	case "":
		e.Status = "active"
	case store.EndFailed:
		e.What, e.Status = "Console", "failed"
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
	return cmp.Or(human.Clause(r.Detail), "it did not open")
}

func (s EventSources) task(t proxmox.Task) Event {
	w := eventWordsOf(t.Type)
	e := Event{ID: string(t.UPID), At: t.Start, What: w.verb, Icon: w.icon, By: s.who(t), Log: Link{s.URL + "/" + url.PathEscape(string(t.UPID)), "Log"}}
	if member := t.UPID.Node(); member != s.Node.Member {
		e.Where = member
	}
	status := proxmox.TaskStatus{Running: t.End.IsZero(), Exit: t.Exit}
	if !status.Running {
		e.Took = t.End.Sub(t.Start)
	}
	e.judge(w, status)
	return e
}

// judge says what a task came to.
func (e *Event) judge(w eventWords, status proxmox.TaskStatus) {
	switch {
	case status.Running:
		e.Status, e.Outcome = "active", "running"
	case status.Exit == "OK":
		e.What, e.Status, e.Outcome = w.done, "done", "OK"
	case status.OK():
		e.What, e.Status, e.Outcome = w.done, "warn", "with warnings"
	default:
		e.Status, e.Outcome = "failed", cmp.Or(human.OneLine(status.Exit, 400), "how it ended is not known")
	}
}

// who is the user or token that began a task.
func (s EventSources) who(t proxmox.Task) string {
	switch {
	case t.User == s.Node.TokenID:
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
	case store.JobGrow:
		return eventWordsOf("resize")
	}
	return eventWordsOf("vz" + string(kind))
}

// shownIcon repeats the status by shape.
func (e Event) shownIcon() string {
	switch e.Status {
	case "failed":
		return "bad"
	case "warn":
		return "trouble"
	case "active":
		return "working"
	}
	return e.Icon
}

// small are the words below what happened.
func (e Event) small() string {
	words := "by " + e.By
	if e.Where != "" {
		words += " on " + e.Where
	}
	if e.Took > 0 {
		words += ", " + human.Duration(e.Took)
	}
	if e.Outcome != "" {
		words += ": " + e.Outcome
	}
	return words
}

func (c Card) eventsURL() string { return c.tabURL(TabEvents) }

// filterURL is the page with that filter.
func (p EventsPage) filterURL(f EventsFilter) string {
	if f == EventsAll {
		return p.Card.eventsURL()
	}
	return p.Card.eventsURL() + "?show=" + string(f)
}

func (p EventsPage) olderURL() string {
	q := url.Values{"until": {strconv.FormatInt(p.Events.Older.Unix(), 10)}}
	if p.Filter != EventsAll {
		q.Set("show", string(p.Filter))
	}
	return p.Card.eventsURL() + "?" + q.Encode()
}

// emptyWords say why there is nothing.
func (p EventsPage) emptyWords() string {
	switch {
	case p.Paged:
		return "Nothing older is known."
	case p.Filter == EventsFailed:
		return "Nothing failed, as far as is known."
	case p.Filter == EventsBerth:
		return "Berth has done nothing to it yet."
	}
	return "What is started, stopped or changed, here or on the host, is listed with its log."
}

// SilentHost says that the host's own events are missing.
func SilentHost(node string) string {
	return fmt.Sprintf("%s does not answer, so what others did on the host is missing here.", node)
}

// SilentMember says that the events of another member of the cluster are missing.
func SilentMember(member string) string {
	return fmt.Sprintf("%s, another member of the cluster, did not tell what happened there.", member)
}

// TaskEvent is a task on the host by itself. What it came to is told where that is known.
func TaskEvent(n store.Node, t proxmox.Task, status proxmox.TaskStatus, known bool) Event {
	e := EventSources{Node: n}.task(t)
	e.Status, e.Outcome = "", ""
	if known {
		e.judge(eventWordsOf(t.Type), status)
	}
	return e
}

// EventLogPage is the log of a task that somebody else ran on the host.
type EventLogPage struct {
	ContainerPage
	Event   Event
	Lines   []string
	First   int     // the number of the first line that is shown
	Why     Problem // why there is none; zero when there is one
	Running bool
}

func (p EventLogPage) line(i int) string { return strconv.Itoa(p.First + i) }
