package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// key tells an object of a package wherever it is seen from: in its source, in the export data,
// or as an instance.
type key string

func (p *program) keyOf(o types.Object) key {
	switch x := o.(type) {
	case *types.Var:
		o = x.Origin()
	case *types.Func:
		o = x.Origin()
	}
	at := p.fset.Position(o.Pos())
	return key(fmt.Sprintf("%s/%s:%d:%s", o.Pkg().Path(), filepath.Base(at.Filename), at.Line, o.Name()))
}

// exported is an exported name of a package.
type exported struct {
	room, name, at string
	of             types.Object
	owner          *types.TypeName // of a method or a field
	used           bool
}

// exports finds the exported names of the module, and which of them another package uses.
type exports struct {
	*program
	names map[key]*exported
	tests map[string]bool // the rooms that are for tests
}

func findExports(p *program) *exports {
	e := &exports{program: p, names: map[key]*exported{}, tests: p.roomsForTests()}
	for _, c := range p.packages {
		if c.ForTest == "" && c.Name != "main" {
			e.declare(c)
		}
	}
	for _, c := range p.packages {
		e.use(c)
	}
	e.exceptByRule()
	return e
}

// roomsForTests are those that the tests of several rooms import, and nothing else does but commands
// and other rooms for tests.
func (p *program) roomsForTests() map[string]bool {
	testedWith, importers := map[string]map[string]bool{}, map[string][]string{}
	for _, c := range p.packages {
		for _, i := range c.pkg.Imports() {
			switch {
			case c.ForTest == "" && c.Name != "main":
				importers[i.Path()] = append(importers[i.Path()], c.room())
			case c.ForTest != "" && i.Path() != c.room():
				if testedWith[i.Path()] == nil {
					testedWith[i.Path()] = map[string]bool{}
				}
				testedWith[i.Path()][c.room()] = true
			}
		}
	}
	rooms := map[string]bool{}
	for path, by := range testedWith {
		rooms[path] = len(by) > 1
	}
	for changed := true; changed; {
		changed = false
		for path := range rooms {
			if rooms[path] && slices.ContainsFunc(importers[path], func(by string) bool { return !rooms[by] }) {
				rooms[path], changed = false, true
			}
		}
	}
	return rooms
}

func (e *exports) declare(c checked) {
	scope := c.pkg.Scope()
	for _, name := range scope.Names() {
		o := scope.Lookup(name)
		e.add(c, o, nil)
		t, ok := o.(*types.TypeName)
		if !ok || t.IsAlias() {
			continue
		}
		named := t.Type().(*types.Named)
		if !t.Exported() {
			continue
		}
		for m := range named.Methods() {
			e.add(c, m, t)
		}
		if s, ok := named.Underlying().(*types.Struct); ok {
			for f := range s.Fields() {
				if !f.Embedded() {
					e.add(c, f, t)
				}
			}
		}
	}
}

func (e *exports) add(c checked, o types.Object, owner *types.TypeName) {
	if !o.Exported() || generated(e.fset.Position(o.Pos()).Filename) && owner != nil {
		return
	}
	name := o.Name()
	if owner != nil {
		name = owner.Name() + "." + name
	}
	at := e.fset.Position(o.Pos())
	e.names[e.keyOf(o)] = &exported{room: c.room(), name: name, at: fmt.Sprintf("%s:%d", at.Filename, at.Line), of: o, owner: owner}
}

// use marks what a package uses of others. Tests of a room are the room itself, but where the
// room is there for tests.
func (e *exports) use(c checked) {
	mark := func(o types.Object) {
		if o == nil || o.Pkg() == nil || !o.Exported() {
			return
		}
		x := e.names[e.keyOf(o)]
		own := x != nil && x.room == c.room()
		if x == nil || own && !(e.tests[x.room] && c.ForTest != "") {
			return
		}
		x.used = true
	}
	for _, o := range c.info.Uses {
		mark(o)
	}
	for _, s := range c.info.Selections {
		e.markPath(s, mark)
	}
	for _, f := range c.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok && len(lit.Elts) > 0 {
				markFields(c.info.TypeOf(lit), mark)
			}
			return true
		})
	}
}

// markPath marks the embedded fields over which a selection goes.
func (e *exports) markPath(s *types.Selection, mark func(types.Object)) {
	t := s.Recv()
	for _, i := range s.Index()[:len(s.Index())-1] {
		f := structOf(t).Field(i)
		mark(f)
		t = f.Type()
	}
}

// markFields marks the fields of a struct that is filled in: those that are left out are its options too.
func markFields(t types.Type, mark func(types.Object)) {
	if s := structOf(t); s != nil {
		for f := range s.Fields() {
			mark(f)
		}
	}
}

func structOf(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, _ := t.Underlying().(*types.Struct)
	return s
}

// unused are the exported names that no other package uses, in the order of their places.
func (e *exports) unused() []*exported {
	var list []*exported
	for _, x := range e.names {
		if !x.used {
			list = append(list, x)
		}
	}
	slices.SortFunc(list, func(a, b *exported) int { return strings.Compare(a.room+a.at, b.room+b.at) })
	return list
}

// top are the names of a room that are no methods and no fields.
func (e *exports) top(room string) (all, unused int) {
	for x := range maps.Values(e.names) {
		if x.room == room && x.owner == nil {
			all++
			if !x.used {
				unused++
			}
		}
	}
	return all, unused
}
