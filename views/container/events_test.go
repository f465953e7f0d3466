package container

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"berth/events"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/golden"
	"berth/views/layout"
)

// hostTask is a task on a member, so many seconds before jobNow.
func hostTask(member, kind, user string, ago, took int, exit string) events.Event {
	start := golden.Now().Truncate(time.Second).Add(-time.Duration(ago) * time.Second)
	t := events.Task{Known: true, Outcome: proxmox.TaskStatus{Running: exit == "", Exit: exit}}
	t.UPID = proxmox.UPID(fmt.Sprintf("UPID:%s:000004B0:00000001:%08X:%s:101:%s:", member, start.Unix(), kind, user))
	t.Type, t.User, t.Start = kind, user, start
	if exit != "" {
		t.End, t.Exit = start.Add(time.Duration(took)*time.Second), exit
	}
	e := events.Event{Task: &t, User: user}
	if member != "pve1" {
		e.Where = member
	}
	return e
}

func ofJob(where string, j store.Job) events.Event {
	return events.Event{Job: &j, User: "mira", Where: where}
}

func ofRecord(where string, r store.Event) events.Event {
	return events.Event{Record: &r, User: "mira", Where: where}
}

// byBerth returns events of a container on two nodes that Berth itself has made.
func byBerth() []events.Event {
	begun := golden.Now().Add(-2 * time.Hour)
	return []events.Event{
		ofJob("", store.Job{ID: "14", Kind: store.JobStop, State: store.JobRunning, Created: golden.Now().Add(-10 * time.Second)}),
		ofRecord("", store.Event{Number: 2, Kind: store.EventConsole, Began: golden.Now().Add(-time.Minute)}),
		ofRecord("", store.Event{Number: 4, Kind: store.EventChange, Began: golden.Now().Add(-6 * time.Minute), End: store.EndDone, Changes: []store.Change{
			{Setting: "memory", From: "512", To: "1024"}, {Setting: "swap", From: "512", To: "0"},
		}}),
		ofRecord("nuc2", store.Event{Number: 3, Kind: store.EventChange, Began: golden.Now().Add(-7 * time.Minute), End: store.EndDone, Changes: []store.Change{
			{Setting: "description"},
		}}),
		ofRecord("", store.Event{Number: 1, Kind: store.EventConsole, Began: begun.Add(time.Minute), Ended: begun.Add(5 * time.Minute), End: store.EndLeft}),
		ofJob("", store.Job{ID: "12", Kind: store.JobStart, State: store.JobDone, Created: begun, Started: begun, Ended: begun.Add(4 * time.Second)}),
		ofJob("nuc2", store.Job{ID: "9", Kind: store.JobShutdown, State: store.JobFailed, Created: begun.Add(-time.Hour),
			Name: "<b>", VMID: 101, Problem: &store.JobProblem{Message: store.Message{Kind: jobs.ProblemTimeout, Args: store.Args{Took: 2 * time.Minute}}}}),
	}
}

// byAll are those, and what others did on the hosts.
func byAll() []events.Event {
	b := byBerth()
	return append([]events.Event{
		b[0], b[1], hostTask("pve1", "vncproxy", "berth@pve!app", 300, 0, "")}, append(b[2:],
		hostTask("pve1", "vzdump", "root@pam", 40_000, 61, "OK"),
		hostTask("pve1", "vzsnapshot", "mira@pam", 50_000, 4, "WARNINGS: 1"),
		hostTask("nuc2", "vzmigrate", "mira@pam", 90_000, 31, "migration aborted: <script>"),
		hostTask("pve1", "vzfrobnicate", "x@pve!\"y", 100_000, 1, "OK"))...)
}

func eventsPage(f events.Filter, list ...events.Event) EventsPage {
	node := store.Node{ID: "n1", Name: "pve1", Member: "pve1", TokenID: "berth@pve!app"}
	return EventsPage{
		Page:   Page{Card: cards.New(golden.Container(nil), nil, golden.Now()), Node: node, Now: golden.Now()},
		Filter: f, Events: events.Page{List: list},
	}
}

func TestEventsPages(t *testing.T) {
	page := golden.Compare(t, "container_events", eventsBody(eventsPage(events.All, byAll()...)))
	list := byAll()
	failed := eventsPage(events.Failed, list[7], list[10])
	failed.Events.HostSilent, failed.Events.SilentMembers, failed.Events.Older, failed.Paged, failed.OnlyOwn = true, []string{"nuc2"}, golden.Now().Truncate(time.Hour), true, true
	page.Variant(t, "failed", eventsBody(failed))
	none := eventsPage(events.OnHost)
	page.Variant(t, "none", eventsBody(none))
	golden.Compare(t, "container_events_latest", eventsPanel(none.Page, events.Page{List: byBerth()[:events.Latest]}))
	golden.Rendered(t, "container_events_latest_replaced", EventsPart(failed)).Abridged("job-").Abridged("UPID:").Compare(t)
}

