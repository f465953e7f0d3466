package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// listed is a package as go list tells it. With its tests, a package is listed up to three times:
// as it is, with the test files that are of it, and the package of the others.
type listed struct {
	ImportPath, Name, Dir, Export, ForTest string
	GoFiles                                []string
	ImportMap                              map[string]string
	Module                                 *struct{ Main bool }
}

// room is the path of the package that the listed one is, or tests.
func (l listed) room() string {
	path, _, _ := strings.Cut(l.ImportPath, " ")
	if l.ForTest != "" {
		return l.ForTest
	}
	return path
}

// checked is a package of the module, read from its source.
type checked struct {
	listed
	files []*ast.File
	pkg   *types.Package
	info  *types.Info
}

// program is the module with its tests.
type program struct {
	fset     *token.FileSet
	packages []checked
	exports  map[string]string // of each package the file of its export data
	shared   types.Importer    // of those who import no package as its tests see it
}

// load reads and type-checks the module below dir, with its tests.
func load(dir string) (*program, error) {
	list, err := goList(dir)
	if err != nil {
		return nil, err
	}
	p := &program{fset: token.NewFileSet(), exports: map[string]string{}}
	for _, l := range list {
		p.exports[l.ImportPath] = l.Export
	}
	p.shared = p.importer(nil)
	for _, l := range list {
		if l.Module == nil || !l.Module.Main || strings.HasSuffix(l.ImportPath, ".test") {
			continue
		}
		c, err := p.check(l)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.ImportPath, err)
		}
		p.packages = append(p.packages, c)
	}
	return p, nil
}

func goList(dir string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-tags", "e2e", "-deps", "-test", "-export",
		"-json=ImportPath,Name,Dir,Export,ForTest,GoFiles,ImportMap,Module", "./...")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var list []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
}

func (p *program) importer(as map[string]string) types.Importer {
	return importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) {
		if other := as[path]; other != "" {
			path = other
		}
		return os.Open(p.exports[path])
	})
}

func (p *program) check(l listed) (checked, error) {
	c := checked{listed: l, info: &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{},
	}}
	for _, name := range l.GoFiles {
		f, err := parser.ParseFile(p.fset, filepath.Join(l.Dir, name), nil, parser.ParseComments)
		if err != nil {
			return c, err
		}
		c.files = append(c.files, f)
	}
	conf := types.Config{Importer: p.shared}
	if l.ImportMap != nil {
		conf.Importer = p.importer(l.ImportMap)
	}
	path, _, _ := strings.Cut(l.ImportPath, " ")
	var err error
	c.pkg, err = conf.Check(path, p.fset, c.files, c.info)
	return c, err
}
