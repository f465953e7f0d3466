package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"filippo.io/age"
	bolt "go.etcd.io/bbolt"
)

// bucketCheck returns an error that says what is wrong with a record of a bucket.
type bucketCheck func(tx *bolt.Tx, key, value []byte) error

// bucketChecks lists all buckets that must be there, with the check of their records: damage
// that a page or a job would stumble over later is found when the database is opened.
func bucketChecks() map[string]bucketCheck {
	return map[string]bucketCheck{
		string(bucketMeta):           anyRecord,
		string(bucketUsers):          named(func(u userRecord) string { return u.ID }),
		string(bucketUserNames):      anyRecord,
		string(bucketSessions):       named(func(x Session) string { return x.ID }),
		string(bucketSessionsOf):     leadsTo(bucketSessions, lastPart),
		string(bucketSignedFrom):     anyRecord,
		string(bucketInvites):        named(func(i invite) string { return i.ID }),
		string(bucketNodes):          named(func(n Node) string { return n.ID }),
		string(bucketNodesOf):        leadsTo(bucketNodes, lastPart),
		string(bucketSecrets):        anyRecord, // see checkSecrets
		string(bucketInventories):    encoded[any],
		string(bucketDrafts):         encoded[Draft],
		string(bucketTemplates):      encoded[Template],
		string(bucketPackageBuckets): encoded[PackageBucket],
		string(bucketProvisions):     encoded[Provision],
		string(bucketEvents):         encoded[Event],
		string(bucketEventsOpen):     leadsTo(bucketEvents, wholeKey),
		string(bucketDismissals):     encoded[dismissal],
		string(bucketLinks):          encoded[Links],
		string(bucketPins):           encoded[Pin],
		string(bucketJobs):           checkJob,
		string(bucketJobCounts):      checkCount,
		string(bucketJobsOf):         leadsTo(bucketJobs, behind(1)),
		string(bucketJobsOpen):       leadsTo(bucketJobs, behind(1)),
		string(bucketJobsOn):         leadsTo(bucketJobs, behind(3)),
		string(bucketJobsMade):       holdsKeyOf(bucketJobs),
		string(bucketJobsBusy):       anyRecord,
		string(bucketJobLogs):        checkLog,
	}
}

// checkRecords checks every record in every bucket, when the database is opened and before a copy takes its place. Its
// error is the rest of a sentence, for a disk.DamageError.
func checkRecords(tx *bolt.Tx) error {
	for name, check := range bucketChecks() {
		b := tx.Bucket([]byte(name))
		if b == nil {
			return fmt.Errorf("the bucket %s is missing", name)
		}
		err := b.ForEach(func(key, value []byte) error { return check(tx, key, value) })
		if err != nil {
			return fmt.Errorf("a record in %s: %w", name, err)
		}
	}
	return nil
}

func anyRecord(*bolt.Tx, []byte, []byte) error { return nil }

// encoded checks that a record is a T in JSON.
func encoded[T any](_ *bolt.Tx, _, value []byte) error {
	var v T
	return json.Unmarshal(value, &v)
}

// named checks that a record is a T in JSON whose name is its key.
func named[T any](name func(T) string) bucketCheck {
	return func(_ *bolt.Tx, key, value []byte) error {
		var v T
		if err := json.Unmarshal(value, &v); err != nil {
			return err
		}
		if name(v) != string(key) {
			return errors.New("it is another one's")
		}
		return nil
	}
}

// leadsTo checks that a part of a record's key is the key of a record in another bucket.
func leadsTo(bucket []byte, part func(key []byte) []byte) bucketCheck {
	return func(tx *bolt.Tx, key, _ []byte) error {
		to := part(key)
		if len(to) == 0 || tx.Bucket(bucket).Get(to) == nil {
			return fmt.Errorf("it leads to nothing in %s", bucket)
		}
		return nil
	}
}

// holdsKeyOf checks that a record is the key of a record in another bucket.
func holdsKeyOf(bucket []byte) bucketCheck {
	check := leadsTo(bucket, wholeKey)
	return func(tx *bolt.Tx, _, value []byte) error { return check(tx, value, nil) }
}

func wholeKey(key []byte) []byte { return key }

// lastPart of a key OWNER/ID is the ID.
func lastPart(key []byte) []byte {
	for i := len(key) - 1; i >= 0; i-- {
		if key[i] == '/' {
			return key[i+1:]
		}
	}
	return nil
}

// behind returns a function that drops the first n parts of a key, each with a slash at its end.
func behind(n int) func(key []byte) []byte {
	return func(key []byte) []byte {
		for range n {
			_, key, _ = bytes.Cut(key, []byte("/"))
		}
		return key
	}
}

// checkCount checks that a record is a number of eight bytes.
func checkCount(_ *bolt.Tx, _, value []byte) error {
	if len(value) != numberBytes {
		return errors.New("it is no number")
	}
	return nil
}

func checkJob(_ *bolt.Tx, key, value []byte) error {
	var j Job
	if err := json.Unmarshal(value, &j); err != nil {
		return err
	}
	if own, err := jobKey(j.ID); err != nil || !bytes.Equal(own, key) {
		return errors.New("it is another one's")
	}
	if j.Kind != JobBulk && (j.Step < 0 || j.Step > len(j.Steps)) {
		return fmt.Errorf("it is at step %d of %d", j.Step, len(j.Steps))
	}
	return nil
}

// checkLog checks the lines of a job's log. A database has more of them than of all else, so
// they take most of the time of a check: some 15 ms for each MB.
func checkLog(tx *bolt.Tx, key, value []byte) error {
	log := tx.Bucket(bucketJobLogs).Bucket(key)
	if log == nil || value != nil {
		return errors.New("it is no log")
	}
	return log.ForEach(func(n, line []byte) error {
		if len(n) != numberBytes {
			return errors.New("a line has no number")
		}
		var l LogLine
		return json.Unmarshal(line, &l)
	})
}

// checkSecrets checks that the key, which is the one that the database names, opens all secrets.
func (s *Store) checkSecrets(tx *bolt.Tx) error {
	keys := *s.keys.Load()
	return tx.Bucket(bucketSecrets).ForEach(func(name, sealed []byte) error {
		x, err := unseal(sealed, keys)
		if err != nil || x.Name != string(name) {
			return fmt.Errorf("the secret %s does not open, though the key is the right one", name)
		}
		return nil
	})
}

// checkRecipient checks the name of the key in the database, which has a checksum.
func checkRecipient(recipient string) error {
	if recipient == "" {
		return nil
	}
	if _, err := age.ParseX25519Recipient(recipient); err != nil {
		return errors.New("what names its key is not whole")
	}
	return nil
}