func TestATasksLog(t *testing.T) {
	p := EventLogPage{Page: eventsPage(events.All).Page, First: 12, Lines: []string{"INFO: <b>bold</b>", "\x1b[31mred"}}
	id := hostTask("pve1", "vzdump", "root@pam", 60, 0, "").Task.UPID
	p.Event = events.OfTask(p.Node, id, proxmox.TaskStatus{Exit: "job errors"}, true)
	page := golden.Compare(t, "container_event_log", eventLogBody(p))
	p.Lines, p.Why = nil, layout.Problem{Title: "pve1 does not answer", Why: "No answer came in time.", Next: "Try again."}
	p.Event = events.OfTask(p.Node, id, proxmox.TaskStatus{}, false)
	page.Variant(t, "silent", eventLogBody(p))
}

// lineOf words an event as the page of all events does.
func lineOf(e events.Event) eventLine { return eventsPage(events.All).eventLine(e) }

func TestAnEventSaysWhoDidWhatAndWhatItCameTo(t *testing.T) {
	var lines []string
	for _, e := range byAll() {
		l := lineOf(e)
		lines = append(lines, fmt.Sprintf("%s %s (%s)", l.what, l.status, l.small()))
	}
	want := `Stop active (by mira: running)
Console opened active (by mira: open)
Console active (by Berth's token (berth@pve!app): running)
Memory and swap changed done (by mira: memory from 512 MiB to 1 GiB; swap from 512 MiB to none)
Note changed done (by mira on nuc2)
Console opened  (by mira, 4 min: its page was left)
Started done (by mira, 4 s: OK)
Shut down failed (by mira on nuc2: <b> (101) did not shut down within about 2 minutes and is still running)
Backup made done (by root@pam, as a schedule does, 1 min 1 s: OK)
Snapshot made warn (by mira@pam, 4 s: with warnings)
Move to another node failed (by mira@pam on nuc2, 31 s: migration aborted: <script>)
vzfrobnicate done (by x@pve!"y, 1 s: OK)`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestEachKindOfJobHasWordsAsAnEvent(t *testing.T) {
	for kind, want := range map[store.JobKind]string{
		store.JobCreate: "Created", store.JobDelete: "Deleted", store.JobStart: "Started", store.JobShutdown: "Shut down", store.JobStop: "Stopped",
		store.JobReboot: "Rebooted", store.JobTag: "Tags changed", "snapshot": "Snapshot made", "rollback": "Rolled back to a snapshot",
		"delete-snapshot": "Snapshot deleted", "clone": "Cloned", "backup": "Backup made", "grow": "Disk resized",
	} {
		if w := jobWordsOf(kind); w.done != want || w.verb == "" || w.icon == "" {
			t.Errorf("%s: %+v, want %q", kind, w, want)
		}
	}
}

func TestAChangeSaysFromWhatToWhat(t *testing.T) {
	for want, c := range map[string]store.Change{
		"Hostname changed: from web to shop":                              {Setting: "hostname", From: "web", To: "shop"},
		"Cores changed: from 2 to all of the host's":                      {Setting: "cores", From: "2"},
		"Swap changed: from none to 64 MiB":                               {Setting: "swap", From: "0", To: "64"},
		"Start with the host changed: from off to on":                     {Setting: "onboot", From: "0", To: "1"},
		"Tags changed: from none to prod and web":                         {Setting: "tags", To: "prod web"},
		"DNS servers changed: from the host's to 192.0.2.1 and 192.0.2.2": {Setting: "nameserver", To: "192.0.2.1 192.0.2.2"},
		"Search domain changed: from lan to the host's":                   {Setting: "searchdomain", From: "lan"},
		"Note changed": {Setting: "description"},
	} {
		l := lineOf(ofRecord("", store.Event{Kind: store.EventChange, Changes: []store.Change{c}}))
		got := strings.TrimSuffix(l.what+": "+l.outcome, ": ")
		if got != want || l.took != 0 || l.log.URL != "" {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}

func TestAChangedNoteNamesItsSnapshot(t *testing.T) {
	l := lineOf(ofRecord("", store.Event{Kind: store.EventNote, Snapshot: "before"}))
	if got := l.what + " " + l.small(); got != "Note of a snapshot changed by mira: before" || l.status != events.StatusDone {
		t.Errorf("%s, %s", got, l.status)
	}
}

func TestAConsoleSaysHowItEnded(t *testing.T) {
	for _, end := range []store.EventEnd{"", store.EndExit, store.EndLeft, store.EndIdle, store.EndSignedOut, store.EndLost, store.EndFailed, store.EndShutdown, store.EndCut} {
		l := lineOf(ofRecord("", store.Event{Kind: store.EventConsole, End: end}))
		if l.outcome == "" || (l.status == events.StatusFailed) != (end == store.EndFailed) || (l.status == events.StatusActive) != (end == "") {
			t.Errorf("%q: %+v", end, l)
		}
	}
}
