package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Buckets:
//
//	templates       user ID/template ID → Template
//	packagebuckets  user ID/bucket ID → PackageBucket
var (
	bucketTemplates      = []byte("templates")
	bucketPackageBuckets = []byte("packagebuckets")
)

// Template is a recipe for a container. Numbers that are zero and words that are empty
// were left open: the wizard takes its own defaults then.
type Template struct {
	ID          string
	UserID      string
	Name        string // for people; unique for that user, without regard to case
	Description string
	Tags        []string
	OSTemplate  string // a name as in "debian-12-standard", or a volume as in "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst"
	Cores       int
	Memory      int    // MiB
	Swap        int    // MiB; -1 for none
	Disk        int    // GiB
	Storage     string // preferred; empty: the node's first that holds containers
	Bridge      string // preferred; empty: the node's first

	Unprivileged bool
	Nesting      bool

	Packages []Package
	Buckets  []string // IDs of package buckets, in order
	Inputs   []Input
	Files    []File
	Scripts  []Script // in the order in which they run
	Services []Service

	Origin    string // the folder under --templates it was read from; "" for one that was made or imported here
	OriginSum string // the sum of that folder's content then
	Revision  int    // counts its savings from 1
	Created   time.Time
	Updated   time.Time
}

// Package is software by the name that its manager knows it by.
type Package struct {
	Manager string `json:"manager" yaml:"manager"` // one of PackageManagers
	Name    string `json:"name" yaml:"name"`
	Version string `json:"version,omitempty" yaml:"version,omitempty"` // "" for the newest
}

// PackageManagers that packages may name, in the order in which they are run.
var PackageManagers = [...]string{"apt", "apk", "dnf", "npm", "pip"}

// PackageBucket is a list of packages that templates share.
type PackageBucket struct {
	ID          string
	UserID      string
	Name        string // unique for that user, without regard to case
	Description string
	Packages    []Package
	Revision    int // counts its savings from 1
	Created     time.Time
	Updated     time.Time
}

// Input is a value that the scripts ask for. They find it in the variable Name.
type Input struct {
	Name    string    `json:"name" yaml:"name"` // as a variable of the shell: upper-case letters, digits and _
	Label   string    `json:"label" yaml:"label"`
	Kind    InputKind `json:"kind" yaml:"kind"`
	Choices []string  `json:"choices,omitempty" yaml:"choices,omitempty"`
	Default string    `json:"default,omitempty" yaml:"default,omitempty"` // never of a secret
}

// InputKind decides how an input is asked for and whether its value is kept.
type InputKind string

// The kinds of an Input.
const (
	InputText   InputKind = "text"   // one line
	InputSecret InputKind = "secret" // kept encrypted, and only until the scripts have run
	InputChoice InputKind = "choice" // one of Choices
)

// Script runs as root in the container, by its /bin/sh.
type Script struct {
	Name        string `json:"name"` // as in its file's name NN-name.sh: lower-case letters, digits and -
	Description string `json:"description,omitempty"`
	Enabled     bool   `json:"enabled"`
	Content     string `json:"content"`
}

// File is put into the container.
type File struct {
	Path    string `json:"path"`            // absolute
	Owner   string `json:"owner,omitempty"` // as chown takes it; "" for root:root
	Mode    uint32 `json:"mode,omitempty"`  // permission bits; 0 for 0644
	Policy  string `json:"policy"`          // replace, default or backup
	Content []byte `json:"content"`
}

// The policies of a File.
const (
	FileReplace = "replace"
	FileDefault = "default" // only where there is none yet
	FileBackup  = "backup"  // keep the old one beside it, with the date in its name
)

// Service of a container made from the template: the create job checks it, and its web page is linked.
type Service struct {
	Name   string `json:"name" yaml:"name"` // as the init of the container knows it
	Port   int    `json:"port,omitempty" yaml:"port,omitempty"`
	Path   string `json:"path,omitempty" yaml:"path,omitempty"`     // of its web page; "" when it has none
	Scheme string `json:"scheme,omitempty" yaml:"scheme,omitempty"` // http or https; "" to find out
}

// ErrNoBucket refuses a template that names a package bucket which does not exist.
var ErrNoBucket = errors.New("store: no such package bucket")

// PutTemplate keeps a template: a new one when ID is empty, else over the old one with
// Created as it was. It sets ID, Revision, Created and Updated. A Revision that is not 0
// must be that of the old one: ErrChanged when it was saved since. ErrNameTaken;
// ErrNoBucket; ErrNotFound when there is none with that ID of that user.
func (s *Store) PutTemplate(t Template) (Template, error) {
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		t, err = s.putTemplate(tx, t)
		return err
	})
	if err != nil {
		return Template{}, err
	}
	return t, nil
}

func (s *Store) putTemplate(tx *bolt.Tx, t Template) (Template, error) {
	b := tx.Bucket(bucketTemplates)
	t.Updated = s.now()
	if t.ID == "" {
		t.ID, t.Revision, t.Created = newID("t"), 1, t.Updated
	} else {
		before, err := getJSON[Template](b, ownedKey(t.UserID, t.ID))
		if err != nil {
			return Template{}, err
		}
		if t.Revision != 0 && t.Revision != before.Revision {
			return Template{}, ErrChanged
		}
		t.Revision, t.Created = before.Revision+1, before.Created
	}
	others, err := allOwned[Template](b, t.UserID)
	if err != nil {
		return Template{}, err
	}
	if slices.ContainsFunc(others, func(o Template) bool { return o.ID != t.ID && fold(o.Name) == fold(t.Name) }) {
		return Template{}, ErrNameTaken
	}
	for _, id := range t.Buckets {
		if tx.Bucket(bucketPackageBuckets).Get(ownedKey(t.UserID, id)) == nil {
			return Template{}, ErrNoBucket
		}
	}
	return t, putJSON(b, ownedKey(t.UserID, t.ID), t)
}

