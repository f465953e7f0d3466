package fleet

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"berth/proxmox"
	"berth/store"
	"berth/store/live"
)

// Surveys ask for what alerts need beyond the inventory: one at a time for each cluster, one call after the other, only while
// a dashboard is looked at (Alerts begins them), and each question at a pace of its own:
//
//   - The finished tasks of each node, every tasksEvery: GET /nodes/{node}/tasks. One call for all containers of a node.
//     GET /cluster/tasks would be one for all nodes, but it shows a token tasks only with Sys.Audit on /, which the
//     least rights lack, and no more than the last few of each node.
//     The log of a bulk task is read once, at most maxBulkLogs a survey.
//   - Whether a cluster has quorum, every quorumEvery. It takes Sys.Audit on / too; a token without it is asked
//     again after forbiddenFor only, and the inventory tells how many members are down.
//   - Whether a stopped container starts on boot: its configuration, once each time it stops and every bootKept
//     after that, or bootAgain after a failure, at most maxConfigs a survey. After Berth changed a guest of its node, that
//     of one that does is asked for again.
//   - The addresses of a running container: its interfaces, every addressesKept, or while it has none after addressesAgain and
//     then ever more seldom, at most maxAddresses a survey. Those of a stopped one are read from its configuration with the
//     question above.
//   - The colours of its tags, every coloursEvery, or after coloursDenied where the token may not ask: GET /cluster/options.
//   - Since when a container's memory is full: its metrics of the last hour, once each time it fills, at most maxMemory a survey.
const (
	surveyEvery  = 30 * time.Second
	surveyCall   = proxmox.TurnTime // bounds one call
	tasksEvery   = 2 * time.Minute
	tasksBack    = 7 * 24 * time.Hour // a failure before that is no news
	quorumEvery  = time.Minute
	forbiddenFor = time.Hour
	bootKept     = time.Hour
	bootAgain    = 2 * time.Minute
	maxConfigs   = 5
	maxMemory    = 3

	addressesKept  = time.Hour
	addressesAgain = time.Minute
	maxAddresses   = 5
)

// survey begins the surveys of a user's clusters that are due, and waits for those under way, for patience in all.
func (f *Fleet) survey(ctx context.Context, userID string, patience time.Duration) {
	var underWay []*live.Call[struct{}]
	for c, answered := range f.clusters(userID) {
		launch := func() *live.Call[struct{}] { return live.Begin(f.crew, surveyor{f, c}.run) }
		if call := c.survey.begin(f.clock.Now(), answered, launch); call != nil {
			underWay = append(underWay, call)
		}
	}
	if patience <= 0 || len(underWay) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, call := range underWay {
		_, _ = call.Wait(ctx) // a survey that ends later is announced by news
	}
}

// clusters of a user, and whether each answered when it was asked last.
func (f *Fleet) clusters(userID string) map[*cluster]bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make(map[*cluster]bool)
	for _, c := range f.user(userID).clusters {
		all[c] = c.answered
	}
	return all
}

// surveyor asks a cluster the questions of its survey that are due. Each returns whether the answer changed the findings.
type surveyor struct {
	f       *Fleet
	cluster *cluster
}

// run makes one survey, and announces it to the user's watches when the findings changed.
func (s surveyor) run(ctx context.Context) (struct{}, error) {
	changed := s.ask(ctx)
	s.cluster.survey.end()
	if changed {
		s.f.news.Tell(s.cluster.userID)
	}
	return struct{}{}, nil
}

