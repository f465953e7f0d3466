package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Retention of jobs with their logs and provisions, as README.md has it. The jobs of an account that are on no container, as
// the download of an OS template, are kept like those of one container.
const (
	keepJobsFor = 90 * 24 * time.Hour // after their end
	keepJobs    = 200                 // the newest ones on a container, at most
	keepLast    = 20                  // of those, whatever their age, for as long as the container may exist
)

// keepDraftsFor is the time after its last change from which a draft is forgotten.
const keepDraftsFor = 90 * 24 * time.Hour

// Bounds of one transaction of forgetting, so that nobody waits long for it.
const (
	forgetAtOnce    = 20      // records
	forgetLogAtOnce = 8 << 20 // bytes of logs, and one log
)

// ForgetJobs forgets the ended jobs beyond the bounds of retention, and returns their number. The last one that failed
// on a container stays, and the one that made it; a bulk job stays as long as one of its jobs. It works in many
// small transactions, until ctx ends.
func (s *Store) ForgetJobs(ctx context.Context) (n int, err error) {
	places, err := s.placesOfJobs()
	if err != nil {
		return 0, err
	}
	for _, p := range places {
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return n, err
			}
			forgotten, err := s.forgetJobsOn(p)
			if err != nil {
				return n, err
			}
			n, more = n+forgotten, forgotten > 0
		}
	}
	return n, nil
}

// placesOfJobs returns all prefixes in jobson (see placesOf). Those of jobs on no container come last: among them are the jobs
// of several, which stay as long as theirs.
func (s *Store) placesOfJobs() ([][]byte, error) {
	var places, none [][]byte
	err := s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketJobsOn).Cursor()
		for k, _ := c.First(); k != nil; {
			prefix := bytes.Clone(k[:len(k)-len(behind(3)(k))])
			if bytes.HasSuffix(prefix, []byte("//0/")) {
				none = append(none, prefix)
			} else {
				places = append(places, prefix)
			}
			k, _ = c.Seek(append(bytes.Clone(prefix), 0xFF)) // no key of a job begins like that
		}
		return nil
	})
	return append(places, none...), err
}

// forgetJobsOn forgets some of the dueJobs on a container, the oldest first, in one transaction; 0 when there are none left.
func (s *Store) forgetJobsOn(place []byte) (n int, err error) {
	var due []Job
	err = s.db.View(func(tx *bolt.Tx) (err error) {
		due, err = s.dueJobs(tx, place)
		return err
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		if due, err = s.dueJobs(tx, place); err != nil { // one may be tried again meanwhile
			return err
		}
		for size := 0; n < min(len(due), forgetAtOnce) && size < forgetLogAtOnce; n++ {
			size += due[n].LogSize
			if err := forgetJob(tx, due[n]); err != nil {
				return fmt.Errorf("store: forget job %s: %w", due[n].ID, err)
			}
		}
		return nil
	})
	return n, err
}

// dueJobs returns the jobs on a container to forget, the oldest first. A clone, which is on two, has to be due on both.
func (s *Store) dueJobs(tx *bolt.Tx, place []byte) ([]Job, error) {
	due, err := s.dueOn(tx, place)
	for _, j := range due {
		for _, other := range placesOf(j) {
			if err != nil || bytes.Equal(other, place) {
				continue
			}
			var alsoDue []Job
			alsoDue, err = s.dueOn(tx, other)
			if !slices.ContainsFunc(alsoDue, func(o Job) bool { return o.ID == j.ID }) {
				due = slices.DeleteFunc(slices.Clone(due), func(o Job) bool { return o.ID == j.ID })
			}
		}
	}
	return due, err
}

// dueOn is dueJobs without regard to the other container of a clone.
func (s *Store) dueOn(tx *bolt.Tx, place []byte) (due []Job, err error) {
	k, err := newKeeping(tx, place, s.now().Add(-keepJobsFor))
	if err != nil {
		return nil, err
	}
	err = eachJobOn(tx, place, func(key []byte, j Job) bool {
		if !k.keeps(key, j) {
			due = append(due, j)
		}
		return true
	})
	slices.Reverse(due)
	return due, err
}

// keeping judges the jobs on a container one after the other, from the newest on.
type keeping struct {
	since  time.Time // jobs that ended before it are old
	maker  []byte    // the key of the job that made the container; nil: none
	exists bool      // the container may be there
	seen   int       // jobs
	failed bool      // one of them had failed
}

