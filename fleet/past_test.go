package fleet

import (
	"testing"
	"time"

	"berth/proxmox"
)

func TestThePastOfAContainerIsReadFromItsTasks(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 11, 23, 12, minute, 0, 0, time.UTC) }
	task := func(kind, exit string, minute int) guestTask {
		return guestTask{101, proxmox.Task{Type: kind, Exit: exit, End: at(minute)}}
	}
	for name, tt := range map[string]struct {
		list                              []guestTask
		backup, noBackup, snapshot, power int // minutes; 0: none
	}{
		"nothing":                      {nil, 0, 0, 0, 0},
		"a good one and a bad one":     {[]guestTask{task("vzdump", "no space", 9), task("vzdump", "OK", 5), task("vzdump", "OK", 2)}, 5, 9, 0, 0},
		"a bad one before":             {[]guestTask{task("vzdump", "no space", 3), task("vzdump", "WARNINGS: 1", 5)}, 5, 0, 0, 0},
		"a snapshot":                   {[]guestTask{task("vzsnapshot", "OK", 5), task("vzdelsnapshot", "OK", 4), task("vzsnapshot", "failed", 8)}, 0, 0, 5, 0},
		"one that may be gone":         {[]guestTask{task("vzsnapshot", "OK", 5), task("vzdelsnapshot", "OK", 6)}, 0, 0, 0, 0},
		"turned off":                   {[]guestTask{task("vzstart", "OK", 1), task("vzshutdown", "timeout", 8), task("vzstop", "OK", 7)}, 0, 0, 0, 7},
		"another container before":     {[]guestTask{task("vzdump", "OK", 1), task("vzstop", "OK", 2), task("vzcreate", "OK", 3), task("vzsnapshot", "OK", 4)}, 0, 0, 4, 0},
		"a creation that failed":       {[]guestTask{task("vzdump", "OK", 1), task("vzcreate", "no", 3)}, 1, 0, 0, 0},
		"a backup that was stopped":    {[]guestTask{task("vzdump", "interrupted by signal", 4)}, 0, 0, 0, 0},
		"what is about something else": {[]guestTask{task("vncproxy", "OK", 4)}, 0, 0, 0, 0},
	} {
		past := pastOf(tt.list)[101]
		for what, is := range map[string]struct {
			got  proxmox.Task
			want int
		}{"backup": {past.Backup, tt.backup}, "failed backup": {past.NoBackup, tt.noBackup}, "snapshot": {past.Snapshot, tt.snapshot}, "power": {past.Power, tt.power}} {
			if is.want == 0 && !is.got.End.IsZero() || is.want != 0 && !is.got.End.Equal(at(is.want)) {
				t.Errorf("%s: the %s is of %v, want minute %d", name, what, is.got.End, is.want)
			}
		}
	}
}
