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

// AlertKind is what an alert is about.
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

// When there is an alert.
const (
	memoryFull   = 0.95
	memoryFor    = 10 * time.Minute
	memoryGap    = 2 * time.Minute // unseen for so long, it is asked anew since when
	certNear     = 30 * 24 * time.Hour
	certVeryNear = 7 * 24 * time.Hour
	diskVeryFull = 0.97
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
	Task             proxmox.Task        // that failed
	Certificate      proxmox.Certificate // that ends
	Cluster          string              // its name, where known
	Down             []string            // members that are down
	Members          int                 // of the cluster, with those that are down
	Quorate          bool                // the cluster says that it has quorum
}

// Key names what the alert is about, for as long as it is about that.
func (n Alert) Key() string {
	words := []string{string(n.Kind), n.NodeID, fmt.Sprint(n.VMID)}
	if n.Kind == AlertTask && n.Task.Type == backupTask {
		words = append(words, "backup")
	}
	return strings.Join(words, "/")
}

// mark is what has to change for a dismissed alert to come back.
func (n Alert) mark() string {
	switch n.Kind {
	case AlertNoQuorum, AlertDown:
		return strings.Join(n.Down, " ")
	case AlertCertificate:
		return n.Certificate.Fingerprint + graveMark(n.Grave)
	case AlertDisk:
		return "full" + graveMark(n.Grave)
	case AlertTask:
		return string(n.Task.UPID)
	}
	return "so"
}

func graveMark(grave bool) string {
	if grave {
		return " grave"
	}
	return ""
}

// Alerts of a user's nodes, from what is known, the weightiest first, without those that the user has dismissed.
// It begins the surveys that are due, and waits for them for patience in all: a page that comes with its alerts does
// not move under the pointer when they arrive. Whoever shows them asks again with each news.
func (f *Fleet) Alerts(ctx context.Context, userID string, p Inventory, patience time.Duration) ([]Alert, error) {
	f.survey(ctx, userID, patience)
	dismissed, err := f.store.Dismissals(userID)
	if err != nil {
		return nil, err
	}
	all := f.alerts(userID, p)
	return slices.DeleteFunc(all, func(n Alert) bool {
		mark, is := dismissed[n.Key()]
		return is && mark == n.mark() || f.cancelled(userID, n)
	}), nil
}

// recentJobs is how many of a container's last jobs may have had its last task.
const recentJobs = 10

// cancelled tells whether an alert is of a task that the user's own job began and that its owner cancelled, or is
// having another try at: then nobody has to be told that it failed.
func (f *Fleet) cancelled(userID string, n Alert) bool {
	if n.Kind != AlertTask {
		return false
	}
	jobs, err := f.store.JobsOn(userID, n.ClusterID, n.VMID, recentJobs)
	if err != nil {
		f.log.Error("the jobs on a container cannot be read", "vmid", n.VMID, "error", err)
		return false
	}
	return slices.ContainsFunc(jobs, func(j store.Job) bool {
		of := slices.ContainsFunc(j.Steps, func(s store.JobStep) bool { return slices.Contains(s.Tasks(), string(n.Task.UPID)) })
		return of && (j.State == store.JobCancelled || !j.State.Final())
	})
}

func (f *Fleet) alerts(userID string, p Inventory) []Alert {
	now := f.clock.Now()
	surveys := make(map[string]survey)
	knowns := make(map[string]*known)
	f.mu.Lock()
	for id, s := range f.user(userID).clusters {
		surveys[id], knowns[id] = s.survey, s.known
	}
	f.mu.Unlock()

	var all []Alert
	clusterOf := make(map[string]string, len(p.Nodes))
	told := make(map[string]bool)
	for _, n := range p.Nodes {
		clusterOf[n.Node.ID] = n.Node.Scope
		about := Alert{NodeID: n.Node.ID, NodeName: n.Node.Name, ClusterID: n.Node.Scope, Cluster: n.Node.Cluster}
		if left := n.Certificate.NotAfter.Sub(now); !n.Certificate.NotAfter.IsZero() && left < certNear {
			about := about
			about.Kind, about.Grave, about.Certificate = AlertCertificate, left < certVeryNear, n.Certificate
			all = append(all, about)
		}
		if n.State == NodeAnswers && !told[n.Node.Scope] {
			told[n.Node.Scope] = true
			if q, is := quorumAlert(about, knowns[n.Node.Scope], surveys[n.Node.Scope].quorum); is {
				all = append(all, q)
			}
		}
	}
	for i := range p.Containers {
		c := &p.Containers[i]
		cluster := clusterOf[c.NodeID]
		all = appendContainer(all, c, cluster, surveys[cluster], now)
	}
	slices.SortStableFunc(all, func(a, b Alert) int {
		return cmp.Or(cmp.Compare(weight(a), weight(b)), b.Since.Compare(a.Since), strings.Compare(a.Name, b.Name))
	})
	return all
}

// weight orders alerts: what stops everything first, what can wait last.
func weight(n Alert) int {
	order := []AlertKind{AlertNoQuorum, AlertDown, AlertDisk, AlertMemory, AlertTask, AlertOff, AlertCertificate}
	at := slices.Index(order, n.Kind)
	if !n.Grave {
		at += len(order)
	}
	return at
}

