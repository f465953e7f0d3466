package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"berth/proxmox"
	"berth/store"
)

// AlertKind tells the kinds of alerts apart: the words on the dashboard, the order and the end of an alert depend on it.
type AlertKind string

// The kinds.
const (
	AlertNoQuorum    AlertKind = "quorum"      // a cluster has lost its majority, and says so
	AlertDown        AlertKind = "down"        // members of a cluster are down; whether it has quorum is not known, or it has
	AlertCertificate AlertKind = "certificate" // a node's certificate is near its end
	AlertDisk        AlertKind = "disk"        // a container's disk is nearly full
	AlertMemory      AlertKind = "memory"      // a container's memory has been full for ten minutes
	AlertTask        AlertKind = "task"        // the last task of a container failed
	AlertOff         AlertKind = "off"         // a container is stopped that starts on boot
)

// Thresholds of alerts.
const (
	memoryFull   = 0.95 // share of the memory in use
	memoryFor    = 10 * time.Minute
	memoryGap    = 2 * time.Minute // after such a gap between two answers, the start of a full memory is looked up anew
	certNear     = 30 * 24 * time.Hour
	certVeryNear = 7 * 24 * time.Hour // grave
	diskVeryFull = 0.97               // grave; nearlyFull already makes an alert
)

// Alert is something that somebody should see.
type Alert struct {
	Kind             AlertKind
	Grave            bool // it stands among the first
	NodeID, NodeName string
	ClusterID        string
	VMID             int    // 0: it is about the node
	Name             string // of the container; may be empty
	Since            time.Time
	Used, Size       uint64              // bytes: of the disk or the memory
	Task             proxmox.Task        // that failed; of a container that is off, that stopped it, where that is known
	Certificate      proxmox.Certificate // that ends
	Cluster          string              // its name, where known
	Down             []string            // members that are down
	Members          int                 // of the cluster, with those that are down
	Quorate          bool                // the cluster says that it has quorum
}

// Key identifies the alert over time, in forms and dismissals: kind, node ID and VMID (0 for a node), with "/" between. An
// alert of a failed task that did not turn the container on or off adds its purpose, so that it stands beside others.
func (a Alert) Key() string {
	words := []string{string(a.Kind), a.NodeID, fmt.Sprint(a.VMID)}
	if p := purpose(a.Task); a.Kind == AlertTask && p != "power" {
		words = append(words, p)
	}
	return strings.Join(words, "/")
}

// mark is kept with a dismissal: the alert stays hidden until its mark is another one, as when more members are down or
// another task failed.
func (a Alert) mark() string {
	switch a.Kind {
	case AlertNoQuorum, AlertDown:
		return strings.Join(a.Down, " ")
	case AlertCertificate:
		return a.Certificate.Fingerprint + graveMark(a.Grave)
	case AlertDisk:
		return "full" + graveMark(a.Grave)
	case AlertTask:
		return string(a.Task.UPID)
	}
	return "so"
}

func graveMark(grave bool) string {
	if grave {
		return " grave"
	}
	return ""
}

// Alerts of a user's nodes, from what is known, the weightiest first; hidden are those that the user has dismissed.
// It begins the surveys that are due, and waits for them for patience in all: a page that comes with its alerts does
// not move under the pointer when they arrive. Whoever shows them asks again with each news.
func (f *Fleet) Alerts(ctx context.Context, userID string, p Inventory, patience time.Duration) (shown, hidden []Alert, err error) {
	f.survey(ctx, userID, patience)
	return f.knownAlerts(userID, p)
}

// Known returns the inventory of a user and the alerts that they have not hidden, as they were last told. It asks no host,
// and begins nothing that does.
func (f *Fleet) Known(userID string) (Inventory, []Alert, error) {
	nodes, err := f.store.Nodes(userID)
	if err != nil {
		return Inventory{}, nil, err
	}
	f.clustersOf(nodes)
	p := f.assemble(nodes)
	if err := f.besideAll(userID, &p); err != nil {
		return p, nil, err
	}
	shown, _, err := f.knownAlerts(userID, p)
	return p, shown, err
}

// knownAlerts parts the alerts into those that are shown and those that the user has dismissed.
func (f *Fleet) knownAlerts(userID string, p Inventory) (shown, hidden []Alert, err error) {
	dismissed, err := f.store.Dismissals(userID)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range f.alerts(userID, p) {
		if f.caused(userID, a) {
			continue
		}
		if mark, is := dismissed[a.Key()]; is && mark == a.mark() {
			hidden = append(hidden, a)
			continue
		}
		shown = append(shown, a)
	}
	return shown, hidden, nil
}

// recentJobs bounds the search for the job that a task belongs to, in jobs on the container, newest first.
const recentJobs = 10

// caused tells whether an alert is no news to the user, by the job of theirs that its task belongs to: a failed task of a
// job that was cancelled, or that may still succeed; a container that they stopped themselves.
func (f *Fleet) caused(userID string, a Alert) bool {
	if a.Kind != AlertTask && a.Kind != AlertOff || a.Task.UPID == "" {
		return false
	}
	jobs, err := f.store.JobsOn(userID, a.ClusterID, a.VMID, recentJobs)
	if err != nil {
		f.log.Error("the jobs on a container cannot be read", "vmid", a.VMID, "error", err)
		return false
	}
	return slices.ContainsFunc(jobs, func(j store.Job) bool {
		of := slices.ContainsFunc(j.Steps, func(s store.JobStep) bool { return slices.Contains(s.Tasks(), string(a.Task.UPID)) })
		return of && (a.Kind == AlertOff || j.State == store.JobCancelled || !j.State.Final())
	})
}

