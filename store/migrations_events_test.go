package store

import (
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// The records are as a Berth of schema 10 wrote them.
const (
	failedOfSchema10 = `{"Number":1,"UserID":"ada","Scope":"s1","VMID":104,"Kind":"console","End":"failed","Exit":0,"Detail":"web does not run","Changes":null}`
	noteOfSchema10   = `{"Number":2,"UserID":"ada","Scope":"s1","VMID":104,"Kind":"note","End":"done","Detail":"before","Changes":null}`
	changeOfSchema10 = `{"Number":3,"UserID":"ada","Scope":"s1","VMID":104,"Kind":"change","End":"done","Detail":"","Changes":[{"Setting":"memory","From":"512","To":"1024"}]}`
	likeOfSchema10   = `{"ID":"d1","UserID":"ada","Values":{"like":["media"]},"NotTaken":["The network net1 (eth1 on vmbr1)","Its time zone: host"]}`
	plainOfSchema10  = `{"ID":"d2","UserID":"ada","Values":{"vmid":["104"]},"NotTaken":null}`
)

func TestMigrationMakesMessagesOfTheSentencesOfEventsAndDrafts(t *testing.T) {
	t.Parallel()
	db := openWith(t, map[string]map[string]string{
		string(bucketEvents): {"1": failedOfSchema10, "2": noteOfSchema10, "3": changeOfSchema10},
		string(bucketDrafts): {"ada/d1": likeOfSchema10, "ada/d2": plainOfSchema10},
	})
	var events [3]Event
	var like, plain Draft
	err := db.Update(func(tx *bolt.Tx) (err error) {
		if err := tellEventsByMessages(tx); err != nil {
			return err
		}
		for i, key := range []string{"1", "2", "3"} {
			if events[i], err = getJSON[Event](tx.Bucket(bucketEvents), []byte(key)); err != nil {
				return err
			}
		}
		if like, err = getJSON[Draft](tx.Bucket(bucketDrafts), []byte("ada/d1")); err != nil {
			return err
		}
		plain, err = getJSON[Draft](tx.Bucket(bucketDrafts), []byte("ada/d2"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if e := events[0]; e.Detail.Kind != MessageTold || e.Detail.Told != "web does not run" || e.End != EndFailed || e.VMID != 104 {
		t.Errorf("the console is %+v", e)
	}
	if e := events[1]; e.Snapshot != "before" || e.Detail.Kind != "" {
		t.Errorf("the note is %+v", e)
	}
	if e := events[2]; e.Detail.Kind != "" || e.Snapshot != "" || len(e.Changes) != 1 {
		t.Errorf("the change is %+v", e)
	}
	if n := like.NotTaken; len(n) != 2 || n[0].Kind != MessageTold || n[1].Told != "Its time zone: host" || like.Values.Get("like") != "media" {
		t.Errorf("the draft like another is %+v", like)
	}
	if plain.NotTaken != nil || plain.Values.Get("vmid") != "104" {
		t.Errorf("the draft is %+v", plain)
	}
}

// openWith is a database with these records, by bucket and key.
func openWith(t *testing.T, records map[string]map[string]string) *bolt.DB {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	err = db.Update(func(tx *bolt.Tx) error {
		for bucket, of := range records {
			b, err := tx.CreateBucketIfNotExists([]byte(bucket))
			if err != nil {
				return err
			}
			for key, record := range of {
				if err := b.Put([]byte(key), []byte(record)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}
