package store

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"berth/store/disk"
	"berth/store/keyfile"
)

// The environment of a process that is killed by its own hand ahead of an operation on a file.
const (
	killedDoes = "BERTH_TEST_KILLED_DOES" // open, rekey or restore
	killedAt   = "BERTH_TEST_KILLED_AT"   // the number of the operation
	killedIn   = "BERTH_TEST_KILLED_IN"   // the data folder
	killedFrom = "BERTH_TEST_KILLED_FROM" // the backup
)

// TestTheProcessThatIsKilled is that process; by itself it tests nothing.
func TestTheProcessThatIsKilled(t *testing.T) {
	at, err := strconv.Atoi(os.Getenv(killedAt))
	if err != nil {
		return
	}
	o := Options{HashMemory: 64, before: func(string) {
		if at--; at < 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}}
	dir := os.Getenv(killedIn)
	if does := os.Getenv(killedDoes); does != "restore" {
		s, err := Open(dir, o)
		if err == nil && does == "rekey" {
			_, err = s.Rekey()
		}
		t.Fatalf("it came to its end: %v", err)
	}
	f, err := os.Open(os.Getenv(killedFrom))
	if err == nil {
		err = Restore(dir, o, f)
	}
	t.Fatalf("it came to its end: %v", err)
}

// killed runs that process to its end.
func killed(t *testing.T, does string, at int, dir, from string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestTheProcessThatIsKilled$")
	cmd.Env = []string{killedDoes + "=" + does, killedAt + "=" + strconv.Itoa(at), killedIn + "=" + dir, killedFrom + "=" + from}
	said, err := cmd.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("%s, killed ahead of operation %d: %v\n%s", does, at, err, said)
	}
}

