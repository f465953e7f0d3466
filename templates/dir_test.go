package templates_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"berth/store"
	"berth/store/storetest"
	"berth/templates"
)

// shelf is a folder of templates and a store of one user.
type shelf struct {
	t     *testing.T
	dir   string
	store *store.Store
}

func newShelf(t *testing.T) shelf { return shelf{t, t.TempDir(), storetest.Open(t)} }

func (s shelf) put(name, content string) {
	s.t.Helper()
	file := filepath.Join(s.dir, name)
	s.must(os.MkdirAll(filepath.Dir(file), 0o700))
	s.must(os.WriteFile(file, []byte(content), 0o600))
}

func (s shelf) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// only is the one difference there is.
func (s shelf) only(want templates.State) templates.Difference {
	s.t.Helper()
	list, err := s.store.Templates("ada")
	s.must(err)
	buckets, err := s.store.PackageBuckets("ada")
	s.must(err)
	found, err := templates.Compare(s.dir, list, buckets)
	s.must(err)
	if len(found) != 1 || found[0].State != want {
		s.t.Fatalf("Compare() = %+v, want one that is %s", found, want)
	}
	return found[0]
}

func (s shelf) take(d templates.Difference, buckets bool) store.Template {
	s.t.Helper()
	t, err := templates.Take(s.store, "ada", d, buckets)
	s.must(err)
	return t
}

func (s shelf) edit(t store.Template, memory int) {
	s.t.Helper()
	t.Memory = memory
	_, err := s.store.PutTemplate(t)
	s.must(err)
}

func TestFolderAndStoreAreComparedAndNothingIsOverwrittenUntold(t *testing.T) {
	s := newShelf(t)
	s.put("README.md", "not a template")
	s.put("web/template.yaml", "name: Web\nmemory: 512\n")
	first := s.take(s.only(templates.New), false)
	if first.Origin != "web" || first.Memory != 512 {
		t.Errorf("taken over as %+v", first)
	}
	s.only(templates.Same)

	s.put("web/template.yaml", "# more of it\nmemory: 1024\nname: Web\n")
	d := s.only(templates.Changed)
	lines := d.Files[0].Lines
	if len(d.Files) != 1 || !slices.Contains(lines, templates.Line{Sign: '-', Text: "memory: 512"}) || !slices.Contains(lines, templates.Line{Sign: '+', Text: "memory: 1024"}) {
		t.Errorf("shown as %+v", d.Files)
	}
	if kept, err := s.store.Template("ada", first.ID); err != nil || kept.Memory != 512 {
		t.Errorf("looking changed it to %+v, %v", kept, err)
	}

	s.edit(first, 2048)
	second := s.take(s.only(templates.Both), false)
	if second.ID != first.ID || second.Memory != 1024 {
		t.Errorf("taken over as %+v", second)
	}
	s.edit(second, 4096)
	s.only(templates.Edited)

	s.put("web/template.yaml", "name: Web\nmemmory: 1\n")
	if d := s.only(templates.Unreadable); d.Err == nil {
		t.Error("nothing says why it cannot be read")
	} else if _, err := templates.Take(s.store, "ada", d, true); !errors.Is(err, d.Err) {
		t.Errorf("taking it: %v", err)
	}
	s.must(os.RemoveAll(filepath.Join(s.dir, "web")))
	s.take(s.only(templates.Gone), false)
	_, err := s.store.Template("ada", first.ID)
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("error %v, want that it is deleted", err)
	}
}

func TestBucketsOfAFolder(t *testing.T) {
	s := newShelf(t)
	kept, err := s.store.PutPackageBucket(store.PackageBucket{UserID: "ada", Name: "Base", Packages: []store.Package{{Manager: "apt", Name: "vim"}}})
	s.must(err)
	s.put("web/template.yaml", "name: Web\nbuckets: [base, more]\n")
	s.put("web/packages/base.apt", "curl\n")
	s.put("web/packages/more.apt", "git\n")

	d := s.only(templates.New)
	want := []templates.BucketDifference{{Name: "Base", Files: []templates.FileDifference{{
		Name: "packages/Base.apt", Lines: []templates.Line{{Sign: '-', Text: "vim"}, {Sign: '+', Text: "curl"}},
	}}}}
	if !reflect.DeepEqual(d.Buckets, want) {
		t.Errorf("other here are the buckets %+v, want %+v", d.Buckets, want)
	}
	web := s.take(d, false)
	if len(web.Buckets) != 2 || web.Buckets[0] != kept.ID {
		t.Errorf("the template names the buckets %q", web.Buckets)
	}
	names := func() (names []string) {
		list, err := s.store.PackageBuckets("ada")
		s.must(err)
		for _, p := range templates.Resolve(web, list) {
			names = append(names, p.Name)
		}
		return names
	}
	if got := names(); !slices.Equal(got, []string{"vim", "git"}) {
		t.Errorf("packages %q, want the user's own bucket as it was", got)
	}
	s.take(s.only(templates.Same), true)
	if got := names(); !slices.Equal(got, []string{"curl", "git"}) {
		t.Errorf("packages %q, want those of the folder, as was told", got)
	}
}

func TestTemplateOfAnotherNameIsNotOverwritten(t *testing.T) {
	s := newShelf(t)
	_, err := s.store.PutTemplate(store.Template{UserID: "ada", Name: "Web"})
	s.must(err)
	s.put("web/template.yaml", "name: web\nbuckets: [more]\n")
	_, err = templates.Take(s.store, "ada", s.only(templates.New), false)
	if !errors.Is(err, store.ErrNameTaken) {
		t.Errorf("error %v, want ErrNameTaken", err)
	}
	if list, err := s.store.PackageBuckets("ada"); err != nil || len(list) != 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}
