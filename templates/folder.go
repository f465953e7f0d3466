package templates

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"berth/store"
	"berth/views/human"
)

// The files and folders in a template's folder.
const (
	yamlFile    = "template.yaml"
	confFile    = "template.conf" // of the older layout
	scriptsDir  = "scripts"
	filesDir    = "files"
	packagesDir = "packages"
)

// Bounds of reading.
const (
	MaxArchive   = 8 << 20  // bytes of an archive as it comes
	maxUnpacked  = 16 << 20 // bytes of all that is in it
	maxEntryFile = 1 << 20  // bytes of a file in it
	maxEntries   = 500
)

// tree is the files of a template's folder by their paths in it.
type tree map[string][]byte

// add takes a file over, whose content comes from r.
func (t tree) add(name string, r io.Reader) error {
	if _, there := t[name]; there {
		return &FileError{File: name, Sentence: "it is there twice"}
	}
	content, err := io.ReadAll(io.LimitReader(r, maxEntryFile+1))
	if err != nil {
		return err
	}
	if len(content) > maxEntryFile {
		return &FileError{File: name, Sentence: fmt.Sprintf("it is larger than %d MiB", maxEntryFile>>20)}
	}
	t[name] = content
	size := 0
	for _, c := range t {
		size += len(c)
	}
	if size > maxUnpacked {
		return &FileError{Sentence: fmt.Sprintf("the files together are larger than %d MiB", maxUnpacked>>20)}
	}
	return nil
}

// readFolder reads a template's folder. What is hidden at its top, and what is there for
// people to read, is passed over; a link is refused. The error is a *FileError when the
// folder could be read and is no template.
func readFolder(fsys fs.FS) (Bundle, error) {
	files, entries := tree{}, 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case passedOver(name) && d.IsDir():
			return fs.SkipDir
		case passedOver(name):
			return nil
		}
		if entries++; entries > maxEntries {
			return errTooMany
		}
		switch {
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return &FileError{File: name, Sentence: "it is a link or a device; a template holds files alone"}
		}
		f, err := fsys.Open(name)
		if err != nil {
			return err
		}
		return errors.Join(files.add(name, f), f.Close())
	})
	if err != nil {
		return Bundle{}, err
	}
	return files.bundle()
}

var errTooMany = &FileError{Sentence: fmt.Sprintf("there are more than %d files and folders in it", maxEntries)}

// passedOver tells whether a path in the folder is none of the template's, as a hidden file or a README.
func passedOver(name string) bool {
	top, _, below := strings.Cut(name, "/")
	if strings.HasPrefix(top, ".") || top == "__MACOSX" || path.Base(name) == ".DS_Store" {
		return true
	}
	return !below && (strings.HasSuffix(top, ".md") || strings.HasPrefix(top, "README") || strings.HasPrefix(top, "LICENSE"))
}

// bundle makes a template of the files.
func (t tree) bundle() (Bundle, error) {
	if _, is := t[yamlFile]; is {
		return t.fromYAML()
	}
	if conf, is := t[confFile]; is {
		return t.fromConf(string(conf))
	}
	return Bundle{}, &FileError{Sentence: "there is no " + yamlFile + " in it, so it is no template"}
}

func (t tree) fromYAML() (Bundle, error) {
	d, template, err := readDocument(t[yamlFile])
	if err != nil {
		return Bundle{}, err
	}
	for _, name := range t.names() {
		switch top, _, below := strings.Cut(name, "/"); {
		case name == yamlFile, below && slices.Contains([]string{scriptsDir, filesDir, packagesDir}, top):
		default:
			return Bundle{}, &FileError{File: name, Sentence: "it is no part of a template: that is " + yamlFile + " and the folders scripts, files and packages"}
		}
	}
	b := Bundle{Template: template}
	for _, e := range d.Buckets {
		b.Template.Buckets = append(b.Template.Buckets, e.Name)
		b.Buckets = append(b.Buckets, store.PackageBucket{Name: e.Name, Description: string(e.Description)})
	}
	if b.Template.Scripts, err = t.scripts(scriptsDir); err != nil {
		return Bundle{}, err
	}
	if err := describe(b.Template.Scripts, d.Scripts); err != nil {
		return Bundle{}, err
	}
	if b.Template.Files, err = t.files(d.Files); err != nil {
		return Bundle{}, err
	}
	if err := t.packages(&b); err != nil {
		return Bundle{}, err
	}
	return b, b.check(yamlFile)
}

