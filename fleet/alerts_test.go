package fleet

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
	"berth/store/live"
)

// watched is a dashboard that is looked at: it asks for alerts with each news.
type watched struct{ viewer }

func (w *world) watched(u store.User) watched { return watched{w.viewer(u)} }

// alerts as "kind VMID", the weightiest first, when all surveys that they begin have ended.
func (d watched) alerts() string {
	d.w.t.Helper()
	var list []string
	for _, n := range d.all() {
		list = append(list, fmt.Sprintf("%s %d", n.Kind, n.VMID))
	}
	return strings.Join(list, ", ")
}

func (d watched) all() []Alert {
	d.w.t.Helper()
	d.rested()
	look := func() []Alert {
		all, _, err := d.w.Alerts(d.w.t.Context(), d.user.ID, d.w.inventory(d.user), 0)
		d.w.must(err)
		return all
	}
	look()
	d.w.surveyed(d.user)
	return look()
}

// surveyed waits for the surveys that are under way.
func (w *world) surveyed(u store.User) {
	w.t.Helper()
	var calls []*live.Call[struct{}]
	w.mu.Lock()
	for _, c := range w.users[u.ID].clusters {
		c.survey.mu.Lock()
		if c.survey.call != nil {
			calls = append(calls, c.survey.call)
		}
		c.survey.mu.Unlock()
	}
	w.mu.Unlock()
	for _, c := range calls {
		select {
		case <-c.Done():
		case <-time.After(patience):
			w.t.Fatal("a survey never ends")
		}
	}
}

// minutes lets a dashboard be looked at for that long.
func (d watched) minutes(n int) {
	d.w.t.Helper()
	for range 6 * n {
		d.pass(Interval)
		d.alerts()
	}
}

const (
	giB       = 1 << 30
	tasksPath = "/nodes/pve1/tasks"
)

// atSea are containers of which each has something, or just nothing.
func atSea() []sim.Guest {
	off := map[string]string{"onboot": "0"}
	return []sim.Guest{
		{VMID: 101, Name: "well", Status: "running", Memory: giB, MaxMemory: 2 * giB, Disk: 89, MaxDisk: 100},
		{VMID: 102, Name: "disk", Status: "running", Disk: 90, MaxDisk: 100},
		{VMID: 103, Name: "fuller", Status: "running", Disk: 97, MaxDisk: 100},
		{VMID: 104, Name: "memory", Status: "running", Memory: 95, MaxMemory: 100, Uptime: time.Minute},
		{VMID: 105, Name: "off"},
		{VMID: 106, Name: "meant", Disk: 99, MaxDisk: 100, Config: off},
		{VMID: 107, Name: "machine", Type: "qemu", Disk: 99, MaxDisk: 100},
		{VMID: 108, Name: "failed", Status: "running"},
	}
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", atSea()...)
	now := w.time.Now()
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vzdump", VMID: 108, User: "root@pam", At: now.Add(-time.Hour), Took: time.Minute, Exit: "no space left"})
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vncproxy", VMID: 108, User: "root@pam", At: now.Add(-time.Minute), Exit: "OK"})
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vzdump", VMID: 101, User: "root@pam", At: now.Add(-2 * time.Hour), Exit: "no space left"})
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vzdump", VMID: 101, User: "root@pam", At: now.Add(-time.Hour), Exit: "WARNINGS: 1"})
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vzstart", VMID: 102, User: "root@pam", At: now.Add(-time.Hour), Exit: "unexpected status"})
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vzstart", VMID: 103, User: "root@pam", At: now.Add(-8 * 24 * time.Hour), Exit: "long ago"})
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vzshutdown", VMID: 105, User: "root@pam", At: now.Add(-3 * time.Hour), Exit: "OK"})
	d := w.watched(h.user)
	if got := d.alerts(); got != "disk 103, disk 102, task 108, off 105" {
		t.Errorf("at first: %s", got)
	}
	d.minutes(9)
	if got := d.alerts(); got != "disk 103, disk 102, task 108, off 105" {
		t.Errorf("after nine minutes: %s", got)
	}
	d.minutes(1)
	if got := d.alerts(); got != "disk 103, disk 102, memory 104, task 108, off 105" {
		t.Errorf("after ten minutes: %s", got)
	}
	all := d.all()
	if n := all[4]; n.Since != now.Add(-3*time.Hour).Truncate(time.Second).Local() || n.Name != "off" || n.NodeName != "pve1" || n.Grave {
		t.Errorf("the one that is off: %+v", n)
	}
	if n := all[3]; n.Task.Exit != "no space left" || n.Task.Type != "vzdump" || !n.Since.Equal(now.Add(-time.Hour)) {
		t.Errorf("the task: %+v", n)
	}
	if n := all[2]; n.Since != now || n.Used != 95 || n.Size != 100 {
		t.Errorf("the memory: %+v", n)
	}
	if n := all[0]; !n.Grave || all[1].Grave || n.Used != 97 {
		t.Errorf("the disks: %+v %+v", n, all[1])
	}

	h.cluster.SetStatus(105, "running")
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vzdump", VMID: 108, User: "root@pam", At: w.time.Now(), Exit: "OK"})
	d.minutes(2)
	if got := d.alerts(); got != "disk 103, disk 102, memory 104" {
		t.Errorf("after it was seen to: %s", got)
	}
	h.host.Stop()
	d.pass(Interval)
	if got := d.alerts(); got != "" {
		t.Errorf("of a silent node: %s", got)
	}
}