func newKeeping(tx *bolt.Tx, place []byte, since time.Time) (*keeping, error) {
	k := &keeping{since: since, maker: tx.Bucket(bucketJobsMade).Get(bytes.TrimSuffix(place, []byte("/"))), exists: true}
	scope, _, _ := bytes.Cut(behind(1)(place), []byte("/"))
	if len(scope) == 0 {
		return k, nil
	}
	var err error
	k.exists, err = scopeUsed(tx, string(scope)) // else its node was removed: no page leads there any more
	return k, err
}

// keeps tells whether the next older job stays.
func (k *keeping) keeps(key []byte, j Job) bool {
	k.seen++
	if j.Kind == JobDelete && j.State == JobDone {
		k.exists = false // for this job and the ones before it
	}
	lastFailed := j.State == JobFailed && !k.failed
	k.failed = k.failed || lastFailed
	switch {
	case !j.State.Final() || len(j.Children) > 0:
		return true
	case k.exists && (k.seen <= keepLast || lastFailed || bytes.Equal(key, k.maker)):
		return true
	}
	return k.seen <= keepJobs && (j.Ended.After(k.since) || j.Created.After(k.since))
}

// forgetJob deletes an ended job with all that belongs to it.
func forgetJob(tx *bolt.Tx, j Job) error {
	key, err := jobKey(j.ID)
	if err != nil {
		return err
	}
	if tx.Bucket(bucketJobLogs).Bucket(key) != nil {
		if err := tx.Bucket(bucketJobLogs).DeleteBucket(key); err != nil {
			return err
		}
	}
	for _, prefix := range placesOf(j) {
		made := bytes.TrimSuffix(prefix, []byte("/"))
		if bytes.Equal(tx.Bucket(bucketJobsMade).Get(made), key) {
			if err := tx.Bucket(bucketJobsMade).Delete(made); err != nil {
				return err
			}
		}
		if err := tx.Bucket(bucketJobsOn).Delete(append(prefix, key...)); err != nil {
			return err
		}
	}
	for bucket, key := range map[string][]byte{
		string(bucketSecrets):    []byte(secretJob(j.ID)),
		string(bucketProvisions): key,
		string(bucketJobsOf):     ownedKey(j.UserID, string(key)),
		string(bucketJobs):       key,
	} {
		if err := tx.Bucket([]byte(bucket)).Delete(key); err != nil {
			return err
		}
	}
	return leaveParent(tx, j)
}

// leaveParent takes a job that is forgotten out of the bulk job that it is one of, which goes on counting it.
func leaveParent(tx *bolt.Tx, j Job) error {
	if j.Parent == "" {
		return nil
	}
	before, err := getJob(tx, j.Parent)
	if err != nil {
		return err
	}
	after := before
	after.Children = slices.DeleteFunc(slices.Clone(before.Children), func(id string) bool { return id == j.ID })
	after.Forgotten = map[JobState]int{j.State: 1}
	for state, n := range before.Forgotten {
		after.Forgotten[state] += n
	}
	return putJob(tx, &before, after)
}

// ForgetDrafts forgets the drafts that nobody has changed for keepDraftsFor, and returns their number. It works in small
// transactions, until ctx ends.
func (s *Store) ForgetDrafts(ctx context.Context) (n int, err error) {
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		due, err := s.dueDrafts()
		if err != nil || len(due) == 0 {
			return n, err
		}
		err = s.db.Update(func(tx *bolt.Tx) error {
			for _, d := range due[:min(len(due), forgetAtOnce)] {
				forgotten, err := s.forgetDraft(tx, d)
				if err != nil {
					return err
				}
				n += forgotten
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		more = len(due) > forgetAtOnce
	}
	return n, nil
}

func (s *Store) dueDrafts() (due []Draft, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketDrafts).ForEach(func(_, v []byte) error {
			var d Draft
			if err := decode(v, &d); err != nil {
				return fmt.Errorf("store: read a draft: %w", err)
			}
			if s.isDue(d) {
				due = append(due, d)
			}
			return nil
		})
	})
	return due, err
}

func (s *Store) isDue(d Draft) bool { return d.Updated.Before(s.now().Add(-keepDraftsFor)) }

// forgetDraft forgets a draft unless it was changed meanwhile, and returns 1 if it did.
func (s *Store) forgetDraft(tx *bolt.Tx, d Draft) (int, error) {
	now, err := getJSON[Draft](tx.Bucket(bucketDrafts), ownedKey(d.UserID, d.ID))
	switch {
	case errors.Is(err, ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	case !s.isDue(now):
		return 0, nil
	}
	return 1, deleteDraft(tx, d.UserID, d.ID)
}
