package views

import (
	"fmt"

	"berth/jobs"
	"berth/store"
	"berth/views/human"
)

// shutdownWords are how long a job waits for a shutdown.
const shutdownWords = "up to about two minutes"

// unlockCommand takes a lock from a container, on its host.
func unlockCommand(vmid int) string { return fmt.Sprintf("pct unlock %d", vmid) }

// unprotectCommand switches a container's protection off, on its host.
func unprotectCommand(vmid int) string { return fmt.Sprintf("pct set %d --protection 0", vmid) }

// deleteURL is the page that deletes a job's container; purge: with what takes it out of HA and jobs chosen.
func deleteURL(j store.Job, purge bool) string {
	url := ContainerURL(j.NodeID, j.VMID) + "/delete"
	if purge {
		url += "?purge=1"
	}
	return url
}

// hinders is the end of a job that the container's own state kept from its work.
func (o *Outcome) hinders(j store.Job) {
	switch j.Problem.Kind {
	case jobs.ProblemTemplate:
		o.Why, o.Retry = "Nothing was changed.", false
		o.Next, o.Link = "Clone it: a clone is an ordinary container.", Link{ContainerURL(j.NodeID, j.VMID) + "/clone", "Clone it"}
	case jobs.ProblemProtected:
		o.Why = "Nothing was deleted."
		o.Next, o.Command = "Switch the protection off first, in Proxmox among the container's options or with this on the host, and try again:", unprotectCommand(j.VMID)
	case jobs.ProblemInUse:
		o.Retry = false
		o.Next = "Delete it together with what names it: then it is taken out of HA, replication and backup jobs too."
		o.Link = Link{deleteURL(j, true), "Delete it there too…"}
	case jobs.ProblemHA:
		o.Why = "HA may still do it later."
		o.Next = "Look at Datacenter, HA in Proxmox. One in the state error is let go of with this on the host; then try again:"
		o.Command = fmt.Sprintf("ha-manager set ct:%d --state disabled", j.VMID)
	case jobs.ProblemFileSystem:
		o.Retry = false
		o.Next = "Mend on the host what is named there, and then make the disk larger by 1 GiB at least: that grows the file system to the whole of it. Of a stopped container the host checks the file system first."
		o.Link = Link{ContainerURL(j.NodeID, j.VMID), "Open " + jobObject(j)}
	case jobs.ProblemHeld:
		o.Why = "It was tried several times. Nothing was changed."
		o.Next = "Try again when the backup, the snapshot or whatever else is at work there has ended."
	}
}

// warns adds what the host warned of to the end of a job that is done.
func (o *Outcome) warns(j store.Job) {
	if len(j.Warnings) == 0 {
		return
	}
	o.Kind = "warn"
	if o.Why != "" {
		o.Why += " "
	}
	o.Why += "The host warned: " + human.Clause(j.Warnings[0]) + "."
	if n := len(j.Warnings) - 1; n > 0 {
		o.Next = "The log has " + human.Count(n, "other warning", "other warnings") + "."
	}
}

// stays adds what a cancelled job left on the host.
func (o *Outcome) stays(j store.Job) {
	if j.Left == "" {
		return
	}
	o.Why = human.Clause(j.Left) + "."
	if j.LeftLock != "" {
		o.Kind, o.Title, o.Retry = "warn", "Cancelled, but "+jobObject(j)+" is still locked", false
		o.Next, o.Command = "Look that no other backup of it runs. Then this on the host removes the lock:", unlockCommand(j.VMID)
	}
}
