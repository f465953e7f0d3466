package forms

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"berth/store"
)

// BucketUse is a package bucket, and the templates that use it.
type BucketUse struct {
	Bucket store.PackageBucket
	Used   []store.Template
}

// UseOf finds the templates that use a bucket.
func UseOf(b store.PackageBucket, list []store.Template) BucketUse {
	u := BucketUse{Bucket: b}
	for _, t := range list {
		if slices.Contains(t.Buckets, b.ID) {
			u.Used = append(u.Used, t)
		}
	}
	return u
}

// Bucket holds the form of a package bucket.
type Bucket struct {
	Before  BucketUse // as it is saved; the zero one while there is none yet
	Values  url.Values
	Errors  map[string]string // a sentence by field, named as templates.CheckBucket does
	Changed bool              // it was saved elsewhere since the form was opened
	Deleted bool              // it was deleted elsewhere since the form was opened
}

// NewBucket holds what a bucket has; packages are those by manager, one a line.
func NewBucket(u BucketUse, packages map[string]string) Bucket {
	f := Bucket{Before: u, Errors: map[string]string{}, Values: url.Values{
		"name": {u.Bucket.Name}, "description": {u.Bucket.Description}, "revision": {strconv.Itoa(u.Bucket.Revision)},
	}}
	for manager, list := range packages {
		f.Values.Set("packages_"+manager, list)
	}
	return f
}

// Bucket returns the bucket with the fields of the form in place; the handler reads the packages.
func (f Bucket) Bucket() store.PackageBucket {
	b := f.Before.Bucket
	b.Revision, _ = strconv.Atoi(f.Values.Get("revision"))
	b.Name, b.Description = strings.TrimSpace(f.Values.Get("name")), unixLines(f.Values.Get("description"))
	return b
}

// WasDeleted makes it the form of a new bucket: the one that it was opened for is gone.
func (f *Bucket) WasDeleted() {
	f.Before, f.Deleted = BucketUse{Bucket: store.PackageBucket{UserID: f.Before.Bucket.UserID}}, true
	f.Values.Set("revision", "0")
}

// IsBucketField tells whether a package bucket's form has a field of that name.
func IsBucketField(field string) bool {
	return field == "name" || field == "description" || isPackagesField(field)
}