// ImportTemplate is PutTemplate for a template that names its buckets by name, in one
// transaction with those of buckets that the user does not have yet. With replace, those
// that the user has get the packages of theirs too, where these have some.
func (s *Store) ImportTemplate(t Template, buckets []PackageBucket, replace bool) (Template, error) {
	err := s.db.Update(func(tx *bolt.Tx) error {
		kept, err := allOwned[PackageBucket](tx.Bucket(bucketPackageBuckets), t.UserID)
		if err != nil {
			return err
		}
		named := func(name string) func(PackageBucket) bool {
			return func(b PackageBucket) bool { return fold(b.Name) == fold(name) }
		}
		for _, b := range buckets {
			b.ID, b.UserID = "", t.UserID
			i := slices.IndexFunc(kept, named(b.Name))
			switch {
			case i < 0:
				kept = append(kept, PackageBucket{})
				i = len(kept) - 1
			case !replace || len(b.Packages) == 0:
				continue
			default:
				b.ID, b.Name, b.Description = kept[i].ID, kept[i].Name, kept[i].Description
			}
			if kept[i], err = s.putPackageBucket(tx, b); err != nil {
				return err
			}
		}
		var ids []string
		for _, name := range t.Buckets {
			i := slices.IndexFunc(kept, named(name))
			if i < 0 {
				return ErrNoBucket
			}
			ids = append(ids, kept[i].ID)
		}
		t.Buckets = ids
		t, err = s.putTemplate(tx, t)
		return err
	})
	if err != nil {
		return Template{}, err
	}
	return t, nil
}

// Template of a user. ErrNotFound.
func (s *Store) Template(userID, id string) (Template, error) {
	var t Template
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		t, err = getJSON[Template](tx.Bucket(bucketTemplates), ownedKey(userID, id))
		return err
	})
	return t, err
}

// Templates of a user, by name.
func (s *Store) Templates(userID string) ([]Template, error) {
	var list []Template
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		list, err = allOwned[Template](tx.Bucket(bucketTemplates), userID)
		return err
	})
	slices.SortFunc(list, func(a, b Template) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
	return list, err
}

// DeleteTemplate forgets a template; one that is gone already is no error.
func (s *Store) DeleteTemplate(userID, id string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketTemplates).Delete(ownedKey(userID, id))
	})
}

// PutPackageBucket is for package buckets what PutTemplate is for templates.
func (s *Store) PutPackageBucket(p PackageBucket) (PackageBucket, error) {
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		p, err = s.putPackageBucket(tx, p)
		return err
	})
	if err != nil {
		return PackageBucket{}, err
	}
	return p, nil
}

func (s *Store) putPackageBucket(tx *bolt.Tx, p PackageBucket) (PackageBucket, error) {
	b := tx.Bucket(bucketPackageBuckets)
	p.Updated = s.now()
	if p.ID == "" {
		p.ID, p.Revision, p.Created = newID("p"), 1, p.Updated
	} else {
		before, err := getJSON[PackageBucket](b, ownedKey(p.UserID, p.ID))
		if err != nil {
			return PackageBucket{}, err
		}
		if p.Revision != 0 && p.Revision != before.Revision {
			return PackageBucket{}, ErrChanged
		}
		p.Revision, p.Created = before.Revision+1, before.Created
	}
	others, err := allOwned[PackageBucket](b, p.UserID)
	if err != nil {
		return PackageBucket{}, err
	}
	if slices.ContainsFunc(others, func(o PackageBucket) bool { return o.ID != p.ID && fold(o.Name) == fold(p.Name) }) {
		return PackageBucket{}, ErrNameTaken
	}
	return p, putJSON(b, ownedKey(p.UserID, p.ID), p)
}

// PackageBucket of a user. ErrNotFound.
func (s *Store) PackageBucket(userID, id string) (PackageBucket, error) {
	var p PackageBucket
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		p, err = getJSON[PackageBucket](tx.Bucket(bucketPackageBuckets), ownedKey(userID, id))
		return err
	})
	return p, err
}

// PackageBuckets of a user, by name.
func (s *Store) PackageBuckets(userID string) ([]PackageBucket, error) {
	var list []PackageBucket
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		list, err = allOwned[PackageBucket](tx.Bucket(bucketPackageBuckets), userID)
		return err
	})
	slices.SortFunc(list, func(a, b PackageBucket) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
	return list, err
}

// DeletePackageBucket forgets a package bucket and takes it out of the user's templates.
func (s *Store) DeletePackageBucket(userID, id string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		templates := tx.Bucket(bucketTemplates)
		list, err := allOwned[Template](templates, userID)
		if err != nil {
			return err
		}
		for _, t := range list {
			if !slices.Contains(t.Buckets, id) {
				continue
			}
			t.Buckets = slices.DeleteFunc(t.Buckets, func(b string) bool { return b == id })
			if err := putJSON(templates, ownedKey(userID, t.ID), t); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketPackageBuckets).Delete(ownedKey(userID, id))
	})
}

// allOwned reads all of an owner's records, in key order.
func allOwned[T any](b *bolt.Bucket, owner string) ([]T, error) {
	var list []T
	err := eachOwned(b, owner, func(id string, value []byte) error {
		var v T
		if err := decode(value, &v); err != nil {
			return fmt.Errorf("store: read %s: %w", id, err)
		}
		list = append(list, v)
		return nil
	})
	return list, err
}
