package views

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
)

// hostTask is a task on a member, so many seconds before jobNow.
func hostTask(member, kind, user string, ago, took int, exit string) proxmox.Task {
	start := second(jobNow()).Add(-time.Duration(ago) * time.Second)
	t := proxmox.Task{
		UPID: proxmox.UPID(fmt.Sprintf("UPID:%s:000004B0:00000001:%08X:%s:101:%s:", member, start.Unix(), kind, user)),
		Type: kind, User: user, Start: start,
	}
	if exit != "" {
		t.End, t.Exit = start.Add(time.Duration(took)*time.Second), exit
	}
	return t
}

// manySources are what happened to a container on two members.
func manySources() EventSources {
	started := hostTask("pve1", "vzstart", "berth@pve!app", 7200, 3, "OK")
	before := hostTask("pve1", "vzstart", "berth@pve!app", 7300, 3, "startup for container '101' failed")
	begun := jobNow().Add(-2 * time.Hour)
	return EventSources{
		Node: store.Node{ID: "n1", Name: "pve1", Member: "pve1", TokenID: "berth@pve!app"}, User: "mira", URL: "/containers/n1/101/events",
		Jobs: []store.Job{
			{ID: "14", NodeID: "n1", NodeName: "pve1", Kind: store.JobStop, State: store.JobRunning, Created: jobNow().Add(-10 * time.Second)},
			{ID: "12", NodeID: "n1", NodeName: "pve1", Kind: store.JobStart, State: store.JobDone, Created: begun, Started: begun, Ended: begun.Add(4 * time.Second),
				Steps: []store.JobStep{{Name: jobs.StepStart, UPID: string(started.UPID), Past: []string{string(before.UPID)}}}},
			{ID: "9", NodeID: "n2", NodeName: "nuc2", Kind: store.JobShutdown, State: store.JobFailed, Created: begun.Add(-time.Hour),
				Problem: &store.JobProblem{Message: `<b> did not shut down within about 2 minutes.`}},
		},
		Events: []store.Event{
			{Number: 4, NodeID: "n1", Kind: store.EventChange, Began: jobNow().Add(-6 * time.Minute), End: store.EndDone, Changes: []store.Change{
				{Setting: "memory", From: "512", To: "1024"}, {Setting: "swap", From: "512", To: "0"},
			}},
			{Number: 3, NodeID: "n2", NodeName: "nuc2", Kind: store.EventChange, Began: jobNow().Add(-7 * time.Minute), End: store.EndDone, Changes: []store.Change{
				{Setting: "description"},
			}},
			{Number: 2, NodeID: "n1", Kind: store.EventConsole, Began: jobNow().Add(-time.Minute)},
			{Number: 1, NodeID: "n1", Kind: store.EventConsole, Began: begun.Add(time.Minute), Ended: begun.Add(5 * time.Minute), End: store.EndLeft},
		},
		Tasks: []proxmox.Task{
			started, before,
			hostTask("pve1", "vzdump", "root@pam", 40_000, 61, "OK"),
			hostTask("pve1", "vzsnapshot", "mira@pam", 50_000, 4, "WARNINGS: 1"),
			hostTask("pve1", "vncproxy", "berth@pve!app", 300, 0, ""),
			hostTask("nuc2", "vzmigrate", "mira@pam", 90_000, 31, "migration aborted: <script>"),
			hostTask("pve1", "vzfrobnicate", "x@pve!\"y", 100_000, 1, "OK"),
		},
	}
}

func eventsPage(f EventsFilter) EventsPage {
	p := EventsPage{ContainerPage: ContainerPage{Card: NewCard(lying(nil), nil, jobNow()), Node: store.Node{ID: "n1", Name: "pve1", Member: "pve1"}, Now: jobNow()}, Filter: f}
	p.Events = NewEvents(manySources(), f, time.Time{}, EventsAPage)
	return p
}

func TestEventsPages(t *testing.T) {
	page := golden(t, "container_events", eventsBody(eventsPage(EventsAll)))
	failed := eventsPage(EventsFailed)
	failed.Missing, failed.Paged, failed.OnlyOwn, failed.Events.Older = []string{SilentHost("pve1"), SilentMember("nuc2")}, true, true, jobNow().Truncate(time.Hour)
	page.variant(t, "failed", eventsBody(failed))
	none := eventsPage(EventsHost)
	none.Events = Events{}
	page.variant(t, "none", eventsBody(none))
	golden(t, "container_events_latest", EventsPanel(none.ContainerPage, NewEvents(manySources(), EventsBerth, time.Time{}, EventsLatest)))
	rendered(t, "container_events_latest_replaced", EventsPart(failed)).abridged("job-").abridged("UPID:").compare(t)
}

func TestATasksLog(t *testing.T) {
	p := EventLogPage{ContainerPage: eventsPage(EventsAll).ContainerPage, First: 12, Lines: []string{"INFO: <b>bold</b>", "\x1b[31mred"}}
	p.Event = TaskEvent(p.Node, hostTask("pve1", "vzdump", "root@pam", 60, 0, ""), proxmox.TaskStatus{Exit: "job errors"}, true)
	page := golden(t, "container_event_log", eventLogBody(p))
	p.Lines, p.Why = nil, Problem{Title: "pve1 does not answer", Why: "No answer came in time.", Next: "Try again."}
	p.Event = TaskEvent(p.Node, hostTask("pve1", "vzdump", "root@pam", 60, 0, ""), proxmox.TaskStatus{}, false)
	page.variant(t, "silent", eventLogBody(p))
}

