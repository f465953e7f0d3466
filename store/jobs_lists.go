package store

import (
	"bytes"
	"math"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Jobs of a user, newest first, at most limit, older than before ("" for the newest).
func (s *Store) Jobs(userID string, before string, limit int) ([]Job, error) {
	prefix := ownerPrefix(userID)
	end := number(math.MaxUint64)
	if before != "" {
		var err error
		if end, err = jobKey(before); err != nil {
			return nil, err
		}
	}
	var list []Job
	err := s.db.View(func(tx *bolt.Tx) error {
		jobs, c := tx.Bucket(bucketJobs), tx.Bucket(bucketJobsOf).Cursor()
		k, _ := lastBefore(c, append(prefix[:len(prefix):len(prefix)], end...))
		for ; bytes.HasPrefix(k, prefix) && len(list) < limit; k, _ = c.Prev() {
			j, err := getJSON[Job](jobs, k[len(prefix):])
			if err != nil {
				return err
			}
			list = append(list, j)
		}
		return nil
	})
	return list, err
}

// JobsOn are the jobs on a user's container, newest first, at most limit.
func (s *Store) JobsOn(userID, scope string, vmid, limit int) ([]Job, error) {
	var list []Job
	if limit <= 0 {
		return nil, nil
	}
	err := s.eachJobOn(userID, scope, vmid, func(j Job) bool {
		list = append(list, j)
		return len(list) < limit
	})
	return list, err
}

// JobThatMade is the job that made the container that has a VMID now, however many jobs
// came after it. ErrNotFound when Berth did not make it, or has deleted since what it made.
func (s *Store) JobThatMade(userID, scope string, vmid int) (Job, error) {
	var made Job
	err := s.eachJobOn(userID, scope, vmid, func(j Job) bool {
		switch makes, _ := j.Makes(); {
		case makes == vmid && (j.Made || j.State == JobDone):
			made = j
			return false
		case j.Kind == JobDelete && j.State == JobDone:
			return false
		}
		return true
	})
	if err == nil && made.ID == "" {
		err = ErrNotFound
	}
	return made, err
}

// eachJobOn passes the jobs on a user's container, newest first, to take, as long as that is true.
func (s *Store) eachJobOn(userID, scope string, vmid int, take func(Job) bool) error {
	prefix := containerPrefix(userID, scope, vmid)
	return s.db.View(func(tx *bolt.Tx) error {
		jobs, c := tx.Bucket(bucketJobs), tx.Bucket(bucketJobsOn).Cursor()
		k, _ := lastBefore(c, append(containerPrefix(userID, scope, vmid), number(math.MaxUint64)...))
		for ; bytes.HasPrefix(k, prefix); k, _ = c.Prev() {
			j, err := getJSON[Job](jobs, k[len(prefix):])
			if err != nil {
				return err
			}
			if !take(j) {
				return nil
			}
		}
		return nil
	})
}

// OpenJobs are all unfinished jobs of all users, oldest first.
func (s *Store) OpenJobs() ([]Job, error) {
	var list []Job
	err := s.db.View(func(tx *bolt.Tx) error {
		jobs := tx.Bucket(bucketJobs)
		return tx.Bucket(bucketJobsOpen).ForEach(func(k, _ []byte) error {
			j, err := getJSON[Job](jobs, k[bytes.IndexByte(k, '/')+1:])
			list = append(list, j)
			return err
		})
	})
	slices.SortStableFunc(list, func(a, b Job) int { return a.Created.Compare(b.Created) })
	return list, err
}

// OpenJobsOf are a user's unfinished jobs, oldest first; cheap enough for every page.
func (s *Store) OpenJobsOf(userID string) ([]Job, error) {
	var list []Job
	err := s.db.View(func(tx *bolt.Tx) error {
		jobs := tx.Bucket(bucketJobs)
		return eachOwned(tx.Bucket(bucketJobsOpen), userID, func(key string, _ []byte) error {
			j, err := getJSON[Job](jobs, []byte(key))
			list = append(list, j)
			return err
		})
	})
	return list, err
}
