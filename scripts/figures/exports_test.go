package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// small is a module with a room a that b uses, commands, and tests.
var small = map[string]string{
	"go.mod": "module berth\n\ngo 1.26\n",
	"a/a.go": `package a

import "encoding/json"

type Used struct {
	Read    int
	Unread  int
	Encoded Encoded
}

type Encoded struct{ Field int }

type Options struct{ Filled, Left int }

// Returned is named by nobody, and Hidden by what nobody uses.
type Returned struct{ Hidden Hidden }
type Hidden struct{}

func Make() Returned         { return Returned{} }
func Unused()                {}
func OnlyOwnTests()          {}
func OnlyOthersTests()       {}
func (Used) String() string  { return "" }
func (Used) Write()          {}
func (Used) Forgotten()      {}
func (Used) Is(error) bool   { return false }
func encode(e Encoded)       { json.Marshal(e) }

type State string

const (
	Running State = "running"
	Stopped State = "stopped"
	Limit         = 3
)
`,
	"a/page_templ.go": "package a\n\nfunc show(s Shown) int { return s.Field }\n",
	"a/shown.go":      "package a\n\n// Shown is of a view.\ntype Shown struct{ Field, Other int }\n",
	"a/a_test.go":     "package a_test\n\nimport \"berth/a\"\n\nvar _ = a.OnlyOwnTests\n",
	"b/b.go": `package b

import "berth/a"

type writer interface{ Write() }

var w writer = a.Used{}

var used a.Used

func use() (any, a.State, a.Shown, a.Options) {
	return a.Make(), a.Running, a.Shown{}, a.Options{Filled: used.Read}
}
`,
	"b/b_test.go":     "package b\n\nimport (\n\t\"berth/a\"\n\t\"berth/kit\"\n)\n\nvar _, _ = a.OnlyOthersTests, kit.Start\n",
	"kit/kit.go":      "// Package kit is for tests.\npackage kit\n\nfunc Start() {}\nfunc Stop() {}\nfunc Never() {}\n",
	"kit/kit_test.go": "package kit_test\n\nimport \"berth/kit\"\n\nvar _ = kit.Stop\n",
	"c/c_test.go":     "package c\n\nimport \"berth/kit\"\n\nvar _ = kit.Start\n",
	"c/c.go":          "package c\n\nimport _ \"fmt\"\n",
	"cmd/main.go":     "package main\n\nimport \"berth/kit\"\n\nfunc Exported() {}\n\nfunc main() { kit.Start() }\n",
}

func TestExportsThatNoOtherPackageUsesAreFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range small {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range findExports(p).unused() {
		got = append(got, x.of.Pkg().Name()+"."+x.name)
	}
	slices.Sort(got)
	want := []string{
		"a.Hidden", "a.Limit", "a.OnlyOwnTests", "a.Returned.Hidden", "a.Shown.Other", "a.Unused", "a.Used.Encoded", "a.Used.Forgotten", "a.Used.Unread", "kit.Never",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%q, want\n%q", got, want)
	}
}

func TestPercentiles(t *testing.T) {
	t.Parallel()
	of := []int{10, 1, 9, 2, 8, 3, 7, 4, 6, 5}
	for p, want := range map[int]int{0: 1, 50: 5, 90: 9, 100: 10} {
		if got := percentile(p, of); got != want {
			t.Errorf("%d %%: %d, want %d", p, got, want)
		}
	}
}
