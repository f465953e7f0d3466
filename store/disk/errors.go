package disk

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// The kinds of what can be wrong with a database and its disk, for errors.Is.
var (
	ErrDamaged  = errors.New("disk: the database is damaged") // a *DamageError
	ErrFull     = errors.New("disk: the disk is full")        // or a quota is used up; an *Error, as the next two
	ErrReadOnly = errors.New("disk: the disk is read-only")
	ErrFails    = errors.New("disk: the disk fails") // it cannot read or write
)

// ErrInUse says that another process has the file or the folder.
var ErrInUse = errors.New("disk: in use by another process")

// ErrUnreadable is a record that is not as it is written. A transaction that ends with it has met damage.
var ErrUnreadable = errors.New("disk: a record cannot be read")

// DamageError is a database that is not as it was left.
type DamageError struct {
	Path  string // of the database
	Cause error  // the rest of a sentence, as in "page 7 is used twice"
}

func (e *DamageError) Error() string        { return fmt.Sprintf("%v: %s: %v", ErrDamaged, e.Path, e.Cause) }
func (e *DamageError) Is(target error) bool { return target == ErrDamaged }
func (e *DamageError) Unwrap() error        { return e.Cause }

// Error is a disk that does not take what is written, or does not give it back.
type Error struct {
	Kind error  // ErrFull, ErrReadOnly or ErrFails
	Path string // what is on that disk
	Err  error
}

func (e *Error) Error() string        { return fmt.Sprintf("%v: %s: %v", e.Kind, e.Path, e.Err) }
func (e *Error) Is(target error) bool { return target == e.Kind }
func (e *Error) Unwrap() error        { return e.Err }

// diskErrors are what the system says of a disk, and what that means.
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

// Wrap makes an error an *Error if it is one of the disk that path is on. bbolt wraps
// some of the system's errors by their words alone.
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
