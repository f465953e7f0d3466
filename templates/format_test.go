package templates_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"berth/store"
	"berth/templates"
)

// webServer is the template of testdata/web-server.
func webServer() templates.Bundle {
	return templates.Bundle{
		Template: store.Template{
			Name: "Web server", Description: "Caddy, with a page.\n\nSee its own manual.", Tags: []string{"web", "tls"},
			OSTemplate: "debian-12-standard", Cores: 2, Memory: 1024, Swap: -1, Disk: 8, Storage: "local-lvm", Bridge: "vmbr0",
			Unprivileged: true, Nesting: true,
			Packages: []store.Package{{Manager: "apt", Name: "caddy"}},
			Buckets:  []string{"Base tools"},
			Inputs: []store.Input{
				{Name: "SITE_NAME", Label: "Name of the site", Kind: store.InputText, Default: "home.example"},
				{Name: "ADMIN_PASSWORD", Label: "Password", Kind: store.InputSecret},
			},
			Files: []store.File{{Path: "/etc/caddy/Caddyfile", Owner: "root:caddy", Mode: 0o640, Policy: store.FileBackup, Content: []byte(":80\nrespond \"hello\"\n")}},
			Scripts: []store.Script{
				{Name: "install", Description: "Caddy and its page", Enabled: true, Content: "service_enable caddy\n"},
				{Name: "harden", Content: "say \"nothing yet\"\n"},
			},
			Services: []store.Service{{Name: "caddy", Port: 80, Path: "/", Scheme: "http"}},
		},
		Buckets: []store.PackageBucket{{Name: "Base tools", Description: "On every box", Packages: []store.Package{{Manager: "apt", Name: "curl", Version: "8.14.1-2"}, {Manager: "apt", Name: "git"}}}},
	}
}

func TestReadFolder(t *testing.T) {
	got, err := templates.ReadFolder(os.DirFS("testdata/web-server"))
	if err != nil || !reflect.DeepEqual(got, webServer()) {
		t.Errorf("ReadFolder() = %+v, %v; want %+v", got, err, webServer())
	}
}

// An export is meant to be kept in git: it has every byte of the folder that it was read from.
func TestExportIsTheFolder(t *testing.T) {
	files := unpack(t, export(t, webServer()))
	count := 0
	folder := os.DirFS("testdata/web-server")
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		count++
		want, err := fs.ReadFile(folder, name)
		if got := files["web-server/"+name]; string(got) != string(want) {
			t.Errorf("%s is exported as\n%s\nwant\n%s", name, got, want)
		}
		return err
	})
	if err != nil || count != len(files) {
		t.Errorf("%d files in the folder, %d in the archive, %v", count, len(files), err)
	}
	if !bytes.Equal(export(t, webServer()), export(t, webServer())) {
		t.Error("two exports of one template differ")
	}
}

func export(t testing.TB, b templates.Bundle) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := templates.WriteArchive(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func unpack(t testing.TB, packed []byte) map[string][]byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingIsLostOnTheWay(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		want := someBundle(r)
		if wrong := templates.Check(want.Template); len(wrong) > 0 {
			t.Fatalf("template %d: %v", i, wrong)
		}
		got, err := templates.ReadArchive(bytes.NewReader(export(t, want)))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("template %d: read again it is\n%+v, %v\nwant\n%+v", i, got, err, want)
		}
	}
}

