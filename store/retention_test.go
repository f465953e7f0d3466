package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// past is a database that is filled with what was done at some time, without a wait for the disk.
type past struct {
	t     *testing.T
	s     *Store
	now   time.Time
	scope string // of ada's node
}

func newPast(t *testing.T) *past {
	t.Helper()
	p := &past{t: t, now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	s, err := Open(t.TempDir(), Options{HashMemory: 64, Unsynced: true, Now: func() time.Time { return p.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, s) })
	p.s = s
	n, err := s.AddNode(Node{UserID: "ada", Name: "tower"}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	p.scope = n.Scope
	return p
}

// ended adds a job that ended so many days ago, with a log.
func (p *past) ended(days int, j Job) Job {
	p.t.Helper()
	now := p.now
	p.now = now.AddDate(0, 0, -days)
	defer func() { p.now = now }()
	if j.UserID == "" {
		j.UserID = "ada"
	}
	if j.VMID != 0 && j.Scope == "" {
		j.Scope = p.scope
	}
	if j.Kind == "" {
		j.Kind = JobStart
	}
	state := j.State
	if state == "" {
		state = JobDone
	}
	j, err := p.s.AddJobProvision(j, Provision{Template: "Web"}, nil)
	if err == nil {
		j, err = p.s.UpdateJob(j.ID, []LogLine{{Text: "one"}}, func(j *Job) error {
			j.State, j.Ended = state, p.now
			return nil
		})
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return j
}

// forget has what is not kept forgotten, and returns how many jobs that were.
func (p *past) forget() int {
	p.t.Helper()
	n, err := p.s.ForgetJobs(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	again, err := p.s.ForgetJobs(p.t.Context())
	if again != 0 || err != nil {
		p.t.Errorf("a second time forgets %d more, %v", again, err)
	}
	p.wantWhole()
	return n
}

// wantWhole checks that nothing leads to what is not there, and nothing is left of it.
func (p *past) wantWhole() {
	p.t.Helper()
	err := p.s.db.View(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketJobLogs, bucketProvisions} {
			err := tx.Bucket(name).ForEach(func(k, _ []byte) error {
				if tx.Bucket(bucketJobs).Get(k) == nil {
					p.t.Errorf("%s has what belonged to a job that is forgotten", name)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return checkRecords(tx)
	})
	if err != nil {
		p.t.Error(err)
	}
}

// kept are the numbers of the jobs on a container, newest first.
func (p *past) kept(vmid int) []int {
	p.t.Helper()
	scope := p.scope
	if vmid == 0 {
		scope = ""
	}
	list, err := p.s.JobsOn("ada", scope, vmid, 1000)
	if err != nil {
		p.t.Fatal(err)
	}
	var numbers []int
	for _, j := range list {
		numbers = append(numbers, j.Number)
	}
	return numbers
}

func (p *past) wantKept(vmid int, want ...int) {
	p.t.Helper()
	if got := p.kept(vmid); !slices.Equal(got, want) {
		p.t.Errorf("of the jobs on %d, %v are kept, want %v", vmid, got, want)
	}
}

// span is the numbers from the first down to the last.
func span(first, last int) (list []int) {
	for n := first; n >= last; n-- {
		list = append(list, n)
	}
	return list
}

func TestOfABusyContainerTheNewestJobsAreKept(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	for range keepJobs + 45 {
		p.ended(1, Job{VMID: 101, Kind: JobBackup})
	}
	p.ended(1, Job{VMID: 102})
	p.ended(1, Job{VMID: 101, UserID: "eve", Scope: "hers"})
	if n := p.forget(); n != 45 {
		t.Errorf("%d jobs are forgotten", n)
	}
	p.wantKept(101, span(keepJobs+45, 46)...)
	if _, err := p.s.Job("ada", "45"); err != ErrNotFound {
		t.Errorf("a job that is forgotten: %v", err)
	}
	if list, err := p.s.Jobs("ada", "", 1000); err != nil || len(list) != keepJobs+1 {
		t.Errorf("%d jobs in all, %v", len(list), err)
	}
	if j := p.ended(0, Job{VMID: 101}); j.Number != keepJobs+45+2 {
		t.Errorf("the next job is number %d", j.Number)
	}
}

func TestOfAQuietContainerTheLastJobsAreKeptWhateverTheirAge(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	for i := range 30 {
		p.ended(400-i, Job{VMID: 101})
	}
	for i := range 5 {
		p.ended(89-i, Job{VMID: 102})
	}
	for i := range 30 {
		p.ended(100-i, Job{VMID: 103}) // 11 of them are old
	}
	if n := p.forget(); n != 10+10 {
		t.Errorf("%d jobs are forgotten", n)
	}
	p.wantKept(101, span(30, 11)...)
	p.wantKept(102, span(35, 31)...)
	p.wantKept(103, span(65, 46)...)
}

func TestWhatAContainerNeedsStays(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	failed := p.ended(500, Job{VMID: 101, State: JobFailed, Kind: JobCreate})
	maker := p.ended(450, Job{VMID: 101, Kind: JobCreate})
	p.ended(440, Job{VMID: 101, State: JobFailed})
	last := p.ended(430, Job{VMID: 101, State: JobFailed})
	waits, err := p.s.AddJob(Job{UserID: "ada", Scope: p.scope, VMID: 101})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.s.UpdateJob(waits.ID, nil, func(j *Job) error { j.VMID, j.State = 0, JobWaiting; return nil }); err != nil { // lets others work
		t.Fatal(err)
	}
	for range 40 {
		p.ended(300, Job{VMID: 101})
	}
	if n := p.forget(); n != 2+20 {
		t.Errorf("%d jobs are forgotten", n)
	}
	p.wantKept(101, append(span(45, 26), waits.Number, last.Number, maker.Number)...)
	if j, err := p.s.JobThatMade("ada", p.scope, 101); err != nil || j.ID != maker.ID {
		t.Errorf("it was made by %+v, %v", j, err)
	}
	if provision, err := p.s.JobProvision(maker.ID); err != nil || provision.Template != "Web" {
		t.Errorf("its set-up is %+v, %v", provision, err)
	}
	if _, err := p.s.JobProvision(failed.ID); err != ErrNotFound {
		t.Errorf("the set-up of a job that is forgotten: %v", err)
	}
	if lines, err := p.s.Log(maker.ID, 0, 9); err != nil || len(lines) != 1 {
		t.Errorf("its log is %v, %v", lines, err)
	}
}

func TestOfAContainerThatWasDeletedNothingStaysForLong(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	p.ended(200, Job{VMID: 101, Kind: JobCreate})
	p.ended(190, Job{VMID: 101, State: JobFailed})
	p.ended(180, Job{VMID: 101, Kind: JobDelete})
	p.ended(80, Job{VMID: 102, Kind: JobCreate})
	p.ended(70, Job{VMID: 102, Kind: JobDelete})
	p.ended(200, Job{VMID: 103})
	p.ended(150, Job{VMID: 103, Kind: JobDelete})
	p.ended(140, Job{VMID: 103, Kind: JobCreate}) // another one of that VMID
	if n := p.forget(); n != 5 {
		t.Errorf("%d jobs are forgotten", n)
	}
	p.wantKept(101)
	p.wantKept(102, 5, 4)
	p.wantKept(103, 8)
}

func TestOfANodeThatWasRemovedNothingStaysForLong(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	p.ended(200, Job{VMID: 101, Kind: JobCreate})
	p.ended(80, Job{VMID: 101})
	nodes, err := p.s.Nodes("ada")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.s.DeleteNode("ada", nodes[0].ID); err != nil {
		t.Fatal(err)
	}
	if n := p.forget(); n != 1 {
		t.Errorf("%d jobs are forgotten", n)
	}
	p.wantKept(101, 2)
}

// A clone is a job on two containers, and the job that made one of them.
func TestACloneStaysAsLongAsOneOfItsContainersNeedsIt(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	p.ended(400, Job{VMID: 101, CloneVMID: 102, Kind: JobClone})
	p.ended(390, Job{VMID: 101, CloneVMID: 103, Kind: JobClone})
	for range keepLast {
		p.ended(300, Job{VMID: 101})
	}
	p.ended(200, Job{VMID: 103, Kind: JobDelete})
	if n := p.forget(); n != 2 {
		t.Errorf("%d jobs are forgotten", n)
	}
	p.wantKept(101, append(span(22, 3), 1)...)
	p.wantKept(102, 1)
	p.wantKept(103)
}

func TestJobsOnNoContainerAreKeptLikeThoseOfOne(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	p.ended(300, Job{Kind: JobFetch, Name: "a", State: JobFailed})
	for range 25 {
		p.ended(200, Job{Kind: JobFetch, Name: "a"})
	}
	p.ended(200, Job{UserID: "eve", Kind: JobFetch, Name: "a"})
	if n := p.forget(); n != 5 {
		t.Errorf("%d jobs are forgotten", n)
	}
	p.wantKept(0, append(span(26, 7), 1)...)
}

// bulkEnded adds a bulk job that ended so many days ago.
func (p *past) bulkEnded(days int, states map[int]JobState) (parent Job) {
	p.t.Helper()
	now := p.now
	p.now = now.AddDate(0, 0, -days)
	defer func() { p.now = now }()
	var list []Job
	for vmid := range states {
		list = append(list, Job{UserID: "ada", Scope: p.scope, VMID: vmid, Kind: JobStop})
	}
	slices.SortFunc(list, func(a, b Job) int { return a.VMID - b.VMID })
	parent, children, err := p.s.AddJobs(Job{UserID: "ada", Kind: JobBulk, Does: JobStop}, list, nil)
	for _, j := range children {
		if err == nil {
			_, err = p.s.UpdateJob(j.ID, nil, func(j *Job) error {
				j.State, j.Started, j.Ended = states[j.VMID], p.now, p.now
				return nil
			})
		}
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return parent
}

func TestAJobOfSeveralStaysAsLongAsOneOfItsOwn(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	parent := p.bulkEnded(300, map[int]JobState{101: JobDone, 102: JobDone, 103: JobFailed})
	for range keepLast {
		p.ended(200, Job{Kind: JobFetch, Name: "a"})
		p.ended(200, Job{VMID: 101})
		p.ended(200, Job{VMID: 103})
	}
	p.forget()
	p.wantKept(102, 3)
	parent, err := p.s.Job("ada", parent.ID)
	if err != nil || len(parent.Children) != 2 || parent.Jobs() != 3 || parent.State != JobFailed || parent.Tally[JobDone] != 2 || parent.Tally[JobFailed] != 1 {
		t.Errorf("of the job there is %+v, %v", parent, err)
	}

	// It goes on to count what is forgotten when one is tried again.
	queued, err := p.s.ReopenJobs(parent.ID, JobFailed, func(*Job) error { return nil }, nil)
	if err != nil || len(queued) != 1 {
		t.Fatalf("queued %v, %v", queued, err)
	}
	if _, err := p.s.UpdateJob(queued[0].ID, nil, func(j *Job) error { j.State, j.Ended = JobDone, p.now.AddDate(0, 0, -250); return nil }); err != nil {
		t.Fatal(err)
	}
	parent, err = p.s.Job("ada", parent.ID)
	if err != nil || parent.State != JobDone || parent.Tally[JobDone] != 3 || parent.Started.After(p.now.AddDate(0, 0, -300)) {
		t.Errorf("of the job there is %+v, %v", parent, err)
	}

	for range keepLast {
		p.ended(200, Job{VMID: 102})
	}
	p.forget()
	if j, err := p.s.Job("ada", parent.ID); err != ErrNotFound {
		t.Errorf("without its own, there is %+v, %v", j, err)
	}
}

func TestAJobOfSeveralThatIsNotOldOutlivesItsOwn(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	parent := p.bulkEnded(1, map[int]JobState{101: JobFailed, 102: JobCancelled})
	for i := range keepJobs {
		p.ended(1, Job{VMID: 101, State: []JobState{JobFailed, JobDone}[min(i, 1)]})
		p.ended(1, Job{VMID: 102})
	}
	if n := p.forget(); n != 2 {
		t.Errorf("%d jobs are forgotten", n)
	}
	parent, err := p.s.Job("ada", parent.ID)
	if err != nil || parent.State != JobFailed || parent.Jobs() != 2 || parent.Tally[JobFailed] != 1 || len(parent.Children) != 0 {
		t.Errorf("without its own, there is %+v, %v", parent, err)
	}
	if list, err := p.s.Children("ada", parent.ID); err != nil || len(list) != 0 {
		t.Errorf("its own are %v, %v", list, err)
	}
}

// Nobody waits for long: no transaction takes all, and the work ends when it is asked to.
func TestJobsAreForgottenAFewAtATime(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	for range keepLast + 3*forgetAtOnce {
		p.ended(200, Job{VMID: 101})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := p.s.ForgetJobs(ended); n != 0 || err != context.Canceled {
		t.Errorf("%d jobs were forgotten after the end, %v", n, err)
	}
	places, err := p.s.placesOfJobs()
	if err != nil || len(places) != 1 || !strings.HasSuffix(string(places[0]), "/101/") {
		t.Fatalf("jobs are on %q, %v", places, err)
	}
	for range 3 {
		if n, err := p.s.forgetJobsOn(places[0]); n != forgetAtOnce || err != nil {
			t.Errorf("%d were forgotten at once, %v", n, err)
		}
	}
	p.wantKept(101, span(keepLast+3*forgetAtOnce, 3*forgetAtOnce+1)...)
	p.wantWhole()
}

func TestDraftsThatNobodyChangesAreForgotten(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	var all []Draft
	for i := range forgetAtOnce + 2 {
		d, err := p.s.NewDraft("ada", map[string][]string{"vmid": {fmt.Sprint(100 + i)}})
		if err == nil {
			err = p.s.PutDraftSecrets("ada", d.ID, map[string]string{"PASSWORD": "hunter2"})
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	p.now = p.now.Add(keepDraftsFor)
	if _, err := p.s.UpdateDraft("ada", all[0].ID, func(*Draft) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if n, err := p.s.ForgetDrafts(t.Context()); n != 0 || err != nil {
		t.Errorf("after 90 days, %d are forgotten, %v", n, err)
	}
	p.now = p.now.Add(time.Second)
	if n, err := p.s.ForgetDrafts(t.Context()); n != len(all)-1 || err != nil {
		t.Errorf("then %d are forgotten, %v", n, err)
	}
	if list, err := p.s.Drafts("ada"); err != nil || len(list) != 1 || list[0].ID != all[0].ID {
		t.Errorf("left are %+v, %v", list, err)
	}
	for _, d := range all[1:] {
		if _, err := p.s.DraftSecrets("ada", d.ID); err != ErrNotFound {
			t.Errorf("the secrets of a draft that is forgotten: %v", err)
		}
	}
	if _, err := p.s.DraftSecrets("ada", all[0].ID); err != nil {
		t.Error(err)
	}
}
