package store

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Bucket drafts: user ID/draft ID → Draft.
var bucketDrafts = []byte("drafts")

// Draft is a container being planned in the wizard.
type Draft struct {
	ID     string
	UserID string
	Values url.Values // the whole form as typed, by field
	// Refused are the properties for which a create failed: see JobProblem.Properties.
	Refused map[Property]string `json:",omitempty"`
	Done    []string            // pages of the wizard that were sent; only "configure" counts: it is judged as a whole from then on
	// Filled has the values that Berth put into fields by itself, as from a template, by
	// field: one with another value now was typed. nil in the drafts of earlier versions.
	Filled   map[string]string
	LikeOS   string        // the system of the container that this is a duplicate of, as in "debian-13-standard", "debian" or "unmanaged"; "": it is none
	NotTaken []Message     // about settings of that container which the duplicate will lack
	Unticked []string      // the template's packages that are not wanted, as in "apt:curl"
	Scripts  []DraftScript // the template's in the order in which they run; nil: as the template has them
	Alike    []DraftAlike  `json:",omitempty"` // others that are made with the same form
	Created  time.Time
	Updated  time.Time
}

// DraftScript is the choice whether to run a script of the template.
type DraftScript struct {
	Name string
	On   bool
}

// DraftAlike is what another container that is made with the same form has of its own, as typed. The addresses count where the
// form has static ones.
type DraftAlike struct{ VMID, Hostname, IP, IP6 string }

// NewDraft keeps a new draft that holds only values.
func (s *Store) NewDraft(userID string, values url.Values) (Draft, error) {
	return s.AddDraft(Draft{UserID: userID, Values: values})
}

// AddDraft is NewDraft for one that holds more than values. It sets ID, Created and Updated.
func (s *Store) AddDraft(d Draft) (Draft, error) {
	d.ID, d.Created = newID("d"), s.now()
	d.Updated = d.Created
	err := s.db.Update(func(tx *bolt.Tx) error {
		return putJSON(tx.Bucket(bucketDrafts), ownedKey(d.UserID, d.ID), d)
	})
	if err != nil {
		return Draft{}, err
	}
	return d, nil
}

// Draft of a user. ErrNotFound.
func (s *Store) Draft(userID, id string) (Draft, error) {
	var d Draft
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		d, err = getJSON[Draft](tx.Bucket(bucketDrafts), ownedKey(userID, id))
		return err
	})
	return d, err
}

// Drafts of a user, last changed first.
func (s *Store) Drafts(userID string) ([]Draft, error) {
	var list []Draft
	err := s.db.View(func(tx *bolt.Tx) error {
		return eachOwned(tx.Bucket(bucketDrafts), userID, func(id string, value []byte) error {
			var d Draft
			if err := decode(value, &d); err != nil {
				return fmt.Errorf("store: read draft %s: %w", id, err)
			}
			list = append(list, d)
			return nil
		})
	})
	slices.SortStableFunc(list, func(a, b Draft) int { return b.Updated.Compare(a.Updated) })
	return list, err
}

// UpdateDraft changes a draft in one transaction, by reading it, calling change and
// writing it. ErrNotFound; an error of change changes nothing.
func (s *Store) UpdateDraft(userID, id string, change func(*Draft) error) (Draft, error) {
	var d Draft
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		b := tx.Bucket(bucketDrafts)
		if d, err = getJSON[Draft](b, ownedKey(userID, id)); err != nil {
			return err
		}
		created := d.Created
		if err := change(&d); err != nil {
			return err
		}
		d.ID, d.UserID, d.Created, d.Updated = id, userID, created, s.now()
		return putJSON(b, ownedKey(userID, id), d)
	})
	if err != nil {
		return Draft{}, err
	}
	return d, nil
}

// DeleteDraft forgets a draft; one that is gone already is no error.
func (s *Store) DeleteDraft(userID, id string) error {
	return s.db.Update(func(tx *bolt.Tx) error { return deleteDraft(tx, userID, id) })
}

func deleteDraft(tx *bolt.Tx, userID, id string) error {
	if err := tx.Bucket(bucketSecrets).Delete([]byte(secretDraft(userID, id))); err != nil {
		return err
	}
	return tx.Bucket(bucketDrafts).Delete(ownedKey(userID, id))
}
