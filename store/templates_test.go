package store_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"berth/store"
	"berth/store/storetest"
)

func putTemplate(t testing.TB, s *store.Store, tmpl store.Template) store.Template {
	t.Helper()
	tmpl, err := s.PutTemplate(tmpl)
	mustNot(t, err)
	return tmpl
}

func putPackageBucket(t testing.TB, s *store.Store, b store.PackageBucket) store.PackageBucket {
	t.Helper()
	b, err := s.PutPackageBucket(b)
	mustNot(t, err)
	return b
}

func TestTemplateIsKept(t *testing.T) {
	s, clock := openWithClock(t)
	made := clock.Now()
	web := putTemplate(t, s, store.Template{
		UserID: "ada", Name: "web", Created: made.Add(time.Hour),
		Files: []store.File{{Path: "/srv/x", Policy: store.FileReplace, Content: []byte{0, 0xff}}},
	})
	if web.ID == "" || !web.Created.Equal(made) || !web.Updated.Equal(made) {
		t.Errorf("PutTemplate() = %+v", web)
	}
	putTemplate(t, s, store.Template{UserID: "ada", Name: "DNS"})

	clock.Advance(time.Minute)
	web.Name, web.Created = "Website", time.Time{}
	putTemplate(t, s, web)
	got, err := s.Template("ada", web.ID)
	mustNot(t, err)
	if got.Name != "Website" || !got.Created.Equal(made) || !got.Updated.Equal(clock.Now()) || !bytes.Equal(got.Files[0].Content, []byte{0, 0xff}) {
		t.Errorf("Template() = %+v", got)
	}
	if got := templateNames(t, s, "ada"); !slices.Equal(got, []string{"DNS", "Website"}) {
		t.Errorf("Templates() = %q, want them by name", got)
	}

	mustNot(t, s.DeleteTemplate("ada", web.ID))
	mustNot(t, s.DeleteTemplate("ada", web.ID))
	_, err = s.Template("ada", web.ID)
	wantErr(t, err, store.ErrNotFound)
	_, err = s.PutTemplate(web)
	wantErr(t, err, store.ErrNotFound)
}

func templateNames(t testing.TB, s *store.Store, user string) []string {
	t.Helper()
	list, err := s.Templates(user)
	mustNot(t, err)
	var names []string
	for _, tmpl := range list {
		names = append(names, tmpl.Name)
	}
	return names
}

func TestTemplatesOfOneUserAreNotAnothers(t *testing.T) {
	s := storetest.Open(t)
	web := putTemplate(t, s, store.Template{UserID: "ada", Name: "web"})
	tools := putPackageBucket(t, s, store.PackageBucket{UserID: "ada", Name: "tools"})

	_, err := s.Template("eve", web.ID)
	wantErr(t, err, store.ErrNotFound)
	stolen := web
	stolen.UserID = "eve"
	_, err = s.PutTemplate(stolen)
	wantErr(t, err, store.ErrNotFound)
	mustNot(t, s.DeleteTemplate("eve", web.ID))
	mustNot(t, s.DeletePackageBucket("eve", tools.ID))
	taken := tools
	taken.UserID = "eve"
	_, err = s.PutPackageBucket(taken)
	wantErr(t, err, store.ErrNotFound)
	if _, err := s.PutTemplate(store.Template{UserID: "eve", Name: "web", Buckets: []string{tools.ID}}); err == nil {
		t.Error("a template names the bucket of another user")
	}
	putTemplate(t, s, store.Template{UserID: "eve", Name: "web"}) // a name of hers too

	if got := templateNames(t, s, "ada"); !slices.Equal(got, []string{"web"}) {
		t.Errorf("Templates() = %q", got)
	}
	if list, err := s.PackageBuckets("ada"); err != nil || len(list) != 1 {
		t.Errorf("PackageBuckets() = %v, %v", list, err)
	}
	if list, err := s.PackageBuckets("eve"); err != nil || len(list) != 0 {
		t.Errorf("PackageBuckets() of another = %v, %v", list, err)
	}
}

func TestNamesOfTemplatesAndBucketsAreUnique(t *testing.T) {
	s := storetest.Open(t)
	web := putTemplate(t, s, store.Template{UserID: "ada", Name: "Web"})
	dns := putTemplate(t, s, store.Template{UserID: "ada", Name: "DNS"})
	_, err := s.PutTemplate(store.Template{UserID: "ada", Name: "wEB"})
	wantErr(t, err, store.ErrNameTaken)
	dns.Name = "web"
	_, err = s.PutTemplate(dns)
	wantErr(t, err, store.ErrNameTaken)
	web.Name = "WEB" // its own name, written otherwise
	putTemplate(t, s, web)

	tools := putPackageBucket(t, s, store.PackageBucket{UserID: "ada", Name: "Tools"})
	_, err = s.PutPackageBucket(store.PackageBucket{UserID: "ada", Name: "tools"})
	wantErr(t, err, store.ErrNameTaken)
	tools.Name = "TOOLS"
	putPackageBucket(t, s, tools)
}

