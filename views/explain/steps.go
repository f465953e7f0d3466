package explain

import (
	"cmp"
	"fmt"
	"strings"

	"berth/jobs"
	"berth/store"
)

// Step names a step of a job, in the list of the steps and in the log.
func Step(j store.Job, name string) string {
	if script, ok := strings.CutPrefix(name, jobs.StepScript); ok {
		return "Run the script " + script
	}
	switch name {
	case jobs.StepCheck:
		if j.Kind == store.JobDelete {
			return "Check that it is still the same container"
		}
		return "Check the VMID"
	case jobs.StepSnapshot:
		return "Create the snapshot " + snapshotOf(j)
	case jobs.StepRollback:
		return "Roll back to the snapshot " + snapshotOf(j)
	case jobs.StepDeleteSnapshot:
		return "Delete the snapshot " + snapshotOf(j)
	case jobs.StepClone:
		return fmt.Sprintf("Clone it as %d", j.CloneVMID)
	case jobs.StepResize:
		g := jobs.DiskResizeOf(j)
		return fmt.Sprintf("Resize %s to %d GiB", g.Disk, g.Size)
	}
	if words, ok := steps[name]; ok {
		return words
	}
	return name
}

// steps are those that read the same in every job.
var steps = map[string]string{
	jobs.StepCreate:   "Create the container",
	jobs.StepStart:    "Start it",
	jobs.StepAddress:  "Wait for an address",
	jobs.StepShutdown: "Shut it down",
	jobs.StepStop:     "Stop it",
	jobs.StepReboot:   "Reboot it",
	jobs.StepDelete:   "Delete it",
	jobs.StepDownload: "Download the OS template",
	jobs.StepTag:      "Change its tags",
	jobs.StepBackup:   "Back it up",
	jobs.StepInit:     "Wait for the system to start",
	jobs.StepFiles:    "Write the files",
	jobs.StepPackages: "Install the packages",
	jobs.StepLook:     "Check services",
}

// StepNoun names what a step of a create does, in the list of what is done and what is not.
func StepNoun(name string) string {
	if script, ok := strings.CutPrefix(name, jobs.StepScript); ok {
		return "Script " + script
	}
	return cmp.Or(stepNouns[name], name)
}

var stepNouns = map[string]string{
	jobs.StepCheck:    "VMID",
	jobs.StepCreate:   "Container",
	jobs.StepTag:      "Tags",
	jobs.StepStart:    "Start",
	jobs.StepAddress:  "Network",
	jobs.StepInit:     "System",
	jobs.StepFiles:    "Files",
	jobs.StepPackages: "Packages",
	jobs.StepLook:     "Services",
}
