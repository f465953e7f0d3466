package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/jobs"
	"berth/pct"
	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
	"berth/store/live"
	"berth/store/storetest"
	"berth/views/explain"
)

const (
	testToken    = "berth@pve!app"
	testMember   = "pve1"
	testPatience = 60 * time.Second // of real time, for what never takes as long
	osTemplate   = "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"
	taskTime     = 4 * time.Second
)

// house is a Runner over a store and a simulated host.
type house struct {
	t         *testing.T
	clock     *storetest.Clock
	store     *store.Store
	cluster   *sim.Cluster
	host      *sim.Host
	node      store.Node
	client    *proxmox.Client
	runner    *jobs.Runner
	ssh       *pct.Host // the way into its containers; nil: SSH is not set up
	elsewhere string    // the member that holds the containers, which is no node; "": tower

	cutOff func() // breaks off what leads to the host, as the end of a process does

	logged lockedBuffer // by the Runner

	mu        sync.Mutex
	faults    map[string]func() // called first in what the Runner calls: "client", "changed"
	detour    *proxmox.Client   // for the Runner instead of client; nil: none
	changes   int               // how often Changed was called
	addressed map[int][]netip.Prefix
}

// newHouse sets a Runner going for ada's node "tower", which is the host pve1. At the
// test's end nothing of it may go on.
func newHouse(t *testing.T, guests ...sim.Guest) *house {
	t.Helper()
	return newHouseOver(t, storetest.Open(t), newClock(), guests...)
}

// newHouseOver is newHouse with a store that there is.
func newHouseOver(t *testing.T, s *store.Store, clock *storetest.Clock, guests ...sim.Guest) *house {
	t.Helper()
	pprof.SetGoroutineLabels(pprof.WithLabels(t.Context(), pprof.Labels(testLabel, t.Name())))
	h := &house{t: t, clock: clock, store: s, cutOff: func() {}, faults: map[string]func(){}, addressed: map[int][]netip.Prefix{}}
	h.cluster = sim.New(sim.Config{Members: []string{testMember}, Now: h.clock.Now, TaskTime: taskTime, Hurry: 10})
	t.Cleanup(h.cluster.Close)
	h.cluster.AddOSTemplate(testMember, "local", strings.TrimPrefix(osTemplate, "local:vztmpl/"))
	h.cluster.Add(guests...)
	var err error
	if h.host, err = h.cluster.Serve(testMember); err != nil {
		t.Fatal(err)
	}
	secret := h.cluster.AddToken(testToken, sim.LeastRights())
	h.client = proxmox.New(proxmox.Config{Host: "127.0.0.1", Port: h.host.Port, TokenID: testToken, TokenSecret: secret, Fingerprint: h.host.Fingerprint})
	t.Cleanup(h.client.Close)
	h.node = h.addNode("ada", "tower")
	h.runner = h.newRunner(h.clock)
	mustNot(t, h.runner.Resume())
	t.Cleanup(func() {
		h.clock.Hurry()
		h.close()
		noneGoesOn(t)
	})
	return h
}

// addNode adds the host for a user.
func (h *house) addNode(userID, name string) store.Node {
	h.t.Helper()
	n, err := h.store.AddNode(store.Node{
		UserID: userID, Name: name, Host: "127.0.0.1", Port: h.host.Port, TokenID: testToken,
		Fingerprint: h.host.Fingerprint, Member: testMember,
		Members: []store.NodeMember{{Name: testMember, Fingerprint: h.host.Fingerprint}},
	}, "secret")
	mustNot(h.t, err)
	return n
}

func (h *house) newRunner(clock live.Clock) *jobs.Runner {
	cfg := jobs.Config{
		Store: h.store,
		Clock: clock,
		Log:   slog.New(slog.NewTextHandler(&h.logged, nil)),
		Client: func(nodeID string) (*proxmox.Client, store.Node, error) {
			h.fault("client")
			n, err := h.store.NodeByID(nodeID)
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.detour != nil {
				return h.detour, n, err
			}
			return h.client, n, err
		},
		Changed: func(string) {
			h.fault("changed")
			h.mu.Lock()
			defer h.mu.Unlock()
			h.changes++
		},
		Addressed: func(at store.Ref, addrs []netip.Prefix) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.addressed[at.VMID] = addrs
		},
	}
	cfg.Host = func(string, store.Ref) (*pct.Host, error) {
		switch {
		case h.elsewhere != "":
			return nil, &store.NoSSHError{Node: "tower", Member: h.elsewhere}
		case h.ssh == nil:
			return nil, &store.NoSSHError{Node: "tower"}
		}
		return h.ssh, nil
	}
	return jobs.New(cfg)
}

