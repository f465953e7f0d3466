package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Buckets (number is a job's ID as jobKey writes it, so that a user's are in order; IDs are in jobids.go, logs in joblog.go):
//
//	jobs      number → Job
//	jobcounts user ID → the number of the user's last job, as eight bytes, big-endian
//	jobsof    user ID/number → nothing: all jobs of a user
//	jobsopen  user ID/number → nothing: those that are not finished
//	jobson    user ID/SCOPE/VMID/number → nothing: those on a container; with no SCOPE and the VMID 0, those on none
//	jobsmade  user ID/SCOPE/VMID → number of the job that made the container which has that VMID now
//	jobsbusy  vmid/SCOPE/VMID or fetch/NODE ID/FILE → ID of the unfinished job that works on it;
//	          a clone works on two
var (
	bucketJobs      = []byte("jobs")
	bucketJobCounts = []byte("jobcounts")
	bucketJobsOf    = []byte("jobsof")
	bucketJobsOpen  = []byte("jobsopen")
	bucketJobsOn    = []byte("jobson")
	bucketJobsMade  = []byte("jobsmade")
	bucketJobsBusy  = []byte("jobsbusy")
)

// JobState is the state of a job; kept, so none may change.
type JobState string

// The states; done, failed and cancelled are final unless the job is retried.
const (
	JobQueued    JobState = "queued"
	JobRunning   JobState = "running"
	JobWaiting   JobState = "waiting" // for an answer by its owner
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
)

// Final tells whether nothing more happens by itself.
func (s JobState) Final() bool { return s == JobDone || s == JobFailed || s == JobCancelled }

// JobKind tells kinds of jobs apart, and so what their Spec holds; kept, so none may change.
type JobKind string

// The kinds.
const (
	JobCreate         JobKind = "create"
	JobStart          JobKind = "start"
	JobShutdown       JobKind = "shutdown"
	JobStop           JobKind = "stop"
	JobReboot         JobKind = "reboot"
	JobDelete         JobKind = "delete"
	JobClone          JobKind = "clone"
	JobSnapshot       JobKind = "snapshot"
	JobRollback       JobKind = "rollback" // to a snapshot
	JobDeleteSnapshot JobKind = "delete-snapshot"
	JobBackup         JobKind = "backup"
	JobResize         JobKind = "grow" // a disk
	JobTag            JobKind = "tag"
	JobBulk           JobKind = "several" // the same with several containers: see AddJobs
	JobFetch          JobKind = "fetch"   // an OS template
)

// Job is work that outlives its request and a restart.
type Job struct {
	ID                string
	Number            int // as people see it: 1 for the first of the user
	UserID            string
	NodeID            string
	NodeName          string // the label when the job was made: the node may be gone
	Member            string // the node's name in Proxmox then
	Scope             string
	VMID              int    // 0 for fetch and bulk
	Name              string // the container's hostname, or the OS template's file
	CloneVMID         int    // of the container that a clone makes; 0 for all others
	CloneName         string // its hostname; "": Proxmox chooses
	Kind              JobKind
	Parent            string           // the bulk job that it is one of; "" when it stands alone
	ParentNumber      int              // its Number
	Children          []string         // bulk: its jobs
	Does              JobKind          // bulk: the kind of its jobs
	Tally             map[JobState]int // bulk: how many of its jobs are in a state, those that are forgotten too
	Forgotten         map[JobState]int `json:",omitempty"` // bulk: how many of its jobs are not kept any more, by how they ended
	State             JobState
	Steps             []JobStep
	Step              int             // index into Steps of the current one; len(Steps) when all are done
	Spec              json.RawMessage // its parameters, as package jobs encodes them
	DraftID           string          // the wizard draft it came from; "" when none
	Problem           *JobProblem     // of a job that failed or waits
	Cancel            bool            // its owner asked to cancel
	Warnings          []string        // a few lines from the logs of tasks that ended well, with warnings
	Left              Message         `json:",omitzero"` // the state in which a cancelled job left its container, as with a Lock; zero for nothing known
	Made              bool            // a create's or a clone's container is there, and this job's task made it
	Addresses         []string        // of the new container
	Percent           int             // of the current step where known, else -1
	Created           time.Time
	Started           time.Time
	Ended             time.Time
	LogFirst, LogLast int // numbers of the kept lines; 0, 0: none
	LogSize           int `json:",omitempty"` // bytes of their text
}

