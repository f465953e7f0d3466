package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/store"
	"berth/store/storetest"
)

const tokenSecret = "5e3c7a90-1f2b-4c3d-8e4f-c0ffee123456"

func TestSecretsAreAbsentFromTheFiles(t *testing.T) {
	dir := t.TempDir()
	s := storetest.OpenAt(t, dir, store.Options{})
	code, err := s.SetUpCode()
	mustNot(t, err)
	ada, err := s.SetUp(code, "ada", goodPassword)
	mustNot(t, err)
	n, err := s.AddNode(store.Node{UserID: ada.ID, Name: "a"}, tokenSecret)
	mustNot(t, err)
	session, err := s.StartSession(ada.ID, "", "", false)
	mustNot(t, err)
	invite, _, err := s.MakeInvite(ada.ID)
	mustNot(t, err)
	keys, err := s.CookieKeys()
	mustNot(t, err)
	_, err = s.Rekey()
	mustNot(t, err)
	if got, err := s.TokenSecret(n.ID); got != tokenSecret || err != nil {
		t.Errorf("TokenSecret() = %q, %v", got, err)
	}
	storetest.Close(t, s)

	files, err := filepath.Glob(filepath.Join(dir, "*"))
	mustNot(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		mustNot(t, err)
		for about, secret := range map[string]string{
			"token secret": tokenSecret, "password": goodPassword, "session": session, "invitation": invite,
			"set-up code": code, "cookie key": string(keys[0]),
		} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds a %s", filepath.Base(file), about)
			}
		}
	}
}

func TestKeyFile(t *testing.T) {
	tests := []struct {
		about string
		spoil func(t *testing.T, key string)
		want  error
	}{
		{"is another database's", func(t *testing.T, key string) {
			other := t.TempDir()
			storetest.Close(t, storetest.OpenAt(t, other, store.Options{}))
			data, err := os.ReadFile(filepath.Join(other, "berth.key"))
			mustNot(t, err)
			mustNot(t, os.WriteFile(key, data, 0o600))
		}, store.ErrKey},
		{"is missing", func(t *testing.T, key string) { mustNot(t, os.Remove(key)) }, store.ErrNoKey},
		{"is no key file", func(t *testing.T, key string) { mustNot(t, os.WriteFile(key, []byte("AGE-SECRET-KEY-1QQ"), 0o600)) }, store.ErrKeyBad},
		{"is empty", func(t *testing.T, key string) { mustNot(t, os.Truncate(key, 0)) }, store.ErrKeyBad},
		{"can be read by everybody", func(t *testing.T, key string) { mustNot(t, os.Chmod(key, 0o644)) }, store.ErrKeyBad},
	}
	for _, c := range tests {
		t.Run(c.about, func(t *testing.T) {
			dir := t.TempDir()
			key := filepath.Join(t.TempDir(), "elsewhere.key")
			storetest.Close(t, storetest.OpenAt(t, dir, store.Options{KeyFile: key}))
			c.spoil(t, key)
			_, err := store.Open(dir, store.Options{KeyFile: key})
			wantErr(t, err, c.want)
			if err != nil && strings.Contains(err.Error(), "AGE-SECRET") {
				t.Errorf("the error repeats the key: %v", err)
			}
		})
	}
}

func TestAKeyFileThatExistsIsUsed(t *testing.T) {
	key := filepath.Join(t.TempDir(), "k")
	storetest.Close(t, storetest.OpenAt(t, t.TempDir(), store.Options{KeyFile: key}))
	before, err := os.ReadFile(key)
	mustNot(t, err)
	dir := t.TempDir()
	storetest.OpenAt(t, dir, store.Options{KeyFile: key})
	after, err := os.ReadFile(key)
	mustNot(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the key file was written again")
	}
	if _, err := os.Stat(filepath.Join(dir, "berth.key")); !os.IsNotExist(err) {
		t.Errorf("a key in the data folder, too: %v", err)
	}
}

func TestRekey(t *testing.T) {
	dir := t.TempDir()
	s := storetest.OpenAt(t, dir, store.Options{})
	n, err := s.AddNode(store.Node{UserID: "ada", Name: "a"}, tokenSecret)
	mustNot(t, err)
	keys, err := s.CookieKeys()
	mustNot(t, err)
	before, err := os.ReadFile(filepath.Join(dir, "berth.key"))
	mustNot(t, err)

	count, err := s.Rekey()
	mustNot(t, err)
	if count != 2 {
		t.Errorf("%d secrets encrypted anew, want the token and the cookie keys", count)
	}
	storetest.Close(t, s)
	after, err := os.ReadFile(filepath.Join(dir, "berth.key"))
	mustNot(t, err)
	for line := range strings.Lines(string(before)) {
		if strings.HasPrefix(line, "AGE-SECRET-KEY-") && bytes.Contains(after, []byte(line)) {
			t.Error("the old key is still in the key file")
		}
	}

	s = storetest.OpenAt(t, dir, store.Options{})
	if got, err := s.TokenSecret(n.ID); got != tokenSecret || err != nil {
		t.Errorf("TokenSecret() = %q, %v after a restart", got, err)
	}
	now, err := s.CookieKeys()
	mustNot(t, err)
	if len(now) != 2 || !bytes.Equal(now[1], keys[0]) || bytes.Equal(now[0], keys[0]) {
		t.Error("want a new cookie key in front of the former")
	}
	storetest.Close(t, s)

	mustNot(t, os.WriteFile(filepath.Join(dir, "berth.key"), before, 0o600))
	_, err = store.Open(dir, store.Options{})
	wantErr(t, err, store.ErrKey)
}
