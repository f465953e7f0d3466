package layout

import "berth/store"

// faviconOf is the icon of a page's tab: that of the job that it is about, else whether any runs.
func faviconOf(f Frame) string {
	switch {
	case f.JobState == store.JobFailed:
		return "favicon-failed.svg"
	case f.OpenJobs > 0:
		return "favicon-running.svg"
	}
	return "favicon.svg"
}