// WorksOn tells whether the job works on, or makes, the container with a VMID in a scope.
func (j Job) WorksOn(scope string, vmid int) bool {
	return j.Scope == scope && vmid != 0 && (j.VMID == vmid || j.CloneVMID == vmid)
}

// Makes returns the VMID and name of the container that a create or a clone makes; 0 for
// all other jobs.
func (j Job) Makes() (vmid int, name string) {
	switch j.Kind {
	case JobCreate:
		return j.VMID, j.Name
	case JobClone:
		return j.CloneVMID, j.CloneName
	}
	return 0, ""
}

// StepState is the state of a step; kept, so none may change.
type StepState string

// The states of a step.
const (
	StepTodo    StepState = "todo"
	StepActive  StepState = "active"
	StepDone    StepState = "done"
	StepFailed  StepState = "failed"
	StepSkipped StepState = "skipped" // it will not be done: its job was cancelled, or it was passed over
)

// Jobs returns the number of jobs of a bulk job, with those that are not kept any more.
func (j Job) Jobs() int {
	n := len(j.Children)
	for _, forgotten := range j.Forgotten {
		n += forgotten
	}
	return n
}

// JobStep is a step of a job. It has all that is needed to go on with it after a restart: see package jobs.
type JobStep struct {
	Name    string // as in "check", "create", "start", "address": package views has the words
	State   StepState
	Known   []string  // the tasks of the kind that the host had before Intent: none of them is this step's
	Intent  time.Time // when the call that changes something was about to be made; zero: not yet
	UPID    string    // the task it became; "" while unknown
	Past    []string  // the tasks that it became in earlier tries
	Exit    string    // of the task, as in "OK", or of the program; "" while unknown
	Handed  time.Time // when the HA manager was asked to act; zero: it was not
	LogLine int       // lines of the task's log that are in the job's log
	Run     string    // the program that it runs in the container, by Berth's name for it; "" when none
	Out     Heard     // the part of Run's output that is in the job's log
	Err     Heard     // the same of its errors
	Answer  string    // of the job's owner to the question about Run; "" for none
	Detail  Message   `json:",omitzero"` // shown with the step
	Started time.Time
	Ended   time.Time
}

// Heard is the part of a program's output that is in a job's log, so that reading goes on after it.
type Heard struct {
	Bytes int64 // up to the last end of a line
	Lines int   // of the log that were made of the bytes after those: a long line is broken into several
}

// Tasks returns the UPIDs of all tasks that the step became on the host, over all its tries.
func (s JobStep) Tasks() []string {
	if s.UPID == "" {
		return s.Past
	}
	return append(slices.Clone(s.Past), s.UPID)
}

// JobProblem is the reason that a job failed or waits, as a message. Its kinds are defined by package jobs.
type JobProblem struct {
	Message
	Step string // name of the step that it ended in
	// Properties are the container's that were refused, with Proxmox's words about each; "" where the kind of the problem
	// says all.
	Properties map[Property]string `json:",omitempty"`
	Unsettled  bool                `json:",omitempty"` // work on the host may go on
}

// AddJob keeps a new job, sets ID, State (queued) and Created. *BusyError when an unfinished
// job works on the same VMID of the same scope (or fetches the same OS template to the same node);
// checked in the same transaction.
func (s *Store) AddJob(j Job) (Job, error) {
	return s.addJob(j, func(*bolt.Tx, Job) error { return nil })
}

// addJob keeps a new job, and calls also in the same transaction to keep what belongs to it.
func (s *Store) addJob(j Job, also func(*bolt.Tx, Job) error) (Job, error) {
	err := s.db.Update(func(tx *bolt.Tx) error {
		if err := checkBusy(tx, j); err != nil {
			return err
		}
		if err := s.enroll(tx, &j); err != nil {
			return err
		}
		if err := also(tx, j); err != nil {
			return err
		}
		return putJob(tx, nil, j)
	})
	if err != nil {
		return Job{}, err
	}
	return j, nil
}