// names are the paths in order.
func (t tree) names() []string { return slices.Sorted(maps.Keys(t)) }

// below yields the files in a folder, by their paths in it, in order.
func (t tree) below(dir string) []string {
	var list []string
	for _, name := range t.names() {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			list = append(list, rest)
		}
	}
	return list
}

var scriptFile = regexp.MustCompile(`^(\d{1,4})-(.+)\.sh$`)

// scripts are the files NN-NAME.sh in dir, by their numbers. All are enabled.
func (t tree) scripts(dir string) ([]store.Script, error) {
	type numbered struct {
		number int
		script store.Script
	}
	var list []numbered
	for _, name := range t.below(dir) {
		m := scriptFile.FindStringSubmatch(name)
		if m == nil || dir == scriptsDir && !scriptForm.MatchString(m[2]) {
			return nil, &FileError{File: dir + "/" + name, Sentence: "a script's file is named like 10-install.sh: a number, then lower-case letters, digits and hyphens"}
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return nil, err // four digits are a number
		}
		content := strings.ReplaceAll(string(t[dir+"/"+name]), "\r\n", "\n")
		list = append(list, numbered{n, store.Script{Name: m[2], Enabled: true, Content: content}})
	}
	slices.SortStableFunc(list, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	var scripts []store.Script
	for _, s := range list {
		scripts = append(scripts, s.script)
	}
	return scripts, nil
}

// describe adds the entries of template.yaml to the scripts.
func describe(scripts []store.Script, entries []scriptEntry) error {
	for _, e := range entries {
		i := slices.IndexFunc(scripts, func(s store.Script) bool { return s.Name == e.Name })
		if i < 0 {
			return &FileError{File: yamlFile, Line: e.line, Sentence: "there is no script " + human.Quoted(e.Name) + " in the folder scripts, as in 10-" + e.Name + ".sh"}
		}
		scripts[i].Description, scripts[i].Enabled = e.Description, *e.Enabled
	}
	return nil
}

// files are those that template.yaml lists, then the others of the folder files.
func (t tree) files(entries []fileEntry) ([]store.File, error) {
	var list []store.File
	listed := map[string]bool{}
	for _, e := range entries {
		content, there := t[filesDir+e.Path]
		if !there || !strings.HasPrefix(e.Path, "/") {
			return nil, &FileError{File: yamlFile, Line: e.line, Sentence: "there is no file for " + human.Quoted(e.Path) + " in the folder files, as in files/etc/motd for /etc/motd"}
		}
		f := store.File{Path: e.Path, Owner: e.Owner, Policy: e.Policy, Content: content}
		if e.Mode != "" {
			mode, err := strconv.ParseUint(strings.TrimPrefix(e.Mode, "0o"), 8, 16)
			if err != nil {
				return nil, &FileError{File: yamlFile, Line: e.line, Sentence: human.Quoted(e.Mode) + " is not a file mode; write it like 0644"}
			}
			f.Mode = uint32(mode)
		}
		list = append(list, f)
		listed[e.Path] = true
	}
	for _, name := range t.below(filesDir) {
		if p := "/" + name; !listed[p] {
			list = append(list, store.File{Path: p, Policy: store.FileReplace, Content: t[filesDir+p]})
		}
	}
	return list, nil
}

// packages reads the files NAME.MANAGER of the folder packages into the bucket that they
// are named for, else into the template.
func (t tree) packages(b *Bundle) error {
	for _, name := range t.below(packagesDir) {
		file := packagesDir + "/" + name
		manager := strings.TrimPrefix(path.Ext(name), ".")
		list, err := parsePackageFile(file, manager, string(t[file]))
		if err != nil {
			return err
		}
		into := &b.Template.Packages
		for i := range b.Buckets {
			if strings.EqualFold(b.Buckets[i].Name, strings.TrimSuffix(name, "."+manager)) {
				into = &b.Buckets[i].Packages
			}
		}
		for _, p := range list {
			if !slices.Contains(*into, p) {
				*into = append(*into, p)
			}
		}
	}
	byManager(b.Template.Packages)
	for i := range b.Buckets {
		byManager(b.Buckets[i].Packages)
	}
	return nil
}

func parsePackageFile(file, manager, text string) ([]store.Package, error) {
	list, err := ParsePackages(manager, text)
	if wrong, ok := errors.AsType[*FileError](err); ok {
		return nil, &FileError{File: file, Line: wrong.Line, Sentence: wrong.Sentence}
	}
	return list, err
}

// check returns the first complaint of Check and CheckBucket about a template that was read, as a *FileError. file is named
// for fields without a file of their own.
func (b Bundle) check(file string) error {
	if wrong := Check(b.Template); len(wrong) > 0 {
		field := slices.Sorted(maps.Keys(wrong))[0]
		return &FileError{File: b.fileOf(field, file), Sentence: fieldWords(field) + wrong[field]}
	}
	for _, bucket := range b.Buckets {
		wrong := CheckBucket(bucket)
		if len(wrong) > 0 {
			field := slices.Sorted(maps.Keys(wrong))[0]
			return &FileError{File: file, Sentence: "bucket " + human.Quoted(bucket.Name) + ": " + wrong[field]}
		}
	}
	return nil
}

// fileOf returns the file of a template's folder that holds a field.
func (b Bundle) fileOf(field, file string) string {
	name, number, _ := strings.Cut(field, ".")
	i, err := strconv.Atoi(number)
	switch {
	case err != nil:
	case name == "script_content" && i < len(b.Template.Scripts):
		return scriptPath(i, b.Template.Scripts[i])
	case name == "file_content" && i < len(b.Template.Files):
		return filesDir + b.Template.Files[i].Path
	}
	return file
}

// fieldWords lead to a field in its file.
func fieldWords(field string) string {
	name, number, _ := strings.Cut(field, ".")
	i, err := strconv.Atoi(number)
	if err != nil {
		return name + ": "
	}
	kind, part, _ := strings.Cut(name, "_")
	if part == "content" {
		return ""
	}
	return fmt.Sprintf("%s of %s %d: ", part, kind, i+1)
}

func scriptPath(i int, s store.Script) string {
	return fmt.Sprintf("%s/%02d-%s.sh", scriptsDir, i+1, s.Name)
}

// named returns the bundle with the template's buckets by name instead of ID, and with only those.
func (b Bundle) named() Bundle {
	n := Bundle{Template: b.Template}
	n.Template.Buckets = nil
	for _, ref := range b.Template.Buckets {
		found, ok := bucket(b.Buckets, ref)
		if !ok {
			found.Name = ref
		}
		n.Template.Buckets = append(n.Template.Buckets, found.Name)
		n.Buckets = append(n.Buckets, found)
	}
	return n
}

// tree returns the files that the bundle is written as.
func (b Bundle) tree() (tree, error) {
	b = b.named()
	text, err := writeDocument(b)
	if err != nil {
		return nil, err
	}
	t := tree{yamlFile: text}
	for i, s := range b.Template.Scripts {
		t[scriptPath(i, s)] = []byte(s.Content)
	}
	for _, f := range b.Template.Files {
		t[filesDir+f.Path] = f.Content
	}
	t.putPackages(ownPackages, b.Template.Packages)
	for _, bucket := range b.Buckets {
		t.putPackages(bucket.Name, bucket.Packages)
	}
	return t, nil
}

func (t tree) putPackages(name string, list []store.Package) {
	for _, manager := range store.PackageManagers {
		if text := FormatPackages(list, manager); text != "" {
			t[packagesDir+"/"+name+"."+manager] = []byte(text)
		}
	}
}
