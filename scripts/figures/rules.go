package main

import (
	"go/ast"
	"go/types"
	"strings"
)

// exceptByRule marks names that no other package names but needs all the same:
//   - a type that something in use takes, returns or holds;
//   - a constant of a type of which another constant is in use: they are one vocabulary;
//   - a method by which its type is used through an interface;
//   - a field that an encoder reads, or a view;
//   - the other fields of a struct that another package fills in: they are its options.
func (e *exports) exceptByRule() {
	e.exceptMethods()
	e.exceptFields()
	for more := true; more; {
		more = e.exceptTypes()
	}
	e.exceptConstants()
}

// exceptTypes marks the types in the declarations of what is used, and tells whether there were any.
func (e *exports) exceptTypes() (more bool) {
	for _, x := range e.names {
		if !x.used {
			continue
		}
		mark := func(t *types.TypeName) {
			if named := e.names[e.keyOf(t)]; named != nil && !named.used {
				named.used, more = true, true
			}
		}
		if x.owner != nil {
			mark(x.owner)
		}
		if t, ok := x.of.(*types.TypeName); ok {
			if i, ok := t.Type().Underlying().(*types.Interface); ok {
				namedIn(i, mark)
			}
			continue
		}
		namedIn(x.of.Type(), mark)
	}
	return more
}

// namedIn tells the named types that a type mentions.
func namedIn(t types.Type, tell func(*types.TypeName)) {
	switch t := t.(type) {
	case *types.Alias:
		namedIn(types.Unalias(t), tell)
	case *types.Named:
		if t.Obj().Pkg() != nil {
			tell(t.Obj())
		}
		for a := range t.TypeArgs().Types() {
			namedIn(a, tell)
		}
	case interface{ Elem() types.Type }: // a pointer, slice, array, channel or map
		namedIn(t.Elem(), tell)
		if m, ok := t.(*types.Map); ok {
			namedIn(m.Key(), tell)
		}
	case *types.Signature:
		namedIn(t.Params(), tell)
		namedIn(t.Results(), tell)
	case *types.Tuple:
		for v := range t.Variables() {
			namedIn(v.Type(), tell)
		}
	case *types.Struct:
		for f := range t.Fields() {
			namedIn(f.Type(), tell)
		}
	case *types.Interface:
		for m := range t.Methods() {
			namedIn(m.Type(), tell)
		}
	}
}

func (e *exports) exceptConstants() {
	vocabulary := func(x *exported) *types.TypeName {
		if _, ok := x.of.(*types.Const); !ok {
			return nil
		}
		if n, ok := x.of.Type().(*types.Named); ok && n.Obj().Pkg() == x.of.Pkg() {
			return n.Obj()
		}
		return nil
	}
	spoken := map[*types.TypeName]bool{}
	for _, x := range e.names {
		if t := vocabulary(x); t != nil && x.used {
			spoken[t] = true
		}
	}
	for _, x := range e.names {
		if t := vocabulary(x); t != nil && spoken[t] {
			x.used = true
		}
	}
}

// errorMethods are called by package errors, which looks for them in interfaces without a name.
var errorMethods = map[string]bool{"Is": true, "As": true, "Unwrap": true}

func (e *exports) exceptMethods() {
	interfaces := e.interfaces()
	for _, x := range e.names {
		m, ok := x.of.(*types.Func)
		if !ok || x.owner == nil || x.used {
			continue
		}
		x.used = errorMethods[m.Name()]
		for _, t := range e.views(x.owner) {
			for _, i := range interfaces[m.Name()] {
				x.used = x.used || types.Implements(t, i) || types.Implements(types.NewPointer(t), i)
			}
		}
	}
}

// views are a type as its own package sees it, and as the others do, whose types are others to the checker.
func (e *exports) views(t *types.TypeName) []types.Type {
	all := []types.Type{t.Type()}
	if other, err := e.shared.Import(t.Pkg().Path()); err == nil {
		if o := other.Scope().Lookup(t.Name()); o != nil {
			all = append(all, o.Type())
		}
	}
	return all
}