// ask asks for all that is due.
func (s surveyor) ask(ctx context.Context) (changed bool) {
	nodes, k, err := s.nodes()
	if err != nil {
		s.f.log.Error("the nodes cannot be read", "cluster", s.cluster.id, "error", err)
		return false
	}
	for _, n := range nodes {
		changed = s.askTasks(ctx, n) || changed
		changed = s.askDaemon(ctx, n) || changed
	}
	if len(nodes) > 0 && len(k.Members) > 1 {
		changed = s.askQuorum(ctx, nodes[0]) || changed
	}
	changed = s.askContainers(ctx, nodes, k) || changed
	if len(nodes) > 0 {
		changed = s.askColours(ctx, nodes[0], k) || changed
	}
	s.f.dropDismissals(s.cluster, k)
	return changed
}

// nodes of the cluster that are up and answer, and what is known of it.
func (s surveyor) nodes() ([]store.Node, *known, error) {
	nodes, err := s.f.askable(s.cluster)
	if err != nil {
		return nil, nil, err
	}
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	k := s.cluster.known
	return slices.DeleteFunc(nodes, func(n store.Node) bool {
		m, there := k.member(n.Member)
		return s.cluster.healthOf(n.ID).failures > 0 || there && !m.Online
	}), k, nil
}

// askContainers asks the questions that are due about single containers, of a few in each survey.
func (s surveyor) askContainers(ctx context.Context, nodes []store.Node, k *known) (changed bool) {
	byMember := make(map[string]store.Node, len(nodes))
	for _, n := range slices.Backward(nodes) {
		byMember[n.Member] = n
	}
	configs, memory, addresses := 0, 0, 0
	for _, g := range k.Guests {
		n, there := byMember[g.Node]
		switch {
		case !there || g.Type != proxmox.TypeContainer || g.Template:
		case g.Status == proxmox.GuestStopped && g.Lock == "" && configs < maxConfigs && s.bootDue(g.VMID):
			configs++
			changed = s.askBoot(ctx, n, g.VMID) || changed
		case memory < maxMemory && s.memoryDue(g.VMID):
			memory++
			changed = s.askMemory(ctx, n, g.VMID) || changed
		case g.Status == proxmox.GuestRunning && g.Lock != proxmox.LockCreate && addresses < maxAddresses && s.addressesDue(k, g.VMID):
			addresses++
			s.askAddresses(ctx, n, g.VMID)
		}
	}
	return changed
}

// callTo returns a node's client, and a context for one call to it, which has to be cancelled.
func (s surveyor) callTo(ctx context.Context, n store.Node) (*proxmox.Client, context.Context, context.CancelFunc, error) {
	client, _, err := s.f.Client(n.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, surveyCall)
	return client, ctx, cancel, nil
}

// askDaemon asks a node whose pvedaemon did not run whether it does again.
func (s surveyor) askDaemon(ctx context.Context, n store.Node) bool {
	if s.f.conns.State(n.ID).DaemonDown == nil {
		return false
	}
	client, call, cancel, err := s.callTo(ctx, n)
	if err != nil {
		return false
	}
	defer cancel()
	_, err = client.Storages(call, n.Member, contentContainers)
	return err == nil
}

// askTasks asks a node for its finished tasks, when that is due.
func (s surveyor) askTasks(ctx context.Context, n store.Node) bool {
	now := s.f.clock.Now()
	if now.Before(s.cluster.survey.found().tasks[n.ID].due) {
		return false
	}
	client, call, cancel, err := s.callTo(ctx, n)
	if err != nil {
		return false
	}
	defer cancel()
	list, err := client.FinishedTasks(call, n.Member, now.Add(-tasksBack))
	found := s.cluster.survey.found().tasks[n.ID]
	if err == nil {
		found.bulk = s.readBulkTasks(ctx, n, list, found.bulk)
		guests := perGuest(list, found.bulk)
		found.newest, found.past = newestTasks(guests), pastOf(guests)
	} else {
		s.f.log.Info("the tasks of a node are not known", "node", n.ID, "error", err)
	}
	found.due = now.Add(tasksEvery)
	s.cluster.survey.change(func(all *findings) { all.tasks = put(all.tasks, n.ID, found) })
	return err == nil
}

