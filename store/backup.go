package store

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"berth/store/disk"
	"berth/store/keyfile"
)

// A backup is a tar archive of exactly these files, in this order. The key is in it,
// because a database without its key has lost every secret: a backup is as secret as
// the data folder.
const (
	backupAbout = "README.txt" // begins with backupFormat
	backupSums  = "SHA256SUMS" // of the key and the database, as sha256sum writes and checks them
)

const backupFormat = "Berth backup, format 1\n"

// Bounds of the entries that Restore takes, in bytes.
const (
	maxBackupText     = 4 << 10
	maxBackupDatabase = 16 << 30
)

// The sentinels of Restore.
var (
	ErrNotEmpty = errors.New("store: the data folder is not empty")
	ErrBackup   = errors.New("store: not a whole backup") // another file, or a damaged or cut-off one
)

// Backup writes a consistent copy of the database, with the key that opens it, as a tar
// archive. Others may read and write meanwhile.
func (s *Store) Backup(w io.Writer) error {
	return s.db.View(func(tx *bolt.Tx) error {
		key, err := s.keyNamed(string(tx.Bucket(bucketMeta).Get(metaRecipient)))
		if err != nil {
			return err
		}
		b := backupWriter{tar: tar.NewWriter(w), made: s.now()}
		about := backupFormat + "\nThis archive holds Berth's database and the key to the secrets in it.\n" +
			"Keep it where nobody else can read it. To use it: berth restore FILE\n"
		b.add(backupAbout, int64(len(about)), strings.NewReader(about))
		identity := keyfile.Format(key)
		b.add(keyFile, int64(len(identity)), bytes.NewReader(identity))
		b.add(databaseFile, tx.Size(), tx)
		b.add(backupSums, int64(b.sums.Len()), strings.NewReader(b.sums.String()))
		return b.close()
	})
}

// backupWriter writes the entries of a backup. It keeps the first error, after which it writes nothing more, and the
// checksums.
type backupWriter struct {
	tar  *tar.Writer
	made time.Time
	sums strings.Builder
	err  error
}

func (b *backupWriter) add(name string, size int64, content io.WriterTo) {
	if b.err != nil {
		return
	}
	b.err = b.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: b.made, Typeflag: tar.TypeReg})
	if b.err != nil {
		return
	}
	sum := sha256.New()
	if _, b.err = content.WriteTo(io.MultiWriter(b.tar, sum)); b.err != nil {
		return
	}
	if name == keyFile || name == databaseFile {
		b.sums.WriteString(sumLine(sum, name))
	}
}

func (b *backupWriter) close() error {
	if b.err == nil {
		b.err = b.tar.Close()
	}
	if b.err != nil {
		return fmt.Errorf("store: write the backup: %w", b.err)
	}
	return nil
}

func sumLine(sum hash.Hash, name string) string {
	return hex.EncodeToString(sum.Sum(nil)) + "  " + name + "\n"
}

// Restore makes a data folder of a backup: the database in dir, the key in the file that
// Options names. Remains of a killed Restore are removed first. ErrNotEmpty when anything
// else is there, disk.ErrInUse when another Restore is at work, ErrBackup when r is not a
// whole backup, ErrNewer when a later version made it. Nothing is left behind after an error.
func Restore(dir string, o Options, r io.Reader) (err error) {
	f, key := disk.Files{Before: o.before, Unsynced: o.Unsynced}, o.keyPath(dir)
	if err := f.MakeDir(dir); err != nil {
		return err
	}
	unlock, err := disk.LockDir(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := clearFolder(dir, key); err != nil {
		return err
	}
	f.At("make the folder to unpack into")
	tmp, err := os.MkdirTemp(dir, restoreBegin) // mode 0700, on the same file system
	if err != nil {
		return disk.Wrap(dir, fmt.Errorf("store: restore: %w", err))
	}
	defer func() { err = disk.Wrap(dir, errors.Join(err, os.RemoveAll(tmp))) }()
	f.At("unpack")
	if err := unpack(tmp, r); err != nil {
		return err
	}
	f.At("try it out")
	if err := tryOut(tmp); err != nil {
		return err
	}
	return moveIn(f, tmp, dir, key)
}

// moveIn moves the unpacked files to their places. The database comes last: without it, the
// folder is as good as empty.
func moveIn(f disk.Files, tmp, dir, key string) error {
	identities, err := os.ReadFile(filepath.Join(tmp, keyFile))
	if err != nil {
		return fmt.Errorf("store: restore the key: %w", err)
	}
	if err := f.Replace(key, identities); err != nil {
		return fmt.Errorf("store: restore the key: %w", err)
	}
	f.At("rename the database")
	if err := os.Rename(filepath.Join(tmp, databaseFile), filepath.Join(dir, databaseFile)); err != nil {
		return errors.Join(fmt.Errorf("store: restore the database: %w", err), os.Remove(key))
	}
	f.At("sync the folder")
	return f.SyncDir(dir)
}

// clearFolder removes the remains of a killed Restore from the folder. ErrNotEmpty, and
// nothing is touched, when anything else is there.
func clearFolder(dir, key string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("store: look into the data folder: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case path == filepath.Clean(key): // see below
		case e.Name() == recipientFile, isUnpacked(e), isLeftover(e, dir, filepath.Base(key)), isLeftover(e, dir, recipientFile), isLeftover(e, dir, databaseFile):
		default:
			return fmt.Errorf("%w: %s", ErrNotEmpty, dir)
		}
	}
	left, err := os.ReadFile(key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil || !wasUnpacked(dir, entries, left):
		return fmt.Errorf("%w: %s exists", ErrNotEmpty, key)
	default:
		if err := os.Remove(key); err != nil {
			return err
		}
	}
	return errors.Join(removeUnpacked(dir), removeLeftovers(key, filepath.Join(dir, recipientFile), filepath.Join(dir, databaseFile)))
}

