// Package templates handles the recipes of containers outside the store: it checks them
// (Check), reads and writes them as archives (ReadArchive, WriteArchive), and compares a
// folder of templates with those in the store (Compare).
//
// A template's folder holds
//
//	template.yaml               everything that is not below
//	scripts/NN-NAME.sh          run in the order of their numbers
//	files/PATH                  put into the container at /PATH
//	packages/NAME.MANAGER       a line each, as ParsePackages reads them
//
// A packages file belongs to the bucket NAME when template.yaml lists it under buckets,
// else to the template alone. The older layout around a template.conf is read too, and
// nothing of it is ever run.
package templates

import (
	"fmt"
	"strconv"
	"strings"

	"berth/store"
)

// Bundle is a template as it travels: with the package buckets that it names.
type Bundle struct {
	// Template names its buckets by ID or, where it was read from a folder or an archive,
	// by name.
	Template store.Template
	Buckets  []store.PackageBucket
}

// FileError is a complaint about a file in a template's folder or archive.
type FileError struct {
	File     string // below the template's folder; "" for all of it
	Line     int    // 0 for all of the file
	Sentence string // for people, without a full stop
}

func (e *FileError) Error() string {
	switch {
	case e.File == "":
		return e.Sentence
	case e.Line == 0:
		return e.File + ": " + e.Sentence
	}
	return fmt.Sprintf("%s, line %d: %s", e.File, e.Line, e.Sentence)
}

// CopyName returns the name of a template's n-th copy, from 1, no longer than a name may be.
func CopyName(name string, n int) string {
	suffix := " copy"
	if n > 1 {
		suffix += " " + strconv.Itoa(n)
	}
	if runes := []rune(name); len(runes) > maxName-len(suffix) {
		name = strings.TrimSpace(string(runes[:maxName-len(suffix)]))
	}
	return name + suffix
}

// bucket finds the package bucket that a template's reference names, by ID or name.
func bucket(list []store.PackageBucket, ref string) (store.PackageBucket, bool) {
	for _, b := range list {
		if b.ID == ref && ref != "" {
			return b, true
		}
	}
	for _, b := range list {
		if strings.EqualFold(b.Name, ref) {
			return b, true
		}
	}
	return store.PackageBucket{}, false
}
