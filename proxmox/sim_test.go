package proxmox_test

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/proxmox"
	"berth/proxmox/sim"
)

const tokenID = "berth@pve!app"

// home is a cluster of two with guests on both, and a client with the least rights.
func home(t *testing.T) (*sim.Cluster, *sim.Host, proxmox.Config) {
	t.Helper()
	cluster := sim.New(sim.Config{Name: "home", Members: []string{"pve1", "pve2"}})
	t.Cleanup(cluster.Close)
	host, err := cluster.Serve("pve1")
	if err != nil {
		t.Fatal(err)
	}
	cluster.Add(
		sim.Guest{
			VMID: 101, Node: "pve1", Name: "web", Status: "running", Tags: []string{"prod", "web"}, Cores: 2, CPU: 0.25,
			Memory: 256 << 20, MaxMemory: 1 << 30, Disk: 1 << 30, MaxDisk: 8 << 30, Uptime: time.Hour, Address: "192.0.2.5/24",
			OSType: "debian", Description: "The web server",
		},
		sim.Guest{VMID: 102, Node: "pve2", Name: "db"},
		sim.Guest{VMID: 103, Node: "pve2", Type: "qemu", Name: "windows"},
	)
	return cluster, host, proxmox.Config{
		Host: "127.0.0.1", Port: host.Port, TokenID: tokenID, TokenSecret: cluster.AddToken(tokenID, sim.LeastRights()), Fingerprint: host.Fingerprint,
	}
}

func connect(t *testing.T, cfg proxmox.Config) *proxmox.Client {
	t.Helper()
	c := proxmox.New(cfg)
	t.Cleanup(c.Close)
	return c
}

// must is the result of a call that has to succeed.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantKind(t *testing.T, err error, want proxmox.Kind) *proxmox.Error {
	t.Helper()
	e, ok := errors.AsType[*proxmox.Error](err)
	if !ok || e.Kind != want {
		t.Fatalf("%v, want %v", err, want)
	}
	return e
}

// done is a task that has to have succeeded.
func done(t *testing.T, c *proxmox.Client, id proxmox.UPID, kind string) {
	t.Helper()
	status := must[proxmox.TaskStatus](t)(c.TaskStatus(t.Context(), id))
	if !status.OK() || id.Type() != kind || id.User() != tokenID {
		t.Fatalf("%s, wanted a %s: %+v", id, kind, status)
	}
}

func TestProbeOfASimulatedHost(t *testing.T) {
	_, host, cfg := home(t)
	p := must[proxmox.Probed](t)(proxmox.Probe(t.Context(), cfg))
	if p.Version.Release != "9.2" || p.Member != "pve1" || len(p.Members) != 2 || p.Cluster != "" || p.Certificate.Fingerprint != host.Fingerprint {
		t.Errorf("%+v", p)
	}
	for _, a := range p.Abilities() {
		if !a.OK {
			t.Errorf("a token of the recipe cannot %s: misses %v", a.Name, a.Missing)
		}
	}

	unpinned := cfg
	unpinned.Fingerprint = ""
	_, err := proxmox.Probe(t.Context(), unpinned)
	if e := wantKind(t, err, proxmox.KindUntrusted); e.Certificate.Fingerprint != host.Fingerprint {
		t.Errorf("shows %+v", e.Certificate)
	}
	wrong := cfg
	wrong.TokenSecret = "00000000-0000-0000-0000-000000000000"
	_, err = proxmox.Probe(t.Context(), wrong)
	wantKind(t, err, proxmox.KindUnauthorized)
	host.Renew()
	_, err = proxmox.Probe(t.Context(), cfg)
	if e := wantKind(t, err, proxmox.KindCertChanged); e.Certificate.Fingerprint != host.Fingerprint || host.Fingerprint == cfg.Fingerprint {
		t.Errorf("shows %+v", e.Certificate)
	}
	host.Stop()
	_, err = proxmox.Probe(t.Context(), cfg)
	wantKind(t, err, proxmox.KindRefused)
}

