package fleet

import (
	"context"
	"slices"
	"time"

	"berth/proxmox"
	"berth/store"
	"berth/store/live"
)

// What alerts need and the inventory does not have is asked in surveys: one at a time a cluster, one call after the other,
// only while a dashboard is looked at (Alerts begins them), and each question at a pace of its own:
//
//   - The finished tasks of each node, every tasksEvery: GET /nodes/{node}/tasks. One call for all containers of a node.
//     GET /cluster/tasks would be one for all nodes, but it shows a token tasks only with Sys.Audit on /, which the
//     least rights lack, and no more than the last few of each node.
//     The log of one about many guests is read once, at most maxManyLogs a survey.
//   - Whether a cluster has quorum, every quorumEvery. It takes Sys.Audit on / too; a token without it is asked
//     again after forbiddenFor only, and the inventory tells how many members are down.
//   - Whether a stopped container starts on boot: its configuration, once each time it stops and every bootKept
//     after that, at most maxConfigs a survey, or bootAgain after it could not be asked; and that of one that does when
//     something was changed on its node from here.
//   - Since when a container's memory is full: its metrics of the last hour, once each time it fills, at most maxMemory a survey.
const (
	surveyEvery  = 30 * time.Second
	surveyCall   = proxmox.TurnTime // for one call
	tasksEvery   = 2 * time.Minute
	tasksBack    = 7 * 24 * time.Hour // a failure before that is no news
	quorumEvery  = time.Minute
	forbiddenFor = time.Hour
	bootKept     = time.Hour
	bootAgain    = 2 * time.Minute
	maxConfigs   = 5
	maxMemory    = 3
)

// survey is what a cluster's surveys found. What the maps hold is never changed but replaced; the fleet's mu guards it.
type survey struct {
	call   *live.Call[struct{}] // nil: none is under way
	due    time.Time
	tasks  map[string]nodeTasks // by node ID
	quorum quorum
	boots  map[int]boot       // by VMID: of those that are stopped
	memory map[int]fullMemory // by VMID: of those whose memory is full
}

// nodeTasks are the newest finished tasks of a node's containers.
type nodeTasks struct {
	due     time.Time
	newest  map[int]proxmox.Task // by VMID: of all but backups
	backups map[int]proxmox.Task // by VMID
	bulk    map[proxmox.UPID]bulkTask
}

// quorum is what a cluster says of itself.
type quorum struct {
	due   time.Time
	asked bool // and answered
	lost  bool
	since time.Time // when that was first seen
}

// boot is whether a stopped container starts on boot.
type boot struct {
	due    time.Time
	known  bool
	starts bool
}

// fullMemory is since when a container's memory is full.
type fullMemory struct {
	since time.Time // by its metrics, or when it was first seen
	asked bool      // its metrics were asked for
	at    time.Time // when it was last seen so
}

// survey begins the surveys of a user's clusters that are due, and waits for those under way, for patience in all.
func (f *Fleet) survey(ctx context.Context, userID string, patience time.Duration) {
	var underWay []*live.Call[struct{}]
	f.mu.Lock()
	for _, s := range f.user(userID).clusters {
		f.beginSurvey(s)
		if s.survey.call != nil {
			underWay = append(underWay, s.survey.call)
		}
	}
	f.mu.Unlock()
	if patience <= 0 || len(underWay) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, call := range underWay {
		_, _ = call.Wait(ctx) // what does not come in time comes with the next news
	}
}

// beginSurvey begins a survey of a cluster, unless one is under way or not due. f.mu is held.
func (f *Fleet) beginSurvey(s *cluster) {
	now := f.clock.Now()
	if s.survey.call != nil || now.Before(s.survey.due) || !s.answered {
		return
	}
	s.survey.due = now.Add(surveyEvery)
	s.survey.call = live.Begin(f.crew, func(ctx context.Context) (struct{}, error) {
		f.surveyed(s, f.surveyCluster(ctx, s))
		return struct{}{}, nil
	})
}

// surveyed lets the viewers know when something else was found.
func (f *Fleet) surveyed(s *cluster, changed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.survey.call = nil
	if changed {
		f.news.Tell(s.userID)
	}
}

