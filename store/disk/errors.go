package disk

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// The kinds of faults of a database and its disk, for errors.Is.
var (
	ErrDamaged  = errors.New("disk: the database is damaged") // a *DamageError
	ErrFull     = errors.New("disk: the disk is full")        // or a quota is used up; an *Error, as the next two
	ErrReadOnly = errors.New("disk: the disk is read-only")
	ErrFails    = errors.New("disk: the disk fails") // it cannot read or write
)

// ErrInUse says that another process has the file or the folder.
var ErrInUse = errors.New("disk: in use by another process")

// ErrUnreadable is returned by a transaction that has read a record which cannot have been written so. It counts as damage.
var ErrUnreadable = errors.New("disk: a record cannot be read")

// DamageError says that the database's file is not as it was left.
type DamageError struct {
	Path  string // of the database
	Cause error  // the rest of a sentence, as in "page 7 is used twice"
}

func (e *DamageError) Error() string        { return fmt.Sprintf("%v: %s: %v", ErrDamaged, e.Path, e.Cause) }
func (e *DamageError) Is(target error) bool { return target == ErrDamaged }
func (e *DamageError) Unwrap() error        { return e.Cause }

// Error says that the disk cannot be written or read.
type Error struct {
	Kind error  // ErrFull, ErrReadOnly or ErrFails
	Path string // of a file or folder on that disk
	Err  error
}

func (e *Error) Error() string        { return fmt.Sprintf("%v: %s: %v", e.Kind, e.Path, e.Err) }
func (e *Error) Is(target error) bool { return target == e.Kind }
func (e *Error) Unwrap() error        { return e.Err }

// diskErrors maps the system's errors about a disk to kinds.
var diskErrors = []struct {
	errno syscall.Errno
	kind  error
}{
	{syscall.ENOSPC, ErrFull},
	{syscall.EDQUOT, ErrFull},
	{syscall.EFBIG, ErrFull}, // a limit on the size of files
	{syscall.EROFS, ErrReadOnly},
	{syscall.EIO, ErrFails},
}

// Wrap returns an *Error for an error of the system about the disk that path is on; other
// errors as they are. It compares words too, as bbolt keeps only those of some errors.
func Wrap(path string, err error) error {
	if _, known := errors.AsType[*Error](err); err == nil || known {
		return err
	}
	for _, d := range diskErrors {
		if errors.Is(err, d.errno) || strings.Contains(err.Error(), d.errno.Error()) {
			return &Error{Kind: d.kind, Path: path, Err: err}
		}
	}
	return err
}