func TestReadingASimulatedHost(t *testing.T) {
	cluster, _, cfg := home(t)
	c := connect(t, cfg)
	ctx := t.Context()

	if v := must[proxmox.Version](t)(c.Version(ctx)); v.Version != "9.2.3" {
		t.Errorf("version %+v", v)
	}
	r := must[proxmox.Resources](t)(c.Resources(ctx))
	var guests []string
	for _, g := range r.Guests {
		guests = append(guests, fmt.Sprintf("%s %d %s %s %s", g.Type, g.VMID, g.Node, g.Name, g.Status))
	}
	if got, want := strings.Join(guests, ", "), "lxc 101 pve1 web running, lxc 102 pve2 db stopped, qemu 103 pve2 windows stopped"; got != want {
		t.Errorf("guests %s, want %s", got, want)
	}
	if len(r.Nodes) != 2 || !r.Nodes[0].Online || r.Nodes[0].Cores == 0 || r.Nodes[0].MaxMemory == 0 {
		t.Errorf("nodes %+v", r.Nodes)
	}
	if len(r.Storages) != 4 || r.Storages[0].Node != "pve1" || r.Storages[0].Name != "local" || !slices.Contains(r.Storages[0].Content, "vztmpl") || r.Storages[0].Size == 0 {
		t.Errorf("storages %+v", r.Storages)
	}
	web := must[proxmox.Guest](t)(c.Status(ctx, "pve1", 101))
	listed := r.Guests[0]
	listed.MaxSwap = 512 << 20 // which no list tells
	if !reflect.DeepEqual(web, listed) {
		t.Errorf("alone it is\n %+v, in the list\n %+v", web, listed)
	}
	if !slices.Equal(web.Tags, []string{"prod", "web"}) || web.Cores != 2 || web.CPU != 0.25 || web.MaxMemory != 1<<30 || web.Uptime != time.Hour {
		t.Errorf("%+v", web)
	}
	config := must[proxmox.ContainerConfig](t)(c.ContainerConfig(ctx, "pve1", 101))
	if config.Hostname != "web" || config.Cores != 2 || config.Memory != 1024 || config.Description != "The web server" || config.OSType != "debian" ||
		config.Digest == "" || config.RootFS == "" || !strings.Contains(config.Networks["net0"], "bridge=vmbr") {
		t.Errorf("%+v", config)
	}
	interfaces := must[[]proxmox.Interface](t)(c.Interfaces(ctx, "pve1", 101))
	if len(interfaces) != 1 || interfaces[0].Name != "eth0" || interfaces[0].MAC == "" || !slices.Contains(interfaces[0].Addresses, netip.MustParsePrefix("192.0.2.5/24")) {
		t.Errorf("%+v", interfaces)
	}
	nodes := must[[]proxmox.Member](t)(c.Nodes(ctx))
	if len(nodes) != 2 || nodes[0].Name != "pve1" || nodes[0].Fingerprint != cfg.Fingerprint || nodes[1].Fingerprint == cfg.Fingerprint {
		t.Errorf("%+v", nodes)
	}
	if m := must[proxmox.Member](t)(c.NodeStatus(ctx, "pve1")); m.Cores == 0 || m.MaxMemory == 0 {
		t.Errorf("%+v", m)
	}
	_, err := c.ClusterStatus(ctx)
	if e := wantKind(t, err, proxmox.KindForbidden); e.Privilege != "Sys.Audit" || e.Path != "/" {
		t.Errorf("%+v", e)
	}
	storages := must[[]proxmox.Storage](t)(c.Storages(ctx, "pve1", "rootdir"))
	if len(storages) != 1 || storages[0].Name != "local-lvm" || !storages[0].Active || storages[0].Free == 0 {
		t.Errorf("%+v", storages)
	}
	templates := must[[]proxmox.OSTemplate](t)(c.OSTemplates(ctx, "pve1", "local"))
	if len(templates) != 1 || !strings.HasPrefix(templates[0].Volume, "local:vztmpl/") || templates[0].Size == 0 {
		t.Errorf("%+v", templates)
	}
	appliances := must[[]proxmox.Appliance](t)(c.Appliances(ctx, "pve1"))
	if len(appliances) == 0 || appliances[0].Template == "" || appliances[0].Section == "" {
		t.Fatalf("%+v", appliances)
	}
	id := must[proxmox.UPID](t)(c.DownloadAppliance(ctx, "pve1", "local", appliances[0].Template))
	done(t, c, id, "download")
	bridges := must[[]proxmox.Bridge](t)(c.Bridges(ctx, "pve1"))
	if len(bridges) != 2 || bridges[0].Name != "vmbr0" || bridges[1].Name != "vmbr1" {
		t.Errorf("%+v", bridges)
	}
	must[[]proxmox.Pool](t)(c.Pools(ctx))

	if err := c.CheckVMID(ctx, 105); err != nil {
		t.Errorf("105 is free: %v", err)
	}
	cluster.SetRights(tokenID, sim.Rights{"/vms/101": {"VM.Audit"}})
	if r := must[proxmox.Resources](t)(c.Resources(ctx)); len(r.Guests) != 1 || r.Guests[0].VMID != 101 {
		t.Errorf("sees %+v", r.Guests)
	}
	wantKind(t, c.CheckVMID(ctx, 103), proxmox.KindExists)
	wantKind(t, c.CheckVMID(ctx, 99), proxmox.KindInvalid)
	p := must[proxmox.Permissions](t)(c.Permissions(ctx))
	if !p.Has("/vms/101", "VM.Audit") || p.Has("/vms", "VM.Audit") {
		t.Errorf("%v", p)
	}
}

