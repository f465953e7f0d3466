package proxmox

import (
	"context"
	"time"
)

// fullParams uses every field.
var fullParams = CreateParams{
	VMID: 105, Hostname: "web.lan", OSTemplate: "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst",
	Cores: 2, Memory: 1024, Swap: 256, Disk: 8, Storage: "local-lvm",
	Bridge: "vmbr0", VLAN: 20, IP: "192.0.2.5/24", Gateway: "192.0.2.1", IP6: "2001:db8::5/64", Gateway6: "2001:db8::1",
	Nameserver: "192.0.2.53 2001:db8::53", SearchDomain: "lan home.arpa",
	SSHKeys:      []string{"ssh-ed25519 AAAAC3Nz me@desk", "ssh-ed25519 AAAAC3Nx me@lap;top"},
	Unprivileged: true, Nesting: true, OnBoot: true,
	Tags: []string{"web", "prod"}, Description: "A web server\nfor 100 % of the house; x=y", Pool: "prod/web",
}

func ptr[T any](v T) *T { return &v }

// changingCalls are the methods of Client that change something on the host.
var changingCalls = []apiCall{
	{
		"DownloadAppliance", func(ctx context.Context, c *Client) (any, error) {
			return c.DownloadAppliance(ctx, "pve1", "local", "d13.tar.zst")
		},
		"POST /nodes/pve1/aplinfo storage=local&template=d13.tar.zst",
		`"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Create", func(ctx context.Context, c *Client) (any, error) { return c.Create(ctx, "pve1", fullParams) },
		"POST /nodes/pve1/lxc cores=2&description=A+web+server%0Afor+100+%25+of+the+house%3B+x%3Dy&features=nesting%3D1&hostname=web.lan&memory=1024" +
			"&nameserver=192.0.2.53+2001%3Adb8%3A%3A53" +
			"&net0=name%3Deth0%2Cbridge%3Dvmbr0%2Ctag%3D20%2Cip%3D192.0.2.5%2F24%2Cgw%3D192.0.2.1%2Cip6%3D2001%3Adb8%3A%3A5%2F64%2Cgw6%3D2001%3Adb8%3A%3A1%2Ctype%3Dveth" +
			"&onboot=1&ostemplate=local%3Avztmpl%2Fdebian-13-standard_13.1-2_amd64.tar.zst&pool=prod%2Fweb&rootfs=local-lvm%3A8&searchdomain=lan+home.arpa" +
			"&ssh-public-keys=ssh-ed25519+AAAAC3Nz+me%40desk%0Assh-ed25519+AAAAC3Nx+me%40lap%3Btop&swap=256&tags=web%3Bprod&unprivileged=1&vmid=105",
		`"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Create", func(ctx context.Context, c *Client) (any, error) {
			return c.Create(ctx, "pve1", CreateParams{VMID: 100, OSTemplate: "local:vztmpl/a.tar.xz", Nesting: true})
		},
		"POST /nodes/pve1/lxc ostemplate=local%3Avztmpl%2Fa.tar.xz&swap=0&unprivileged=0&vmid=100",
		`"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Create", func(ctx context.Context, c *Client) (any, error) {
			return c.Create(ctx, "pve1", CreateParams{
				VMID: 999999999, OSTemplate: "local:vztmpl/a.tar.xz", Storage: "zfs", Bridge: "vmbr0", IP: "dhcp", IP6: "auto", Unprivileged: true,
			})
		},
		"POST /nodes/pve1/lxc net0=name%3Deth0%2Cbridge%3Dvmbr0%2Cip%3Ddhcp%2Cip6%3Dauto%2Ctype%3Dveth&ostemplate=local%3Avztmpl%2Fa.tar.xz&storage=zfs&swap=0&unprivileged=1&vmid=999999999",
		`"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Start", func(ctx context.Context, c *Client) (any, error) { return c.Start(ctx, "pve1", 105) },
		"POST /nodes/pve1/lxc/105/status/start ", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Shutdown", func(ctx context.Context, c *Client) (any, error) { return c.Shutdown(ctx, "pve1", 105, time.Minute) },
		"POST /nodes/pve1/lxc/105/status/shutdown timeout=60", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Stop", func(ctx context.Context, c *Client) (any, error) { return c.Stop(ctx, "pve1", 105) },
		"POST /nodes/pve1/lxc/105/status/stop ", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Reboot", func(ctx context.Context, c *Client) (any, error) {
			return c.Reboot(ctx, "pve1", 105, 1500*time.Millisecond)
		},
		"POST /nodes/pve1/lxc/105/status/reboot timeout=2", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Delete", func(ctx context.Context, c *Client) (any, error) { return c.Delete(ctx, "pve1", 105, false) },
		"DELETE /nodes/pve1/lxc/105", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Delete", func(ctx context.Context, c *Client) (any, error) { return c.Delete(ctx, "pve1", 105, true) },
		"DELETE /nodes/pve1/lxc/105?purge=1", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"UpdateConfig", func(ctx context.Context, c *Client) (any, error) {
			return nil, c.UpdateConfig(ctx, "pve1", 105, ConfigUpdate{
				Digest: "d1", Hostname: ptr("web.lan"), Description: ptr("50 % & more;\n=x"), Nameserver: ptr("192.0.2.53"), SearchDomain: ptr("lan"),
				Cores: ptr(2), Memory: ptr(1024), Swap: ptr(0), Tags: &[]string{"prod", "web"}, OnBoot: ptr(false),
			})
		},
		"PUT /nodes/pve1/lxc/105/config cores=2&description=50+%25+%26+more%3B%0A%3Dx&digest=d1&hostname=web.lan&memory=1024&nameserver=192.0.2.53&onboot=0&searchdomain=lan&swap=0&tags=prod%3Bweb",
		`null`, nil,
	},
	{
		"UpdateConfig", func(ctx context.Context, c *Client) (any, error) {
			return nil, c.UpdateConfig(ctx, "pve1", 105, ConfigUpdate{Description: ptr(""), Nameserver: ptr(""), SearchDomain: ptr(""), Cores: ptr(0), Tags: &[]string{}, OnBoot: ptr(true)})
		},
		"PUT /nodes/pve1/lxc/105/config delete=cores%2Cdescription%2Cnameserver%2Csearchdomain%2Ctags&onboot=1",
		`null`, nil,
	},
	{
		"Resize", func(ctx context.Context, c *Client) (any, error) {
			return c.Resize(ctx, "pve1", 105, "rootfs", 16, "d1")
		},
		"PUT /nodes/pve1/lxc/105/resize digest=d1&disk=rootfs&size=16G", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Snapshot", func(ctx context.Context, c *Client) (any, error) {
			return c.Snapshot(ctx, "pve1", 105, "before", "1; a=b")
		},
		"POST /nodes/pve1/lxc/105/snapshot description=1%3B+a%3Db&snapname=before", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Snapshot", func(ctx context.Context, c *Client) (any, error) {
			return c.Snapshot(ctx, "pve1", 105, "before", "")
		},
		"POST /nodes/pve1/lxc/105/snapshot snapname=before", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"SetSnapshotNote", func(ctx context.Context, c *Client) (any, error) {
			return nil, c.SetSnapshotNote(ctx, "pve1", 105, "before", "1; a=b\nc")
		},
		"PUT /nodes/pve1/lxc/105/snapshot/before/config description=1%3B+a%3Db%0Ac", `null`, nil,
	},
	{
		"SetSnapshotNote", func(ctx context.Context, c *Client) (any, error) {
			return nil, c.SetSnapshotNote(ctx, "pve1", 105, "before", "")
		},
		"PUT /nodes/pve1/lxc/105/snapshot/before/config description=%0A", `null`, nil,
	},
	{
		"DeleteSnapshot", func(ctx context.Context, c *Client) (any, error) {
			return c.DeleteSnapshot(ctx, "pve1", 105, "before")
		},
		"DELETE /nodes/pve1/lxc/105/snapshot/before", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Rollback", func(ctx context.Context, c *Client) (any, error) { return c.Rollback(ctx, "pve1", 105, "before") },
		"POST /nodes/pve1/lxc/105/snapshot/before/rollback ", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Clone", func(ctx context.Context, c *Client) (any, error) {
			return c.Clone(ctx, "pve1", 105, CloneParams{
				VMID: 206, Hostname: "web2.lan", Description: "a=b", Pool: "prod/web", Snapshot: "before", Full: true, Storage: "local-lvm",
			})
		},
		"POST /nodes/pve1/lxc/105/clone description=a%3Db&full=1&hostname=web2.lan&newid=206&pool=prod%2Fweb&snapname=before&storage=local-lvm",
		`"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Clone", func(ctx context.Context, c *Client) (any, error) {
			return c.Clone(ctx, "pve1", 105, CloneParams{VMID: 206})
		},
		"POST /nodes/pve1/lxc/105/clone newid=206", `"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Backup", func(ctx context.Context, c *Client) (any, error) {
			return c.Backup(ctx, "pve1", 105, BackupParams{Storage: "local", Mode: ModeStop, Note: "two\nlines, and C:\\", Protected: true, Prune: true})
		},
		`POST /nodes/pve1/vzdump compress=zstd&mode=stop&notes-template=two%5Cnlines%2C+and+C%3A%5C%5C&protected=1&remove=1&storage=local&vmid=105`,
		`"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"Backup", func(ctx context.Context, c *Client) (any, error) {
			return c.Backup(ctx, "pve1", 105, BackupParams{Storage: "local", Mode: ModeSnapshot})
		},
		"POST /nodes/pve1/vzdump compress=zstd&mode=snapshot&remove=0&storage=local&vmid=105",
		`"` + upidStart0 + `"`, UPID(upidStart0),
	},
	{
		"AbortTask", func(ctx context.Context, c *Client) (any, error) { return nil, c.AbortTask(ctx, upidStart0) },
		"DELETE " + upidPath, `null`, nil,
	},
}
