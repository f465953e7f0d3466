package main

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is which rooms each room may use: imports run one way, from the commands to
// what stands by itself. A new room has to be entered here.
var mayImport = map[string][]string{
	"berth":                    {"berth/handlers/web", "berth/handlers", "berth/pct/inside", "berth/pct/consoles", "berth/templates", "berth/jobs", "berth/fleet", "berth/fleet/vmids", "berth/store", "berth/store/disk", "berth/store/passwords", "berth/pct", "berth/proxmox", "berth/proxmox/sim", "berth/proxmox/sim/demo"},
	"berth/handlers":           {"berth/handlers/web", "berth/handlers/auth", "berth/handlers/container", "berth/handlers/wizard", "berth/handlers/template", "berth/handlers/settings", "berth/events", "berth/forms", "berth/views", "berth/views/explain", "berth/views/human", "berth/views/parts", "berth/static", "berth/templates", "berth/jobs", "berth/pct/inside", "berth/pct/consoles", "berth/fleet", "berth/store", "berth/store/disk", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/handlers/auth":      {"berth/handlers/web", "berth/events", "berth/forms", "berth/views", "berth/views/explain", "berth/views/human", "berth/views/parts", "berth/static", "berth/templates", "berth/jobs", "berth/pct/inside", "berth/pct/consoles", "berth/fleet", "berth/store", "berth/store/passwords", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/handlers/container": {"berth/handlers/web", "berth/events", "berth/forms", "berth/views", "berth/views/explain", "berth/views/human", "berth/views/parts", "berth/static", "berth/templates", "berth/jobs", "berth/pct/inside", "berth/pct/consoles", "berth/fleet", "berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/handlers/wizard":    {"berth/handlers/web", "berth/events", "berth/forms", "berth/views", "berth/views/explain", "berth/views/human", "berth/views/parts", "berth/static", "berth/templates", "berth/jobs", "berth/pct/inside", "berth/pct/consoles", "berth/fleet", "berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/handlers/template":  {"berth/handlers/web", "berth/events", "berth/forms", "berth/views", "berth/views/explain", "berth/views/human", "berth/views/parts", "berth/static", "berth/templates", "berth/jobs", "berth/pct/inside", "berth/pct/consoles", "berth/fleet", "berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/handlers/settings":  {"berth/handlers/web", "berth/events", "berth/forms", "berth/views", "berth/views/explain", "berth/views/human", "berth/views/parts", "berth/static", "berth/templates", "berth/jobs", "berth/pct/inside", "berth/pct/consoles", "berth/fleet", "berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/handlers/web":       {"berth/events", "berth/forms", "berth/views", "berth/views/explain", "berth/views/human", "berth/views/parts", "berth/static", "berth/templates", "berth/jobs", "berth/pct/inside", "berth/pct/consoles", "berth/fleet", "berth/store", "berth/store/disk", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/events":             {"berth/fleet", "berth/store", "berth/proxmox"},
	"berth/views/explain":      {"berth/jobs", "berth/store", "berth/proxmox", "berth/views/human"},
	"berth/views/chart":        {"berth/views/human", "berth/static", "berth/fleet", "berth/proxmox"},
	"berth/views/human":        {},
	"berth/views/parts":        {"berth/forms", "berth/static"},
	"berth/views/markdown":     {},
	"berth/forms":              {"berth/views/explain", "berth/views/human", "berth/fleet", "berth/jobs", "berth/store", "berth/store/passwords", "berth/pct", "berth/proxmox"},
	"berth/views":              {"berth/events", "berth/forms", "berth/views/chart", "berth/views/explain", "berth/views/human", "berth/views/parts", "berth/views/markdown", "berth/static", "berth/jobs", "berth/pct/inside", "berth/pct/consoles", "berth/fleet", "berth/store", "berth/store/passwords", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/jobs":               {"berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/pct/inside":         {"berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/pct/consoles":       {"berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/fleet":              {"berth/fleet/conns", "berth/fleet/vmids", "berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/fleet/conns":        {"berth/store", "berth/pct", "berth/proxmox"},
	"berth/templates":          {"berth/store", "berth/views/human"},
	"berth/store":              {"berth/store/disk", "berth/store/live", "berth/store/passwords"},
	"berth/store/disk":         {},
	"berth/store/live":         {},
	"berth/store/passwords":    {},
	"berth/store/storetest":    {"berth/store"}, // for tests
	"berth/fleet/vmids":        {},
	"berth/pct":                {"berth/proxmox", "berth/proxmox/shell"},
	"berth/proxmox":            {"berth/proxmox/shell"},
	"berth/proxmox/shell":      {},
	"berth/proxmox/sim":        {},
	"berth/proxmox/sim/demo":   {"berth/jobs", "berth/templates", "berth/store", "berth/proxmox", "berth/proxmox/sim"},
	"berth/static":             {},
	"berth/scripts/figures":    {},
}

func TestImportsRunOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for list := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Dir  string
			GoFiles, Imports []string
		}
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		allowed, known := mayImport[p.ImportPath]
		if !known && len(p.GoFiles) > 0 {
			t.Errorf("%s is a room that this test does not know", p.ImportPath)
		}
		for _, i := range p.Imports {
			if strings.HasPrefix(i, "berth/") && !slices.Contains(allowed, i) {
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
		if p.ImportPath == "berth" {
			onlyTheDemoSimulates(t, p.Dir, p.GoFiles)
		}
	}
}

// onlyTheDemoSimulates looks at the files of the commands, which go list takes together.
func onlyTheDemoSimulates(t *testing.T, dir string, files []string) {
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(path, "berth/proxmox/sim") && name != "demo.go" {
				t.Errorf("%s imports %s; only demo.go may", name, path)
			}
		}
	}
}