// identitiesIn counts the private keys in all files of a folder, and below it.
func identitiesIn(t *testing.T, dir string) (n int) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		n += bytes.Count(data, []byte("AGE-SECRET-KEY-"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// wantHouse checks that a folder opens, with the token in it, and holds one key and nothing
// that was left behind.
func wantHouse(t *testing.T, about, dir, node string) {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Errorf("%s: the next start: %v", about, err)
		return
	}
	got, err := s.TokenSecret(node)
	if got != "ada's" || err != nil {
		t.Errorf("%s: the token is %q, %v", about, got, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(dir)
	if n := identitiesIn(t, dir); n != 1 || len(entries) != 3 || err != nil {
		t.Errorf("%s: %d keys in %v, %v", about, n, entries, err)
	}
}

// houseWithToken makes a data folder and a backup of it.
func houseWithToken(t *testing.T) (dir, backup, node string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.AddNode(Node{UserID: "ada", Name: "a"}, "ada's")
	if err != nil {
		t.Fatal(err)
	}
	backup = filepath.Join(t.TempDir(), "backup")
	f, err := os.Create(backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Backup(f), f.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	return dir, backup, n.ID
}

// copyOf is a copy of a data folder.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{to: 0o700, filepath.Join(to, keyFile): 0o600, filepath.Join(to, databaseFile): 0o600} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// operations on files that f does.
func operations(f func(o Options) error) (list []string, err error) {
	err = f(Options{before: func(name string) { list = append(list, name) }})
	return list, err
}

func TestARekeyThatIsKilledAnywhereLeavesOneKey(t *testing.T) {
	t.Parallel()
	dir, _, node := houseWithToken(t)
	steps, err := operations(func(o Options) error {
		s, err := Open(copyOf(t, dir), o)
		if err != nil {
			return err
		}
		_, err = s.Rekey()
		return errors.Join(err, s.Close())
	})
	if err != nil || !slices.Contains(steps, "commit") || len(steps) < 16 {
		t.Fatalf("%q, %v", steps, err)
	}
	for i, step := range steps {
		house := copyOf(t, dir)
		old := filepath.Join(house, ".berth-123") // of an earlier version
		if err := os.WriteFile(old, []byte(keyfile.Comment+"AGE-SECRET-KEY-1"), 0o600); err != nil {
			t.Fatal(err)
		}
		killed(t, "rekey", i, house, "")
		wantHouse(t, "killed ahead of: "+strconv.Itoa(i)+" "+step, house, node)
	}
}

func TestARestoreThatIsKilledAnywhereIsDoneAgain(t *testing.T) {
	t.Parallel()
	_, backup, node := houseWithToken(t)
	restore := func(dir string, o Options) error {
		f, err := os.Open(backup)
		if err != nil {
			return err
		}
		return errors.Join(Restore(dir, o, f), f.Close())
	}
	steps, err := operations(func(o Options) error { return restore(filepath.Join(t.TempDir(), "data"), o) })
	if err != nil || len(steps) < 9 {
		t.Fatalf("%q, %v", steps, err)
	}
	for i, step := range steps {
		about := "killed ahead of: " + step
		dir := filepath.Join(t.TempDir(), "data")
		killed(t, "restore", i, dir, backup)
		err := restore(dir, Options{})
		if _, statErr := os.Stat(filepath.Join(dir, databaseFile)); err != nil && (statErr != nil || !strings.Contains(step, "sync the folder")) {
			t.Errorf("%s: the next restore: %v", about, err)
		}
		wantHouse(t, about, dir, node)
	}
}

// A key that no killed restore left is nobody's to take away.
func TestARestoreTakesAwayNoKeyButItsOwn(t *testing.T) {
	t.Parallel()
	_, backup, _ := houseWithToken(t)
	dir := filepath.Join(t.TempDir(), "data")
	left := filepath.Join(dir, restoreBegin+"1")
	if err := errors.Join(os.MkdirAll(left, 0o700), os.WriteFile(filepath.Join(left, keyFile), []byte("another"), 0o600),
		os.WriteFile(filepath.Join(dir, keyFile), []byte("mine"), 0o600)); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(backup)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Restore(dir, Options{}, f); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("error %v", err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, keyFile)); string(data) != "mine" || err != nil {
		t.Errorf("the key is %q, %v", data, err)
	}
}

func TestOthersAreKeptFromWhatIsBerths(t *testing.T) {
	t.Parallel()
	dir, _, _ := houseWithToken(t)
	key, db := filepath.Join(dir, keyFile), filepath.Join(dir, databaseFile)
	found := map[string]os.FileMode{dir: 0o755, key: 0o640, db: 0o644}
	for path, mode := range found {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir)
	for _, n := range s.Notices() {
		if n.Kind != NoticeTightened || found[n.Path] != n.Mode {
			t.Errorf("notice %+v", n)
		}
		delete(found, n.Path)
		if info, err := os.Stat(n.Path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has %v, %v", n.Path, info.Mode(), err)
		}
	}
	if len(found) > 0 {
		t.Errorf("not told: %v", found)
	}
}

// A folder that is not Berth's alone is told, and left as it is.
func TestAFolderOfOthersIsOnlyTold(t *testing.T) {
	t.Parallel()
	dir, _, _ := houseWithToken(t)
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "holiday.jpg"), nil, 0o644), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if n := s.Notices(); len(n) != 1 || n[0] != (Notice{Kind: NoticeOpen, Path: dir, Mode: 0o755}) {
		t.Errorf("notices %+v", n)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// mountMemory mounts a disk of memory until the test's end.
func mountMemory(t *testing.T, at, options string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", at, "tmpfs", 0, options); err != nil {
		t.Skipf("LEFT OUT: this user may not mount a disk of memory: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(at, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// As a service manager hands a key over: in a folder that can only be read.
func TestAKeyInAFolderThatCanOnlyBeReadIsUsed(t *testing.T) {
	t.Parallel()
	keys := t.TempDir()
	mountMemory(t, keys, "size=64k,mode=755")
	dir, _, _ := houseWithToken(t)
	data, err := os.ReadFile(filepath.Join(dir, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(keys, "berth.key")
	if err := errors.Join(os.WriteFile(key, data, 0o440), os.WriteFile(filepath.Join(keys, ".berth-1"), nil, 0o600), os.Remove(filepath.Join(dir, keyFile))); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", keys, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, Options{KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, s) })
	if n := s.Notices(); len(n) > 0 && os.Getgid() == 0 {
		t.Errorf("a credential is complained of: %+v", n)
	}
	if _, err := s.Rekey(); !errors.Is(err, disk.ErrReadOnly) {
		t.Errorf("rekey: %v", err)
	}
}