// What alerts cost beside the inventory is bounded, and nothing when nobody looks at a dashboard.
func TestWhatAlertsCost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", atSea()...)
	v := w.viewer(h.user) // of a container's page, say
	v.rested()
	for range 30 {
		v.pass(Interval)
	}
	if n := len(h.cluster.Calls()); n != 31 {
		t.Errorf("five minutes without a dashboard: %d calls, want one every 10 s", n)
	}
	h.cluster.ResetCalls()
	v.Close()
	for range 30 {
		w.time.Advance(Interval)
	}
	if calls := h.cluster.Calls(); len(calls) != 0 {
		t.Errorf("calls with nobody looking: %v", calls)
	}

	d := w.watched(h.user)
	d.alerts()
	d.minutes(59)
	counts := make(map[string]int)
	for _, c := range h.cluster.Calls() {
		counts[c.Path]++
	}
	want := map[string]int{
		resourcesPath: 355, tasksPath: 30,
		"/nodes/pve1/lxc/105/config": 1, "/nodes/pve1/lxc/106/config": 1, "/nodes/pve1/lxc/104/rrddata": 1,
	}
	for _, vmid := range []int{101, 102, 103, 104, 108} { // that run
		want[fmt.Sprintf("/nodes/pve1/lxc/%d/interfaces", vmid)] = 1
	}
	for path, n := range want {
		if counts[path] != n {
			t.Errorf("%s: %d calls in 59 minutes, want %d", path, counts[path], n)
		}
		delete(counts, path)
	}
	if len(counts) > 0 {
		t.Errorf("other calls: %v", counts)
	}
	d.minutes(2)
	if n := asked(h.cluster, "/nodes/pve1/lxc/105/config"); n != 2 {
		t.Errorf("a configuration was read %d times in an hour, want twice", n)
	}
	h.cluster.SetStatus(105, "running")
	d.minutes(1)
	h.cluster.SetStatus(105, "stopped")
	d.minutes(1)
	if n := asked(h.cluster, "/nodes/pve1/lxc/105/config"); n != 3 {
		t.Errorf("of one that stopped again: %d calls, want another", n)
	}
	w.GuestsChanged(h.node.ID)
	d.minutes(1)
	if n, other := asked(h.cluster, "/nodes/pve1/lxc/105/config"), asked(h.cluster, "/nodes/pve1/lxc/106/config"); n != 4 || other != 2 {
		t.Errorf("after a change: %d calls, and %d of one that does not start on boot, want 4 and 2", n, other)
	}
}

func TestManyStoppedContainersAreAskedAFewAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var guests []sim.Guest
	for i := range 12 {
		guests = append(guests, sim.Guest{VMID: 101 + i})
	}
	h := w.harbour("pve1", guests...)
	d := w.watched(h.user)
	read := func() int {
		return len(slices.DeleteFunc(h.cluster.Calls(), func(c sim.Call) bool { return !strings.HasSuffix(c.Path, "/config") }))
	}
	for i, want := range []int{5, 10, 12, 12} {
		d.alerts()
		if n := read(); n != want {
			t.Errorf("after survey %d: %d configurations were read, want %d", i+1, n, want)
		}
		for range 3 {
			d.pass(Interval)
		}
	}
	if n := len(d.all()); n != 12 {
		t.Errorf("%d alerts", n)
	}
}

