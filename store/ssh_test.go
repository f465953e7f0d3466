package store_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"berth/store"
	"berth/store/storetest"
)

func TestANodeHasOneSSHKey(t *testing.T) {
	dir := t.TempDir()
	s := storetest.OpenAt(t, dir, store.Options{})
	n := addNode(t, s, store.Node{UserID: "ada", Name: "tower"})
	other := addNode(t, s, store.Node{UserID: "ada", Name: "attic"})

	key, err := s.SSHKey("ada", n.ID)
	mustNot(t, err)
	again, err := s.SSHKey("ada", n.ID)
	mustNot(t, err)
	others, err := s.SSHKey("ada", other.ID)
	mustNot(t, err)
	if !key.Equal(again) || key.Equal(others) {
		t.Error("a node's key must be its own and stay")
	}
	_, err = s.SSHKey("eve", n.ID)
	wantErr(t, err, store.ErrNotFound)

	file, err := os.ReadFile(filepath.Join(dir, "berth.db"))
	mustNot(t, err)
	for _, plain := range [][]byte{key.Seed(), []byte(base64.StdEncoding.EncodeToString(key.Seed()))} {
		if bytes.Contains(file, plain) {
			t.Error("the key stands in the database as it is")
		}
	}
	_, err = s.Rekey()
	mustNot(t, err)
	after, err := s.SSHKey("ada", n.ID)
	mustNot(t, err)
	if !key.Equal(after) {
		t.Error("the key changed when the secrets were encrypted anew")
	}

	mustNot(t, s.DeleteNode("ada", n.ID))
	_, err = s.SSHKey("ada", n.ID)
	wantErr(t, err, store.ErrNotFound)
	left, err := s.SSHKey("ada", other.ID)
	mustNot(t, err)
	if !left.Equal(others) {
		t.Error("the key of another node went too")
	}
}

func TestHowANodesHostIsReached(t *testing.T) {
	s, clock := openWithClock(t)
	n := addNode(t, s, store.Node{UserID: "ada", Name: "tower", Host: "tower.lan"})
	set := store.SSHSettings{Port: 2222, User: "berth", HostKey: "SHA256:abc"}
	_, err := s.SetSSH("eve", n.ID, set)
	wantErr(t, err, store.ErrNotFound)
	n, err = s.SetSSH("ada", n.ID, set)
	mustNot(t, err)
	hers := n
	hers.UserID = "eve"
	wantErr(t, s.NoteSSHWorked(hers), store.ErrNotFound)
	mustNot(t, s.NoteSSHWorked(n))

	stands := func(when string, want store.SSHSettings, worked time.Time) {
		t.Helper()
		got, err := s.Node("ada", n.ID)
		mustNot(t, err)
		if got.SSH != want || !got.SSHWorked.Equal(worked) {
			t.Errorf("%s: %+v, worked %v; want %+v, %v", when, got.SSH, got.SSHWorked, want, worked)
		}
	}
	worked := clock.Now()
	stands("tested", set, worked)
	clock.Advance(time.Hour)
	_, err = s.SetSSH("ada", n.ID, set)
	mustNot(t, err)
	stands("saved as it was", set, worked)
	n.Name = "Tower 2"
	_, err = s.UpdateNode(n, "")
	mustNot(t, err)
	stands("after a change of the node", set, worked)
	set.HostKey = "SHA256:other"
	_, err = s.SetSSH("ada", n.ID, set)
	mustNot(t, err)
	stands("with another host key", set, time.Time{})
	mustNot(t, s.NoteSSHWorked(n))
	stands("when the answer comes late of the host before", set, time.Time{})

	n, err = s.Node("ada", n.ID)
	mustNot(t, err)
	mustNot(t, s.NoteSSHWorked(n))
	stands("tested again", set, clock.Now())
	n.Host = "attic.lan"
	_, err = s.UpdateNode(n, "")
	mustNot(t, err)
	stands("on another host", set, time.Time{})
}

func TestTheHostThatHoldsAContainer(t *testing.T) {
	s := storetest.Open(t)
	cluster := []store.NodeMember{member("pve1", "A"), member("pve2", "B"), member("pve3", "C")}
	one := addNode(t, s, store.Node{UserID: "ada", Name: "one", Member: "pve1", Members: cluster})
	two := addNode(t, s, store.Node{UserID: "ada", Name: "two", Member: "pve2", Members: cluster})
	addNode(t, s, store.Node{UserID: "ada", Name: "elsewhere", Member: "pve3", Members: []store.NodeMember{member("pve3", "D")}})
	addNode(t, s, store.Node{UserID: "eve", Name: "three", Member: "pve3", Members: cluster})
	_, err := s.SetSSH("ada", one.ID, store.SSHSettings{HostKey: "SHA256:one"})
	mustNot(t, err)

	for _, member := range []string{"", "pve1"} {
		if n, err := s.SSHNode("ada", one.ID, member); err != nil || n.ID != one.ID {
			t.Errorf("member %q: %s, %v", member, n.Name, err)
		}
	}
	missing := func(member string, want store.NoSSHError) {
		t.Helper()
		_, err := s.SSHNode("ada", one.ID, member)
		if got, ok := errors.AsType[*store.NoSSHError](err); !ok || *got != want {
			t.Errorf("member %q: %v, want %+v", member, err, want)
		}
	}
	missing("pve2", store.NoSSHError{Node: "two"})
	missing("pve3", store.NoSSHError{Node: "one", Member: "pve3"})
	_, err = s.SetSSH("ada", two.ID, store.SSHSettings{HostKey: "SHA256:two"})
	mustNot(t, err)
	if n, err := s.SSHNode("ada", one.ID, "pve2"); err != nil || n.ID != two.ID {
		t.Errorf("the other member: %s, %v", n.Name, err)
	}
	_, err = s.SSHNode("eve", one.ID, "")
	wantErr(t, err, store.ErrNotFound)
}