func TestALifeOnASimulatedHost(t *testing.T) {
	cluster, _, cfg := home(t)
	c := connect(t, cfg)
	ctx := t.Context()
	task := must[proxmox.UPID](t)
	begin := time.Now().Add(-time.Minute)
	templates := must[[]proxmox.OSTemplate](t)(c.OSTemplates(ctx, "pve1", "local"))
	p := proxmox.CreateParams{
		VMID: 105, Hostname: "cache", OSTemplate: templates[0].Volume, Cores: 1, Memory: 512, Swap: 0, Disk: 4, Storage: "local-lvm",
		Bridge: "vmbr0", VLAN: 20, IP: "192.0.2.7/24", Gateway: "192.0.2.1", IP6: "auto", Nameserver: "192.0.2.53", SearchDomain: "lan",
		Unprivileged: true, Nesting: true, OnBoot: true, Tags: []string{"prod"}, Description: "it's x=y; 100 %",
	}
	created := task(c.Create(ctx, "pve1", p))
	done(t, c, created, "vzcreate")
	if lines := must[[]string](t)(c.TaskLog(ctx, created, 0)); len(lines) == 0 {
		t.Error("the task has no log")
	} else if rest := must[[]string](t)(c.TaskLog(ctx, created, 1)); !slices.Equal(rest, lines[1:]) {
		t.Errorf("from line 1: %q, of %q", rest, lines)
	}
	config := must[proxmox.ContainerConfig](t)(c.ContainerConfig(ctx, "pve1", 105))
	if config.Hostname != "cache" || config.Description != p.Description || !config.Unprivileged || !config.OnBoot || config.Features != "nesting=1" ||
		config.Swap != 0 || !slices.Equal(config.Tags, p.Tags) || !strings.Contains(config.Networks["net0"], "ip=192.0.2.7/24") {
		t.Errorf("%+v", config)
	}
	_, err := c.Create(ctx, "pve1", p)
	wantKind(t, err, proxmox.KindExists)
	machine := p
	machine.VMID = 103
	_, err = c.Create(ctx, "pve1", machine)
	wantKind(t, err, proxmox.KindExists)
	bad := p
	bad.VMID, bad.Memory, bad.Hostname = 106, 1, "-x"
	_, err = c.Create(ctx, "pve1", bad)
	if e := wantKind(t, err, proxmox.KindInvalid); e.Fields["memory"] == "" || e.Fields["hostname"] == "" {
		t.Errorf("fields %v", e.Fields)
	}
	privileged := p
	privileged.VMID, privileged.Unprivileged = 106, false
	_, err = c.Create(ctx, "pve1", privileged)
	wantKind(t, err, proxmox.KindForbidden)

	_, err = c.Stop(ctx, "pve1", 105)
	wantKind(t, err, proxmox.KindNotRunning)
	done(t, c, task(c.Start(ctx, "pve1", 105)), "vzstart")
	_, err = c.Start(ctx, "pve1", 105)
	wantKind(t, err, proxmox.KindAlreadyRunning)
	_, err = c.Delete(ctx, "pve1", 105, false)
	wantKind(t, err, proxmox.KindStillRunning)
	done(t, c, task(c.Reboot(ctx, "pve1", 105, time.Minute)), "vzreboot")
	done(t, c, task(c.Shutdown(ctx, "pve1", 105, time.Minute)), "vzshutdown")
	done(t, c, task(c.Start(ctx, "pve1", 105)), "vzstart")
	done(t, c, task(c.Stop(ctx, "pve1", 105)), "vzstop")

	cluster.SetLock(105, "backup")
	_, err = c.Delete(ctx, "pve1", 105, false)
	if e := wantKind(t, err, proxmox.KindLocked); e.Lock != "backup" {
		t.Errorf("%+v", e)
	}
	locked := must[proxmox.TaskStatus](t)(c.TaskStatus(ctx, task(c.Start(ctx, "pve1", 105))))
	wantKind(t, locked.Err(), proxmox.KindLocked)
	cluster.SetLock(105, "")
	done(t, c, task(c.Delete(ctx, "pve1", 105, true)), "vzdestroy")
	_, err = c.Status(ctx, "pve1", 105)
	wantKind(t, err, proxmox.KindNotFound)
	gone := must[proxmox.TaskStatus](t)(c.TaskStatus(ctx, task(c.Start(ctx, "pve1", 105))))
	wantKind(t, gone.Err(), proxmox.KindNotFound)

	tasks := must[[]proxmox.Task](t)(c.Tasks(ctx, "pve1", 105, begin))
	var listed *proxmox.Task
	for i, k := range tasks {
		if k.UPID == created {
			listed = &tasks[i]
		}
		if k.UPID.ID() != "105" {
			t.Errorf("%+v is of another", k)
		}
	}
	if listed == nil || listed.User != tokenID || listed.Exit != "OK" || listed.End.IsZero() {
		t.Errorf("the create in the list: %+v of %d", listed, len(tasks))
	}
	_, err = c.TaskStatus(ctx, "UPID:pve1:00000001:00000001:00000001:vzstart:105:berth@pve!app:")
	wantKind(t, err, proxmox.KindNotFound)
	_, err = c.Status(ctx, "pve9", 105)
	wantKind(t, err, proxmox.KindNoSuchNode)
	cluster.SetRights(tokenID, sim.Rights{"/vms": {"VM.Audit"}})
	_, err = c.Start(ctx, "pve1", 101)
	if e := wantKind(t, err, proxmox.KindForbidden); e.Privilege != "VM.PowerMgmt" || e.Path != "/vms/101" {
		t.Errorf("%+v", e)
	}
}

