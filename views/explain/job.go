package explain

import (
	"cmp"
	"fmt"

	"berth/jobs"
	"berth/store"
	"berth/views/human"
)

// Failure is the Problem of a job that failed or waits, with the ways on from there.
type Failure struct {
	Problem
	Command string // to type on the host, as Next says; "" for none
	Final   bool   // to try the same again does not help
}

// Job explains why a job failed or waits; it has a problem.
func Job(j store.Job) Failure {
	p, a := j.Problem, aboutJob(j)
	r := rowOf(p.Kind)
	in := a.in(p.Message)
	f := Failure{
		Problem: Problem{Title: a.text(p.Message), Next: fill(cmp.Or(r.job, r.next, goesOn), in), See: r.see},
		Command: fill(r.command, in), Final: r.final,
	}
	f.lead(j)
	f.Next = sentences(a.check(p.Message), f.Next)
	left := r.safe
	if why, see := Leftover(j); why != "" && j.State.Final() {
		left, f.See = why, cmp.Or(see, f.See)
	}
	f.Why = sentences(fill(r.why, in), left, quoted(r, p.Message))
	if p.Unsettled {
		f.Why = sentences(f.Why, "What was started there may still be running; a retry checks that first.")
	}
	return f
}

// Title says in a few words why a job failed or waits; it has a problem.
func Title(j store.Job) string { return aboutJob(j).text(j.Problem.Message) }

// Detail words the result of a job's step, or its failure; "" where its state tells all.
func Detail(j store.Job, s store.JobStep) string {
	if s.Detail.Kind == "" && s.State == store.StepFailed && j.Problem != nil && j.Problem.Step == s.Name {
		return Title(j)
	}
	return aboutJob(j).text(s.Detail)
}

// Left says at the end of a cancelled job what of it is still on the host; "" where nothing is known to be.
func Left(j store.Job) string { return aboutJob(j).text(j.Left) }

// Line is a line of a job's log.
func Line(j store.Job, l store.LogLine) string {
	if l.Message.Kind == "" {
		return l.Text
	}
	return aboutJob(j).text(l.Message)
}

// text is a message in one line, without a full stop at its end.
func (a about) text(m store.Message) string {
	if m.Told != "" {
		return human.Clause(m.Told)
	}
	return human.Clause(fill(rowOf(m.Kind).title, a.in(m)))
}

// check says what to look at first.
func (a about) check(m store.Message) string {
	if m.Cause == nil {
		return m.Check
	}
	return fill(rowOf(m.Cause.Kind).next, a.in(*m.Cause))
}

// quoted is a sentence with what the host or a program said, where the words of a message do not hold it.
func quoted(r row, m store.Message) string {
	if m.Cause != nil {
		r, m = rowOf(m.Cause.Kind), *m.Cause
	}
	if !r.quotes && m.Told == "" || m.Said == "" {
		return ""
	}
	return "It said: " + Said(m.Said) + "."
}

// lead leads back to the form or the draft that a job came from, where what it failed for is typed anew.
func (f *Failure) lead(j store.Job) {
	form := hasForm(j.Kind)
	switch kind := j.Problem.Kind; {
	case kind == jobs.ProblemExists && (form || j.DraftID != ""):
		f.Next = "Choose another VMID; everything you entered is kept."
	case kind == jobs.ProblemExists:
		f.Next = "Start again with another VMID."
	case kind == jobs.ProblemInvalid && form:
		f.Next = "Correct it in the form, where the fields are marked."
	case kind == jobs.ProblemInvalid && j.Kind != store.JobCreate:
		f.Next, f.Final = goesOn, false
		return
	case kind == jobs.ProblemInvalid && j.DraftID != "":
		f.Next = "Correct it in the draft, where the fields are marked."
	case kind == jobs.ProblemInvalid:
		f.Next = "Start again with other values."
	case kind == jobs.ProblemNoSnapshot && j.Kind == store.JobClone:
		f.Next, f.See = "Correct it in the form.", SeeForm
		return
	case (kind == jobs.ProblemRuns || kind == jobs.ProblemStopped) && j.Kind == store.JobCreate:
		f.Final = false
		return
	default:
		return
	}
	switch {
	case form:
		f.See = SeeForm
	case j.DraftID != "":
		f.See = SeeDraft
	default:
		f.See = SeeNew
	}
}

// hasForm tells whether jobs of a kind come from a form that can be filled again with what was typed.
func hasForm(kind store.JobKind) bool {
	return kind == store.JobSnapshot || kind == store.JobClone || kind == store.JobBackup
}

// Leftover says what a create or a clone left on the host that did not come to its end, and where to see that; "" for
// nothing.
func Leftover(j store.Job) (why string, see See) {
	switch {
	case j.Kind == store.JobClone && j.Made:
		return fmt.Sprintf("Container %d is on %s, but it is incomplete: delete it.", j.CloneVMID, j.NodeName), SeeMade
	case j.Kind == store.JobCreate && j.Made:
		return fmt.Sprintf("Container %d was created and is on %s.", j.VMID, j.NodeName), SeeNothing
	}
	return "", SeeNothing
}

// Refused says what is wrong with a property that a host refused. said are its words; "" where what was typed is taken.
func Refused(p store.Property, said, typed string) string {
	switch {
	case said != "":
		return "Proxmox refused this: " + Said(said)
	case p == store.PropertySnapshot:
		return "A snapshot with that name already exists"
	}
	return typed + " is taken"
}
