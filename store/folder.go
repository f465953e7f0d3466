package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"berth/store/disk"
	"berth/store/keyfile"
)

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
	if disk.IsLeftover(name, base) {
		return true
	}
	if !strings.HasPrefix(name, ".berth-") { // a leftover of the first versions
		return false
	}
	data, err := os.ReadFile(filepath.Join(dir, name))
	return err == nil && (bytes.HasPrefix(data, []byte(keyfile.Comment)) || strings.HasPrefix(keyfile.Comment, string(data)))
}

// removeLeftovers removes the leftovers of processes that were killed while they replaced one
// of the files at paths. Nobody else may be at work on them. A folder that Berth may not
// change, as one of credentials, is passed over: it has none.
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

// NoticeKind tells kinds of notices apart.
type NoticeKind string

// The kinds.
const (
	NoticeTightened NoticeKind = "tightened" // others could read Path, and cannot any more
	NoticeOpen      NoticeKind = "open"      // others can read Path, and Berth may not change that
	NoticeFellBack  NoticeKind = "fellback"  // the latest change to the database was damaged; the state before it holds
	NoticeOldKey    NoticeKind = "oldkey"    // the key file still holds a former key, and cannot be written

	NoticeCompacted    NoticeKind = "compacted"    // the database was mostly free, and is small now
	NoticeNotCompacted NoticeKind = "notcompacted" // it is mostly free, and could not be made small
)

// Notice of Open for the operator, to be logged: Open went well, but something needs attention.
type Notice struct {
	Kind NoticeKind
	Path string      // of the file or folder that it is about
	Mode fs.FileMode // before: of NoticeTightened and NoticeOpen

	From, To int64 // bytes of the file: of NoticeCompacted
	Err      error // the reason: of NoticeNotCompacted
}

// tighten takes all permissions of group and others from a file or folder, and returns a
// Notice of that, or of what is still open; nil when there was nothing to do. may is false
// for a folder that is not Berth's alone, which is left as it is. A file of root and root's
// group may stay readable by the group: so systemd hands over a credential, whose group bits
// stand for an access list with the service's user.
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