// surveyCluster asks what is due, and tells whether any answer came.
func (f *Fleet) surveyCluster(ctx context.Context, s *cluster) (changed bool) {
	nodes, err := f.askable(s)
	if err != nil {
		f.log.Error("the nodes cannot be read", "cluster", s.id, "error", err)
		return false
	}
	f.mu.Lock()
	k := s.known
	nodes = slices.DeleteFunc(nodes, func(n store.Node) bool {
		m, there := k.member(n.Member)
		return s.healthOf(n.ID).failures > 0 || there && !m.Online
	})
	f.mu.Unlock()
	for _, n := range nodes {
		changed = f.surveyTasks(ctx, s, n) || changed
		changed = f.surveyDaemon(ctx, n) || changed
	}
	if len(nodes) > 0 && len(k.Members) > 1 {
		changed = f.surveyQuorum(ctx, s, nodes[0]) || changed
	}
	byMember := make(map[string]store.Node, len(nodes))
	for _, n := range slices.Backward(nodes) {
		byMember[n.Member] = n
	}
	configs, memory := 0, 0
	for _, g := range k.Guests {
		n, there := byMember[g.Node]
		switch {
		case !there || g.Type != proxmox.TypeContainer || g.Template:
		case g.Status == proxmox.GuestStopped && g.Lock == "" && configs < maxConfigs && f.bootDue(s, g.VMID):
			configs++
			changed = f.surveyBoot(ctx, s, n, g.VMID) || changed
		case memory < maxMemory && f.filledDue(s, g.VMID):
			memory++
			changed = f.surveyMemory(ctx, s, n, g.VMID) || changed
		}
	}
	f.dropDismissals(s, k)
	return changed
}

// surveyCallTo is a node's client, and a context for one call to it.
func (f *Fleet) surveyCallTo(ctx context.Context, n store.Node) (*proxmox.Client, context.Context, context.CancelFunc, error) {
	c, _, err := f.Client(n.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, surveyCall)
	return c, ctx, cancel, nil
}

// surveyDaemon asks a node whose pvedaemon did not run whether it does again.
func (f *Fleet) surveyDaemon(ctx context.Context, n store.Node) bool {
	if f.conns.State(n.ID).DaemonDown == nil {
		return false
	}
	c, call, cancel, err := f.surveyCallTo(ctx, n)
	if err != nil {
		return false
	}
	defer cancel()
	_, err = c.Storages(call, n.Member, contentContainers)
	return err == nil
}

