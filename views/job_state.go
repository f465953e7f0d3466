package views

import (
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
)

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
	if j.Left.Kind == "" {
		return
	}
	o.Why = explain.Left(j) + "."
	if j.Left.Lock != "" {
		o.Kind, o.Title, o.Retry = "warn", "Cancelled, but "+explain.JobObject(j)+" is still locked", false
		o.Next, o.Command = "Look that no other backup of it runs. Then this on the host removes the lock:", explain.UnlockCommand(j.VMID)
	}
}
