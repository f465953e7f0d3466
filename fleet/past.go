package fleet

import (
	"berth/proxmox"
	"berth/store"
)

// Past of a container: what the finished tasks of its node tell of it, as they were last read for alerts. It reaches back
// tasksBack at most. A zero task: none is known.
type Past struct {
	Anew     proxmox.Task // put another container in the place of the one before; all others came after it
	Backup   proxmox.Task // the last one that went well
	NoBackup proxmox.Task // the last backup, where it failed
	Snapshot proxmox.Task // the last one that was made, unless one was deleted or rolled back to since
	Power    proxmox.Task // the last one that turned it on or off and went well
}

// Past returns what is known of a container's past, without asking its node.
func (f *Fleet) Past(at store.Ref) Past {
	node, err := f.store.NodeByID(at.NodeID)
	if err != nil {
		return Past{} // the node was deleted meanwhile
	}
	return f.clusterOf(node).survey.found().tasks[at.NodeID].past[at.VMID]
}

// pastOf sorts the tasks of guests, in any order, into what they tell of each, by VMID.
func pastOf(list []guestTask) map[int]Past {
	past := make(map[int]Past)
	gone := make(map[int]proxmox.Task) // the last deletion of a snapshot, or return to one
	for _, g := range list {
		p := past[g.vmid]
		t, well := g.task, proxmox.TaskStatus{Exit: g.task.Exit}.OK()
		switch {
		case makesAnew(t) && well:
			p.Anew = laterTask(p.Anew, t)
		case t.Type == backupTask && well:
			p.Backup = laterTask(p.Backup, t)
		case t.Type == backupTask && failed(t):
			p.NoBackup = laterTask(p.NoBackup, t)
		case t.Type == "vzsnapshot" && well:
			p.Snapshot = laterTask(p.Snapshot, t)
		case t.Type == "vzdelsnapshot" || t.Type == "vzrollback":
			gone[g.vmid] = laterTask(gone[g.vmid], t)
		case purpose(t) == "power" && well:
			p.Power = laterTask(p.Power, t)
		}
		past[g.vmid] = p
	}
	for vmid, p := range past {
		past[vmid] = p.since(gone[vmid])
	}
	return past
}

// since leaves out what came before the container was made anew, a snapshot before gone, and a failure before a good backup.
func (p Past) since(gone proxmox.Task) Past {
	for _, t := range []*proxmox.Task{&p.Backup, &p.NoBackup, &p.Snapshot, &p.Power} {
		if !t.End.After(p.Anew.End) {
			*t = proxmox.Task{}
		}
	}
	if !p.Snapshot.End.After(gone.End) {
		p.Snapshot = proxmox.Task{}
	}
	if !p.NoBackup.End.After(p.Backup.End) {
		p.NoBackup = proxmox.Task{}
	}
	return p
}

func laterTask(a, b proxmox.Task) proxmox.Task {
	if b.End.After(a.End) {
		return b
	}
	return a
}