// quorumAlert tells that a cluster has lost its quorum, where it says so, or else that members of it are down. How many
// may be down is the cluster's affair, with a QDevice or more votes for one member: nobody guesses at it. A token
// without Sys.Audit on / may not ask.
func quorumAlert(n Alert, k *known, q quorum) (Alert, bool) {
	if k == nil || len(k.Members) < 2 {
		return n, false
	}
	n.Kind, n.Members = AlertDown, len(k.Members)
	for _, m := range k.Members {
		if !m.Online {
			n.Down = append(n.Down, m.Name)
			if n.Since.IsZero() || m.Down.After(n.Since) {
				n.Since = m.Down
			}
		}
	}
	if q.asked && q.lost {
		n.Kind, n.Grave, n.Since = AlertNoQuorum, true, q.since
		return n, true
	}
	n.Quorate = q.asked
	return n, len(n.Down) > 0
}

// appendContainer adds what there is to say of a container whose node answers.
func appendContainer(all []Alert, c *Container, cluster string, s survey, now time.Time) []Alert {
	if !c.Fresh {
		return all
	}
	add := func(n Alert) {
		n.NodeID, n.NodeName, n.ClusterID, n.VMID, n.Name = c.NodeID, c.NodeName, cluster, c.VMID, c.Name
		all = append(all, n)
	}
	if c.State() == StateTrouble {
		add(Alert{Kind: AlertDisk, Grave: float64(c.Disk) >= diskVeryFull*float64(c.MaxDisk), Used: c.Disk, Size: c.MaxDisk})
	}
	if m, full := s.memory[c.VMID]; full && isFull(c.Guest) && now.Sub(m.since) >= memoryFor {
		add(Alert{Kind: AlertMemory, Used: c.Memory, Size: c.MaxMemory, Since: m.since})
	}
	task, there := s.tasks[c.NodeID].newest[c.VMID]
	if there && failed(task) {
		add(Alert{Kind: AlertTask, Task: task, Since: task.End})
	}
	if b, made := s.tasks[c.NodeID].backups[c.VMID]; made && failed(b) && !(there && makesAnew(task) && task.End.After(b.End)) {
		add(Alert{Kind: AlertTask, Task: b, Since: b.End})
	}
	if b := s.boots[c.VMID]; b.known && b.starts && c.Status == proxmox.GuestStopped && c.Lock == "" && !c.Template {
		n := Alert{Kind: AlertOff}
		if there && !failed(task) && (task.Type == "vzstop" || task.Type == "vzshutdown") {
			n.Since = task.End
		}
		add(n)
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

// failed tells whether a task ended badly by itself. One that somebody stopped is none of those.
func failed(t proxmox.Task) bool {
	s := proxmox.TaskStatus{Exit: t.Exit}
	return !s.OK() && t.Exit != "unexpected status" && !strings.Contains(t.Exit, "interrupted by signal")
}

// Dismiss hides an alert from a user until what it says changes. One that is over is hidden already.
func (f *Fleet) Dismiss(ctx context.Context, userID, key string) error {
	p, err := f.Inventory(ctx, userID)
	if err != nil {
		return err
	}
	for _, n := range f.alerts(userID, p) {
		if n.Key() == key {
			return f.store.Dismiss(userID, key, n.mark())
		}
	}
	return nil
}

// dropDismissals forgets what was dismissed of a cluster's containers and is over by now, so that it is told when
// it comes back, and what was dismissed of containers that are gone.
func (f *Fleet) dropDismissals(s *cluster, k *known) {
	dismissed, err := f.store.Dismissals(s.userID)
	if err != nil || len(dismissed) == 0 {
		return
	}
	nodes, err := f.askable(s)
	if err != nil {
		return
	}
	var over []string
	for key := range dismissed {
		kind, nodeID, vmid := splitKey(key)
		i := slices.IndexFunc(nodes, func(n store.Node) bool { return n.ID == nodeID })
		if i >= 0 && vmid != 0 && k.isOver(kind, nodes[i], vmid) {
			over = append(over, key)
		}
	}
	if len(over) == 0 {
		return
	}
	if err := f.store.DropDismissals(s.userID, over); err != nil {
		f.log.Error("dismissed alerts were not forgotten", "error", err)
	}
}

// splitKey is what a Alert.Key is about; VMID 0: a node.
func splitKey(key string) (kind AlertKind, nodeID string, vmid int) {
	parts := strings.Split(key, "/")
	if len(parts) < 3 {
		return "", "", 0
	}
	vmid, _ = proxmox.ParseVMID(parts[2])
	return AlertKind(parts[0]), parts[1], vmid
}

// isOver tells whether an alert about a node's container does not hold any more, by an answer of its host.
func (k *known) isOver(kind AlertKind, n store.Node, vmid int) bool {
	g, there := k.guest(vmid)
	switch {
	case !there || g.Type != proxmox.TypeContainer || g.Node != n.Member:
		return true
	case !g.Seen.Equal(k.Seen):
		return false
	}
	switch kind {
	case AlertDisk:
		return Container{Guest: g.Guest, NodeID: n.ID, Fresh: true}.State() != StateTrouble
	case AlertMemory:
		return !isFull(g.Guest)
	case AlertOff:
		return g.Status != proxmox.GuestStopped
	}
	return false
}
