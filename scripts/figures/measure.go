package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// room holds the counts of a package, without tests and generated files.
type room struct {
	path              string
	lines, templ      int
	exported, unknown int // names of the package, and those of them that no other package uses
}

// both are all lines of a room: what stands in templ is as much to read as what stands in Go.
func (r room) both() int { return r.lines + r.templ }

// figures are those of a whole program.
type figures struct {
	rooms           []room
	files, funcs    []int // lines of each
	long, longTests int   // files above maxFile lines
	code, tests     int   // lines of Go
	templ           int   // lines
	comments        int   // lines with a comment
	golden          int   // lines of HTML that tests compare with
	folders         int   // at the top
}

const maxFile = 500

// measure counts what Git knows below dir, without scripts and what is made by programs.
func measure(dir string, e *exports) (figures, error) {
	cmd := exec.Command("git", "ls-files")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return figures{}, err
	}
	var f figures
	top := map[string]bool{}
	rooms := map[string]*room{}
	for file := range strings.Lines(string(out)) {
		file = strings.TrimSpace(file)
		if folder, _, nested := strings.Cut(file, "/"); nested && !strings.HasPrefix(folder, ".") {
			top[folder] = true
		}
		if err := f.add(rooms, dir, file); err != nil {
			return figures{}, err
		}
	}
	f.folders = len(top)
	for at, r := range rooms {
		r.path = path.Join("berth", at)
		r.exported, r.unknown = e.top(r.path)
		f.rooms = append(f.rooms, *r)
	}
	slices.SortFunc(f.rooms, func(a, b room) int { return b.both() - a.both() })
	return f, nil
}

func (f *figures) add(rooms map[string]*room, dir, file string) error {
	kind := path.Ext(file)
	isTest := strings.HasSuffix(file, "_test.go")
	if kind == ".html" && strings.Contains(file, "/testdata/") {
		text, err := os.ReadFile(filepath.Join(dir, file))
		f.golden += bytes.Count(text, []byte("\n"))
		return err
	}
	if kind != ".go" && kind != ".templ" || strings.HasPrefix(file, "scripts/") || strings.Contains(file, "testdata/") || generated(file) {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return err
	}
	lines := bytes.Count(text, []byte("\n"))
	if isTest {
		f.tests += lines
		if lines > maxFile {
			f.longTests++
		}
		return nil
	}
	r := rooms[path.Dir(file)]
	if r == nil {
		r = &room{}
		rooms[path.Dir(file)] = r
	}
	if kind == ".templ" {
		r.templ += lines
		f.templ += lines
		return nil
	}
	r.lines += lines
	f.code += lines
	f.files = append(f.files, lines)
	if lines > maxFile {
		f.long++
	}
	return f.addFuncs(file, text)
}

func (f *figures) addFuncs(file string, text []byte) error {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, text, parser.ParseComments)
	if err != nil {
		return err
	}
	line := func(at token.Pos) int { return fset.Position(at).Line }
	for _, g := range parsed.Comments {
		f.comments += line(g.End()) - line(g.Pos()) + 1
	}
	for _, d := range parsed.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			f.funcs = append(f.funcs, line(fn.End())-line(fn.Pos())+1)
		}
	}
	return nil
}

// percentile is the number below which p percent of them are; 50 is the median.
func percentile(p int, of []int) int {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[(len(sorted)-1)*p/100]
}