// words that YAML, a shell or an archive might take for something else.
var words = []string{"a", "null", "~", "yes", "0x1f", "1e3", "- x", "# y", "k: v", "“ü”", "日本", "'", `"`, `\`, "{{", "&a", "*b", "!t", "%d", "$(id)", "|", ">", "  b", "@", "`", "2026-01-01", "é\u0301"}

func someWords(r *rand.Rand, between string) string {
	var list []string
	for range 1 + r.IntN(4) {
		list = append(list, words[r.IntN(len(words))])
	}
	return strings.TrimSpace(strings.Join(list, between))
}

func someBundle(r *rand.Rand) templates.Bundle {
	t := store.Template{
		Name: someWords(r, " "), OSTemplate: []string{"", "alpine-3.22-default", "local:vztmpl/a_b.tar.zst"}[r.IntN(3)],
		Cores: r.IntN(4), Memory: 16 * r.IntN(99), Swap: r.IntN(4) - 1, Disk: r.IntN(9), Unprivileged: r.IntN(2) == 0, Nesting: r.IntN(2) == 0,
	}
	if r.IntN(2) == 0 {
		t.Description = []string{"", " ", "\n", "\t"}[r.IntN(4)] + someWords(r, "\n") + []string{"", " ", "\n\n"}[r.IntN(3)]
		t.Tags = []string{"null", "1.5"}
	}
	for i := range r.IntN(4) {
		t.Scripts = append(t.Scripts, store.Script{Name: fmt.Sprint("s", 9-i), Description: someWords(r, " "), Enabled: r.IntN(2) == 0, Content: someWords(r, "\n") + "x"})
		t.Files = append(t.Files, store.File{Path: fmt.Sprintf("/srv/%d %s", 9-i, []string{"ü", ".hidden", "a:b", "*"}[r.IntN(4)]), Mode: uint32(r.IntN(0o10000)), Policy: store.FileDefault, Content: []byte(strings.Repeat("\x00\xff\r\n", r.IntN(3)))})
		t.Inputs = append(t.Inputs, store.Input{Name: fmt.Sprint("I", i), Label: someWords(r, " "), Kind: store.InputChoice, Choices: []string{"null", "no", words[r.IntN(5)] + "1"}, Default: "null"})
		t.Services = append(t.Services, store.Service{Name: fmt.Sprint("s", i), Port: i})
		t.Packages = append(t.Packages, store.Package{Manager: store.PackageManagers[i], Name: "curl", Version: []string{"", "1.2"}[r.IntN(2)]})
	}
	b := templates.Bundle{Template: t}
	for i := range r.IntN(3) {
		name := fmt.Sprint("Bucket é ", i)
		b.Template.Buckets = append(b.Template.Buckets, name)
		b.Buckets = append(b.Buckets, store.PackageBucket{Name: name, Description: someWords(r, "\n"), Packages: []store.Package{{Manager: "apt", Name: "git"}, {Manager: "pip", Name: "httpie"}}[i:]})
	}
	return b
}

func TestTemplateYAMLIsReadStrictly(t *testing.T) {
	for about, c := range map[string]struct {
		text string
		line int
		says string
	}{
		"an unknown field":       {"name: a\nmemmory: 512\n", 2, "“memmory”"},
		"a field twice":          {"name: a\nname: b\n", 2, "twice"},
		"a word for a number":    {"name: a\ncores: two\n", 2, "“two”"},
		"a number for a switch":  {"name: a\n\nnesting: 2\n", 3, "true nor false"},
		"a text for a list":      {"name: a\ntags: web\n", 2, "list"},
		"a field of an input":    {"name: a\ninputs:\n  - name: A\n    secret: true\n", 4, "“secret”"},
		"an alias":               {"name: &n a\ndescription: *n\n", 2, "text"},
		"a script without file":  {"name: a\nscripts:\n  - name: x\n", 3, "“x”"},
		"a file without content": {"name: a\nfiles:\n  - path: /etc/x\n", 3, "/etc/x"},
		"no YAML":                {"name: a\n\tb\n", 2, "YAML"},
		"two documents":          {"name: a\n---\nname: b\n", 0, "more than one"},
		"nothing":                {"", 0, "empty"},
		"a list":                 {"- a\n", 1, "fields"},
		"what Check refuses":     {"name: a\ncores: 9999\n", 0, "too high"},
	} {
		t.Run(about, func(t *testing.T) {
			_, err := templates.ReadFolder(fstest.MapFS{"template.yaml": {Data: []byte(c.text)}})
			var wrong *templates.FileError
			if !errors.As(err, &wrong) || wrong.File != "template.yaml" || wrong.Line != c.line || !strings.Contains(wrong.Sentence, c.says) {
				t.Errorf("error %v, want one about line %d with %q", err, c.line, c.says)
			}
		})
	}
}

func TestFolderIsReadAsItIs(t *testing.T) {
	b, err := templates.ReadFolder(fstest.MapFS{
		"template.yaml": {Data: []byte("name: a\nbuckets: [base]\n")}, "README.md": {}, ".git/config": {}, "files/etc/motd": {Data: []byte("hi")},
		"scripts/20-b.sh": {Data: []byte("b\r\n")}, "scripts/3-a.sh": {Data: []byte("a")}, "packages/base.apk": {Data: []byte("curl")}, "packages/more.apk": {Data: []byte("git")},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := b.Template
	if len(got.Scripts) != 2 || got.Scripts[0].Name != "a" || got.Scripts[1].Content != "b\n" || !got.Scripts[0].Enabled {
		t.Errorf("scripts %+v, want them by number, enabled, with the line ends of Unix", got.Scripts)
	}
	if len(got.Files) != 1 || got.Files[0].Path != "/etc/motd" || got.Files[0].Policy != store.FileReplace || !got.Unprivileged {
		t.Errorf("files %+v, unprivileged %t", got.Files, got.Unprivileged)
	}
	if len(got.Packages) != 1 || got.Packages[0].Name != "git" || len(b.Buckets) != 1 || b.Buckets[0].Packages[0].Name != "curl" {
		t.Errorf("packages %v, buckets %v", got.Packages, b.Buckets)
	}
	for name, says := range map[string]string{"script/1-a.sh": "no part", "scripts/a.sh": "10-install.sh", "packages/a.brew": "brew"} {
		_, err := templates.ReadFolder(fstest.MapFS{"template.yaml": {Data: []byte("name: a")}, name: {Data: []byte("x")}})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want one with %q", name, err, says)
		}
	}
	_, err = templates.ReadFolder(fstest.MapFS{"template.yaml": {Data: []byte("name: a")}, "files/x": {Mode: fs.ModeSymlink, Data: []byte("/etc/passwd")}})
	if err == nil || !strings.Contains(err.Error(), "link") {
		t.Errorf("error %v, want a refused link", err)
	}
}

func TestOlderLayout(t *testing.T) {
	got, err := templates.ReadFolder(os.DirFS("testdata/home-lab"))
	want := templates.Bundle{Template: store.Template{
		Name: "jellyfin", Description: "Films, and what jellyfin needs", Tags: []string{"media", "tv-shows"},
		OSTemplate: "debian-12-standard", Cores: 2, Memory: 2048, Disk: 16, Unprivileged: true,
		Packages: []store.Package{{Manager: "apt", Name: "curl"}, {Manager: "apt", Name: "git"}, {Manager: "apt", Name: "vim"}},
		Scripts:  []store.Script{{Name: "install", Enabled: true, Content: "say a\n"}, {Name: "set-up", Enabled: true, Content: "#!/bin/sh\nsay b\n"}},
		Files:    []store.File{{Path: "/etc/media/media.conf", Policy: store.FileDefault, Content: []byte("on\n")}},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ReadFolder() = %+v, %v; want %+v", got, err, want)
	}
}

func TestNothingOfAConfIsRun(t *testing.T) {
	for _, line := range []string{"touch /tmp/x", "A=$(id)", "A=`id`", "A=\"$(id)\"", "A=${B:-$(id)}", "A=1 id", "A=1; id", "A=(1 2)", "A+=1", "if true", "A=${B#x}", "A=<(id)", "A=1|id", "f() { id; }", "A='x", "A=\"x", "A=${B"} {
		_, err := templates.ReadFolder(fstest.MapFS{"template.conf": {Data: []byte("TEMPLATE_APP=a\n" + line + "\n")}})
		var wrong *templates.FileError
		if !errors.As(err, &wrong) || wrong.File != "template.conf" || wrong.Line < 2 {
			t.Errorf("%s: error %v, want one about line 2", line, err)
		}
	}
}

// entry of an archive; a link when it has a target.
type entry struct{ name, content, target string }

func tarOf(t testing.TB, list []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, e := range list {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: 0o644, Size: int64(len(e.content)), Linkname: e.target}
		if e.target != "" {
			h.Typeflag = tar.TypeSymlink
		}
		_, wrote := io.WriteString(w, "")
		if err := errors.Join(w.WriteHeader(h), wrote); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zipOf(t testing.TB, list []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range list {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.target != "" {
			h.SetMode(fs.ModeSymlink | 0o777)
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, e.content+e.target); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestArchivesAreBoundedAndStayInTheirFolder(t *testing.T) {
	good := entry{name: "template.yaml", content: "name: a\n"}
	many := []entry{good}
	for i := range 501 {
		many = append(many, entry{name: fmt.Sprintf("files/%d", i)})
	}
	large := []entry{good}
	for i := range 18 {
		large = append(large, entry{name: fmt.Sprintf("files/%d", i), content: strings.Repeat("x", 1<<20)})
	}
	for about, c := range map[string]struct {
		entries []entry
		says    string // "" when it is good
	}{
		"plain":                  {[]entry{good}, ""},
		"with a dot in front":    {[]entry{{name: "./template.yaml", content: "name: a\n"}}, ""},
		"in a folder":            {[]entry{{name: "x/template.yaml", content: "name: a\n"}, {name: "x/files/etc/motd"}}, ""},
		"beside what a Mac adds": {[]entry{{name: "x/template.yaml", content: "name: a\n"}, {name: "__MACOSX/x/._template.yaml"}}, ""},
		"in two folders":         {[]entry{{name: "x/y/template.yaml", content: "name: a\n"}}, "no template.yaml"},
		"a path up":              {[]entry{good, {name: "files/../../etc/passwd"}}, "leads out"},
		"an absolute path":       {[]entry{good, {name: "/etc/passwd"}}, "leads out"},
		"a path of Windows":      {[]entry{good, {name: `files\..\x`}}, "leads out"},
		"a link":                 {[]entry{good, {name: "files/x", target: "/etc/passwd"}}, "link"},
		"one file twice":         {[]entry{good, good}, "twice"},
		"too many":               {many, "more than 500"},
		"a large file":           {[]entry{good, {name: "files/x", content: strings.Repeat("x", 1<<20+1)}}, "1 MiB"},
		"large in all":           {large, "16 MiB"},
		"nothing":                {nil, "no template.yaml"},
	} {
		for kind, packed := range map[string][]byte{"tar.gz": tarOf(t, c.entries), "zip": zipOf(t, c.entries)} {
			b, err := templates.ReadArchive(bytes.NewReader(packed))
			switch {
			case c.says == "" && (err != nil || b.Template.Name != "a"):
				t.Errorf("%s as %s: %+v, %v", about, kind, b, err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Errorf("%s as %s: error %v, want one with %q", about, kind, err, c.says)
			}
		}
	}
	whole := export(t, webServer())
	for about, packed := range map[string][]byte{"half of one": whole[:len(whole)/2], "something else": []byte("hello"), "too much": make([]byte, templates.MaxArchive+1)} {
		var wrong *templates.FileError
		if _, err := templates.ReadArchive(bytes.NewReader(packed)); !errors.As(err, &wrong) {
			t.Errorf("%s: error %v", about, err)
		}
	}
}

func FuzzReadArchive(f *testing.F) {
	whole := export(f, webServer())
	f.Add(whole)
	f.Add(whole[:100])
	f.Add(zipOf(f, []entry{{name: "x/template.yaml", content: "name: a\n"}, {name: "x/scripts/1-a.sh", content: "a"}}))
	f.Add(tarOf(f, []entry{{name: "template.conf", content: "TEMPLATE_APP=${X:-a}\n"}}))
	f.Fuzz(func(t *testing.T, packed []byte) {
		b, err := templates.ReadArchive(bytes.NewReader(packed))
		if err != nil {
			return
		}
		again, err := templates.ReadArchive(bytes.NewReader(export(t, b)))
		if err != nil || !bytes.Equal(export(t, again), export(t, b)) {
			t.Errorf("written and read again it is %+v, %v; want %+v", again, err, b)
		}
	})
}

func FuzzParseConf(f *testing.F) {
	for _, text := range []string{"A=1", "A='x'\"y $B\"\\ z", "A=${B:-\"${C:-d}\"} # e", "export A=$A$A", "A=$(id)", "A=\"\\`\"", "TAGS=a;b", "RAM=2G\nOS=alpine\nVERSION=3.22.1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := templates.ReadFolder(fstest.MapFS{"template.conf": {Data: []byte("TEMPLATE_APP=a\n" + text)}})
		if err != nil {
			return
		}
		if wrong := templates.Check(b.Template); len(wrong) > 0 {
			t.Errorf("it was read, and yet: %v", wrong)
		}
		if strings.Contains(text, "$(") && !slices.ContainsFunc([]string{"'", "#", `\`}, func(s string) bool { return strings.Contains(text, s) }) {
			t.Errorf("%q would run something and was read", text)
		}
	})
}
