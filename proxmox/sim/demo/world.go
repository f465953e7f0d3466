// Package demo fills the store for berth demo: an account, the simulated hosts, templates and jobs.
package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"berth/jobs"
	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
	"berth/templates"
)

// The sign-in of the demonstration. It opens simulated hosts and nothing else.
const (
	User     = "demo"
	Password = "demonstration"
)

// Furnish makes the account, adds the simulated hosts to it and fills a folder of templates.
func Furnish(ctx context.Context, s *store.Store, world *sim.DemoWorld, folder string) error {
	u, err := s.AddUser(User, Password)
	if err != nil {
		return err
	}
	for _, host := range world.Nodes {
		if err := addNode(ctx, s, u.ID, host); err != nil {
			return fmt.Errorf("add %s: %w", host.Name, err)
		}
	}
	if err := addTemplate(s, u.ID); err != nil {
		return err
	}
	return fillFolder(s, u.ID, folder)
}

func addNode(ctx context.Context, s *store.Store, userID string, d sim.DemoNode) error {
	cfg := proxmox.Config{
		Host:        "127.0.0.1",
		Port:        d.Host.Port,
		TokenID:     d.TokenID,
		TokenSecret: d.TokenSecret,
		Fingerprint: d.Host.Fingerprint,
	}
	probed, err := proxmox.Probe(ctx, cfg)
	if err != nil {
		return err
	}
	abilities, err := json.Marshal(probed.Abilities())
	if err != nil {
		return err
	}
	n := store.Node{
		UserID:      userID,
		Name:        d.Name,
		Host:        cfg.Host,
		Port:        cfg.Port,
		TokenID:     cfg.TokenID,
		Fingerprint: cfg.Fingerprint,
		Member:      probed.Member,
		Cluster:     probed.Cluster,
		Version:     probed.Version.Version,
		Abilities:   abilities,
		Tested:      time.Now(),
	}
	for _, m := range probed.Members {
		n.Members = append(n.Members, store.NodeMember{Name: m.Name, Fingerprint: m.Fingerprint})
	}
	if n, err = s.AddNode(n, d.TokenSecret); err != nil {
		return err
	}
	if n, err = s.SetSSH(userID, n.ID, store.SSHSettings{Host: cfg.Host, Port: d.SSH.Port, HostKey: d.SSH.HostKey()}); err != nil {
		return err
	}
	return s.NoteSSHWorked(n)
}

// osTemplate is one that the first simulated host has.
const osTemplate = "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"

// Play begins jobs for people to watch: two creations on the first host, of which one succeeds
// and one finds no network for its packages until it is tried again; and a snapshot of two
// containers at once on the second.
func Play(s *store.Store, j *jobs.Runner, world *sim.DemoWorld) error {
	users, err := s.Users()
	if err != nil {
		return err
	}
	u := users[0] // the only one
	nodes, err := s.Nodes(u.ID)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		starter, hostname string
		vmid              int
		fails             bool
	}{
		{starter: "starter-samba", hostname: "files", vmid: 141},
		{starter: "starter-caddy", hostname: "web", vmid: 142, fails: true},
	} {
		t, ok := templates.Starter(c.starter)
		if !ok {
			return fmt.Errorf("there is no %s", c.starter)
		}
		provision := provisionOf(t)
		if c.fails {
			runs := 2 // the wait for init and the packages
			if len(provision.Files) > 0 {
				runs++
			}
			world.Nodes[0].SSH.Play(sim.SSHFault{VMID: c.vmid, Times: runs, NoNames: true})
		}
		spec := jobs.CreateSpec{Start: true, Params: proxmox.CreateParams{
			VMID: c.vmid, Hostname: c.hostname, OSTemplate: osTemplate, Cores: t.Cores, Memory: t.Memory, Swap: t.Swap,
			Disk: t.Disk, Storage: "local-lvm", Bridge: "vmbr0", IP: "dhcp", Unprivileged: t.Unprivileged, Nesting: t.Nesting, Tags: t.Tags,
		}}
		if _, err := j.CreateProvisioned(u.ID, nodes[0].ID, "", spec, provision, nil); err != nil {
			return fmt.Errorf("create %s: %w", c.hostname, err)
		}
	}
	// Several at once, on the second host, where nothing has to wait for the creations.
	_, err = j.Bulk(u.ID, jobs.Action{Kind: store.JobSnapshot, Snapshot: jobs.SnapshotSpec{Snapshot: "before-updates", Note: "Before the updates of this week"}},
		[]jobs.Target{{Ref: nodes[1].Ref(101), Name: "caddy"}, {Ref: nodes[1].Ref(102), Name: "wireguard"}})
	if err != nil {
		return fmt.Errorf("snapshot two containers: %w", err)
	}
	return nil
}

// provisionOf makes the Setup of a template as the wizard does when nobody changes anything in it.
func provisionOf(t store.Template) store.Provision {
	provision := store.Provision{TemplateID: t.ID, Template: t.Name, Packages: templates.Resolve(t, nil), Files: t.Files, Services: t.Services, Inputs: make(map[string]string)}
	for _, script := range t.Scripts {
		if script.Enabled {
			provision.Scripts = append(provision.Scripts, script)
		}
	}
	for _, in := range t.Inputs {
		if in.Kind == store.InputSecret {
			provision.AddSecret(in)
		} else {
			provision.Inputs[in.Name] = in.Default
		}
	}
	return provision
}
