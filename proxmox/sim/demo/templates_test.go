package demo

import (
	"maps"
	"testing"

	"berth/store/storetest"
	"berth/templates"
)

func TestTheDemonstrationsFolderHasOneOfEachState(t *testing.T) {
	s, dir := storetest.Open(t), t.TempDir()
	if err := fillFolder(s, "ada", dir); err != nil {
		t.Fatal(err)
	}
	own, err := s.Templates("ada")
	if err != nil {
		t.Fatal(err)
	}
	found, err := templates.Compare(dir, own, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]templates.State{}
	for _, d := range found {
		got[d.Origin] = d.State
	}
	want := map[string]templates.State{
		"dashboard": templates.Changed, "mail": templates.Unreadable, "notes": templates.New, "old-wiki": templates.Gone, "photos": templates.Edited,
	}
	if !maps.Equal(got, want) {
		t.Errorf("the folder's templates are %v, want %v", got, want)
	}
}

func TestTheDemonstrationHasATemplateWithABucket(t *testing.T) {
	s := storetest.Open(t)
	if err := addTemplate(s, "ada"); err != nil {
		t.Fatal(err)
	}
	own, err := s.Templates("ada")
	if err != nil || len(own) != 1 || len(own[0].Buckets) != 1 || len(templates.Check(own[0])) > 0 {
		t.Errorf("it has %+v, %v", own, err)
	}
}
