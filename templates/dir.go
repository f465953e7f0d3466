package templates

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"berth/store"
)

// State compares a template in a folder of templates with the one in the store.
type State string

const (
	New        State = "new"        // only in the folder
	Changed    State = "changed"    // in the folder, since it was taken over
	Edited     State = "edited"     // here, since it was taken over
	Both       State = "both"       // in the folder and here
	Gone       State = "gone"       // from the folder
	Same       State = "same"       // as in the folder
	Unreadable State = "unreadable" // in the folder
)

// Difference is one template of a folder, held against the store.
type Difference struct {
	Origin  string // its folder or archive in the folder of templates
	State   State
	Here    store.Template   // as it is in the store; none when New
	There   Bundle           // as it is in the folder; none when Gone or Unreadable
	Sum     string           // of There, to tell whether it is still what was looked at
	Files   []FileDifference // from here to there
	Buckets []BucketDifference
	Err     error // why it is Unreadable; a *FileError for people
}

// BucketDifference is a package bucket of a template that has other packages here than in
// the folder.
type BucketDifference struct {
	Name  string
	Files []FileDifference // from here to there
}

// maxDir bounds how many templates a folder holds.
const maxDir = 500

// Compare reads the templates in dir, each a folder or an archive, and holds them against
// those in the store, by their Origin. It changes nothing. The list is in the order of Origin.
func Compare(dir string, list []store.Template, buckets []store.PackageBucket) ([]Difference, error) {
	root, err := os.OpenRoot(dir) // no link in it leads out of it
	if err != nil {
		return nil, fmt.Errorf("templates: open folder: %w", err)
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("templates: read folder: %w", err)
	}
	var found []Difference
	for _, e := range entries {
		if !isTemplate(e) {
			continue
		}
		if len(found) == maxDir {
			return nil, &FileError{Sentence: fmt.Sprintf("there are more than %d templates in the folder", maxDir)}
		}
		d := Difference{Origin: e.Name()}
		if i := fromOrigin(list, e.Name()); i >= 0 {
			d.Here = list[i]
		}
		d.There, d.Err = read(root, e)
		if err := d.judge(buckets); err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	for _, t := range list {
		there := slices.ContainsFunc(found, func(d Difference) bool { return d.Origin == t.Origin })
		if t.Origin != "" && !there {
			found = append(found, Difference{Origin: t.Origin, State: Gone, Here: t})
		}
	}
	slices.SortStableFunc(found, func(a, b Difference) int { return strings.Compare(a.Origin, b.Origin) })
	return found, nil
}

func fromOrigin(list []store.Template, origin string) int {
	return slices.IndexFunc(list, func(t store.Template) bool { return t.Origin == origin })
}

// isTemplate tells whether an entry of the folder is meant to be a template.
func isTemplate(e fs.DirEntry) bool {
	if strings.HasPrefix(e.Name(), ".") {
		return false
	}
	_, archive := cutSuffixes(e.Name(), ".tar.gz", ".tgz", ".zip")
	return e.IsDir() || archive
}

func read(root *os.Root, e fs.DirEntry) (Bundle, error) {
	if e.IsDir() {
		sub, err := fs.Sub(root.FS(), e.Name())
		if err != nil {
			return Bundle{}, err
		}
		return readFolder(sub)
	}
	if !e.Type().IsRegular() {
		return Bundle{}, &FileError{Sentence: "it is a link or a device"}
	}
	f, err := root.Open(e.Name())
	if err != nil {
		return Bundle{}, err
	}
	b, err := ReadArchive(f)
	return b, errors.Join(err, f.Close())
}

// judge sets the state and the differences.
func (d *Difference) judge(buckets []store.PackageBucket) error {
	if d.Err != nil {
		d.State, d.There = Unreadable, Bundle{}
		return nil
	}
	there, sum, err := content(d.There)
	if err != nil {
		return err
	}
	d.Sum = sum
	d.Buckets = otherBuckets(d.There.Buckets, buckets)
	if d.Here.Origin == "" {
		d.State, d.Files = New, differences(nil, there)
		return nil
	}
	here, sum, err := content(Bundle{Template: d.Here, Buckets: buckets})
	if err != nil {
		return err
	}
	d.Files = differences(here, there)
	switch {
	case sum == d.Sum:
		d.State = Same
	case sum == d.Here.OriginSum:
		d.State = Changed
	case d.Sum == d.Here.OriginSum:
		d.State = Edited
	default:
		d.State = Both
	}
	return nil
}

// content is a bundle's files and their sum, with the buckets' names alone: what is in
// them is shared with other templates.
func content(b Bundle) (tree, string, error) {
	b = b.named()
	b.Buckets = nil
	for i, name := range b.Template.Buckets {
		b.Template.Buckets[i] = strings.ToLower(name) // as the store tells them apart
	}
	files, err := b.tree()
	if err != nil {
		return nil, "", err
	}
	sum := sha256.New()
	for _, name := range files.names() {
		fmt.Fprintf(sum, "%s %d\n%s", name, len(files[name]), files[name])
	}
	return files, hex.EncodeToString(sum.Sum(nil)), nil
}

// otherBuckets lists the buckets that are in the store with other packages. One without
// packages only names one in the store.
func otherBuckets(there, here []store.PackageBucket) []BucketDifference {
	var list []BucketDifference
	for _, b := range there {
		kept, ok := bucket(here, b.Name)
		if ok && len(b.Packages) > 0 && !samePackages(kept.Packages, b.Packages) {
			before, after := tree{}, tree{}
			before.putPackages(kept.Name, kept.Packages)
			after.putPackages(kept.Name, b.Packages)
			list = append(list, BucketDifference{Name: kept.Name, Files: differences(before, after)})
		}
	}
	return list
}

func samePackages(a, b []store.Package) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	byManager(a)
	byManager(b)
	return slices.Equal(a, b)
}

// Take takes a difference over for a user: the template becomes as it is in the folder, and
// one that is Gone is deleted. Buckets that the store lacks come with it;
// those it has stay as they are unless replaceBuckets is set. store.ErrNameTaken when
// another template has its name; the Err of one that is Unreadable.
func Take(s *store.Store, userID string, d Difference, replaceBuckets bool) (store.Template, error) {
	switch d.State {
	case Unreadable:
		return store.Template{}, d.Err
	case Gone:
		return store.Template{}, s.DeleteTemplate(userID, d.Here.ID)
	}
	t := d.There.Template
	t.ID, t.UserID, t.Origin, t.OriginSum = d.Here.ID, userID, d.Origin, d.Sum
	return s.ImportTemplate(t, d.There.Buckets, replaceBuckets)
}