// interfaces are those with methods that the module and the packages that it imports know, by the
// names of their methods.
func (e *exports) interfaces() map[string][]*types.Interface {
	known := map[string][]*types.Interface{}
	add := func(t types.Type) {
		if i, ok := t.Underlying().(*types.Interface); ok && i.IsMethodSet() {
			for m := range i.Methods() {
				known[m.Name()] = append(known[m.Name()], i)
			}
		}
	}
	add(types.Universe.Lookup("error").Type())
	seen := map[string]bool{}
	for _, c := range e.packages {
		for expr, tv := range c.info.Types {
			if _, ok := expr.(*ast.InterfaceType); ok {
				add(tv.Type)
			}
		}
		for _, i := range append(c.pkg.Imports(), importsOf(c.pkg)...) {
			if seen[i.Path()] {
				continue
			}
			seen[i.Path()] = true
			for _, name := range i.Scope().Names() {
				if t, ok := i.Scope().Lookup(name).(*types.TypeName); ok {
					add(t.Type())
				}
			}
		}
	}
	return known
}

func importsOf(p *types.Package) (all []*types.Package) {
	for _, i := range p.Imports() {
		all = append(all, i.Imports()...)
	}
	return all
}

// exceptFields marks the fields that are read by reflection: those of a struct with tags, and of one that
// is handed on as any, or as a type argument, and of all that such a one holds. Of a view's data, the
// fields that its template shows.
func (e *exports) exceptFields() {
	seen := map[types.Type]bool{}
	var encoded func(types.Type)
	encoded = func(t types.Type) {
		if seen[t] {
			return
		}
		seen[t] = true
		if s, ok := t.Underlying().(*types.Struct); ok {
			for f := range s.Fields() {
				if f.Pkg() != nil && f.Exported() {
					if x := e.names[e.keyOf(f)]; x != nil {
						x.used = true
					}
				}
				encoded(f.Type())
			}
			return
		}
		if el, ok := t.Underlying().(interface{ Elem() types.Type }); ok {
			encoded(el.Elem())
		}
	}
	for _, c := range e.packages {
		e.encodedIn(c, encoded)
		for id, o := range c.info.Uses {
			if v, ok := o.(*types.Var); ok && v.IsField() && v.Exported() && v.Pkg() != nil && generated(e.fset.Position(id.Pos()).Filename) {
				if x := e.names[e.keyOf(v)]; x != nil {
					x.used = true
				}
			}
		}
	}
}

func (e *exports) encodedIn(c checked, encoded func(types.Type)) {
	if c.ForTest == "" {
		for _, name := range c.pkg.Scope().Names() {
			if s := structOf(c.pkg.Scope().Lookup(name).Type()); s != nil && tagged(s) {
				encoded(c.pkg.Scope().Lookup(name).Type())
			}
		}
	}
	for _, i := range c.info.Instances {
		for a := range i.TypeArgs.Types() {
			encoded(a)
		}
	}
	for _, f := range c.files {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sig, ok := c.info.TypeOf(call.Fun).(*types.Signature); ok {
				for i, a := range call.Args {
					if isAny(paramType(sig, i)) && c.info.TypeOf(a) != nil {
						encoded(c.info.TypeOf(a))
					}
				}
			}
			return true
		})
	}
}

func paramType(sig *types.Signature, i int) types.Type {
	last := sig.Params().Len() - 1
	if sig.Variadic() && i >= last {
		if s, ok := sig.Params().At(last).Type().(*types.Slice); ok {
			return s.Elem()
		}
	}
	if i > last {
		return nil
	}
	return sig.Params().At(i).Type()
}

func isAny(t types.Type) bool {
	if t == nil {
		return false
	}
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
}

func tagged(s *types.Struct) bool {
	for i := range s.NumFields() {
		if s.Tag(i) != "" {
			return true
		}
	}
	return false
}

// generated tells a file that templ makes.
func generated(file string) bool { return strings.HasSuffix(file, "_templ.go") }
