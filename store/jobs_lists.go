package store

import (
	"bytes"
	"math"
	"slices"
	"time"

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

// JobsOn returns the jobs on a user's container, newest first, at most limit. With no scope and the VMID 0, those on none.
func (s *Store) JobsOn(userID, scope string, vmid, limit int) ([]Job, error) {
	return s.JobsOnBefore(userID, scope, vmid, time.Time{}, limit)
}

// JobsOnBefore is JobsOn for jobs that were created before a moment; zero for now.
func (s *Store) JobsOnBefore(userID, scope string, vmid int, before time.Time, limit int) ([]Job, error) {
	if limit <= 0 {
		return nil, nil
	}
	var list []Job
	err := s.db.View(func(tx *bolt.Tx) error {
		return eachJobOn(tx, containerPrefix(userID, scope, vmid), func(_ []byte, j Job) bool {
			if before.IsZero() || j.Created.Before(before) {
				list = append(list, j)
			}
			return len(list) < limit
		})
	})
	return list, err
}

// eachJobOn calls take with the jobs on a container and their keys, newest first, until it returns false.
func eachJobOn(tx *bolt.Tx, place []byte, take func(key []byte, j Job) bool) error {
	jobs, c := tx.Bucket(bucketJobs), tx.Bucket(bucketJobsOn).Cursor()
	k, _ := lastBefore(c, append(bytes.Clone(place), number(math.MaxUint64)...))
	for ; bytes.HasPrefix(k, place); k, _ = c.Prev() {
		key := k[len(place):]
		j, err := getJSON[Job](jobs, key)
		if err != nil {
			return err
		}
		if !take(key, j) {
			return nil
		}
	}
	return nil
}

// JobThatMade returns the job that made the container which has a VMID now. ErrNotFound when
// Berth did not make it, or has deleted it since.
func (s *Store) JobThatMade(userID, scope string, vmid int) (Job, error) {
	var made Job
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		key := tx.Bucket(bucketJobsMade).Get(madeKey(userID, scope, vmid))
		if key == nil {
			return ErrNotFound
		}
		made, err = getJSON[Job](tx.Bucket(bucketJobs), key)
		return err
	})
	return made, err
}

// JobsThatMade returns the jobs that made the containers which Berth made for a user and has not deleted since, newest first.
func (s *Store) JobsThatMade(userID string) ([]Job, error) {
	var list []Job
	err := s.db.View(func(tx *bolt.Tx) error {
		jobs, c, prefix := tx.Bucket(bucketJobs), tx.Bucket(bucketJobsMade).Cursor(), ownerPrefix(userID)
		for k, key := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, key = c.Next() {
			j, err := getJSON[Job](jobs, key)
			if err != nil {
				return err
			}
			list = append(list, j)
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b Job) int { return b.Created.Compare(a.Created) })
	return list, err
}

// LastFetch returns the last download of an OS template, by the file's name, to a user's node. ErrNotFound.
func (s *Store) LastFetch(userID, nodeID, template string) (Job, error) {
	var last *Job
	err := s.db.View(func(tx *bolt.Tx) error {
		return eachJobOn(tx, containerPrefix(userID, "", 0), func(_ []byte, j Job) bool {
			if j.Kind == JobFetch && j.NodeID == nodeID && j.Name == template {
				last = &j
			}
			return last == nil
		})
	})
	if err == nil && last == nil {
		err = ErrNotFound
	}
	if err != nil {
		return Job{}, err
	}
	return *last, nil
}

// OpenJobs returns the unfinished jobs of all users, oldest first.
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

// OpenJobsOf returns a user's unfinished jobs, oldest first; cheap enough for every page.
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
