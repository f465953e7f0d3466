package store_test

import (
	"maps"
	"testing"

	"berth/store"
	"berth/store/storetest"
)

func TestDismissals(t *testing.T) {
	s := storetest.Open(t)
	attic := addNode(t, s, store.Node{UserID: "ada", Name: "attic"})
	cellar := addNode(t, s, store.Node{UserID: "ada", Name: "cellar"})
	other := addNode(t, s, store.Node{UserID: "bob", Name: "attic"})
	has := func(user string, want map[string]string) {
		t.Helper()
		got, err := s.Dismissals(user)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s dismissed %v, %v; want %v", user, got, err, want)
		}
	}
	disk, task := "disk/"+attic.ID+"/101", "task/"+cellar.ID+"/102"
	mustNot(t, s.Dismiss("ada", disk, "full"))
	mustNot(t, s.Dismiss("ada", task, "UPID:1"))
	mustNot(t, s.Dismiss("ada", task, "UPID:2"))
	has("ada", map[string]string{disk: "full", task: "UPID:2"})
	has("bob", map[string]string{})
	for _, key := range []string{"disk/" + other.ID + "/101", "disk", "disk/" + attic.ID, ""} {
		wantErr(t, s.Dismiss("ada", key, "full"), store.ErrNotFound)
	}
	mustNot(t, s.DropDismissals("ada", []string{task, "no such"}))
	has("ada", map[string]string{disk: "full"})
	mustNot(t, s.Dismiss("ada", task, "UPID:3"))
	mustNot(t, s.DeleteNode("ada", attic.ID))
	has("ada", map[string]string{task: "UPID:3"})
}