func TestAbortingATaskOfASimulatedHost(t *testing.T) {
	cluster := sim.New(sim.Config{Members: []string{"pve1"}, TaskTime: time.Hour})
	t.Cleanup(cluster.Close)
	host, err := cluster.Serve("pve1")
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, proxmox.Config{
		Host: "127.0.0.1", Port: host.Port, TokenID: tokenID, TokenSecret: cluster.AddToken(tokenID, sim.LeastRights()), Fingerprint: host.Fingerprint,
	})
	templates := must[[]proxmox.OSTemplate](t)(c.OSTemplates(t.Context(), "pve1", "local"))
	id := must[proxmox.UPID](t)(c.Create(t.Context(), "pve1", proxmox.CreateParams{
		VMID: 105, OSTemplate: templates[0].Volume, Disk: 4, Storage: "local-lvm", Unprivileged: true,
	}))
	if s := must[proxmox.TaskStatus](t)(c.TaskStatus(t.Context(), id)); !s.Running {
		t.Fatalf("%+v", s)
	}
	if g := must[proxmox.Guest](t)(c.Status(t.Context(), "pve1", 105)); g.Lock != "create" {
		t.Errorf("while it is made: %+v", g)
	}
	if err := c.AbortTask(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if s := must[proxmox.TaskStatus](t)(c.TaskStatus(t.Context(), id)); s.Running || s.OK() {
		t.Errorf("%+v", s)
	}
	_, err = c.Status(t.Context(), "pve1", 105)
	wantKind(t, err, proxmox.KindNotFound)
}

