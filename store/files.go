package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// files changes what must survive a crash at any moment.
type files struct {
	// before is called ahead of each operation with its name; nil outside tests, which end
	// the process there.
	before func(operation string)
}

func (f files) at(operation string) {
	if f.before != nil {
		f.before(operation)
	}
}

// replace writes a file (mode 0600) so that a crash leaves the old one or the new one, and
// perhaps one that leftovers finds.
func (f files) replace(path string, data []byte) (err error) {
	dir, base := filepath.Split(path)
	f.at("make the file beside " + base)
	tmp, err := os.CreateTemp(filepath.Clean(dir), "."+base+".*"+leftoverEnd) // mode 0600
	if err != nil {
		return ofDisk(path, err)
	}
	defer func() {
		if err != nil {
			err = ofDisk(path, errors.Join(err, tmp.Close(), os.Remove(tmp.Name())))
		}
	}()
	f.at("write the file beside " + base)
	if _, err := tmp.Write(data); err != nil {
		return err
	}
	f.at("sync the file beside " + base)
	if err := tmp.Sync(); err != nil {
		return err
	}
	f.at("rename the file beside " + base)
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	f.at("sync the folder of " + base)
	return syncDir(filepath.Dir(path))
}

// syncDir makes renames in a folder last through a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// makeDir makes a folder of mode 0700 where there is none, so that it lasts.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ofDisk(dir, fmt.Errorf("store: make data folder: %w", err))
	}
	return syncDir(filepath.Dir(dir))
}

// leftoverEnd ends the names of files that take another's place once they are whole.
const leftoverEnd = ".tmp"

// restoreBegin begins the names of the folders that a backup is unpacked into.
const restoreBegin = ".restore-"

// leftovers of a process that was killed while it replaced a file.
func leftovers(path string) ([]string, error) {
	dir, base := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []string
	for _, e := range entries {
		if isLeftover(e, dir, base) {
			list = append(list, filepath.Join(dir, e.Name()))
		}
	}
	return list, err
}

func isLeftover(e fs.DirEntry, dir, base string) bool {
	name := e.Name()
	if !e.Type().IsRegular() {
		return false
	}
	if strings.HasPrefix(name, "."+base+".") && strings.HasSuffix(name, leftoverEnd) {
		return true
	}
	if !strings.HasPrefix(name, ".berth-") { // what the first versions called theirs
		return false
	}
	data, err := os.ReadFile(filepath.Join(dir, name))
	return err == nil && (bytes.HasPrefix(data, []byte(keyComment)) || strings.HasPrefix(keyComment, string(data)))
}

// removeLeftovers takes away what processes left that were killed in the midst of a change
// to these files. Nobody else may be at work on them. A folder that Berth may not change, as
// one of credentials, has none of Berth's.
func removeLeftovers(paths ...string) error {
	for _, path := range paths {
		list, err := leftovers(path)
		for _, old := range list {
			err = errors.Join(err, os.Remove(old))
		}
		gone, barred := errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
		if err != nil && !gone && !barred {
			return err
		}
	}
	return nil
}

// lockFile keeps other processes from a file or a folder until it is closed. ErrInUse.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("%w: %s", ErrInUse, f.Name())
	}
	return err
}

// lockDir keeps another Restore from a data folder until unlock is called. ErrInUse.
func lockDir(dir string) (unlock func() error, err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := lockFile(d); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d.Close, nil
}

// NoticeKind is what Open has to tell although all went well.
type NoticeKind string

// The kinds.
const (
	NoticeTightened NoticeKind = "tightened" // others could read it, and cannot any more
	NoticeOpen      NoticeKind = "open"      // others can read it, and Berth may not change that
	NoticeFellBack  NoticeKind = "fellback"  // the latest change to the database was damaged; the state before it holds
	NoticeOldKey    NoticeKind = "oldkey"    // the key file still holds a former key, and cannot be written

	NoticeCompacted    NoticeKind = "compacted"    // the database was mostly free, and is small now
	NoticeNotCompacted NoticeKind = "notcompacted" // it is mostly free, and could not be made small
)

// Notice is what the operator should know.
type Notice struct {
	Kind NoticeKind
	Path string
	Mode fs.FileMode // as it was found; of the first two

	From, To int64 // bytes, of NoticeCompacted
	Err      error // why, of NoticeNotCompacted
}

// tighten takes from a file or a folder what others may do with it. may is false for what is
// not Berth's alone: that is only told. A file of root's group is root's: so systemd hands
// over a credential, whose group bits stand for an access list with the service's user.
func tighten(path string, may bool) (*Notice, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	mode := info.Mode()
	if mode.Perm()&0o077 == 0 {
		return nil, nil
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return nil, nil
	case may && int(owner.Uid) == os.Geteuid():
		special := mode & (fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
		if os.Chmod(path, special|mode.Perm()&0o700) == nil {
			return &Notice{Kind: NoticeTightened, Path: path, Mode: mode.Perm()}, nil
		}
	}
	if !info.IsDir() && mode.Perm()&0o037 == 0 && owner.Uid == 0 && owner.Gid == 0 {
		return nil, nil
	}
	return &Notice{Kind: NoticeOpen, Path: path, Mode: mode.Perm()}, nil
}
