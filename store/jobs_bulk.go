package store

import (
	"errors"
	"maps"
	"time"

	bolt "go.etcd.io/bbolt"
)

// AddJobs keeps a bulk job with its children, which are jobs like any other, all in
// one transaction. It sets the IDs of all, and the parent's Children. A child whose
// container another unfinished job works on is not queued: refused ends it.
//
// The parent's state is never set: it follows from those of its children, in the
// transaction that changes one of them.
func (s *Store) AddJobs(parent Job, children []Job, refused func(*Job, *BusyError)) (Job, []Job, error) {
	return s.addJobs(parent, children, refused, func(*bolt.Tx, Job) error { return nil })
}

// addJobs is AddJobs, and calls also in the same transaction to keep what belongs to a child.
func (s *Store) addJobs(parent Job, children []Job, refused func(*Job, *BusyError), also func(*bolt.Tx, Job) error) (Job, []Job, error) {
	kept := make([]Job, 0, len(children))
	err := s.db.Update(func(tx *bolt.Tx) error {
		if err := s.enroll(tx, &parent); err != nil {
			return err
		}
		for _, j := range children {
			if err := s.enroll(tx, &j); err != nil {
				return err
			}
			j.Parent, j.ParentNumber = parent.ID, parent.Number
			err := checkBusy(tx, j)
			if busy, ok := errors.AsType[*BusyError](err); ok {
				refused(&j, busy)
			} else if err != nil {
				return err
			}
			if err := also(tx, j); err != nil {
				return err
			}
			if err := putJob(tx, nil, j); err != nil {
				return err
			}
			parent.Children, kept = append(parent.Children, j.ID), append(kept, j)
		}
		if err := putJob(tx, nil, parent); err != nil {
			return err
		}
		if err := settleParent(tx, parent.ID); err != nil {
			return err
		}
		var err error
		parent, err = getJob(tx, parent.ID)
		return err
	})
	if err != nil {
		return Job{}, nil, err
	}
	return parent, kept, nil
}

// Children returns the jobs of a user's bulk job, in the order in which they were given to
// AddJobs. ErrNotFound.
func (s *Store) Children(userID, parentID string) ([]Job, error) {
	var list []Job
	err := s.db.View(func(tx *bolt.Tx) error {
		parent, err := getJob(tx, parentID)
		if err != nil {
			return err
		}
		if parent.UserID != userID {
			return ErrNotFound
		}
		list, err = childrenOf(tx, parent)
		return err
	})
	return list, err
}

func childrenOf(tx *bolt.Tx, parent Job) ([]Job, error) {
	list := make([]Job, 0, len(parent.Children))
	for _, id := range parent.Children {
		j, err := getJob(tx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, j)
	}
	return list, nil
}

// ReopenJobs is ReopenJob for all children that ended in a state, in one transaction, and
// returns those that are queued now. A child whose container another job works on is not
// queued: refused changes it instead.
func (s *Store) ReopenJobs(parentID string, state JobState, change func(*Job) error, refused func(*Job, *BusyError)) ([]Job, error) {
	var queued []Job
	err := s.db.Update(func(tx *bolt.Tx) error {
		parent, err := getJob(tx, parentID)
		if err != nil {
			return err
		}
		children, err := childrenOf(tx, parent)
		if err != nil {
			return err
		}
		for _, j := range children {
			if j.State != state {
				continue
			}
			_, again, err := s.changeJobIn(tx, j.ID, withLines(nil, requeued(change)), mayReopen)
			if busy, ok := errors.AsType[*BusyError](err); ok {
				_, _, err = s.changeJobIn(tx, j.ID, func(j *Job) ([]LogLine, error) {
					refused(j, busy)
					return nil, nil
				}, func(*bolt.Tx, Job, Job) error { return nil })
			} else if err == nil {
				queued = append(queued, again)
			}
			if err != nil {
				return err
			}
		}
		return settleParent(tx, parentID)
	})
	if err != nil {
		return nil, err
	}
	return queued, nil
}

// UpdateJobs is UpdateJob for a bulk job and for those of its children that have not ended, all in one
// transaction. The lines that changeChild returns are added to the log of the child. It returns the job and those children.
func (s *Store) UpdateJobs(parentID string, change func(*Job) error, changeChild func(*Job) []LogLine) (parent Job, changed []Job, err error) {
	err = s.db.Update(func(tx *bolt.Tx) error {
		if _, parent, err = s.changeJobIn(tx, parentID, withLines(nil, change), staysFinal); err != nil {
			return err
		}
		children, err := childrenOf(tx, parent)
		if err != nil {
			return err
		}
		for i, j := range children {
			if j.State.Final() {
				continue
			}
			_, children[i], err = s.changeJobIn(tx, j.ID, func(j *Job) ([]LogLine, error) { return changeChild(j), nil }, staysFinal)
			if err != nil {
				return err
			}
			changed = append(changed, children[i])
		}
		parent, err = settle(tx, parent, children)
		return err
	})
	if err != nil {
		return Job{}, nil, err
	}
	return parent, changed, nil
}

// settleParent derives the state of a bulk job, its tally and its times from its children.
func settleParent(tx *bolt.Tx, id string) error {
	parent, err := getJob(tx, id)
	if err != nil {
		return err
	}
	children, err := childrenOf(tx, parent)
	if err != nil {
		return err
	}
	_, err = settle(tx, parent, children)
	return err
}

// settle is settleParent for a caller that has read the jobs. It returns the bulk job as it was written.
func settle(tx *bolt.Tx, before Job, children []Job) (Job, error) {
	after := before
	after.Tally, after.Started, after.Ended = make(map[JobState]int), time.Time{}, time.Time{}
	maps.Copy(after.Tally, before.Forgotten)
	if len(before.Forgotten) > 0 {
		after.Started = before.Started
	}
	for _, j := range children {
		after.Tally[j.State]++
		if after.Started.IsZero() || !j.Started.IsZero() && j.Started.Before(after.Started) {
			after.Started = j.Started
		}
		if j.Ended.After(after.Ended) {
			after.Ended = j.Ended
		}
	}
	after.State = stateOfAll(after.Tally, after.Jobs())
	if after.State.Final() {
		after.Cancel = false // else a child that is tried again would be cancelled after a restart
	} else {
		after.Ended = time.Time{}
	}
	return after, putJob(tx, &before, after)
}

// stateOfAll derives the state of a bulk job: it runs from the start of its first job to the
// end of the last, and has failed when one of them has.
func stateOfAll(tally map[JobState]int, all int) JobState {
	switch {
	case tally[JobRunning] > 0:
		return JobRunning
	case tally[JobWaiting] > 0:
		return JobWaiting
	case tally[JobQueued] == all:
		return JobQueued
	case tally[JobQueued] > 0:
		return JobRunning
	case tally[JobFailed] > 0:
		return JobFailed
	case tally[JobCancelled] > 0:
		return JobCancelled
	}
	return JobDone
}
