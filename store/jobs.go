package store

import (
	"encoding/json"
	"time"
)

// JobState is what a job is doing.
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

// JobKind is what a job does.
type JobKind string

// The kinds.
const (
	JobCreate   JobKind = "create"
	JobStart    JobKind = "start"
	JobShutdown JobKind = "shutdown"
	JobStop     JobKind = "stop"
	JobReboot   JobKind = "reboot"
	JobDelete   JobKind = "delete"
	JobFetch    JobKind = "fetch" // an OS template
)

// Job is work that outlives its request and a restart.
type Job struct {
	ID                string // a growing number, as people see it
	UserID            string
	NodeID            string
	NodeName          string // the label when the job was made: the node may be gone
	Member            string // the node's name in Proxmox then
	Scope             string
	VMID              int    // 0 for fetch
	Name              string // the container's hostname, or the OS template's file
	Kind              JobKind
	State             JobState
	Steps             []JobStep
	Step              int             // index into Steps of the current one; len(Steps) when all are done
	Spec              json.RawMessage // what to do, as package jobs encodes it
	DraftID           string          // the wizard draft it came from; "" when none
	Problem           *JobProblem     // why it failed or waits
	Cancel            bool            // its owner asked to cancel
	Addresses         []string        // what the container got
	Percent           int             // of the current step where known, else -1
	Created           time.Time
	Started           time.Time
	Ended             time.Time
	LogFirst, LogLast int // numbers of the kept lines; 0, 0: none
}

// JobStep is one step and what is known of it.
type JobStep struct {
	Name    string    // as in "check", "create", "start", "address": package views has the words
	State   string    // "todo", "active", "done", "failed", "skipped"
	Intent  time.Time // when the call that changes something was about to be made; zero: not yet
	UPID    string    // the task it became; "" while unknown
	LogLine int       // how many lines of the task's log are in the job's log
	Detail  string    // a few words for people
	Started time.Time
	Ended   time.Time
}

// JobProblem is why a job failed or waits. Kind is one that package jobs defines.
type JobProblem struct {
	Kind    string
	Step    string
	Message string            // Proxmox's words, for people
	Fields  map[string]string // form field to sentence, where the problem is one of the form's
}

// LogLine of a job. Numbers start at 1 and have no gaps.
type LogLine struct {
	N      int
	At     time.Time
	Stream string // "out", "err", "step"
	Text   string
}

// MaxLogLines is how many lines of a job are kept; the oldest are dropped.
const MaxLogLines = 20000

// AddJob keeps a new job, sets ID, State (queued) and Created. *BusyError when an unfinished
// job works on the same VMID of the same scope (or fetches the same OS template to the same node);
// checked in the same transaction.
func (s *Store) AddJob(j Job) (Job, error) { panic("unwritten") }

// Job by ID, of a user. ErrNotFound for another's.
func (s *Store) Job(userID, id string) (Job, error) { panic("unwritten") }

// JobByID is for the runner.
func (s *Store) JobByID(id string) (Job, error) { panic("unwritten") }

// UpdateJob changes a job in one transaction, by reading it, calling change and writing it.
func (s *Store) UpdateJob(id string, change func(*Job) error) (Job, error) { panic("unwritten") }

// ReopenJob puts a finished job back to queued by change, with the same check as AddJob.
func (s *Store) ReopenJob(id string, change func(*Job) error) (Job, error) { panic("unwritten") }

// Jobs of a user, newest first, at most limit, older than before ("" for the newest).
func (s *Store) Jobs(userID string, before string, limit int) ([]Job, error) { panic("unwritten") }

// OpenJobs are all unfinished jobs of all users, oldest first.
func (s *Store) OpenJobs() ([]Job, error) { panic("unwritten") }

// OpenJobsOf are a user's unfinished jobs, oldest first; cheap enough for every page.
func (s *Store) OpenJobsOf(userID string) ([]Job, error) { panic("unwritten") }

// AppendLog numbers and keeps lines in one transaction and returns the number of the last.
func (s *Store) AppendLog(jobID string, lines []LogLine) (last int, err error) { panic("unwritten") }

// Log returns up to limit lines after number after.
func (s *Store) Log(jobID string, after, limit int) ([]LogLine, error) { panic("unwritten") }