// surveyTasks asks a node for its finished tasks, when that is due.
func (f *Fleet) surveyTasks(ctx context.Context, s *cluster, n store.Node) bool {
	now := f.clock.Now()
	f.mu.Lock()
	due := !now.Before(s.survey.tasks[n.ID].due)
	f.mu.Unlock()
	if !due {
		return false
	}
	c, call, cancel, err := f.surveyCallTo(ctx, n)
	if err != nil {
		return false
	}
	defer cancel()
	list, err := c.FinishedTasks(call, n.Member, now.Add(-tasksBack))
	f.mu.Lock()
	found := s.survey.tasks[n.ID]
	f.mu.Unlock()
	if err == nil {
		found.bulk = f.surveyBulk(ctx, n, list, found.bulk)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	found.due = now.Add(tasksEvery)
	if err == nil {
		found.newest, found.backups = newestTasks(perGuest(list, found.bulk))
	} else {
		f.log.Info("the tasks of a node are not known", "node", n.ID, "error", err)
	}
	s.survey.tasks = put(s.survey.tasks, n.ID, found)
	return err == nil
}

// newestTasks are the tasks that ended last of each guest, without those that only open a console. Backups are apart: that
// one failed is over with the next good one, and not when the guest is started.
func newestTasks(list []guestTask) (newest, backups map[int]proxmox.Task) {
	newest, backups = make(map[int]proxmox.Task), make(map[int]proxmox.Task)
	for _, g := range list {
		if slices.Contains([]string{"vncproxy", "spiceproxy", "termproxy", "vncshell"}, g.task.Type) {
			continue
		}
		into := newest
		if g.task.Type == backupTask {
			into = backups
		}
		if before, there := into[g.vmid]; !there || g.task.End.After(before.End) {
			into[g.vmid] = g.task
		}
	}
	return newest, backups
}

// backupTask is the type of a backup's task.
const backupTask = "vzdump"

// surveyQuorum asks a cluster whether it has quorum, when that is due.
func (f *Fleet) surveyQuorum(ctx context.Context, s *cluster, n store.Node) bool {
	now := f.clock.Now()
	f.mu.Lock()
	before := s.survey.quorum
	f.mu.Unlock()
	if now.Before(before.due) {
		return false
	}
	c, call, cancel, err := f.surveyCallTo(ctx, n)
	if err != nil {
		return false
	}
	defer cancel()
	status, err := c.ClusterStatus(call)
	found := quorum{due: now.Add(quorumEvery), asked: err == nil && status.Name != "", lost: err == nil && status.Name != "" && !status.Quorate}
	if found.lost {
		found.since = now
		if before.lost {
			found.since = before.since
		}
	}
	if proxmox.KindOf(err) == proxmox.KindForbidden {
		found.due = now.Add(forbiddenFor)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s.survey.quorum = found
	return found.lost != before.lost || found.asked != before.asked
}

// bootDue tells whether it is to be asked whether a stopped container starts on boot.
func (f *Fleet) bootDue(s *cluster, vmid int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.clock.Now().Before(s.survey.boots[vmid].due)
}

func (f *Fleet) surveyBoot(ctx context.Context, s *cluster, n store.Node, vmid int) bool {
	c, call, cancel, err := f.surveyCallTo(ctx, n)
	if err != nil {
		return false
	}
	defer cancel()
	cfg, err := c.ContainerConfig(call, n.Member, vmid)
	f.mu.Lock()
	defer f.mu.Unlock()
	before := s.survey.boots[vmid]
	found := boot{due: f.clock.Now().Add(bootKept), known: true, starts: cfg.OnBoot}
	if err != nil {
		found = boot{due: f.clock.Now().Add(bootAgain), known: before.known, starts: before.starts}
	}
	s.survey.boots = put(s.survey.boots, vmid, found)
	return found.known != before.known || found.starts != before.starts
}

// filledDue tells whether it is to be asked since when a container's memory is full.
func (f *Fleet) filledDue(s *cluster, vmid int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, full := s.survey.memory[vmid]
	return full && !m.asked
}

func (f *Fleet) surveyMemory(ctx context.Context, s *cluster, n store.Node, vmid int) bool {
	metrics, err := f.Metrics(ctx, s.userID, n.Ref(vmid), proxmox.LastHour)
	f.mu.Lock()
	defer f.mu.Unlock()
	m, full := s.survey.memory[vmid]
	if !full {
		return false
	}
	m.asked = true
	if since := fullSince(metrics); err == nil && !since.IsZero() && since.Before(m.since) {
		m.since = since
	}
	s.survey.memory = put(s.survey.memory, vmid, m)
	return true
}

// fullSince is since when the memory was full without a break up to the end; zero when it was not.
func fullSince(metrics []proxmox.Metrics) time.Time {
	var since time.Time
	for _, f := range slices.Backward(metrics) {
		if f.Memory == proxmox.NoMetric && since.IsZero() {
			continue // which the host has not gathered yet
		}
		if f.MaxMemory <= 0 || f.Memory < memoryFull*f.MaxMemory {
			break
		}
		since = f.Time
	}
	return since
}

// heed notes what an answer says of the containers that alerts may be about. f.mu is held.
func (s *cluster) heed(k *known) {
	memory, boots := make(map[int]fullMemory), make(map[int]boot)
	for i := range k.Guests {
		g := &k.Guests[i]
		if g.Type != proxmox.TypeContainer {
			continue
		}
		if g.Status == proxmox.GuestStopped {
			if b, there := s.survey.boots[g.VMID]; there {
				boots[g.VMID] = b
			}
		}
		if !isFull(g.Guest) {
			continue
		}
		m, was := s.survey.memory[g.VMID]
		if !was || k.Seen.Sub(m.at) >= memoryGap {
			m = fullMemory{since: k.Seen}
		}
		m.at = k.Seen
		memory[g.VMID] = m
	}
	s.survey.memory, s.survey.boots = memory, boots
}

// put is m with another value, as others may be reading m.
func put[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	next := make(map[K]V, len(m)+1)
	for k, v := range m {
		next[k] = v
	}
	next[key] = value
	return next
}