// told is an event in few words.
func told(list []Event) string {
	var words []string
	for _, e := range list {
		words = append(words, fmt.Sprintf("%s %s (%s)", e.What, e.Status, e.small()))
	}
	return strings.Join(words, "\n")
}

func TestEventsAreInOneLineOfTime(t *testing.T) {
	for f, want := range map[EventsFilter]string{
		EventsAll: `Stop active (by mira: running)
Console opened active (by mira: open)
Console active (by Berth's token (berth@pve!app): running)
Memory and swap changed done (by mira: memory from 512 MiB to 1 GiB; swap from 512 MiB to none)
Note changed done (by mira on nuc2)
Console opened  (by mira, 4 min: its page was left)
Started done (by mira, 4 s: OK)
Shut down failed (by mira on nuc2: <b> did not shut down within about 2 minutes)
Backup made done (by root@pam, as a schedule does, 1 min 1 s: OK)
Snapshot made warn (by mira@pam, 4 s: with warnings)
Move to another node failed (by mira@pam on nuc2, 31 s: migration aborted: <script>)
vzfrobnicate done (by x@pve!"y, 1 s: OK)`,
		EventsBerth: `Stop active (by mira: running)
Console opened active (by mira: open)
Memory and swap changed done (by mira: memory from 512 MiB to 1 GiB; swap from 512 MiB to none)
Note changed done (by mira on nuc2)
Console opened  (by mira, 4 min: its page was left)
Started done (by mira, 4 s: OK)
Shut down failed (by mira on nuc2: <b> did not shut down within about 2 minutes)`,
		EventsHost: `Console active (by Berth's token (berth@pve!app): running)
Backup made done (by root@pam, as a schedule does, 1 min 1 s: OK)
Snapshot made warn (by mira@pam, 4 s: with warnings)
Move to another node failed (by mira@pam on nuc2, 31 s: migration aborted: <script>)
vzfrobnicate done (by x@pve!"y, 1 s: OK)`,
		EventsFailed: `Shut down failed (by mira on nuc2: <b> did not shut down within about 2 minutes)
Move to another node failed (by mira@pam on nuc2, 31 s: migration aborted: <script>)`,
	} {
		if got := told(NewEvents(manySources(), f, time.Time{}, EventsAPage).List); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", f, got, want)
		}
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
		e := (EventSources{}).event(store.Event{Kind: store.EventChange, Changes: []store.Change{c}})
		got := strings.TrimSuffix(e.What+": "+e.Outcome, ": ")
		if got != want || e.Took != 0 || e.Log.URL != "" {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}

func TestAChangedNoteNamesItsSnapshot(t *testing.T) {
	if got := told([]Event{(EventSources{User: "mira"}).event(store.Event{Kind: store.EventNote, Detail: "before"})}); got != "Note of a snapshot changed done (by mira: before)" {
		t.Error(got)
	}
}

func TestAConsoleSaysHowItEnded(t *testing.T) {
	for _, end := range []store.EventEnd{"", store.EndExit, store.EndLeft, store.EndIdle, store.EndSignedOut, store.EndLost, store.EndFailed, store.EndShutdown, store.EndCut} {
		e := (EventSources{}).event(store.Event{Kind: store.EventConsole, End: end})
		if e.Outcome == "" || (e.Status == "failed") != (end == store.EndFailed) || (e.Status == "active") != (end == "") {
			t.Errorf("%q: %+v", end, e)
		}
	}
}

// However a history is cut into pages, each event is on one of them.
func TestPagesLoseNoEvent(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		const pageSize, limit = 5, 12
		var history []proxmox.Task
		for i := range 40 {
			history = append(history, hostTask("pve1", "vzstart", fmt.Sprintf("u%d@pam", i), r.IntN(300), r.IntN(4), "OK"))
		}
		slices.SortStableFunc(history, func(a, b proxmox.Task) int { return b.End.Compare(a.End) }) // as a host keeps it
		seen := make(map[string]int)
		until := time.Time{}
		for pages := 0; ; pages++ {
			if pages > 60 {
				t.Fatal("there is no end of pages")
			}
			s := EventSources{Node: store.Node{Member: "pve1"}}
			for _, task := range history {
				if (until.IsZero() || !task.Start.After(until)) && len(s.Tasks) < limit {
					s.Tasks = append(s.Tasks, task)
				}
			}
			if len(s.Tasks) == limit {
				s.Complete = s.Tasks[limit-1].End
			}
			events := NewEvents(s, EventsAll, until, pageSize)
			for _, e := range events.List {
				seen[e.By]++
			}
			if events.Older.IsZero() {
				break
			}
			if !until.IsZero() && !events.Older.Before(until) {
				t.Fatalf("the page after %v begins at %v", until, events.Older)
			}
			until = events.Older
		}
		for _, task := range history {
			if seen[task.User] != 1 {
				t.Fatalf("%s is shown %d times", task.User, seen[task.User])
			}
		}
	}
}
