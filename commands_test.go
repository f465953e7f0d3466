package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/store"
	"berth/store/storetest"
)

// berthed runs a command on a data folder and returns its exit status and what it said.
func berthed(t *testing.T, data, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err strings.Builder
	status = run(t.Context(), args, environment{"BERTH_DATA": data}.get, strings.NewReader(stdin), &out, &err)
	return status, out.String(), err.String()
}

// wantRun is berthed for a command that must succeed.
func wantRun(t *testing.T, data, stdin string, args ...string) (stdout string) {
	t.Helper()
	status, stdout, stderr := berthed(t, data, stdin, args...)
	if status != exitOK || stderr != "" {
		t.Fatalf("berth %s: status %d, %s", strings.Join(args, " "), status, stderr)
	}
	return stdout
}

// wantRefusal is berthed for a command that must fail, and say why.
func wantRefusal(t *testing.T, why, data, stdin string, args ...string) {
	t.Helper()
	status, stdout, stderr := berthed(t, data, stdin, args...)
	if status != exitFailed || !strings.HasPrefix(stderr, "berth: ") || !strings.Contains(stderr, why) {
		t.Errorf("berth %s: status %d, standard error %q; want status %d and %q", strings.Join(args, " "), status, stderr, exitFailed, why)
	}
	if stdout != "" {
		t.Errorf("berth %s says %q on standard output", strings.Join(args, " "), stdout)
	}
	if strings.Contains(stderr, "store:") {
		t.Errorf("berth %s shows words of the program: %q", strings.Join(args, " "), stderr)
	}
}

func TestUserCommands(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	wantRefusal(t, "there is no data yet", data, "", "user", "list")
	wantRefusal(t, "there is no data yet", data, "correct horse\n", "user", "passwd", "ada")
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("a command that found nothing made the data folder: %v", err)
	}

	wantRun(t, data, "correct horse\r\n", "user", "add", "Ada")
	wantRun(t, data, "correct horse", "user", "add", "bob")
	if got, want := wantRun(t, data, "", "user", "list"), "Ada\nbob\n"; got != want {
		t.Errorf("user list says %q, want %q", got, want)
	}
	wantRefusal(t, "an account with that name already exists", data, "correct horse", "user", "add", "ada")
	wantRefusal(t, "1 to 32 characters", data, "correct horse", "user", "add", "a b")
	wantRefusal(t, "10 to 256 characters", data, "short", "user", "add", "eve")
	wantRefusal(t, "one of the most common passwords", data, "Password1234", "user", "add", "eve")
	wantRefusal(t, "hardly more than the account's name", data, "evelyn-1999", "user", "add", "evelyn")
	wantRefusal(t, "one of the most common passwords", data, "qwertyuiop", "user", "passwd", "ada")
	wantRefusal(t, "hardly more than the account's name", data, "bob.2026.bob", "user", "passwd", "bob")
	wantRefusal(t, "no password", data, "", "user", "add", "eve")
	wantRefusal(t, "no account with that name", data, "correct horse", "user", "passwd", "eve")

	wantRun(t, data, "battery staple", "user", "passwd", "ADA")
	s := storetest.OpenAt(t, data, store.Options{})
	if _, err := s.CheckPassword("ada", "battery staple"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	wantRefusal(t, "in use by another Berth", data, "battery staple", "user", "passwd", "ada")
}

func TestBackupCommands(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(t.TempDir(), "berth.tar")
	wantRefusal(t, "there is no data yet", data, "", "backup", file)
	wantRefusal(t, "there is no data yet", data, "", "rekey")
	wantRun(t, data, "correct horse", "user", "add", "ada")

	wantRun(t, data, "", "backup", file)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("the backup has mode %o, want 600", got)
	}
	wantRefusal(t, "already exists", data, "", "backup", file)
	wantRefusal(t, "only into an empty folder", data, "", "restore", file)
	wantRefusal(t, "not a complete Berth backup", filepath.Join(t.TempDir(), "x"), "", "restore", filepath.Join(data, "berth.key"))

	elsewhere := filepath.Join(t.TempDir(), "restored")
	wantRun(t, elsewhere, "", "restore", file)
	if got, want := wantRun(t, elsewhere, "", "user", "list"), "ada\n"; got != want {
		t.Errorf("after the restore there are %q, want %q", got, want)
	}

	before, err := os.ReadFile(filepath.Join(elsewhere, "berth.key"))
	if err != nil {
		t.Fatal(err)
	}
	wantRun(t, elsewhere, "", "rekey")
	if err := os.WriteFile(filepath.Join(elsewhere, "berth.key"), before, 0o600); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, "the key does not fit", elsewhere, "", "user", "list")
	if err := os.Remove(filepath.Join(elsewhere, "berth.key")); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, "the key file is missing", elsewhere, "", "user", "list")
}

// Every command says in one line that the database is damaged and what to do, and ends with a
// status of its own.
func TestADamagedDatabaseIsToldInALine(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	wantRun(t, data, "correct horse", "user", "add", "ada")
	path := filepath.Join(data, "berth.db")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for about, bad := range map[string][]byte{
		"of 0 bytes":    nil,
		"half":          good[:len(good)/2],
		"another file":  []byte(strings.Repeat("hello\n", 9000)),
		"without pages": append(bytes.Clone(good[:8192]), make([]byte, len(good)-8192)...),
	} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"user", "list"}, {"rekey"}} {
			status, stdout, stderr := berthed(t, data, "", args...)
			if status != exitDamage || stdout != "" || strings.Count(stderr, "\n") != 1 ||
				!strings.HasPrefix(stderr, "berth: "+path+" is damaged: restore a backup.") || strings.Contains(stderr, "store:") {
				t.Errorf("%s, %v: status %d, %q, %q", about, args, status, stdout, stderr)
			}
		}
	}
}

func TestABackupThatFailsLeavesNothing(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	wantRun(t, data, "correct horse", "user", "add", "ada")
	s := storetest.OpenAt(t, data, store.Options{})
	storetest.Close(t, s)
	file := filepath.Join(t.TempDir(), "berth.tar")
	if err := writeBackup(s, file); err == nil { // the store is closed
		t.Error("a backup of a closed store")
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("a part of a backup was left: %v", err)
	}
}

func TestVersionCommand(t *testing.T) {
	if got := wantRun(t, "", "", "version"); !strings.HasPrefix(got, "berth ") {
		t.Errorf("berth version says %q", got)
	}
}
