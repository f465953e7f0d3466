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

// mayImport lists the rooms that each room may import, so that imports run one way, down
// from the commands. A new room has to be entered here.
var mayImport = map[string][]string{
	"berth":                    {"berth/handlers/web", "berth/handlers", "berth/pct/inside", "berth/pct/consoles", "berth/templates", "berth/jobs", "berth/fleet", "berth/fleet/vmids", "berth/store", "berth/store/disk", "berth/store/passwords", "berth/pct", "berth/proxmox", "berth/proxmox/sim", "berth/proxmox/sim/demo"},
	"berth/handlers":           {"berth/fleet", "berth/forms", "berth/handlers/auth", "berth/handlers/container", "berth/handlers/settings", "berth/handlers/template", "berth/handlers/web", "berth/handlers/wizard", "berth/jobs", "berth/proxmox", "berth/static", "berth/store", "berth/templates", "berth/store/disk", "berth/views", "berth/views/cards", "berth/views/explain", "berth/views/human", "berth/views/layout", "berth/views/parts", "berth/views/template"},
	"berth/handlers/auth":      {"berth/forms", "berth/handlers/web", "berth/store", "berth/store/passwords", "berth/views/auth", "berth/views/human", "berth/views/layout"},
	"berth/handlers/container": {"berth/events", "berth/fleet", "berth/forms", "berth/handlers/web", "berth/jobs", "berth/pct", "berth/pct/consoles", "berth/pct/inside", "berth/proxmox", "berth/store", "berth/templates", "berth/views", "berth/views/cards", "berth/views/container", "berth/views/explain", "berth/views/human", "berth/views/layout", "berth/views/parts"},
	"berth/handlers/wizard":    {"berth/fleet", "berth/forms", "berth/handlers/web", "berth/jobs", "berth/proxmox", "berth/store", "berth/templates", "berth/views/inputs", "berth/views/parts", "berth/views/template", "berth/views/wizard"},
	"berth/handlers/template":  {"berth/forms", "berth/handlers/web", "berth/store", "berth/templates", "berth/views/layout", "berth/views/parts", "berth/views/template"},
	"berth/handlers/settings":  {"berth/fleet", "berth/forms", "berth/handlers/web", "berth/pct", "berth/proxmox", "berth/store", "berth/store/live", "berth/templates", "berth/views/explain", "berth/views/layout", "berth/views/parts", "berth/views/settings"},
	"berth/handlers/web":       {"berth/fleet", "berth/forms", "berth/jobs", "berth/pct/consoles", "berth/pct/inside", "berth/proxmox", "berth/static", "berth/store", "berth/store/disk", "berth/store/live", "berth/templates", "berth/views", "berth/views/cards", "berth/views/explain", "berth/views/human", "berth/views/layout", "berth/views/parts"},
	"berth/events":             {"berth/fleet", "berth/store", "berth/proxmox"},
	"berth/views/explain":      {"berth/jobs", "berth/proxmox", "berth/store", "berth/views/human"},
	"berth/views/chart":        {"berth/fleet", "berth/proxmox", "berth/static", "berth/views/human"},
	"berth/views/human":        {},
	"berth/views/parts":        {"berth/forms", "berth/static", "berth/views/human"},
	"berth/views/markdown":     {},
	"berth/forms":              {"berth/views/explain", "berth/views/human", "berth/fleet", "berth/jobs", "berth/store", "berth/store/passwords", "berth/pct", "berth/proxmox"},
	"berth/views":              {"berth/fleet", "berth/forms", "berth/jobs", "berth/proxmox", "berth/store", "berth/views/cards", "berth/views/container", "berth/views/explain", "berth/views/human", "berth/views/inputs", "berth/views/layout", "berth/views/parts"},
	"berth/views/auth":         {"berth/forms", "berth/store", "berth/store/passwords", "berth/views/human", "berth/views/parts"},
	"berth/views/cards":        {"berth/fleet", "berth/proxmox", "berth/store", "berth/views/chart", "berth/views/explain", "berth/views/human", "berth/views/parts"},
	"berth/views/container":    {"berth/events", "berth/fleet", "berth/forms", "berth/pct/consoles", "berth/pct/inside", "berth/proxmox", "berth/static", "berth/store", "berth/views/cards", "berth/views/chart", "berth/views/explain", "berth/views/human", "berth/views/inputs", "berth/views/layout", "berth/views/markdown", "berth/views/parts"},
	"berth/views/golden":       {"berth/fleet", "berth/proxmox"}, // for tests
	"berth/views/inputs":       {"berth/fleet", "berth/forms", "berth/proxmox", "berth/store", "berth/views/parts"},
	"berth/views/layout":       {"berth/static", "berth/store", "berth/views/explain", "berth/views/parts"},
	"berth/views/settings":     {"berth/fleet", "berth/forms", "berth/pct", "berth/proxmox", "berth/store", "berth/views/explain", "berth/views/human", "berth/views/layout", "berth/views/parts"},
	"berth/views/template":     {"berth/forms", "berth/store", "berth/templates", "berth/views/human", "berth/views/parts"},
	"berth/views/wizard":       {"berth/fleet", "berth/forms", "berth/proxmox", "berth/store", "berth/views/explain", "berth/views/human", "berth/views/inputs", "berth/views/layout", "berth/views/parts", "berth/views/template"},
	"berth/jobs":               {"berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/pct/inside":         {"berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/pct/consoles":       {"berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/fleet":              {"berth/fleet/conns", "berth/fleet/vmids", "berth/jobs", "berth/store", "berth/store/live", "berth/pct", "berth/proxmox", "berth/proxmox/shell"},
	"berth/fleet/conns":        {"berth/store", "berth/pct", "berth/proxmox"},
	"berth/templates":          {"berth/proxmox/shell", "berth/store", "berth/views/human"},
	"berth/store":              {"berth/store/disk", "berth/store/keyfile", "berth/store/live", "berth/store/passwords"},
	"berth/store/disk":         {},
	"berth/store/keyfile":      {},
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
	"berth/scripts/shots":      {},
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