// Job returns a user's job by its ID, or by its number. ErrNotFound for another user's.
func (s *Store) Job(userID, id string) (Job, error) {
	j, err := s.JobByID(id)
	switch {
	case err == nil && j.UserID == userID:
		return j, nil
	case err == nil || errors.Is(err, ErrNotFound):
		return s.jobNumbered(userID, id)
	default:
		return Job{}, err
	}
}

// JobByID returns the job of any user, for the runner. ErrNotFound.
func (s *Store) JobByID(id string) (Job, error) {
	var j Job
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		j, err = getJob(tx, id)
		return err
	})
	return j, err
}

// UpdateJob changes a job in one transaction, by reading it, calling change and writing
// it; an error of change changes nothing. Lines are numbered and added to its log with that;
// one without a time gets the present one. Changes to ID, number, user and creation are
// ignored. Only ReopenJob may make an unfinished job of a finished one. ErrNotFound.
func (s *Store) UpdateJob(id string, lines []LogLine, change func(*Job) error) (Job, error) {
	return s.changeJob(id, lines, change, staysFinal)
}

func staysFinal(_ *bolt.Tx, before, after Job) error {
	if before.State.Final() && !after.State.Final() {
		return fmt.Errorf("store: job %s is finished", before.ID)
	}
	return nil
}

// ReopenJob puts a finished job back to queued by change, with the same check as AddJob.
// Of two calls at once only the first reopens; an unfinished job is a *BusyError with itself.
func (s *Store) ReopenJob(id string, change func(*Job) error) (Job, error) {
	return s.changeJob(id, nil, requeued(change), mayReopen)
}

// requeued returns a change that queues the job again and then does change.
func requeued(change func(*Job) error) func(*Job) error {
	return func(j *Job) error {
		j.State = JobQueued
		return change(j)
	}
}

func mayReopen(tx *bolt.Tx, before, after Job) error {
	if !before.State.Final() {
		return &BusyError{Job: before}
	}
	return checkBusy(tx, after)
}

func (s *Store) changeJob(id string, lines []LogLine, change func(*Job) error, check func(tx *bolt.Tx, before, after Job) error) (Job, error) {
	var after Job
	err := s.db.Update(func(tx *bolt.Tx) error {
		var before Job
		var err error
		if before, after, err = s.changeJobIn(tx, id, withLines(lines, change), check); err != nil {
			return err
		}
		if after.Parent != "" && before.State != after.State {
			return settleParent(tx, after.Parent)
		}
		return nil
	})
	if err != nil {
		return Job{}, err
	}
	return after, nil
}

// withLines returns change with lines for the job's log, as changeJobIn takes it.
func withLines(lines []LogLine, change func(*Job) error) func(*Job) ([]LogLine, error) {
	return func(j *Job) ([]LogLine, error) { return lines, change(j) }
}

// changeJobIn is changeJob within a transaction, and leaves the job's parent as it is. The lines that change returns are
// added to the job's log.
func (s *Store) changeJobIn(tx *bolt.Tx, id string, change func(*Job) ([]LogLine, error), check func(tx *bolt.Tx, before, after Job) error) (before, after Job, err error) {
	if before, err = getJob(tx, id); err != nil {
		return before, after, err
	}
	if after, err = getJob(tx, id); err != nil { // a copy that shares nothing
		return before, after, err
	}
	lines, err := change(&after)
	if err != nil {
		return before, after, err
	}
	after.ID, after.Number, after.UserID, after.Created = before.ID, before.Number, before.UserID, before.Created
	after.LogFirst, after.LogLast, after.LogSize = before.LogFirst, before.LogLast, before.LogSize
	if err := check(tx, before, after); err != nil {
		return before, after, err
	}
	if err := s.appendLog(tx, &after, lines); err != nil {
		return before, after, err
	}
	if after.State.Final() {
		if err := tx.Bucket(bucketSecrets).Delete([]byte(secretJob(id))); err != nil {
			return before, after, err
		}
	}
	return before, after, putJob(tx, &before, after)
}

// busyKeys returns the keys in jobsbusy of the things that a job works on; none when it excludes no other job.
func busyKeys(j Job) (keys [][]byte) {
	for _, vmid := range []int{j.VMID, j.CloneVMID} {
		if vmid != 0 {
			keys = append(keys, []byte("vmid/"+j.Scope+"/"+strconv.Itoa(vmid)))
		}
	}
	if j.Kind == JobFetch {
		keys = append(keys, []byte("fetch/"+j.NodeID+"/"+j.Name))
	}
	return keys
}

