package store

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// A job's ID is in addresses. It begins with the job's number, which counts for each user alone, so that it gives away
// nothing about other users; random characters follow, as in 12-k7qf2mxp9tra. The IDs of earlier versions are decimal
// numbers that counted for all users together; they are still found, and their jobs have numbers too. A number alone leads
// to the user's job of that number.

// enroll makes j a new job, with its user's next number.
func (s *Store) enroll(tx *bolt.Tx, j *Job) error {
	n, err := nextJobNumber(tx, j.UserID)
	if err != nil {
		return err
	}
	j.ID, j.Number = newID(strconv.Itoa(n)+"-"), n
	j.State, j.Created = JobQueued, s.now()
	return nil
}

// nextJobNumber counts one more job of a user, and returns its number.
func nextJobNumber(tx *bolt.Tx, userID string) (int, error) {
	counts := tx.Bucket(bucketJobCounts)
	n := uint64(1)
	if last := counts.Get([]byte(userID)); last != nil {
		n += binary.BigEndian.Uint64(last)
	}
	return int(n), counts.Put([]byte(userID), number(n))
}

// jobNumbered returns a user's job by its number, as people type it. ErrNotFound.
func (s *Store) jobNumbered(userID, n string) (Job, error) {
	first, err := jobKey(n + "-x") // its key begins like that of the job, up to the rest of the ID
	if err != nil {
		return Job{}, err
	}
	prefix := append(ownerPrefix(userID), first[:len(first)-len("x")]...)
	var j Job
	err = s.db.View(func(tx *bolt.Tx) error {
		k, _ := tx.Bucket(bucketJobsOf).Cursor().Seek(prefix)
		if !bytes.HasPrefix(k, prefix) {
			return ErrNotFound
		}
		j, err = getJSON[Job](tx.Bucket(bucketJobs), k[len(ownerPrefix(userID)):])
		return err
	})
	return j, err
}

// Label returns the job's number for people; the ID, where an earlier version kept the job without a number.
func (j Job) Label() string { return label(j.Number, j.ID) }

// ParentLabel is Label for the bulk job that the job belongs to.
func (j Job) ParentLabel() string { return label(j.ParentNumber, j.Parent) }

func label(n int, id string) string {
	if n == 0 {
		return id
	}
	return strconv.Itoa(n)
}

// jobKey returns the key of a job by its ID, so that key order is the order of a user's jobs: for an ID of an earlier version
// the number alone, which comes before all others; for any other a j, the number, and the rest of the ID. ErrNotFound for
// text that is no ID.
func jobKey(id string) ([]byte, error) {
	count, rest, later := strings.Cut(id, "-")
	n, err := strconv.ParseUint(count, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != count || later && rest == "" { // one job, one address: no 007
		return nil, ErrNotFound
	}
	if !later {
		return number(n), nil
	}
	return append(append([]byte("j"), number(n)...), rest...), nil
}
