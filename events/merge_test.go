package events

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/proxmox"
	"berth/store"
)

func present() time.Time { return time.Date(2026, 11, 23, 21, 18, 4, 0, time.UTC) }

// hostTask is a task on a member, so many seconds before the present.
func hostTask(member, kind, user string, ago, took int, exit string) proxmox.Task {
	start := present().Add(-time.Duration(ago) * time.Second)
	t := proxmox.Task{
		UPID: proxmox.UPID(fmt.Sprintf("UPID:%s:000004B0:00000001:%08X:%s:101:%s:", member, start.Unix(), kind, user)),
		Type: kind, User: user, Start: start,
	}
	if exit != "" {
		t.End, t.Exit = start.Add(time.Duration(took)*time.Second), exit
	}
	return t
}

// manySources returns jobs, records and tasks of one container on two members, of every status.
func manySources() sources {
	started := hostTask("pve1", "vzstart", "berth@pve!app", 7200, 3, "OK")
	before := hostTask("pve1", "vzstart", "berth@pve!app", 7300, 3, "startup for container '101' failed")
	begun := present().Add(-2 * time.Hour)
	return sources{
		node: store.Node{ID: "n1", Name: "pve1", Member: "pve1"}, user: "mira",
		jobs: []store.Job{
			{ID: "14", NodeID: "n1", NodeName: "pve1", Kind: store.JobStop, State: store.JobRunning, Created: present().Add(-10 * time.Second)},
			{ID: "12", NodeID: "n1", NodeName: "pve1", Kind: store.JobStart, State: store.JobDone, Created: begun, Started: begun, Ended: begun.Add(4 * time.Second),
				Steps: []store.JobStep{{UPID: string(started.UPID), Past: []string{string(before.UPID)}}}},
			{ID: "9", NodeID: "n2", NodeName: "nuc2", Kind: store.JobShutdown, State: store.JobFailed, Created: begun.Add(-time.Hour)},
			{ID: "8", NodeID: "n1", NodeName: "pve1", Kind: store.JobReboot, State: store.JobCancelled, Created: begun.Add(-2 * time.Hour)},
		},
		records: []store.Event{
			{NodeID: "n2", NodeName: "nuc2", Kind: store.EventChange, Began: present().Add(-7 * time.Minute), End: store.EndDone},
			{NodeID: "n1", Kind: store.EventConsole, Began: present().Add(-time.Minute)},
			{NodeID: "n1", Kind: store.EventConsole, Began: begun.Add(time.Minute), Ended: begun.Add(5 * time.Minute), End: store.EndLeft},
			{NodeID: "n1", Kind: store.EventConsole, Began: begun.Add(30 * time.Second), Ended: begun.Add(31 * time.Second), End: store.EndFailed},
		},
		tasks: []proxmox.Task{
			started, before,
			hostTask("pve1", "vzdump", "root@pam", 40_000, 61, "OK"),
			hostTask("pve1", "vzsnapshot", "mira@pam", 50_000, 4, "WARNINGS: 1"),
			hostTask("pve1", "vncproxy", "berth@pve!app", 300, 0, ""),
			hostTask("nuc2", "vzmigrate", "mira@pam", 90_000, 31, "migration aborted"),
		},
	}
}

// told puts each event into a line of few words.
func told(list []Event) string {
	var lines []string
	for _, e := range list {
		var kind string
		switch {
		case e.Job != nil:
			kind = string(e.Job.Kind)
		case e.Record != nil:
			kind = string(e.Record.Kind)
		default:
			kind = e.Task.Type
		}
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%s: %s by %s %v %s", kind, cmp.Or(e.Status(), "plain"), e.User, e.Took(), e.Where), " "))
	}
	return strings.Join(lines, "\n")
}

func TestEventsAreInOneLineOfTime(t *testing.T) {
	t.Parallel()
	for f, want := range map[Filter]string{
		All: `stop: active by mira 0s
console: active by mira 0s
vncproxy: active by berth@pve!app 0s
change: done by mira 0s nuc2
console: plain by mira 4m0s
console: failed by mira 1s
start: done by mira 4s
shutdown: failed by mira 0s nuc2
reboot: plain by mira 0s
vzdump: done by root@pam 1m1s
vzsnapshot: warn by mira@pam 4s
vzmigrate: failed by mira@pam 31s nuc2`,
		ByBerth: `stop: active by mira 0s
console: active by mira 0s
change: done by mira 0s nuc2
console: plain by mira 4m0s
console: failed by mira 1s
start: done by mira 4s
shutdown: failed by mira 0s nuc2
reboot: plain by mira 0s`,
		OnHost: `vncproxy: active by berth@pve!app 0s
vzdump: done by root@pam 1m1s
vzsnapshot: warn by mira@pam 4s
vzmigrate: failed by mira@pam 31s nuc2`,
		Failed: `console: failed by mira 1s
shutdown: failed by mira 0s nuc2
vzmigrate: failed by mira@pam 31s nuc2`,
	} {
		p := manySources().merge(Query{Filter: f, Limit: PageSize})
		if got := told(p.List); got != want || !p.Older.IsZero() {
			t.Errorf("%q, and older ones from %v:\n%s\nwant\n%s", f, p.Older, got, want)
		}
	}
}

func TestATaskByItselfHasAnOutcomeWhereItIsKnown(t *testing.T) {
	t.Parallel()
	id := hostTask("pve2", "vzdump", "root@pam", 60, 0, "").UPID
	for want, e := range map[Status]Event{
		StatusPlain:  OfTask(store.Node{Member: "pve1"}, id, proxmox.TaskStatus{Exit: "OK"}, false),
		StatusActive: OfTask(store.Node{Member: "pve1"}, id, proxmox.TaskStatus{Running: true}, true),
		StatusFailed: OfTask(store.Node{Member: "pve1"}, id, proxmox.TaskStatus{Exit: "job errors"}, true),
	} {
		if e.Status() != want || e.Where != "pve2" || e.User != "root@pam" || !e.At().Equal(present().Add(-time.Minute)) || e.Took() != 0 {
			t.Errorf("%+v is %q, want %q", e, e.Status(), want)
		}
	}
}

// However a history is cut into pages, each event is on one of them.
func TestPagesLoseNoEvent(t *testing.T) {
	t.Parallel()
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
			s := sources{node: store.Node{Member: "pve1"}}
			for _, task := range history {
				if (until.IsZero() || !task.Start.After(until)) && len(s.tasks) < limit {
					s.tasks = append(s.tasks, task)
				}
			}
			if len(s.tasks) == limit {
				s.complete = s.tasks[limit-1].End
			}
			p := s.merge(Query{Until: until, Limit: pageSize})
			for _, e := range p.List {
				seen[e.User]++
			}
			if p.Older.IsZero() {
				break
			}
			if !until.IsZero() && !p.Older.Before(until) {
				t.Fatalf("the page after %v begins at %v", until, p.Older)
			}
			until = p.Older
		}
		for _, task := range history {
			if seen[task.User] != 1 {
				t.Fatalf("%s is shown %d times", task.User, seen[task.User])
			}
		}
	}
}
