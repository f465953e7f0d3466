package proxmox

import (
	"context"
	"net/netip"
	"time"
)

// readingCalls are the methods of Client that change nothing.
var readingCalls = []apiCall{
	{
		"Version", func(ctx context.Context, c *Client) (any, error) { return c.Version(ctx) },
		"GET /version",
		`{"release":"9.2","repoid":"abc","version":"9.2.3"}`,
		Version{"9.2.3", "9.2"},
	},
	{
		"Resources", func(ctx context.Context, c *Client) (any, error) { return c.Resources(ctx) },
		"GET /cluster/resources",
		`[{"type":"storage","id":"storage/pve1/local","storage":"local","node":"pve1","content":"vztmpl,iso,backup","disk":5,"maxdisk":"10","shared":0,"plugintype":"dir","status":"available"},
		  {"type":"lxc","id":"lxc/200","vmid":"200","node":"pve2","name":"db","status":"running","maxcpu":2,"cpu":"0.25","mem":100,"maxmem":"536870912","disk":1e3,"maxdisk":8589934592,"netin":1,"netout":2,"uptime":"3600","tags":"web;db;web","template":0,"pool":"prod","lock":"backup"},
		  {"type":"qemu","id":"qemu/101","vmid":101,"node":"pve1","status":"stopped","template":1},
		  {"type":"lxc","id":"lxc/105","vmid":105,"node":"pve1","cpu":null},
		  {"type":"node","id":"node/pve2","node":"pve2","status":"offline"},
		  {"type":"node","id":"node/pve1","node":"pve1","status":"online","maxcpu":8,"cpu":0.5,"mem":1,"maxmem":2,"uptime":60,"level":""},
		  {"type":"pool","id":"/pool/prod","pool":"prod"},
		  {"type":"network","network":"localnetwork","node":"pve1","status":"ok"}]`,
		Resources{
			Guests: []Guest{
				{Type: "qemu", VMID: 101, Node: "pve1", Status: "stopped", Template: true},
				{Type: "lxc", VMID: 105, Node: "pve1", Status: "unknown"},
				{
					Type: "lxc", VMID: 200, Node: "pve2", Name: "db", Status: "running", Lock: "backup", Pool: "prod", Tags: []string{"db", "web"},
					Cores: 2, CPU: 0.25, Memory: 100, MaxMemory: 512 << 20, Disk: 1000, MaxDisk: 8 << 30, NetIn: 1, NetOut: 2, Uptime: time.Hour,
				},
			},
			Nodes: []Member{
				{Name: "pve1", Online: true, Cores: 8, CPU: 0.5, Memory: 1, MaxMemory: 2, Uptime: time.Minute},
				{Name: "pve2"},
			},
			Storages: []StorageUse{{Node: "pve1", Name: "local", Type: "dir", Content: []string{"backup", "iso", "vztmpl"}, Used: 5, Size: 10}},
		},
	},
	{
		"Nodes", func(ctx context.Context, c *Client) (any, error) { return c.nodes(ctx) },
		"GET /nodes",
		`[{"node":"pve2","status":"unknown","type":"node"},{"ssl_fingerprint":"0a:1B:2C","node":"pve1","status":"online","type":"node"}]`,
		[]Member{{Name: "pve1", Online: true, Fingerprint: "0A1B2C"}, {Name: "pve2", Online: true}},
	},
	{
		"ClusterStatus", func(ctx context.Context, c *Client) (any, error) { return c.ClusterStatus(ctx) },
		"GET /cluster/status",
		`[{"type":"node","name":"pve2","ip":"192.0.2.12","online":1,"local":"0"},{"type":"node","name":"pve1","ip":"192.0.2.11","online":"1","local":1},{"type":"cluster","name":"home","quorate":1,"nodes":2}]`,
		ClusterStatus{Name: "home", Quorate: true, members: []clusterMember{
			{Name: "pve1", IP: "192.0.2.11", Online: true, Local: true}, {Name: "pve2", IP: "192.0.2.12", Online: true},
		}},
	},
	{
		"TagColours", func(ctx context.Context, c *Client) (any, error) { return c.TagColours(ctx) },
		"GET /cluster/options",
		`{"allowed-tags":["media"],"tag-style":{"color-map":"media:1A5FB4;infra:ffd166:000000;Prod:12:ffffff;x{}:ffffff;y:ffffff:zzzzzz;;b.c+d:00ff00","shape":"full"}}`,
		map[string]TagColour{"media": {"1a5fb4", ""}, "infra": {"ffd166", "000000"}, "b.c+d": {"00ff00", ""}},
	},
	{
		"TagColoursNone", func(ctx context.Context, c *Client) (any, error) { return c.TagColours(ctx) },
		"GET /cluster/options", `{"allowed-tags":[]}`, map[string]TagColour{},
	},
	{
		"CheckVMID", func(ctx context.Context, c *Client) (any, error) { return nil, c.CheckVMID(ctx, 105) },
		"GET /cluster/nextid?vmid=105", `"105"`, nil,
	},
	{
		"NodeStatus", func(ctx context.Context, c *Client) (any, error) { return c.NodeStatus(ctx, "pve1") },
		"GET /nodes/pve1/status",
		`{"cpu":0.125,"cpuinfo":{"cpus":"8","cores":4},"memory":{"total":16,"used":4,"free":12},"uptime":86400,"loadavg":["0.1"]}`,
		Member{Name: "pve1", Online: true, Cores: 8, CPU: 0.125, Memory: 4, MaxMemory: 16, Uptime: 24 * time.Hour},
	},
	{
		"Storages", func(ctx context.Context, c *Client) (any, error) { return c.Storages(ctx, "pve1", "rootdir") },
		"GET /nodes/pve1/storage?content=rootdir&enabled=1",
		`[{"storage":"zfs","type":"zfspool","active":0},{"storage":"local-lvm","type":"lvmthin","content":"rootdir,images","active":1,"enabled":1,"shared":0,"used":1,"total":"4","avail":3,"used_fraction":0.25}]`,
		[]Storage{{Name: "local-lvm", Type: "lvmthin", Active: true, Used: 1, Size: 4, Free: 3}, {Name: "zfs", Type: "zfspool"}},
	},
	{
		"OSTemplates", func(ctx context.Context, c *Client) (any, error) { return c.OSTemplates(ctx, "pve1", "local") },
		"GET /nodes/pve1/storage/local/content?content=vztmpl",
		`[{"volid":"local:vztmpl/debian.tar.zst","size":"7","format":"tzst","ctime":1},{"volid":"local:vztmpl/alpine.tar.xz","size":3}]`,
		[]OSTemplate{{"local:vztmpl/alpine.tar.xz", 3}, {"local:vztmpl/debian.tar.zst", 7}},
	},
	{
		"Appliances", func(ctx context.Context, c *Client) (any, error) { return c.Appliances(ctx, "pve1") },
		"GET /nodes/pve1/aplinfo",
		`[{"template":"t.tar.gz","package":"t","os":"debian-12","section":"turnkeylinux","version":18,"headline":"T","type":"lxc"},
		  {"template":"d13.tar.zst","package":"debian-13-standard","os":"debian-13","section":"system","version":"13.1-2","headline":"Debian 13"},
		  {"template":"a.tar.xz","package":"alpine","os":"alpine","section":"system","version":3.22}]`,
		[]Appliance{
			{"a.tar.xz", "alpine", "alpine", "system", "3.22", ""},
			{"d13.tar.zst", "debian-13-standard", "debian-13", "system", "13.1-2", "Debian 13"},
			{"t.tar.gz", "t", "debian-12", "turnkeylinux", "18", "T"},
		},
	},
	{
		"Bridges", func(ctx context.Context, c *Client) (any, error) { return c.Bridges(ctx, "pve1") },
		"GET /nodes/pve1/network?type=any_bridge",
		`[{"iface":"vmbr1","type":"bridge","bridge_vlan_aware":1},{"iface":"vmbr0","type":"bridge","active":"1","cidr":"192.0.2.11/24","comments":"house\n"}]`,
		[]Bridge{{Name: "vmbr0", Comment: "house", CIDR: "192.0.2.11/24", Active: true}, {Name: "vmbr1", VLANAware: true}},
	},
	{
		"Pools", func(ctx context.Context, c *Client) (any, error) { return c.Pools(ctx) },
		"GET /pools", `[{"poolid":"test"},{"poolid":"prod","comment":"keep"}]`,
		[]Pool{{"prod", "keep"}, {"test", ""}},
	},
	{
		"Permissions", func(ctx context.Context, c *Client) (any, error) { return c.Permissions(ctx) },
		"GET /access/permissions", `{"/vms":{"VM.Audit":1,"VM.Allocate":"0"},"/nodes":{"Sys.Audit":true}}`,
		Permissions{"/vms": {"VM.Audit": true, "VM.Allocate": false}, "/nodes": {"Sys.Audit": true}},
	},
	{
		"Status", func(ctx context.Context, c *Client) (any, error) { return c.Status(ctx, "pve1", 105) },
		"GET /nodes/pve1/lxc/105/status/current",
		`{"status":"running","name":"web","cpus":"0.5","cpu":1.5,"mem":1,"maxmem":2,"swap":"3","maxswap":4,"uptime":1,"tags":"web","lock":"","ha":{"managed":0},"type":"lxc"}`,
		Guest{
			Type: "lxc", VMID: 105, Node: "pve1", Name: "web", Status: "running", Tags: []string{"web"},
			Cores: 0.5, CPU: 1, Memory: 1, MaxMemory: 2, Swap: 3, MaxSwap: 4, Uptime: time.Second,
		},
	},
	{
		"ContainerConfig", func(ctx context.Context, c *Client) (any, error) { return c.ContainerConfig(ctx, "pve1", 105) },
		"GET /nodes/pve1/lxc/105/config",
		`{"digest":"d1","hostname":"web","ostype":"debian","arch":"amd64","description":"one\ntwo\n","cores":"2","memory":1024,"swap":0,"rootfs":"local-lvm:vm-105-disk-0,size=8G",
		  "net0":"name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth","net1":"name=eth1","mp0":"zfs:subvol,mp=/srv","features":"nesting=1",
		  "nameserver":"192.0.2.53","searchdomain":"lan","tags":"web;prod","unprivileged":1,"onboot":"1","lock":"backup","lxc":[["lxc.apparmor.profile","unconfined"]],"network":"x"}`,
		ContainerConfig{
			Digest: "d1", Hostname: "web", OSType: "debian", Arch: "amd64", Description: "one\ntwo", Cores: 2, Memory: 1024, Swap: 0,
			RootFS:   "local-lvm:vm-105-disk-0,size=8G",
			Networks: map[string]string{"net0": "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth", "net1": "name=eth1"},
			Mounts:   map[string]string{"mp0": "zfs:subvol,mp=/srv"}, Features: "nesting=1",
			Nameserver: "192.0.2.53", SearchDomain: "lan", Tags: []string{"prod", "web"}, Unprivileged: true, OnBoot: true, Lock: "backup",
			Others: map[string]string{"lxc.apparmor.profile": "unconfined", "network": "x"},
		},
	},
	{
		"Settings", func(ctx context.Context, c *Client) (any, error) { return c.Settings(ctx, "pve1", 105) },
		"GET /nodes/pve1/lxc/105/pending",
		`[{"key":"digest","value":"d1"},{"key":"hostname","value":"web"},{"key":"memory","value":"1024"},{"key":"cores","value":2},
		  {"key":"nameserver","value":"192.0.2.53","pending":"192.0.2.54"},{"key":"searchdomain","value":"lan","delete":1},{"key":"timezone","pending":"host"},
		  {"key":"arch","value":"amd64","pending":"amd64"},{"key":"protection","value":1},{"key":"startup","value":"order=2,up=30"},{"key":"cpulimit","value":"1.5"},
		  {"key":"unused0","value":"zfs:vm-105-disk-3"},{"key":"dev0","value":"/dev/dri/renderD128"}]`,
		Settings{
			Now: ContainerConfig{
				Digest: "d1", Hostname: "web", Arch: "amd64", Cores: 2, Memory: 1024, Swap: 512, Networks: map[string]string{}, Mounts: map[string]string{},
				Nameserver: "192.0.2.53", SearchDomain: "lan", Protection: true, Startup: "order=2,up=30", CPULimit: 1.5,
				Unused: map[string]string{"unused0": "zfs:vm-105-disk-3"}, Devices: map[string]string{"dev0": "/dev/dri/renderD128"},
			},
			Next: ContainerConfig{
				Digest: "d1", Hostname: "web", Arch: "amd64", Cores: 2, Memory: 1024, Swap: 512, Networks: map[string]string{}, Mounts: map[string]string{},
				Nameserver: "192.0.2.54", Timezone: "host", Protection: true, Startup: "order=2,up=30", CPULimit: 1.5,
				Unused: map[string]string{"unused0": "zfs:vm-105-disk-3"}, Devices: map[string]string{"dev0": "/dev/dri/renderD128"},
			},
			Waiting: []string{"nameserver", "searchdomain", "timezone"},
		},
	},
	{
		"ContainerConfig", func(ctx context.Context, c *Client) (any, error) { return c.ContainerConfig(ctx, "pve1", 106) },
		"GET /nodes/pve1/lxc/106/config", `{}`,
		ContainerConfig{Memory: 512, Swap: 512, Networks: map[string]string{}, Mounts: map[string]string{}},
	},
	{
		"Interfaces", func(ctx context.Context, c *Client) (any, error) { return c.Interfaces(ctx, "pve1", 105) },
		"GET /nodes/pve1/lxc/105/interfaces",
		`[{"name":"lo","hwaddr":"00:00:00:00:00:00","inet":"127.0.0.1/8","inet6":"::1/128"},
		  {"name":"eth0","hardware-address":"bc:24:11:00:00:01","hwaddr":"bc:24:11:00:00:01","inet":"192.0.2.5/24","ip-addresses":[
		    {"ip-address":"192.0.2.5","ip-address-type":"inet","prefix":"24"},{"ip-address":"192.0.2.6","prefix":24},
		    {"ip-address":"2001:db8::5","prefix":64},{"ip-address":"fe80::1","prefix":64},{"ip-address":"what","prefix":1},{"ip-address":"192.0.2.7","prefix":77}]},
		  {"name":"eth1","hwaddr":"bc:24:11:00:00:02","inet":"198.51.100.5/24","inet6":"fe80::2/64"},
		  {"name":"docker0","hwaddr":"02:42:00:00:00:00"}]`,
		[]Interface{
			{"eth0", "bc:24:11:00:00:01", []netip.Prefix{netip.MustParsePrefix("192.0.2.5/24"), netip.MustParsePrefix("192.0.2.6/24"), netip.MustParsePrefix("2001:db8::5/64")}},
			{"eth1", "bc:24:11:00:00:02", []netip.Prefix{netip.MustParsePrefix("198.51.100.5/24")}},
			{"docker0", "02:42:00:00:00:00", nil},
		},
	},
	{
		"Interfaces", func(ctx context.Context, c *Client) (any, error) { return c.Interfaces(ctx, "pve1", 106) },
		"GET /nodes/pve1/lxc/106/interfaces", `null`, []Interface{},
	},
	{
		"RRDData", func(ctx context.Context, c *Client) (any, error) { return c.RRDData(ctx, "pve1", 105, LastHour) },
		"GET /nodes/pve1/lxc/105/rrddata?cf=AVERAGE&timeframe=hour",
		`[{"time":"1764000060","maxcpu":2,"maxmem":4,"maxdisk":"8","disk":2.5},
		  {"time":1764000000,"cpu":"1.25","maxcpu":2,"mem":1.5e3,"maxmem":4,"disk":2,"maxdisk":8,"netin":"0","netout":1.5,"diskread":null,"diskwrite":"nan","pressurecpusome":0.1},
		  {"time":0,"cpu":1}, {"time":1764000120,"cpu":-1,"mem":"inf","netin":"","netout":true}]`,
		[]Metrics{
			{time.Unix(1764000000, 0), 1, 1500, 4, 2, 8, 0, 1.5, NoMetric, NoMetric},
			{time.Unix(1764000060, 0), NoMetric, NoMetric, 4, 2.5, 8, NoMetric, NoMetric, NoMetric, NoMetric},
			{time.Unix(1764000120, 0), NoMetric, NoMetric, NoMetric, NoMetric, NoMetric, NoMetric, NoMetric, NoMetric, NoMetric},
		},
	},
	{
		"Snapshots", func(ctx context.Context, c *Client) (any, error) { return c.Snapshots(ctx, "pve1", 105) },
		"GET /nodes/pve1/lxc/105/snapshot",
		`[{"name":"current","digest":"d","running":1,"description":"You are here!","parent":"after"},
		  {"name":"after","snaptime":"1764000000","description":"with the new\nrelease\n","parent":"before"},
		  {"name":"half","snaptime":0,"description":"","snapstate":"prepare","parent":"after"},
		  {"name":"before","snaptime":1763900000,"description":""}]`,
		Snapshots{Current: "after", All: []Snapshot{
			{Name: "half", Parent: "after", State: "prepare"},
			{Name: "before", Created: time.Unix(1763900000, 0)},
			{Name: "after", Note: "with the new\nrelease", Parent: "before", Created: time.Unix(1764000000, 0)},
		}},
	},
	{
		"Snapshots", func(ctx context.Context, c *Client) (any, error) { return c.Snapshots(ctx, "pve1", 106) },
		"GET /nodes/pve1/lxc/106/snapshot", `[{"name":"current","running":0,"description":"You are here!"}]`, Snapshots{},
	},
	{
		"SnapshotConfig", func(ctx context.Context, c *Client) (any, error) { return c.SnapshotConfig(ctx, "pve1", 105, "before") },
		"GET /nodes/pve1/lxc/105/snapshot/before/config",
		`{"snaptime":1764000000,"hostname":"db","rootfs":"local-lvm:vm-105-disk-0,size=8G","template":"1","memory":256,"swap":0}`,
		ContainerConfig{Hostname: "db", RootFS: "local-lvm:vm-105-disk-0,size=8G", Template: true, Memory: 256, Networks: map[string]string{}, Mounts: map[string]string{}},
	},
	{
		"VolumeSizes", func(ctx context.Context, c *Client) (any, error) { return c.volumeSizes(ctx, "pve1", "local-lvm", 105) },
		"GET /nodes/pve1/storage/local-lvm/content?content=rootdir&vmid=105",
		`[{"volid":"local-lvm:vm-105-disk-3","size":"2199023255552","content":"rootdir"},{"volid":"local-lvm:vm-105-disk-0","size":8}]`,
		map[string]uint64{"local-lvm:vm-105-disk-3": 2 << 40, "local-lvm:vm-105-disk-0": 8},
	},
	{
		"Replications", func(ctx context.Context, c *Client) (any, error) { return c.replications(ctx, "pve1", 105) },
		"GET /nodes/pve1/replication?guest=105", `[{"id":"105-0","guest":105,"target":"pve2"},{"id":"105-1"}]`, []string{"105-0", "105-1"},
	},
	{
		"HasFeature", func(ctx context.Context, c *Client) (any, error) {
			return c.HasFeature(ctx, "pve1", 105, FeatureSnapshot, "")
		},
		"GET /nodes/pve1/lxc/105/feature?feature=snapshot", `{"hasFeature":"1"}`, true,
	},
	{
		"HasFeature", func(ctx context.Context, c *Client) (any, error) {
			return c.HasFeature(ctx, "pve1", 105, FeatureCopy, "before")
		},
		"GET /nodes/pve1/lxc/105/feature?feature=copy&snapname=before", `{"hasFeature":0}`, false,
	},
	{
		"Backups", func(ctx context.Context, c *Client) (any, error) { return c.Backups(ctx, "pve1", "local", 105) },
		"GET /nodes/pve1/storage/local/content?content=backup&vmid=105",
		`[{"volid":"local:backup/vzdump-lxc-105-2026_11_19-02_00_01.tar.zst","ctime":1763517601,"size":"7","format":"tar.zst","subtype":"lxc","vmid":105,"content":"backup"},
		  {"volid":"local:backup/ct/105/2026-11-20T02:00:01Z","ctime":"1763604001","size":9,"format":"pbs-ct","notes":"before the upgrade\n","protected":1,"verification":{"state":"ok","upid":"UPID"}}]`,
		[]Backup{
			{Volume: "local:backup/ct/105/2026-11-20T02:00:01Z", Created: time.Unix(1763604001, 0), Size: 9, Note: "before the upgrade", Protected: true, Verified: "ok"},
			{Volume: "local:backup/vzdump-lxc-105-2026_11_19-02_00_01.tar.zst", Created: time.Unix(1763517601, 0), Size: 7},
		},
	},
	{
		"TaskStatus", func(ctx context.Context, c *Client) (any, error) { return c.TaskStatus(ctx, upidStart0) },
		"GET " + upidPath + "/status", `{"status":"running","type":"vzstart","pid":1}`, TaskStatus{Running: true},
	},
	{
		"TaskStatus", func(ctx context.Context, c *Client) (any, error) { return c.TaskStatus(ctx, upidStart0) },
		"GET " + upidPath + "/status", `{"status":"stopped","exitstatus":"WARNINGS: 2"}`, TaskStatus{Exit: "WARNINGS: 2"},
	},
	{
		"TaskLog", func(ctx context.Context, c *Client) (any, error) { return c.TaskLog(ctx, upidStart0, 2) },
		"GET " + upidPath + "/log?limit=500&start=2", `[{"n":3,"t":"extracting archive"},{"n":"4","t":4}]`, []string{"extracting archive", "4"},
	},
	{
		"TaskLog", func(ctx context.Context, c *Client) (any, error) { return c.TaskLog(ctx, upidStart0, 0) },
		"GET " + upidPath + "/log?limit=500&start=0", `[{"n":1,"t":"no content"}]`, []string(nil),
	},
	{
		"Tasks", func(ctx context.Context, c *Client) (any, error) {
			return c.Tasks(ctx, "pve1", 105, time.Unix(1764000000, 5))
		},
		"GET /nodes/pve1/tasks?since=1764000000&source=all&vmid=105",
		`[{"upid":"UPID:pve1:00000001:00000002:69246C00:vzcreate:105:berth@pve!app:","user":"berth@pve","tokenid":"app","starttime":1763994624,"endtime":"1763994634","status":"OK","type":"vzcreate"},
		  {"upid":"broken"},
		  {"upid":"` + upidStart0 + `","user":"berth@pve","starttime":"1763994720","status":"RUNNING"}]`,
		[]Task{
			{UPID: upidStart0, Type: "vzstart", User: "berth@pve!app", Start: time.Unix(1763994720, 0)},
			{
				UPID: "UPID:pve1:00000001:00000002:69246C00:vzcreate:105:berth@pve!app:", Type: "vzcreate", User: "berth@pve!app",
				Start: time.Unix(1763994624, 0), End: time.Unix(1763994634, 0), Exit: "OK",
			},
		},
	},
	{
		"FinishedTasks", func(ctx context.Context, c *Client) (any, error) {
			return c.FinishedTasks(ctx, "pve1", time.Unix(1764000000, 0))
		},
		"GET /nodes/pve1/tasks?limit=300&since=1764000000&source=archive",
		`[{"upid":"` + upidStart0 + `","starttime":"1763994720","endtime":1763994721,"status":"no such bridge"}]`,
		[]Task{{UPID: upidStart0, Type: "vzstart", User: "berth@pve!app", Start: time.Unix(1763994720, 0), End: time.Unix(1763994721, 0), Exit: "no such bridge"}},
	},
	{
		"Tasks", func(ctx context.Context, c *Client) (any, error) { return c.Tasks(ctx, "pve1", 0, time.Time{}) },
		"GET /nodes/pve1/tasks?source=all", `[]`, []Task{},
	},
	{
		"GuestTasks", func(ctx context.Context, c *Client) (any, error) {
			return c.GuestTasks(ctx, "pve2", 105, TaskPage{Until: time.Unix(1764000000, 5), Limit: 71, Failed: true})
		},
		"GET /nodes/pve2/tasks?errors=1&limit=71&source=all&until=1764000000&vmid=105", `[]`, []Task{},
	},
	{
		"GuestTasks", func(ctx context.Context, c *Client) (any, error) {
			return c.GuestTasks(ctx, "pve2", 105, TaskPage{Limit: 5})
		},
		"GET /nodes/pve2/tasks?limit=5&source=all&vmid=105", `[]`, []Task{},
	},
}