// askQuorum asks a cluster whether it has quorum, when that is due.
func (s surveyor) askQuorum(ctx context.Context, n store.Node) bool {
	now, before := s.f.clock.Now(), s.cluster.survey.found().quorum
	if now.Before(before.due) {
		return false
	}
	client, call, cancel, err := s.callTo(ctx, n)
	if err != nil {
		return false
	}
	defer cancel()
	status, err := client.ClusterStatus(call)
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
	s.cluster.survey.change(func(all *findings) { all.quorum = found })
	return found.lost != before.lost || found.asked != before.asked
}

// bootDue tells whether a stopped container's start-on-boot setting has to be read.
func (s surveyor) bootDue(vmid int) bool {
	return !s.f.clock.Now().Before(s.cluster.survey.found().boots[vmid].due)
}

func (s surveyor) askBoot(ctx context.Context, n store.Node, vmid int) (changed bool) {
	client, call, cancel, err := s.callTo(ctx, n)
	if err != nil {
		return false
	}
	defer cancel()
	cfg, err := client.ContainerConfig(call, n.Member, vmid)
	now := s.f.clock.Now()
	if static := proxmox.StaticAddresses(cfg.Networks); err == nil && len(static) > 0 {
		s.f.noteAddresses(n.Ref(vmid), static, true)
	}
	s.cluster.survey.change(func(all *findings) {
		before := all.boots[vmid]
		found := boot{due: now.Add(bootKept), known: true, starts: cfg.OnBoot}
		if err != nil {
			found = boot{due: now.Add(bootAgain), known: before.known, starts: before.starts}
		}
		all.boots = put(all.boots, vmid, found)
		changed = found.known != before.known || found.starts != before.starts
	})
	return changed
}

// memoryDue tells whether the metrics of a container with full memory have to be read, for the time since when it is.
func (s surveyor) memoryDue(vmid int) bool {
	m, full := s.cluster.survey.found().memory[vmid]
	return full && !m.asked
}

func (s surveyor) askMemory(ctx context.Context, n store.Node, vmid int) (changed bool) {
	metrics, err := s.f.Metrics(ctx, s.cluster.userID, n.Ref(vmid), proxmox.LastHour)
	s.cluster.survey.change(func(all *findings) {
		m, full := all.memory[vmid]
		if !full {
			return
		}
		m.asked = true
		if since := fullSince(metrics); err == nil && !since.IsZero() && since.Before(m.since) {
			m.since = since
		}
		all.memory = put(all.memory, vmid, m)
		changed = true
	})
	return changed
}

// addressesDue tells whether a running container has to be asked for its addresses.
func (s surveyor) addressesDue(k *known, vmid int) bool {
	now := s.f.clock.Now()
	if asked, there := s.cluster.survey.found().addresses[vmid]; there {
		return !now.Before(asked.due)
	}
	known, there := k.Addresses[vmid]
	return !there || known.Static || now.Sub(known.At) >= addressesKept
}

// askAddresses asks a running container's node for its addresses. That they changed is announced as they are noted.
func (s surveyor) askAddresses(ctx context.Context, n store.Node, vmid int) {
	client, call, cancel, err := s.callTo(ctx, n)
	if err != nil {
		return
	}
	defer cancel()
	at := n.Ref(vmid)
	list, err := client.Interfaces(call, n.Member, vmid)
	var found []netip.Prefix
	if err == nil {
		found = s.f.noteLive(at, list, s.f.KnownDetails(at).Now.Networks)
	}
	now := s.f.clock.Now()
	s.cluster.survey.change(func(all *findings) {
		next := addressSearch{due: now.Add(addressesKept)}
		if len(found) == 0 {
			before := all.addresses[vmid]
			next = addressSearch{due: now.Add(min(addressesAgain<<min(before.tries, 6), addressesKept)), tries: before.tries + 1}
		}
		all.addresses = put(all.addresses, vmid, next)
	})
}