// checkBusy returns a *BusyError when another unfinished job has one of the busyKeys of j.
func checkBusy(tx *bolt.Tx, j Job) error {
	for _, key := range busyKeys(j) {
		id := tx.Bucket(bucketJobsBusy).Get(key)
		if id == nil || string(id) == j.ID {
			continue
		}
		other, err := getJob(tx, string(id))
		if err != nil {
			return err
		}
		return &BusyError{Job: other}
	}
	return nil
}

// putJob writes a job and brings the other buckets of jobs up to date; before is nil for a new one.
func putJob(tx *bolt.Tx, before *Job, after Job) error {
	key, err := jobKey(after.ID)
	if err != nil {
		return err
	}
	if err := noteMaker(tx, before, after); err != nil {
		return err
	}
	if err := noteBeside(tx, before, after); err != nil {
		return err
	}
	owned := ownedKey(after.UserID, string(key))
	open, busy := tx.Bucket(bucketJobsOpen), tx.Bucket(bucketJobsBusy)
	switch {
	case before == nil:
		if err := tx.Bucket(bucketJobsOf).Put(owned, nil); err != nil {
			return err
		}
		if err := noteJobOn(tx, after); err != nil {
			return err
		}
	case !before.State.Final():
		if err := open.Delete(owned); err != nil {
			return err
		}
		for _, k := range busyKeys(*before) {
			if err := busy.Delete(k); err != nil {
				return err
			}
		}
	}
	if !after.State.Final() {
		if err := open.Put(owned, nil); err != nil {
			return err
		}
		for _, k := range busyKeys(after) {
			if err := busy.Put(k, []byte(after.ID)); err != nil {
				return err
			}
		}
	}
	return putJSON(tx.Bucket(bucketJobs), key, after)
}

func getJob(tx *bolt.Tx, id string) (Job, error) {
	key, err := jobKey(id)
	if err != nil {
		return Job{}, err
	}
	return getJSON[Job](tx.Bucket(bucketJobs), key)
}

// placesOf returns the prefixes of a job's keys in jobson: one for each container that it is on, two for a clone. A job on
// none has that of no scope and the VMID 0.
func placesOf(j Job) (prefixes [][]byte) {
	for _, vmid := range []int{j.VMID, j.CloneVMID} {
		if vmid != 0 {
			prefixes = append(prefixes, containerPrefix(j.UserID, j.Scope, vmid))
		}
	}
	if len(prefixes) == 0 {
		prefixes = append(prefixes, containerPrefix(j.UserID, "", 0))
	}
	return prefixes
}

// noteJobOn enters a new job in jobson.
func noteJobOn(tx *bolt.Tx, j Job) error {
	key, err := jobKey(j.ID)
	if err != nil {
		return err
	}
	for _, prefix := range placesOf(j) {
		if err := tx.Bucket(bucketJobsOn).Put(append(prefix, key...), nil); err != nil {
			return err
		}
	}
	return nil
}

// madeKey returns the key of a container in jobsmade.
func madeKey(userID, scope string, vmid int) []byte {
	return bytes.TrimSuffix(containerPrefix(userID, scope, vmid), []byte("/"))
}

// noteMaker keeps jobsmade up to date with a job that has made a container, or has deleted one. before is nil for a new job.
func noteMaker(tx *bolt.Tx, before *Job, after Job) error {
	vmid, _ := after.Makes()
	switch {
	case vmid != 0 && (isDone(before, after) || isMade(before, after)):
		key, err := jobKey(after.ID)
		if err != nil {
			return err
		}
		return tx.Bucket(bucketJobsMade).Put(madeKey(after.UserID, after.Scope, vmid), key)
	case after.Kind == JobDelete && isDone(before, after):
		return tx.Bucket(bucketJobsMade).Delete(madeKey(after.UserID, after.Scope, after.VMID))
	}
	return nil
}

// isDone tells whether a change ends a job well; before is nil for a new one.
func isDone(before *Job, after Job) bool {
	return after.State == JobDone && (before == nil || before.State != JobDone)
}

// isMade tells whether a change notes that a job has made its container.
func isMade(before *Job, after Job) bool { return after.Made && (before == nil || !before.Made) }