// isUnpacked tells whether an entry of the data folder is a folder into which a Restore unpacks a backup.
func isUnpacked(e fs.DirEntry) bool { return e.IsDir() && strings.HasPrefix(e.Name(), restoreBegin) }

// wasUnpacked tells whether a key in its place is from a backup that a killed Restore had
// unpacked: the key is moved before the database.
func wasUnpacked(dir string, entries []fs.DirEntry, key []byte) bool {
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		if !isUnpacked(e) {
			return false
		}
		unpacked, err := os.ReadFile(filepath.Join(dir, e.Name(), keyFile))
		return err == nil && bytes.Equal(unpacked, key)
	})
}

// removeUnpacked removes the folders into which killed Restores unpacked backups, as a key is in them.
func removeUnpacked(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if isUnpacked(e) {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// onlyBerths tells whether the data folder holds nothing but Berth's own files.
func onlyBerths(dir, key string) (bool, error) {
	entries, err := os.ReadDir(dir)
	return !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		name := e.Name()
		return name != databaseFile && name != keyFile && name != recipientFile && filepath.Join(dir, name) != filepath.Clean(key)
	}), err
}

// unpack writes the files of a backup into dir. The names on disk are Berth's own: those in
// the archive are only compared.
func unpack(dir string, r io.Reader) error {
	t := tar.NewReader(r)
	about, err := unpackText(t, backupAbout)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(about, backupFormat) {
		return ErrBackup
	}
	var sums string
	for _, f := range []struct {
		name string
		max  int64
	}{{keyFile, keyfile.MaxSize}, {databaseFile, maxBackupDatabase}} {
		line, err := unpackFile(t, dir, f.name, f.max)
		if err != nil {
			return err
		}
		sums += line
	}
	want, err := unpackText(t, backupSums)
	if err != nil {
		return err
	}
	if sums != want {
		return fmt.Errorf("%w: the checksums differ", ErrBackup)
	}
	if _, err := t.Next(); err != io.EOF {
		return fmt.Errorf("%w: more than a backup", ErrBackup)
	}
	return nil
}

// nextEntry goes to the next entry of the archive. ErrBackup unless that is a file of the name, of at most max bytes.
func nextEntry(t *tar.Reader, name string, max int64) error {
	h, err := t.Next()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	if h.Name != name || h.Typeflag != tar.TypeReg || h.Size > max {
		return fmt.Errorf("%w: %q of type %q with %d bytes", ErrBackup, h.Name, h.Typeflag, h.Size)
	}
	return nil
}

func unpackText(t *tar.Reader, name string) (string, error) {
	if err := nextEntry(t, name, maxBackupText); err != nil {
		return "", err
	}
	data, err := io.ReadAll(t)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return string(data), nil
}

// unpackFile writes an entry to a file and returns its line of the checksums.
func unpackFile(t *tar.Reader, dir, name string, max int64) (line string, err error) {
	if err := nextEntry(t, name, max); err != nil {
		return "", err
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("store: restore: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(f, sum), t); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return "", fmt.Errorf("%w: it ends too early", ErrBackup)
		}
		return "", fmt.Errorf("store: restore %s: %w", name, err)
	}
	if err := f.Sync(); err != nil {
		return "", fmt.Errorf("store: restore %s: %w", name, err)
	}
	return sumLine(sum, name), nil
}

// tryOut opens the unpacked database as Berth will, which also brings an older schema up to date, and checks it.
func tryOut(dir string) error {
	s, err := Open(dir, Options{})
	if errors.Is(err, ErrNewer) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return errors.Join(s.Check(), s.Close())
}