// A call that failed once does not hide for an hour that a container is off.
func TestAConfigurationThatCannotBeReadIsReadSoon(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101})
	d := w.watched(h.user)
	mend := h.cluster.Inject(sim.Fault{Path: "/nodes/{node}/lxc/{vmid}/config", Status: 500, Message: "out of order"})
	if got := d.alerts(); got != "" {
		t.Errorf("what is not known is told: %s", got)
	}
	mend()
	d.minutes(2)
	if got := d.alerts(); got != "off 101" {
		t.Errorf("two minutes after it failed: %q", got)
	}
}

// A container whose memory has been full for long is told at once: its metrics say since when.
func TestMemoryThatWasFullBeforeAnybodyLooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := sim.New(sim.Config{Members: []string{"pve1"}, Now: w.time.Now})
	t.Cleanup(c.Close)
	host, err := c.Serve("pve1")
	w.must(err)
	c.Add(sim.Guest{VMID: 101, Status: "running", Memory: 96, MaxMemory: 100, Uptime: 25 * time.Minute}, sim.Guest{VMID: 102, Status: "running", Memory: 96, MaxMemory: 100, Uptime: 9 * time.Minute})
	u := w.addUser("mira")
	w.addNode(u, "pve1", c, host, []*sim.Host{host}, sim.LeastRights())
	d := w.watched(u)
	all := d.all()
	if len(all) != 1 || all[0].VMID != 101 || w.time.Now().Sub(all[0].Since) < 24*time.Minute {
		t.Errorf("at the first look: %+v", all)
	}
	d.minutes(2)
	if got := d.alerts(); got != "memory 102, memory 101" {
		t.Errorf("two minutes later: %s", got)
	}
}

// A page waits for its alerts, but not for long.
func TestAPageComesWithItsAlerts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101})
	v := w.viewer(h.user)
	v.rested()
	all, _, err := w.Alerts(t.Context(), h.user.ID, w.inventory(h.user), patience)
	if err != nil || len(all) != 1 {
		t.Errorf("at the first look: %+v, %v", all, err)
	}
	w.refreshWait = defaultRefreshWait
	h.host.Hang(true)
	w.time.Advance(tasksEvery)
	start := time.Now()
	p := w.inventory(h.user)
	if _, _, err := w.Alerts(t.Context(), h.user.ID, p, defaultRefreshWait); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took >= askTime {
		t.Errorf("with a node that hangs: %v", took)
	}
}

