package store

import (
	"maps"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// The records are as a Berth of schema 7 wrote them.
const (
	failedOfSchema7 = `{"ID":"4-abc","Number":4,"UserID":"ada","Scope":"s1","VMID":104,"Name":"web","Kind":"create","State":"failed","Made":true,
		"Steps":[{"Name":"check","State":"done","Detail":"104 is free","Out":{"Bytes":3,"Lines":1}},{"Name":"create","State":"failed","Detail":""}],
		"Problem":{"Kind":"invalid","Step":"create","Message":"tower refused what was asked for","Check":"Look at it.","Said":"E: no",
			"Fields":{"disk":"Proxmox refused this: too small","bridge":"Proxmox refused this: no such bridge","vmid":"104 is taken"}}}`
	cancelledOfSchema7 = `{"ID":"5-abc","Number":5,"UserID":"ada","Scope":"s1","VMID":105,"Kind":"backup","State":"cancelled","Steps":null,"Problem":null,
		"Left":"web is still locked","LeftLock":"backup"}`
	draftOfSchema7 = `{"ID":"d1","UserID":"ada","Values":{"vmid":["104"]},"Errors":{"vmid":"104 is taken","memory":"Proxmox refused this: too small"}}`
)

func TestMigrationMakesMessagesOfSentences(t *testing.T) {
	t.Parallel()
	failed, cancelled, draft := migratedToMessages(t)
	p := failed.Problem
	if p.Kind != "invalid" || p.Step != "create" || p.Told != "tower refused what was asked for" || p.Check != "Look at it." || p.Said != "E: no" {
		t.Errorf("why it failed is %+v", p)
	}
	if want := (map[Property]string{PropertyDisk: "too small", PropertyNetwork: "no such bridge", PropertyVMID: ""}); !maps.Equal(p.Properties, want) {
		t.Errorf("the properties at fault are %q, want %q", p.Properties, want)
	}
	if s := failed.Steps; s[0].Detail.Kind != MessageTold || s[0].Detail.Told != "104 is free" || s[0].Out.Bytes != 3 || s[1].Detail.Kind != "" || s[1].State != StepFailed {
		t.Errorf("the steps are %+v", s)
	}
	if failed.Name != "web" || !failed.Made || failed.Left.Kind != "" {
		t.Errorf("the job is %+v", failed)
	}
	if l := cancelled.Left; l.Kind != MessageTold || l.Told != "web is still locked" || l.Lock != "backup" || cancelled.Problem != nil || len(cancelled.Steps) != 0 {
		t.Errorf("what was left is %+v, of %+v", l, cancelled)
	}
	if want := (map[Property]string{PropertyVMID: "", PropertyMemory: "too small"}); !maps.Equal(draft.Refused, want) || draft.Values.Get("vmid") != "104" {
		t.Errorf("the draft is %+v", draft)
	}
}

// migratedToMessages are the records above after the migration.
func migratedToMessages(t *testing.T) (failed, cancelled Job, draft Draft) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = db.Update(func(tx *bolt.Tx) error {
		if err := makeBuckets(tx, bucketJobs, bucketDrafts); err != nil {
			return err
		}
		jobs, drafts := tx.Bucket(bucketJobs), tx.Bucket(bucketDrafts)
		for key, record := range map[string]string{"4": failedOfSchema7, "5": cancelledOfSchema7} {
			if err := jobs.Put([]byte(key), []byte(record)); err != nil {
				return err
			}
		}
		if err := drafts.Put([]byte("ada/d1"), []byte(draftOfSchema7)); err != nil {
			return err
		}
		if err := tellByMessages(tx); err != nil {
			return err
		}
		if failed, err = getJSON[Job](jobs, []byte("4")); err != nil {
			return err
		}
		if cancelled, err = getJSON[Job](jobs, []byte("5")); err != nil {
			return err
		}
		draft, err = getJSON[Draft](drafts, []byte("ada/d1"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return failed, cancelled, draft
}