func TestMetricsOfASimulatedHost(t *testing.T) {
	now := time.Date(2026, 11, 23, 21, 18, 24, 0, time.UTC)
	for version, spans := range map[string]map[proxmox.Timeframe]struct {
		count int
		step  time.Duration
	}{
		"9.2.3": {"hour": {60, time.Minute}, "day": {1440, time.Minute}, "week": {336, 30 * time.Minute}, "month": {1440, 30 * time.Minute}, "year": {1440, 6 * time.Hour}},
		"8.4.5": {"hour": {70, time.Minute}, "day": {70, 30 * time.Minute}, "week": {70, 3 * time.Hour}, "month": {70, 12 * time.Hour}, "year": {70, 7 * 24 * time.Hour}},
	} {
		cluster := sim.New(sim.Config{Members: []string{"pve1"}, Version: version, Now: func() time.Time { return now }})
		t.Cleanup(cluster.Close)
		host, err := cluster.Serve("pve1")
		if err != nil {
			t.Fatal(err)
		}
		cluster.Add(
			sim.Guest{VMID: 101, Status: "running", Cores: 2, CPU: 0.25, Memory: 256 << 20, MaxMemory: 1 << 30, Disk: 3 << 30, MaxDisk: 8 << 30, Uptime: 30 * time.Minute, Age: 50 * time.Minute},
			sim.Guest{VMID: 102, Status: "running"},
		)
		c := connect(t, proxmox.Config{Host: "127.0.0.1", Port: host.Port, TokenID: tokenID, TokenSecret: cluster.AddToken(tokenID, sim.LeastRights()), Fingerprint: host.Fingerprint})
		for frame, want := range spans {
			all := must[[]proxmox.Metrics](t)(c.RRDData(t.Context(), "pve1", 101, frame))
			if len(all) != want.count || all[1].Time.Sub(all[0].Time) != want.step {
				t.Errorf("%s, %s: %d spans of %v", version, frame, len(all), all[1].Time.Sub(all[0].Time))
			}
			if last := all[len(all)-1].Time.Add(want.step); last.After(now) || now.Sub(last) >= want.step {
				t.Errorf("%s, %s: ends at %v", version, frame, last)
			}
		}
		hour := must[[]proxmox.Metrics](t)(c.RRDData(t.Context(), "pve1", 101, proxmox.LastHour))
		at := func(ago time.Duration) proxmox.Metrics {
			return hour[slices.IndexFunc(hour, func(f proxmox.Metrics) bool { return now.Sub(f.Time) < ago+time.Minute })]
		}
		if f := at(55 * time.Minute); f.MaxMemory != proxmox.NoMetric || f.CPU != proxmox.NoMetric {
			t.Errorf("%s: before it was there: %+v", version, f)
		}
		if f := at(36 * time.Minute); f.CPU != proxmox.NoMetric || f.NetIn != proxmox.NoMetric || f.MaxMemory != 1<<30 || f.Disk < 2<<30 {
			t.Errorf("%s: while it was off: %+v", version, f)
		}
		for _, ago := range []time.Duration{45 * time.Minute, 10 * time.Minute} {
			if f := at(ago); f.CPU != 0.25 || f.Memory != 256<<20 || f.NetOut != 36200 || f.DiskWrite != 2600 {
				t.Errorf("%s: while it ran: %+v", version, f)
			}
		}
		for _, vmid := range []int{102, 199} { // new, and none
			if all, err := c.RRDData(t.Context(), "pve1", vmid, proxmox.LastHour); err != nil || len(all) != 0 {
				t.Errorf("%s: %d has %d metrics, %v", version, vmid, len(all), err)
			}
		}
		_, err = c.RRDData(t.Context(), "pve1", 101, "decade")
		wantKind(t, err, proxmox.KindInvalid)
		cluster.SetRights(tokenID, sim.Rights{"/vms": {"VM.PowerMgmt"}})
		_, err = c.RRDData(t.Context(), "pve1", 101, proxmox.LastHour)
		wantKind(t, err, proxmox.KindForbidden)
	}
}
