package jobs

import (
	"regexp"
	"slices"

	"berth/store"
)

// saysWarning matches the lines to keep from the log of a task that ended well: Proxmox's own warnings (log_warn of
// PVE::RESTEnvironment), and errors that did not end it (warn $@). LVM's warnings at each volume ("WARNING: You have not
// turned on protection against thin pools …") say nothing about the task.
var saysWarning = regexp.MustCompile(`^(?:WARN: |ERROR: |(?i:(?:failed|unable) to )|snapshot '[^']*' was not \(fully\) removed)`)

const (
	maxWarnings  = 5   // of a job
	warningLines = 300 // from the end of a task's log, in which they are looked for
)

// warnings returns the lines to keep from the log of the step's task, at most maxWarnings.
func (w *worker) warnings() []string {
	lines := slices.DeleteFunc(w.said(warningLines), func(l string) bool { return !saysWarning.MatchString(l) })
	return lines[:min(len(lines), maxWarnings)]
}

// warned returns a change of the job that does change and adds warnings to the job; change may be nil.
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
