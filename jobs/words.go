package jobs

import (
	"fmt"
	"strings"

	"berth/store"
)

// what names the container or OS template of the job.
func (w *worker) what() string {
	switch {
	case w.job.VMID == 0:
		return w.job.Name
	case w.job.Name == "":
		return fmt.Sprintf("Container %d", w.job.VMID)
	}
	return fmt.Sprintf("%s (%d)", w.job.Name, w.job.VMID)
}

// intention is the line of the log that a step begins with.
func (w *worker) intention() string {
	name, node := w.what(), w.job.NodeName
	switch step := w.step().Name; step {
	case StepCheck:
		if w.job.Kind == store.JobDelete {
			return fmt.Sprintf("Look whether %s is still the container that was made", name)
		}
		vmid, _ := w.job.Makes()
		return fmt.Sprintf("Ask %s whether VMID %d is free", node, vmid)
	case StepCreate:
		return fmt.Sprintf("Create %s on %s", name, node)
	case StepStart:
		return "Start " + name
	case StepAddress:
		return "Wait for an address"
	case StepShutdown:
		return "Shut down " + name
	case StepStop:
		return "Stop " + name
	case StepReboot:
		return "Reboot " + name
	case StepDelete:
		return fmt.Sprintf("Delete %s from %s", name, node)
	case StepGrow:
		g := GrowthOf(w.job)
		return fmt.Sprintf("Make %s of %s %d GiB large", g.Disk, name, g.Size)
	case StepDownload:
		return fmt.Sprintf("Download %s to %s", name, node)
	case StepTag:
		return "Change the tags of " + name
	case StepSnapshot:
		return fmt.Sprintf("Make the snapshot %s of %s", w.snapshot(), name)
	case StepRollback:
		return fmt.Sprintf("Take %s back to the snapshot %s", name, w.snapshot())
	case StepDeleteSnapshot:
		return fmt.Sprintf("Delete the snapshot %s of %s", w.snapshot(), name)
	case StepClone:
		return fmt.Sprintf("Clone %s as %d", name, w.job.CloneVMID)
	case StepBackup:
		return "Back up " + name
	case StepInit:
		return fmt.Sprintf("Wait until the system in %s is up", name)
	case StepFiles:
		return "Put the files in place"
	case StepPackages:
		return "Install the packages"
	case StepLook:
		return "Look what runs"
	default:
		if script, ok := strings.CutPrefix(step, StepScript); ok {
			return "Run the script " + script
		}
		return step
	}
}

// snapshot is the name of the one that the job is about.
func (w *worker) snapshot() string { return SnapshotOf(w.job).Snapshot }

// cancellation is the last line of the log of a job that was cancelled.
func cancellation(j store.Job) string {
	if j.Kind == store.JobCreate && j.Made {
		return fmt.Sprintf("Cancelled. Container %d was made and stays on %s until it is destroyed", j.VMID, j.NodeName)
	}
	return "Cancelled"
}
