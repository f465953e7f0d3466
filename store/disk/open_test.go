package disk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A process that waits for another's end must not go on with a file that the other has replaced.
func TestAFileThatWasReplacedIsNotOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, other := filepath.Join(dir, "db"), filepath.Join(dir, "other")
	for name, content := range map[string]string{path: "old", other: "new"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first, err := openLocked(path, os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan *os.File)
	go func() {
		f, err := openLocked(path, os.O_RDWR, 0o600)
		if err != nil {
			t.Error(err)
		}
		opened <- f
	}()
	time.Sleep(2 * lockPause) // it may wait by now; if not, it has nothing to wait for
	if err := errors.Join(os.Rename(other, path), first.Close()); err != nil {
		t.Fatal(err)
	}
	second := <-opened
	defer second.Close()
	content := make([]byte, 3)
	if _, err := second.Read(content); err != nil || !bytes.Equal(content, []byte("new")) {
		t.Errorf("it reads %q, %v", content, err)
	}
}
