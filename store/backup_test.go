package store_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/store"
	"berth/store/storetest"
)

// entry of an archive, as a test writes one.
type entry struct {
	header  tar.Header
	content []byte
}

func readTar(t testing.TB, data []byte) []entry {
	t.Helper()
	var list []entry
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return list
		}
		mustNot(t, err)
		content, err := io.ReadAll(r)
		mustNot(t, err)
		list = append(list, entry{*h, content})
	}
}

func writeTar(t testing.TB, list []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range list {
		mustNot(t, w.WriteHeader(&e.header))
		_, err := w.Write(e.content)
		mustNot(t, err)
	}
	mustNot(t, w.Flush())
	return b.Bytes()
}

func makeBackup(t testing.TB) (backup []byte, node store.Node) {
	t.Helper()
	s := storetest.Open(t)
	addUser(t, s, "ada")
	node, err := s.AddNode(store.Node{UserID: "ada", Name: "a"}, tokenSecret)
	mustNot(t, err)
	var b bytes.Buffer
	mustNot(t, s.Backup(&b))
	return b.Bytes(), node
}

func TestRestoreBringsEverythingBack(t *testing.T) {
	backup, node := makeBackup(t)
	dir := filepath.Join(t.TempDir(), "new")
	key := filepath.Join(t.TempDir(), "elsewhere.key")
	o := store.Options{KeyFile: key}
	mustNot(t, store.Restore(dir, o, bytes.NewReader(backup)))
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "berth.db"): 0o600, key: 0o600} {
		info, err := os.Stat(path)
		mustNot(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s is %o, want %o", filepath.Base(path), got, want)
		}
	}
	entries, err := os.ReadDir(dir)
	mustNot(t, err)
	if len(entries) != 1 {
		t.Errorf("the folder has %v, want just the database", entries)
	}
	s := storetest.OpenAt(t, dir, o)
	if got, err := s.TokenSecret(node.ID); got != tokenSecret || err != nil {
		t.Errorf("TokenSecret() = %q, %v", got, err)
	}
	_, err = s.CheckPassword("ada", goodPassword)
	mustNot(t, err)
}

func TestBackupTakesTheKeyInUse(t *testing.T) {
	s := storetest.Open(t)
	node, err := s.AddNode(store.Node{UserID: "ada", Name: "a"}, tokenSecret)
	mustNot(t, err)
	_, err = s.Rekey()
	mustNot(t, err)
	var b bytes.Buffer
	mustNot(t, s.Backup(&b))
	dir := filepath.Join(t.TempDir(), "new")
	mustNot(t, store.Restore(dir, store.Options{}, &b))
	if got, err := storetest.OpenAt(t, dir, store.Options{}).TokenSecret(node.ID); got != tokenSecret || err != nil {
		t.Errorf("TokenSecret() = %q, %v", got, err)
	}
}

func TestRestoreNeedsAnEmptyFolder(t *testing.T) {
	backup, _ := makeBackup(t)
	full := t.TempDir()
	mustNot(t, os.WriteFile(filepath.Join(full, "x"), nil, 0o600))
	wantErr(t, store.Restore(full, store.Options{}, bytes.NewReader(backup)), store.ErrNotEmpty)

	key := filepath.Join(t.TempDir(), "k")
	mustNot(t, os.WriteFile(key, []byte("mine"), 0o600))
	wantErr(t, store.Restore(t.TempDir(), store.Options{KeyFile: key}, bytes.NewReader(backup)), store.ErrNotEmpty)
	if data, err := os.ReadFile(key); string(data) != "mine" || err != nil {
		t.Errorf("the key file that was there is now %q, %v", data, err)
	}
}

func TestRestoreRefusesWhatIsNoBackup(t *testing.T) {
	good, _ := makeBackup(t)
	change := func(f func([]entry) []entry) []byte { return writeTar(t, f(readTar(t, good))) }
	for about, data := range map[string][]byte{
		"nothing":     nil,
		"not a tar":   []byte("hello"),
		"half of one": good[:len(good)/2],
		"no database": change(func(l []entry) []entry { return l[:2] }),
		"no checksums": change(func(l []entry) []entry {
			return l[:3]
		}),
		"another tar": change(func(l []entry) []entry { return l[1:] }),
		"another format": change(func(l []entry) []entry {
			l[0].content = bytes.Replace(l[0].content, []byte("format 1"), []byte("format 9"), 1)
			return l
		}),
		"a changed database": change(func(l []entry) []entry {
			l[2].content[len(l[2].content)/2] ^= 1
			return l
		}),
		"another key": change(func(l []entry) []entry {
			other, _ := makeBackup(t)
			l[1] = readTar(t, other)[1]
			return l
		}),
		"a key and sums of another": change(func(l []entry) []entry {
			other, _ := makeBackup(t)
			o := readTar(t, other)
			l[1] = o[1]
			line := bytes.SplitAfter(o[3].content, []byte("\n"))[0]
			l[3].content = append(bytes.Clone(line), bytes.SplitAfter(l[3].content, []byte("\n"))[1]...)
			return l
		}),
		"a path that escapes": change(func(l []entry) []entry {
			l[1].header.Name = "../berth.key"
			return l
		}),
		"a link": change(func(l []entry) []entry {
			l[1] = entry{header: tar.Header{Name: "berth.key", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}}
			return l
		}),
		"a huge key": change(func(l []entry) []entry {
			l[1].content = bytes.Repeat([]byte("#"), 1<<20)
			l[1].header.Size = 1 << 20
			return l
		}),
		"one file more": change(func(l []entry) []entry {
			return append(l, entry{header: tar.Header{Name: "x", Typeflag: tar.TypeReg}})
		}),
	} {
		t.Run(about, func(t *testing.T) {
			dir := t.TempDir()
			wantErr(t, store.Restore(dir, store.Options{}, bytes.NewReader(data)), store.ErrBackup)
			if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestRestoreTellsAFailingSourceFromABadBackup(t *testing.T) {
	backup, _ := makeBackup(t)
	broken := errors.New("read error")
	r := io.MultiReader(bytes.NewReader(backup[:8<<10]), failingReader{broken})
	if err := store.Restore(t.TempDir(), store.Options{}, r); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the source", err)
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

func FuzzRestore(f *testing.F) {
	backup, _ := makeBackup(f)
	f.Add(backup[:4<<10])
	f.Add([]byte("hello"))
	f.Fuzz(func(t *testing.T, data []byte) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "data")
		if err := store.Restore(dir, store.Options{}, bytes.NewReader(data)); err == nil {
			return // a whole backup
		}
		err := filepath.WalkDir(parent, func(path string, d os.DirEntry, err error) error {
			if err == nil && path != parent && path != dir {
				t.Errorf("left behind: %s", strings.TrimPrefix(path, parent))
			}
			return err
		})
		mustNot(t, err)
	})
}
