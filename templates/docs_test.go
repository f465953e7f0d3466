package templates_test

import (
	"maps"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"berth/store"
	"berth/templates"
)

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// part returns the text under a heading.
func part(t *testing.T, heading string) string {
	t.Helper()
	_, below, found := strings.Cut(page(t), "\n"+heading+"\n")
	if !found {
		t.Fatalf("docs/templates.md has no heading %q", heading)
	}
	below, _, _ = strings.Cut(below, "\n## ")
	return below
}

var block = regexp.MustCompile("(?ms)^`([^`\n]+)`\n\n```[a-z]+\n(.*?)^```$")

// Somebody who copies the page's example has a template.
func TestTheExampleOfThePageWorksWhenCopied(t *testing.T) {
	folder := fstest.MapFS{}
	for _, m := range block.FindAllStringSubmatch(part(t, "## A complete example"), -1) {
		folder[m[1]] = &fstest.MapFile{Data: []byte(m[2])}
	}
	if len(folder) != 5 {
		t.Fatalf("the page has the files %v; it says that there are five", slices.Sorted(maps.Keys(folder)))
	}
	b, err := templates.ReadFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	got := b.Template
	if got.Name != "Web server" || got.Swap != -1 || len(got.Inputs) != 3 || len(got.Services) != 1 || len(got.Scripts) != 1 || got.Scripts[0].Description == "" {
		t.Errorf("it is read as %+v", got)
	}
	if len(got.Files) != 1 || got.Files[0].Path != "/etc/nginx/conf.d/site.conf" || got.Files[0].Policy != store.FileBackup {
		t.Errorf("its files are %+v", got.Files)
	}
	var names []string
	for _, p := range templates.Resolve(got, b.Buckets) {
		names = append(names, p.Manager+":"+p.Name)
	}
	if want := []string{"apt:nginx", "apt:openssl", "apt:curl", "apt:less"}; !slices.Equal(names, want) {
		t.Errorf("its packages are %v, want %v", names, want)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal("there is no sh here to read the script with")
	}
	parses(t, []string{sh, "-n"}, "the example's script", got.Scripts[0].Content)
}

func TestTheOlderLayoutOfThePageIsRead(t *testing.T) {
	_, conf, _ := strings.Cut(part(t, "## The older home-lab layout"), "```sh\n")
	conf, _, _ = strings.Cut(conf, "```")
	b, err := templates.ReadFolder(fstest.MapFS{"template.conf": {Data: []byte(conf)}})
	want := store.Template{
		Name: "jellyfin", Description: "Films and series", Tags: []string{"media", "tv"}, OSTemplate: "debian-12-standard",
		Cores: 2, Memory: 2048, Disk: 16, Unprivileged: true, Nesting: true,
	}
	if err != nil || !reflect.DeepEqual(b.Template, want) {
		t.Errorf("it is read as %+v, %v; want %+v", b.Template, err, want)
	}
}

// firstColumn is the code in the first column of the tables of a part.
func firstColumn(text string) []string {
	var list []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^|]*)` \\|").FindAllStringSubmatch(text, -1) {
		for name := range strings.SplitSeq(m[1], "`, `") {
			list = append(list, name)
		}
	}
	return list
}

// The functions that the page names are those of the prelude, and no other.
func TestThePageNamesEveryFunctionOfScripts(t *testing.T) {
	prelude, err := os.ReadFile("../jobs/prelude.sh")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z_]+)\(\)`).FindAllStringSubmatch(string(prelude), -1) {
		if !strings.HasPrefix(m[1], "berth_") {
			want = append(want, m[1])
		}
	}
	for _, code := range firstColumn(part(t, "### Functions")) {
		name, _, _ := strings.Cut(code, " ")
		got = append(got, name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the page names %v; the prelude has %v", got, want)
	}
}

// A field that the page names is read, and one of another name is refused.
func TestThePageNamesTheFieldsOfATemplate(t *testing.T) {
	fields := firstColumn(part(t, "## template.yaml"))
	if len(fields) != 17 {
		t.Errorf("the page names %d fields: %v", len(fields), fields)
	}
	for _, field := range append(fields, "no_such_field") {
		text := "name: A\n"
		if field != "name" {
			text += field + ":\n" // as if it were not there
		}
		_, err := templates.ReadFolder(fstest.MapFS{"template.yaml": {Data: []byte(text)}})
		if (err != nil) != (field == "no_such_field") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestThePageNamesEveryStarter(t *testing.T) {
	listed := part(t, "## The starters")
	for _, s := range templates.Starters() {
		system, _, _ := strings.Cut(s.OSTemplate, "-")
		if !strings.Contains(strings.ToLower(listed), strings.ToLower("| "+s.Name+" | "+system+" |")) {
			t.Errorf("the page does not list %s on %s", s.Name, system)
		}
	}
}
