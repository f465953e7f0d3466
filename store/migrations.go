package store

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	bolt "go.etcd.io/bbolt"

	"berth/store/disk"
)

// The bucket meta holds facts about the whole database:
//
//	schema     number of the migrations that were applied, decimal
//	recipient  the age recipient that secrets are encrypted to
//	health     time of Healthy's last write
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
	tellByMessages,
	tellEventsByMessages,
	makeLinkBucket,
	makePinBucket,
}

// migrate applies the migrations that have not been applied yet. It runs in one transaction
// with the rest of Open: a migration that fails leaves the database as it was.
func migrate(tx *bolt.Tx) error { return migrateBy(tx, migrations) }

func migrateBy(tx *bolt.Tx, steps []migration) error {
	meta, err := tx.CreateBucketIfNotExists(bucketMeta)
	if err != nil {
		return err
	}
	version := 0
	if v := meta.Get(metaSchema); v != nil {
		if version, err = strconv.Atoi(string(v)); err != nil || version < 0 {
			return fmt.Errorf("%w: schema version %q", disk.ErrUnreadable, v)
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
	return makeBuckets(tx, bucketTemplates, bucketPackageBuckets, bucketProvisions)
}

func makeEventBuckets(tx *bolt.Tx) error {
	return makeBuckets(tx, bucketEvents, bucketEventsOpen)
}

func makeDismissalBucket(tx *bolt.Tx) error { return makeBuckets(tx, bucketDismissals) }

// makeLinkBucket makes the bucket links, with those of the templates that containers were made from.
func makeLinkBucket(tx *bolt.Tx) error {
	if err := makeBuckets(tx, bucketLinks); err != nil {
		return err
	}
	return tx.Bucket(bucketJobsMade).ForEach(func(_, key []byte) error {
		j, err := getJSON[Job](tx.Bucket(bucketJobs), key)
		if err != nil {
			return err
		}
		return renewLinks(tx, j)
	})
}

func makePinBucket(tx *bolt.Tx) error { return makeBuckets(tx, bucketPins) }

// noteJobsOnContainers makes the bucket jobson, with all jobs in it.
func noteJobsOnContainers(tx *bolt.Tx) error {
	if err := makeBuckets(tx, bucketJobsOn); err != nil {
		return err
	}
	return tx.Bucket(bucketJobs).ForEach(func(_, v []byte) error {
		j, err := whichJob(v)
		if err != nil {
			return err
		}
		return noteJobOn(tx, j)
	})
}

// noteWhereFromUsersSigned makes the bucket signedfrom, with the networks of all sessions in it.
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

// numberJobsOfEachUser gives all jobs numbers that count for each user alone, in the order of their IDs.
func numberJobsOfEachUser(tx *bolt.Tx) error {
	if err := makeBuckets(tx, bucketJobCounts); err != nil {
		return err
	}
	numbers := map[string]int{} // by ID: that of a parent is less than those of its children
	return rewrite(tx.Bucket(bucketJobs), func(job fields) error {
		var j Job
		for name, into := range map[string]*string{"ID": &j.ID, "UserID": &j.UserID, "Parent": &j.Parent} {
			if err := job.get(name, into); err != nil {
				return err
			}
		}
		number, err := nextJobNumber(tx, j.UserID)
		if err != nil {
			return err
		}
		numbers[j.ID] = number
		if err := job.put("Number", number); err != nil {
			return err
		}
		return job.put("ParentNumber", numbers[j.Parent])
	})
}

// numberDismissals turns dismissals, which were bare marks before, into numbered records, so that the oldest can be found.
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

// noteMakersAndJobsOnNothing makes the bucket jobsmade, with the jobs that made containers in it, and enters the jobs on no
// container in jobson.
func noteMakersAndJobsOnNothing(tx *bolt.Tx) error {
	if err := makeBuckets(tx, bucketJobsMade); err != nil {
		return err
	}
	return tx.Bucket(bucketJobs).ForEach(func(_, v []byte) error { // a user's in their order
		j, err := whichJob(v)
		if err != nil {
			return err
		}
		if err := noteJobOn(tx, j); err != nil {
			return err
		}
		return noteMaker(tx, nil, j)
	})
}

// whichJob decodes only the fields of a job that migrations need, as the others had other types in earlier schemas.
func whichJob(data []byte) (Job, error) {
	var j struct {
		ID, UserID, Scope string
		VMID, CloneVMID   int
		Kind              JobKind
		State             JobState
		Made              bool
	}
	err := decode(data, &j)
	return Job{ID: j.ID, UserID: j.UserID, Scope: j.Scope, VMID: j.VMID, CloneVMID: j.CloneVMID, Kind: j.Kind, State: j.State, Made: j.Made}, err
}

func makeBuckets(tx *bolt.Tx, names ...[]byte) error {
	for _, name := range names {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}
