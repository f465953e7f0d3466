package store

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// The bucket meta holds what is true of the whole database:
//
//	schema     how many of the migrations were applied, decimal
//	recipient  the age recipient that secrets are encrypted to
//	health     when Healthy last wrote
var (
	bucketMeta    = []byte("meta")
	metaSchema    = []byte("schema")
	metaRecipient = []byte("recipient")
	metaHealth    = []byte("health")
)

// migration changes the database from one schema version to the next.
type migration func(tx *bolt.Tx) error

// migrations in their order. Released ones are never changed: a further change of
// the schema is a further entry.
var migrations = []migration{
	makeFirstBuckets,
	makeTemplateBuckets,
	makeEventBuckets,
	makeDismissalBucket,
	noteJobsOnContainers,
	noteWhereFromUsersSigned,
	numberJobsOfEachUser,
	numberDismissals,
	noteMakersAndJobsOnNothing,
}

// migrate applies what has not been applied yet. It runs in one transaction with
// the rest of Open: a migration that fails leaves the database as it was.
func migrate(tx *bolt.Tx) error { return migrateBy(tx, migrations) }

func migrateBy(tx *bolt.Tx, steps []migration) error {
	meta, err := tx.CreateBucketIfNotExists(bucketMeta)
	if err != nil {
		return err
	}
	version := 0
	if v := meta.Get(metaSchema); v != nil {
		if version, err = strconv.Atoi(string(v)); err != nil || version < 0 {
			return fmt.Errorf("%w: schema version %q", errUnreadable, v)
		}
	}
	if version > len(steps) {
		return fmt.Errorf("%w: schema %d, known are %d", ErrNewer, version, len(steps))
	}
	if version == len(steps) {
		return nil
	}
	for i := version; i < len(steps); i++ {
		if err := steps[i](tx); err != nil {
			return fmt.Errorf("store: migrate to schema %d: %w", i+1, err)
		}
	}
	return meta.Put(metaSchema, []byte(strconv.Itoa(len(steps))))
}

func makeFirstBuckets(tx *bolt.Tx) error {
	return makeBuckets(tx,
		bucketUsers, bucketUserNames, bucketSessions, bucketSessionsOf, bucketInvites,
		bucketNodes, bucketNodesOf, bucketSecrets, bucketInventories, bucketDrafts,
		bucketJobs, bucketJobsOf, bucketJobsOpen, bucketJobsBusy, bucketJobLogs,
	)
}

func makeTemplateBuckets(tx *bolt.Tx) error {
	return makeBuckets(tx, bucketTemplates, bucketPackageBuckets, bucketSetups)
}

func makeEventBuckets(tx *bolt.Tx) error {
	return makeBuckets(tx, bucketEvents, bucketEventsOpen)
}

func makeDismissalBucket(tx *bolt.Tx) error { return makeBuckets(tx, bucketDismissals) }

// noteJobsOnContainers makes the bucket that finds the jobs on a container, with all there are.
func noteJobsOnContainers(tx *bolt.Tx) error {
	if err := makeBuckets(tx, bucketJobsOn); err != nil {
		return err
	}
	return tx.Bucket(bucketJobs).ForEach(func(_, v []byte) error {
		var j Job
		if err := decode(v, &j); err != nil {
			return err
		}
		return noteJobOn(tx, j)
	})
}

// noteWhereFromUsersSigned makes the bucket of the networks that users signed in from, with those of the sessions
// there are.
func noteWhereFromUsersSigned(tx *bolt.Tx) error {
	if err := makeBuckets(tx, bucketSignedFrom); err != nil {
		return err
	}
	return tx.Bucket(bucketSessions).ForEach(func(_, v []byte) error {
		var x Session
		if err := decode(v, &x); err != nil {
			return err
		}
		return noteSignedFrom(tx, x.UserID, Network(x.Address), x.Created)
	})
}

// numberJobsOfEachUser gives the jobs there are numbers that count for each user alone, in the order of their IDs.
func numberJobsOfEachUser(tx *bolt.Tx) error {
	if err := makeBuckets(tx, bucketJobCounts); err != nil {
		return err
	}
	jobs := tx.Bucket(bucketJobs)
	var keys [][]byte // a bucket must not be changed while it is walked through
	if err := jobs.ForEach(func(k, _ []byte) error {
		keys = append(keys, bytes.Clone(k))
		return nil
	}); err != nil {
		return err
	}
	numbers := map[string]int{} // by ID: that of a parent is less than those of its children
	for _, key := range keys {
		j, err := getJSON[Job](jobs, key)
		if err != nil {
			return err
		}
		if j.Number, err = nextJobNumber(tx, j.UserID); err != nil {
			return err
		}
		numbers[j.ID] = j.Number
		j.ParentNumber = numbers[j.Parent]
		if err := putJSON(jobs, key, j); err != nil {
			return err
		}
	}
	return nil
}

// numberDismissals makes records of the marks that the dismissals were before, so that the oldest are known.
func numberDismissals(tx *bolt.Tx) error {
	b := tx.Bucket(bucketDismissals)
	marks := make(map[string]string)
	err := b.ForEach(func(k, v []byte) error {
		marks[string(k)] = string(v)
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(marks)) {
		if err := putDismissal(b, []byte(key), marks[key]); err != nil {
			return err
		}
	}
	return nil
}

// noteMakersAndJobsOnNothing makes the bucket that finds the job that made a container, and notes the jobs that are on
// none.
func noteMakersAndJobsOnNothing(tx *bolt.Tx) error {
	if err := makeBuckets(tx, bucketJobsMade); err != nil {
		return err
	}
	return tx.Bucket(bucketJobs).ForEach(func(_, v []byte) error { // a user's in their order
		var j Job
		if err := decode(v, &j); err != nil {
			return err
		}
		if err := noteJobOn(tx, j); err != nil {
			return err
		}
		return noteMaker(tx, nil, j)
	})
}

func makeBuckets(tx *bolt.Tx, names ...[]byte) error {
	for _, name := range names {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}
