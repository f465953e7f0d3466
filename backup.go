package main

import (
	"context"
	"errors"
	"os"

	"berth/store"
)

// backup is berth backup FILE.
func backup(_ context.Context, t terminal, c config, args []string) (err error) {
	s, err := openData(t, c, true)
	if err != nil {
		return err
	}
	defer closing(&err, s.Close)
	if err := writeBackup(s, args[0]); err != nil {
		return err
	}
	t.backedUp(args[0])
	return nil
}

// writeBackup makes a file of mode 0600. It replaces none, and leaves none behind that is not whole.
func writeBackup(s *store.Store, path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	if err := s.Backup(f); err != nil {
		return err
	}
	return f.Sync()
}

// restore is berth restore FILE.
func restore(_ context.Context, t terminal, c config, args []string) error {
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer f.Close() // only read
	if err := store.Restore(c.data, store.Options{KeyFile: c.keyFile}, f); err != nil {
		return err
	}
	t.restored(c.data)
	return nil
}

// rekey is berth rekey.
func rekey(_ context.Context, t terminal, c config, _ []string) (err error) {
	s, err := openData(t, c, true)
	if err != nil {
		return err
	}
	defer closing(&err, s.Close)
	n, err := s.Rekey()
	if err != nil {
		return err
	}
	t.rekeyed(n)
	return nil
}