// inject has f called at the begin of what the Runner calls; nil ends that.
func (h *house) inject(call string, f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults[call] = f
}

func (h *house) fault(call string) {
	h.mu.Lock()
	f := h.faults[call]
	h.mu.Unlock()
	if f != nil {
		f()
	}
}

// lockedBuffer keeps what several write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// leadTo makes the Runner use another client; nil ends that.
func (h *house) leadTo(c *proxmox.Client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.detour = c
}

// close ends the Runner.
func (h *house) close() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testPatience)
	defer cancel()
	mustNot(h.t, h.runner.Close(ctx))
}

// closeAtOnce ends the Runner without giving what it does the time to come to its end.
func (h *house) closeAtOnce() {
	h.t.Helper()
	now, cancel := context.WithCancel(context.Background())
	cancel()
	wantErr(h.t, h.runner.Close(now), context.Canceled)
}

// restart ends the Runner and sets another one going over the same store.
func (h *house) restart() {
	h.t.Helper()
	h.close()
	h.runner = h.newRunner(h.clock)
	mustNot(h.t, h.runner.Resume())
}

// reach goes on with the host reached over SSH.
func (h *house) reach(ssh *pct.Host) {
	h.t.Helper()
	h.close()
	h.ssh = ssh
	h.runner = h.newRunner(h.clock)
	mustNot(h.t, h.runner.Resume())
}

// spec is a container to make.
func spec(vmid int) jobs.CreateSpec {
	return jobs.CreateSpec{Start: true, Params: proxmox.CreateParams{
		VMID: vmid, Hostname: "web", OSTemplate: osTemplate, Cores: 1, Memory: 512, Disk: 4, Storage: "local-lvm",
		Bridge: "vmbr0", IP: "dhcp", Unprivileged: true, Nesting: true,
	}}
}

// container is a guest that is there.
func container(vmid int, status string) sim.Guest {
	return sim.Guest{VMID: vmid, Name: "web", Status: status, Cores: 1, MaxMemory: 512 << 20, MaxDisk: 4 << 30, Address: "192.0.2.7/24"}
}

func (h *house) create(spec jobs.CreateSpec) store.Job {
	h.t.Helper()
	j, err := h.runner.Create("ada", h.node.ID, "", spec)
	mustNot(h.t, err)
	return j
}

func (h *house) act(vmid int, kind store.JobKind) store.Job {
	h.t.Helper()
	j, err := h.runner.Act("ada", h.node.Ref(vmid), jobs.Action{Kind: kind, Name: "web"})
	mustNot(h.t, err)
	return j
}

// await follows a job to its end.
func (h *house) await(j store.Job) store.Job {
	h.t.Helper()
	got, _ := h.watch(j, func(u jobs.Update) bool { return u.Done })
	return got
}

// awaitStep follows a job until it is at a step.
func (h *house) awaitStep(j store.Job, step string) store.Job {
	h.t.Helper()
	got, _ := h.watch(j, func(u jobs.Update) bool {
		return u.Done || u.Job.Steps[u.Job.Step].Name == step && u.Job.Steps[u.Job.Step].State == store.StepActive
	})
	return got
}

// watch follows a job until an update is as wanted, and returns the job and its log.
func (h *house) watch(j store.Job, until func(jobs.Update) bool) (store.Job, []store.LogLine) {
	h.t.Helper()
	f, err := h.runner.Follow(j.UserID, j.ID, 0)
	mustNot(h.t, err)
	defer f.Close()
	ctx, cancel := context.WithTimeout(h.t.Context(), testPatience)
	defer cancel()
	var lines []store.LogLine
	for {
		u, err := f.Next(ctx)
		if err != nil {
			now, _ := h.store.JobByID(j.ID)
			h.t.Fatalf("job %s does not come to what is awaited: %v; it is %+v\n%s", j.ID, err, now, texts(now, lines))
		}
		lines = append(lines, u.Lines...)
		if until(u) {
			return u.Job, lines
		}
	}
}

