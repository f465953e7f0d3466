package template

import (
	"net/url"
	"reflect"
	"slices"
	"testing"

	"github.com/a-h/templ"

	"berth/forms"
	"berth/store"
	"berth/views/golden"
)

// web is a template with something in most of its fields.
func web() store.Template {
	return store.Template{
		ID: "tweb", UserID: "u1", Name: "Web", Description: "A page.", Tags: []string{"web"}, OSTemplate: "debian-13-standard", Cores: 2, Swap: -1,
		Unprivileged: true, Buckets: []string{"pbase"}, Revision: 3,
		Scripts: []store.Script{{Name: "install", Enabled: true, Content: "\nsay '<b>'\n"}, {Name: "extras", Content: "true\n"}},
		Files: []store.File{
			{Path: "/srv/index.html", Mode: 0o640, Policy: store.FileBackup, Content: []byte("</textarea>\n")},
			{Path: "/srv/logo.png", Policy: store.FileReplace, Content: []byte{0x89, 'P', 'N', 'G', 0}},
		},
		Inputs:   []store.Input{{Name: "LEVEL", Label: "Level", Kind: store.InputChoice, Choices: []string{"less", "more"}, Default: "less"}},
		Services: []store.Service{{Name: "nginx", Port: 80, Path: "/", Scheme: "http"}},
	}
}

func TestTemplatePages(t *testing.T) {
	base := store.PackageBucket{ID: "pbase", Name: "Base", Description: "For all.", Packages: []store.Package{{Manager: "apt", Name: "htop"}}, Revision: 1}
	other := store.PackageBucket{ID: "pother", Name: "Another"}
	edit := forms.NewTemplate(web(), map[string]string{"apt": "nginx\n"})
	edit.Buckets, edit.Systems = []store.PackageBucket{other, base}, []string{"alpine-3.22-default"}
	short := web()
	short.Scripts, short.Inputs, short.Services = nil, nil, nil
	wrong := forms.NewTemplate(web(), map[string]string{"apt": "nginx\n"})
	wrong.Buckets, wrong.Systems = edit.Buckets, edit.Systems
	wrong.Changed, wrong.Refused, wrong.Differs = true, true, []string{"Resources", "Scripts"}
	wrong.Errors = map[string]string{"memory": "“lots” is not a whole number", "script_name": "There are too many", "file_content.1": "Damaged"}
	deleted := forms.NewTemplate(short, nil)
	deleted.WasDeleted()
	use := forms.UseOf(base, []store.Template{web(), {Name: "Other"}})
	bucket := forms.NewBucket(use, map[string]string{"apt": "htop\n"})
	refused := forms.NewBucket(forms.BucketUse{}, nil)
	refused.Changed, refused.Errors = true, map[string]string{"name": "Enter a name"}
	deletedBucket := forms.NewBucket(use, map[string]string{"apt": "htop\n"})
	deletedBucket.WasDeleted()
	pages := map[string]golden.Page{}
	for name, c := range map[string]templ.Component{
		"template":        Detail(Page{Template: web(), Buckets: []store.PackageBucket{base}, Packages: base.Packages}),
		"template_edit":   Edit(edit),
		"starter_edit":    StarterEdit(store.Template{ID: "starter-x", Name: "X"}),
		"packages":        Packages([]forms.BucketUse{use, {Bucket: other}}),
		"packages_edit":   PackagesEdit(bucket),
		"packages_delete": templ.Join(PackagesDelete(use), PackagesDelete(forms.BucketUse{Bucket: other})),
	} {
		t.Run(name, func(t *testing.T) { pages[name] = golden.Compare(t, name, c) })
	}
	pages["template_edit"].Variant(t, "wrong", Edit(wrong))
	pages["template_edit"].Variant(t, "deleted", Edit(deleted))
	pages["packages"].Variant(t, "none", Packages(nil))
	pages["packages_edit"].Variant(t, "wrong", PackagesEdit(refused))
	pages["packages_edit"].Variant(t, "deleted", PackagesEdit(deletedBucket))
}

func TestDifferingParts(t *testing.T) {
	none := web()
	none.Revision, none.Packages, none.Updated = 9, []store.Package{}, none.Created.AddDate(0, 0, 1)
	if got := DifferingParts(web(), none); got != nil {
		t.Errorf("of two that hold the same it names %v", got)
	}
	for want, change := range map[string]func(*store.Template){
		"About":     func(t *store.Template) { t.Tags = []string{"other"} },
		"Resources": func(t *store.Template) { t.Nesting = true },
		"Packages":  func(t *store.Template) { t.Buckets = nil },
		"Scripts":   func(t *store.Template) { t.Scripts = t.Scripts[:1] },
		"Files":     func(t *store.Template) { t.Files = append(t.Files, store.File{Path: "/x"}) },
		"Inputs":    func(t *store.Template) { t.Inputs = nil },
		"Services":  func(t *store.Template) { t.Services = nil },
	} {
		other := web()
		change(&other)
		if got := DifferingParts(web(), other); !slices.Equal(got, []string{want}) {
			t.Errorf("it names %v, want %s", got, want)
		}
	}
}

// Whatever arrives as the form of a template becomes one that the form then holds, and
// gives back as it is.
func FuzzTemplateForm(f *testing.F) {
	f.Add(forms.NewTemplate(web(), nil).Values.Encode(), "up:script:1")
	f.Add("name=a&script_name.0=b&script_content.0=%0D%0D%0A%00&script_enabled.0=0&script_enabled.0=1&file_path.0=/x&file_binary.0=!&file_mode.0=0o9", "remove:file:0")
	f.Add("input_name.0=A&input_kind.0=choice&input_choices.0=a%0Db&service_name.0=x&service_port.0=99999999999999999999&swap=0", "add:service")
	f.Fuzz(func(t *testing.T, body, change string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			return // no form
		}
		form := forms.Template{Values: values, Errors: map[string]string{}}
		form.ChangeRows(change)
		once := form.Template()
		if len(form.Errors) > 0 {
			return // it is not kept
		}
		again := forms.NewTemplate(once, nil)
		twice := again.Template()
		once.Revision, twice.Revision = 0, 0
		if len(once.Buckets) == 0 && len(twice.Buckets) == 0 {
			once.Buckets, twice.Buckets = nil, nil
		}
		if !reflect.DeepEqual(once, twice) || len(again.Errors) > 0 {
			t.Errorf("it became\n%+v, was\n%+v; %v", twice, once, again.Errors)
		}
	})
}
