package jobs

import (
	"regexp"
	"slices"

	"berth/store"
)

// saysWarning is a line that matters in the log of a task that ended well: Proxmox's own warnings (log_warn of
// PVE::RESTEnvironment), and what it could not do beside (warn $@). What LVM warns of at each volume
// ("WARNING: You have not turned on protection against thin pools …") is no news of the task.
var saysWarning = regexp.MustCompile(`^(?:WARN: |ERROR: |(?i:(?:failed|unable) to )|snapshot '[^']*' was not \(fully\) removed)`)

const (
	maxWarnings  = 5   // that a job keeps
	warningLines = 300 // of a task's log, its last ones, that are looked through
)

// warnings are the lines that matter of what the step's task said.
func (w *worker) warnings() []string {
	lines := slices.DeleteFunc(w.said(warningLines), func(l string) bool { return !saysWarning.MatchString(l) })
	return lines[:min(len(lines), maxWarnings)]
}

// warned is a change of the job that keeps warnings beside what it does otherwise.
func warned(change func(*store.Job), warnings []string) func(*store.Job) {
	if len(warnings) == 0 {
		return change
	}
	return func(j *store.Job) {
		if change != nil {
			change(j)
		}
		for _, l := range warnings {
			if len(j.Warnings) < maxWarnings && !slices.Contains(j.Warnings, l) {
				j.Warnings = append(j.Warnings, l)
			}
		}
	}
}