// want checks a job's state and its steps.
func (h *house) want(j store.Job, state store.JobState, steps string) {
	h.t.Helper()
	var got []string
	for _, s := range j.Steps {
		got = append(got, s.Name+" "+string(s.State))
	}
	if j.State != state || strings.Join(got, ", ") != steps {
		h.t.Errorf("job %s is %s with %s; want %s with %s\nproblem %+v\n%s",
			j.ID, j.State, strings.Join(got, ", "), state, steps, j.Problem, h.log(j))
	}
}

// wantProblem checks why a job failed, and where.
// What it says is looked for in all that people read of it.
func (h *house) wantProblem(j store.Job, kind store.MessageKind, step, says string) {
	h.t.Helper()
	if j.State != store.JobFailed || j.Problem == nil || j.Problem.Kind != kind || j.Problem.Step != step || !strings.Contains(told(j), says) {
		h.t.Errorf("job %s is %s with problem %+v; want failed with %s at %s that says %q\n%s\n%s", j.ID, j.State, j.Problem, kind, step, says, told(j), h.log(j))
	}
}

// told is all that people read of why a job failed.
func told(j store.Job) string {
	if j.Problem == nil {
		return ""
	}
	f := explain.Job(j)
	return strings.Join([]string{f.Title, f.Why, f.Next}, "\n")
}

// wantLog checks that the log has lines with these words, in this order.
func (h *house) wantLog(j store.Job, words ...string) {
	h.t.Helper()
	rest := h.log(j)
	for _, w := range words {
		i := strings.Index(rest, w)
		if i < 0 {
			h.t.Errorf("the log lacks %q in its place:\n%s", w, h.log(j))
			return
		}
		rest = rest[i+len(w):]
	}
}

func (h *house) log(j store.Job) string {
	lines, err := h.store.Log(j.ID, 0, store.MaxLogLines)
	mustNot(h.t, err)
	return texts(j, lines)
}

func texts(j store.Job, lines []store.LogLine) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(string(l.Stream) + ": " + explain.Line(j, l) + "\n")
	}
	return b.String()
}

// guest on the host; nil when there is none.
func (h *house) guest(vmid int) *sim.Guest {
	for _, g := range h.cluster.Guests() {
		if g.VMID == vmid {
			return &g
		}
	}
	return nil
}

// wantGuest checks a container's status on the host; "" for none.
func (h *house) wantGuest(vmid int, status string) {
	h.t.Helper()
	got := ""
	if g := h.guest(vmid); g != nil {
		got = g.Status
	}
	if got != status {
		h.t.Errorf("container %d is %q on the host, want %q", vmid, got, status)
	}
}

// calls of a kind that reached the host, whatever came of them.
func (h *house) calls(method, path string) int {
	n := 0
	for _, c := range h.cluster.Calls() {
		if c.Method == method && c.Path == path {
			n++
		}
	}
	return n
}

func (h *house) changed() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changes
}

func mustNot(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

func wantBusy(t testing.TB, err error, with store.Job) {
	t.Helper()
	busy, ok := errors.AsType[*store.BusyError](err)
	if !ok || busy.Job.ID != with.ID {
		t.Errorf("error %v, want that job %s is at work", err, with.ID)
	}
}

// noneGoesOn checks that no goroutine of package jobs is left of the test: all that it began bears its label.
func noneGoesOn(t *testing.T) {
	t.Helper()
	var b bytes.Buffer
	mustNot(t, pprof.Lookup("goroutine").WriteTo(&b, 1))
	stacks := slices.DeleteFunc(strings.Split(b.String(), "\n\n"), func(s string) bool {
		return !strings.Contains(s, fmt.Sprintf("%q:%q", testLabel, t.Name())) || !strings.Contains(s, "berth/jobs.(") || strings.Contains(s, "jobs_test.")
	})
	if len(stacks) > 0 {
		t.Errorf("%d goroutines go on after Close:\n%s", len(stacks), strings.Join(stacks, "\n\n"))
	}
}

// testLabel is the label of goroutines that names the test which they belong to.
const testLabel = "test"