func TestPackageBucketLeavesTheTemplatesThatNameIt(t *testing.T) {
	s, clock := openWithClock(t)
	made := clock.Now()
	tools := putPackageBucket(t, s, store.PackageBucket{UserID: "ada", Name: "tools", Packages: []store.Package{{Manager: "apt", Name: "curl"}}})
	other := putPackageBucket(t, s, store.PackageBucket{UserID: "ada", Name: "other"})
	web := putTemplate(t, s, store.Template{UserID: "ada", Name: "web", Buckets: []string{tools.ID, other.ID}})

	clock.Advance(time.Minute)
	tools.Packages = append(tools.Packages, store.Package{Manager: "apk", Name: "git", Version: "2"})
	tools = putPackageBucket(t, s, tools)
	if !tools.Created.Equal(made) || !tools.Updated.Equal(clock.Now()) {
		t.Errorf("PutPackageBucket() = %+v", tools)
	}
	list, err := s.PackageBuckets("ada")
	mustNot(t, err)
	if len(list) != 2 || list[0].ID != other.ID || !slices.Equal(list[1].Packages, tools.Packages) {
		t.Errorf("PackageBuckets() = %+v, want them by name", list)
	}

	mustNot(t, s.DeletePackageBucket("ada", tools.ID))
	got, err := s.Template("ada", web.ID)
	mustNot(t, err)
	if !slices.Equal(got.Buckets, []string{other.ID}) {
		t.Errorf("the template names the buckets %q, want just %q", got.Buckets, other.ID)
	}
	putTemplate(t, s, got)
}

func TestWhatIsSavedOverIsWhatWasRead(t *testing.T) {
	s := storetest.Open(t)
	web := putTemplate(t, s, store.Template{UserID: "ada", Name: "web", Revision: 7})
	tools := putPackageBucket(t, s, store.PackageBucket{UserID: "ada", Name: "tools", Revision: 7})
	if web.Revision != 1 || tools.Revision != 1 {
		t.Fatalf("new ones have the revisions %d and %d", web.Revision, tools.Revision)
	}
	mine, theirs := web, web
	theirs.Cores = 4
	theirs = putTemplate(t, s, theirs)
	_, err := s.PutTemplate(mine)
	wantErr(t, err, store.ErrChanged)
	got, err := s.Template("ada", web.ID)
	mustNot(t, err)
	if got.Cores != 4 || got.Revision != 2 || theirs.Revision != 2 {
		t.Errorf("Template() = %+v", got)
	}
	mine.Revision = theirs.Revision
	putTemplate(t, s, mine)
	mine.Revision = 0 // whatever is there
	if got := putTemplate(t, s, mine); got.Revision != 4 {
		t.Errorf("the fourth has revision %d", got.Revision)
	}

	putPackageBucket(t, s, tools)
	_, err = s.PutPackageBucket(tools)
	wantErr(t, err, store.ErrChanged)
	b, err := s.PackageBucket("ada", tools.ID)
	mustNot(t, err)
	if b.Name != "tools" || b.Revision != 2 {
		t.Errorf("PackageBucket() = %+v", b)
	}
	_, err = s.PackageBucket("eve", tools.ID)
	wantErr(t, err, store.ErrNotFound)
}

func TestBackupHasTheTemplates(t *testing.T) {
	s := storetest.Open(t)
	tools := putPackageBucket(t, s, store.PackageBucket{UserID: "ada", Name: "tools"})
	web := putTemplate(t, s, store.Template{UserID: "ada", Name: "web", Buckets: []string{tools.ID}})
	var b bytes.Buffer
	mustNot(t, s.Backup(&b))
	dir := filepath.Join(t.TempDir(), "new")
	mustNot(t, store.Restore(dir, store.Options{}, &b))
	restored := storetest.OpenAt(t, dir, store.Options{})
	got, err := restored.Template("ada", web.ID)
	mustNot(t, err)
	if got.Name != "web" || !slices.Equal(got.Buckets, []string{tools.ID}) {
		t.Errorf("Template() = %+v", got)
	}
	if list, err := restored.PackageBuckets("ada"); err != nil || len(list) != 1 {
		t.Errorf("PackageBuckets() = %v, %v", list, err)
	}
}