// alerts lists all alerts, dismissed ones too, from the inventory and the last surveys. It asks no host.
func (f *Fleet) alerts(userID string, p Inventory) []Alert {
	now := f.clock.Now()
	surveys := make(map[string]findings)
	knowns := make(map[string]*known)
	f.mu.Lock()
	for id, c := range f.user(userID).clusters {
		surveys[id], knowns[id] = c.survey.found(), c.known
	}
	f.mu.Unlock()

	var all []Alert
	clusterOf := make(map[string]string, len(p.Nodes))
	seen := make(map[string]bool) // clusters, of which one node that answers is enough
	for _, n := range p.Nodes {
		id := n.Node.Scope
		clusterOf[n.Node.ID] = id
		if a, is := certificateAlert(n, now); is {
			all = append(all, a)
		}
		if n.State == NodeAnswers && !seen[id] {
			seen[id] = true
			if a, is := quorumAlert(nodeAlert(n), knowns[id], surveys[id].quorum); is {
				all = append(all, a)
			}
		}
	}
	for i := range p.Containers {
		c := &p.Containers[i]
		id := clusterOf[c.NodeID]
		all = appendContainer(all, c, id, surveys[id], now)
	}
	slices.SortStableFunc(all, func(a, b Alert) int {
		return cmp.Or(cmp.Compare(weight(a), weight(b)), b.Since.Compare(a.Since), strings.Compare(a.Name, b.Name))
	})
	return all
}

// nodeAlert begins an alert about a node; the caller sets its Kind and the rest.
func nodeAlert(n NodeState) Alert {
	return Alert{NodeID: n.Node.ID, NodeName: n.Node.Name, ClusterID: n.Node.Scope, Cluster: n.Node.Cluster}
}

// certificateAlert tells that a node's certificate is near its end.
func certificateAlert(n NodeState, now time.Time) (Alert, bool) {
	left := n.Certificate.NotAfter.Sub(now)
	if n.Certificate.NotAfter.IsZero() || left >= certNear {
		return Alert{}, false
	}
	a := nodeAlert(n)
	a.Kind, a.Grave, a.Certificate = AlertCertificate, left < certVeryNear, n.Certificate
	return a, true
}

// weight orders alerts: what stops everything first, what can wait last.
func weight(a Alert) int {
	order := []AlertKind{AlertNoQuorum, AlertDown, AlertDisk, AlertMemory, AlertTask, AlertOff, AlertCertificate}
	at := slices.Index(order, a.Kind)
	if !a.Grave {
		at += len(order)
	}
	return at
}

// quorumAlert tells that a cluster has lost its quorum, where it says so, or else that members of it are down. How many
// may be down is the cluster's affair, with a QDevice or more votes for one member: nobody guesses at it. A token
// without Sys.Audit on / may not ask.
func quorumAlert(a Alert, k *known, q quorum) (Alert, bool) {
	if k == nil || len(k.Members) < 2 {
		return a, false
	}
	a.Kind, a.Members = AlertDown, len(k.Members)
	for _, m := range k.Members {
		if !m.Online {
			a.Down = append(a.Down, m.Name)
			if a.Since.IsZero() || m.Down.After(a.Since) {
				a.Since = m.Down
			}
		}
	}
	if q.asked && q.lost {
		a.Kind, a.Grave, a.Since = AlertNoQuorum, true, q.since
		return a, true
	}
	a.Quorate = q.asked
	return a, len(a.Down) > 0
}

// appendContainer adds the alerts of a container; none while its node does not answer.
func appendContainer(all []Alert, c *Container, cluster string, s findings, now time.Time) []Alert {
	if !c.Fresh {
		return all
	}
	add := func(a Alert) {
		a.NodeID, a.NodeName, a.ClusterID, a.VMID, a.Name = c.NodeID, c.NodeName, cluster, c.VMID, c.Name
		all = append(all, a)
	}
	if c.NearlyFull() {
		add(Alert{Kind: AlertDisk, Grave: float64(c.Disk) >= diskVeryFull*float64(c.MaxDisk), Used: c.Disk, Size: c.MaxDisk})
	}
	if m, full := s.memory[c.VMID]; full && isFull(c.Guest) && now.Sub(m.since) >= memoryFor {
		add(Alert{Kind: AlertMemory, Used: c.Memory, Size: c.MaxMemory, Since: m.since})
	}
	var power proxmox.Task // the last one that turned it on or off
	for _, task := range s.tasks[c.NodeID].newest[c.VMID] {
		if purpose(task) == "power" {
			power = task
		}
		if failed(task) {
			add(Alert{Kind: AlertTask, Task: task, Since: task.End})
		}
		if makesAnew(task) {
			break // what failed before was about another container
		}
	}
	if b := s.boots[c.VMID]; b.known && b.starts && c.Status == proxmox.GuestStopped && c.Lock == "" && !c.Template {
		a := Alert{Kind: AlertOff}
		if !failed(power) && (power.Type == "vzstop" || power.Type == "vzshutdown") {
			a.Since, a.Task = power.End, power
		}
		add(a)
	}
	return all
}

// makesAnew tells whether a task put another container in the place of the one that was there.
func makesAnew(t proxmox.Task) bool {
	return slices.Contains([]string{"vzcreate", "vzrestore", "vzclone", "vzdestroy"}, t.Type)
}

// isFull tells whether a running container's memory is full.
func isFull(g proxmox.Guest) bool {
	return g.Status == proxmox.GuestRunning && g.MaxMemory > 0 && float64(g.Memory) >= memoryFull*float64(g.MaxMemory)
}

// failed tells whether a task failed by itself. One that somebody stopped did not.
func failed(t proxmox.Task) bool {
	s := proxmox.TaskStatus{Exit: t.Exit}
	return !s.OK() && t.Exit != "unexpected status" && !strings.Contains(t.Exit, "interrupted by signal")
}