func TestFullSince(t *testing.T) {
	t.Parallel()
	at := func(minute int, memory float64) proxmox.Metrics {
		return proxmox.Metrics{Time: noon.Add(time.Duration(minute) * time.Minute), Memory: memory, MaxMemory: 100}
	}
	none := float64(proxmox.NoMetric)
	for name, c := range map[string]struct {
		metrics []proxmox.Metrics
		want    int // minute; -1: it was not
	}{
		"nothing":               {nil, -1},
		"not at the end":        {[]proxmox.Metrics{at(0, 99), at(1, 94)}, -1},
		"all along":             {[]proxmox.Metrics{at(0, 95), at(1, 99)}, 0},
		"since a minute":        {[]proxmox.Metrics{at(0, 99), at(1, 10), at(2, 99)}, 2},
		"since it was started":  {[]proxmox.Metrics{at(0, 99), at(1, none), at(2, 99), at(3, 99)}, 2},
		"the last is not there": {[]proxmox.Metrics{at(0, 10), at(1, 99), at(2, none)}, 1},
	} {
		got := fullSince(c.metrics)
		if c.want < 0 && !got.IsZero() || c.want >= 0 && !got.Equal(noon.Add(time.Duration(c.want)*time.Minute)) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAnAlertOfACertificateNearItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, hosts := newCluster(t, "pve1")
	u := w.addUser("mira")
	for days, want := range map[int]string{40: "", 20: "certificate 0", 5: "certificate 0"} {
		hosts[0].RenewUntil(w.time.Now().Add(time.Duration(days) * 24 * time.Hour))
		n := w.addNode(u, fmt.Sprintf("in %d days", days), c, hosts[0], hosts, sim.LeastRights())
		d := w.watched(u)
		all := d.all()
		if got := d.alerts(); got != want || want != "" && all[0].Grave != (days < 7) {
			t.Errorf("%d days before: %s %+v", days, got, all)
		}
		d.Close()
		w.must(w.db.DeleteNode(u.ID, n.ID))
		w.NodeChanged(n.ID)
	}
}

// The cluster itself says whether it has quorum: nobody guesses by the members that are down.
func TestAnAlertOfMembersThatAreDown(t *testing.T) {
	t.Parallel()
	asks := sim.Rights{"/": {"Sys.Audit", "VM.Audit"}}
	for name, tt := range map[string]struct {
		rights  sim.Rights
		qdevice bool
		members []string
		want    Alert
		asked   int // how often in six minutes
	}{
		"the token may not ask":           {sim.LeastRights(), false, []string{"pve1", "pve2"}, Alert{Kind: AlertDown, Members: 2}, 1},
		"nor with a QDevice":              {sim.LeastRights(), true, []string{"pve1", "pve2"}, Alert{Kind: AlertDown, Members: 2}, 1},
		"the quorum is lost":              {asks, false, []string{"pve1", "pve2"}, Alert{Kind: AlertNoQuorum, Grave: true, Members: 2}, 7},
		"a QDevice keeps it":              {asks, true, []string{"pve1", "pve2"}, Alert{Kind: AlertDown, Members: 2, Quorate: true}, 7},
		"two of three keep it":            {asks, false, []string{"pve1", "pve2", "pve3"}, Alert{Kind: AlertDown, Members: 3, Quorate: true}, 7},
		"two of three, which nobody says": {sim.LeastRights(), false, []string{"pve1", "pve2", "pve3"}, Alert{Kind: AlertDown, Members: 3}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			u := w.addUser("mira")
			c := sim.New(sim.Config{Name: "home", Members: tt.members, QDevice: tt.qdevice})
			t.Cleanup(c.Close)
			var hosts []*sim.Host
			for _, m := range tt.members {
				h, err := c.Serve(m)
				w.must(err)
				hosts = append(hosts, h)
			}
			w.addNode(u, "one", c, hosts[0], hosts, tt.rights)
			d := w.watched(u)
			if got := d.alerts(); got != "" {
				t.Errorf("while all is well: %s", got)
			}
			hosts[1].Stop()
			d.minutes(1)
			all := d.all()
			if len(all) != 1 {
				t.Fatalf("%+v", all)
			}
			got := Alert{Kind: all[0].Kind, Grave: all[0].Grave, Members: all[0].Members, Quorate: all[0].Quorate}
			if !reflect.DeepEqual(got, tt.want) || !slices.Equal(all[0].Down, []string{"pve2"}) || all[0].Since.IsZero() {
				t.Errorf("%+v, want %+v", all[0], tt.want)
			}
			d.minutes(5)
			if n := asked(c, "/cluster/status"); n != tt.asked {
				t.Errorf("asked %d times in six minutes, want %d", n, tt.asked)
			}
			w.must(hosts[1].Start())
			d.minutes(1)
			if got := d.alerts(); got != "" {
				t.Errorf("when it is back: %s", got)
			}
		})
	}
}

func TestADismissedAlertComesBackWhenItChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", atSea()...)
	d := w.watched(h.user)
	if got := d.alerts(); got != "disk 103, disk 102, off 105" {
		t.Fatalf("at first: %s", got)
	}
	for _, n := range d.all() {
		w.must(w.Dismiss(t.Context(), h.user.ID, n.Key()))
	}
	d.minutes(1)
	if got := d.alerts(); got != "" {
		t.Errorf("dismissed: %s", got)
	}
	other := w.addUser("other")
	w.must(w.Dismiss(t.Context(), other.ID, (Alert{Kind: AlertDisk, NodeID: h.node.ID, VMID: 102}).Key()))
	h.cluster.Remove(102)
	h.cluster.Add(sim.Guest{VMID: 102, Name: "disk", Status: "running", Disk: 98, MaxDisk: 100})
	h.cluster.SetStatus(105, "running")
	d.minutes(1)
	if got := d.alerts(); got != "disk 102" {
		t.Errorf("one that got worse: %s", got)
	}
	h.cluster.SetStatus(105, "stopped")
	d.minutes(1)
	if got := d.alerts(); got != "disk 102, off 105" {
		t.Errorf("one that came back: %s", got)
	}
}

func TestDismissalsOfContainersThatAreGoneAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", atSea()...)
	d := w.watched(h.user)
	for _, n := range d.all() {
		w.must(w.Dismiss(t.Context(), h.user.ID, n.Key()))
	}
	kept := func(want ...string) {
		t.Helper()
		all, err := w.store.Dismissals(h.user.ID)
		w.must(err)
		var got []string
		for key := range all {
			kind, _, vmid := splitKey(key)
			got = append(got, fmt.Sprint(kind, " ", vmid))
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("dismissed are %q, want %q", got, want)
		}
	}
	kept("disk 102", "disk 103", "off 105")
	h.cluster.Remove(102)
	h.cluster.Remove(105)
	d.minutes(1)
	kept("disk 103")
}
