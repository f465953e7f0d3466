package sim

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestTheSchemaIsAsStrictAsTheOfficialOne compares each call that the simulated hosts answer with
// Proxmox's own description of each release: no parameter, type, bound or format may be looser. It
// needs the folder with those descriptions, which is not part of this repository.
func TestTheSchemaIsAsStrictAsTheOfficialOne(t *testing.T) {
	dir := os.Getenv("BERTH_PVE_API")
	if dir == "" {
		t.Skip("LEFT OUT: set BERTH_PVE_API to the folder with Proxmox VE's API schemas")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", dir) // tests run in the folder of their package
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%s holds %d schemas, want one for each release: %v", dir, len(files), err)
	}
	for _, file := range files {
		official := officialSchema(t, file)
		for call, properties := range readSchema() {
			method, path, _ := strings.Cut(call, " ")
			theirs, ok := official[path][method]
			if !ok {
				t.Errorf("%s has no %s", filepath.Base(file), call)
				continue
			}
			for name, p := range properties {
				o, ok := theirs[name]
				if !ok {
					t.Errorf("%s: %s has no %s", filepath.Base(file), call, name)
					continue
				}
				asStrict(t, filepath.Base(file)+": "+call+" "+name, p, o)
			}
			for name, o := range theirs {
				if _, ok := properties[name]; !ok && !o.Optional {
					t.Errorf("%s: %s wants %s", filepath.Base(file), call, name)
				}
			}
		}
	}
}

func asStrict(t *testing.T, what string, ours, theirs property) {
	t.Helper()
	if ours.Type != theirs.Type || ours.Optional && !theirs.Optional || ours.Requires != theirs.Requires || ours.DefaultKey != theirs.DefaultKey {
		t.Errorf("%s is %+v, theirs %+v", what, ours, theirs)
	}
	if !reflect.DeepEqual(ours.Minimum, theirs.Minimum) || !reflect.DeepEqual(ours.Maximum, theirs.Maximum) ||
		!reflect.DeepEqual(ours.MinLength, theirs.MinLength) || !reflect.DeepEqual(ours.MaxLength, theirs.MaxLength) {
		t.Errorf("%s has other bounds", what)
	}
	if theirs.Enum != nil && ours.Enum == nil || slices.ContainsFunc(ours.Enum, func(s string) bool { return !slices.Contains(theirs.Enum, s) }) {
		t.Errorf("%s may be one of %v, theirs %v", what, ours.Enum, theirs.Enum)
	}
	if ours.Pattern != theirs.Pattern || ours.Format.name != theirs.Format.name || (ours.Format.parts == nil) != (theirs.Format.parts == nil) {
		t.Errorf("%s has another form: %s %s, theirs %s %s", what, ours.Pattern, ours.Format.name, theirs.Pattern, theirs.Format.name)
	}
	for name, p := range ours.Format.parts {
		o, ok := theirs.Format.parts[name]
		if !ok {
			t.Errorf("%s has no part %s", what, name)
			continue
		}
		asStrict(t, what+" "+name, p, o)
	}
}

// officialSchema reads a release's schema, where truths are 0 and 1, and Perl writes a compiled pattern as (?^:…).
func officialSchema(t *testing.T, file string) map[string]map[string]map[string]property {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var raw struct {
		Paths map[string]map[string]struct {
			Parameters map[string]any `json:"parameters"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	all := make(map[string]map[string]map[string]property)
	for path, methods := range raw.Paths {
		all[path] = make(map[string]map[string]property)
		for method, m := range methods {
			all[path][method] = make(map[string]property)
			for name, p := range m.Parameters {
				all[path][method][name] = plainProperty(t, p)
			}
		}
	}
	return all
}

func plainProperty(t *testing.T, raw any) property {
	t.Helper()
	fields, ok := raw.(map[string]any)
	if !ok {
		t.Fatalf("a property that is none: %v", raw)
	}
	p := property{}
	kept := make(map[string]any)
	for name, value := range fields {
		switch name {
		case "optional", "default_key":
			kept[name] = fmt.Sprint(value) == "1" || value == true
		case "minimum", "maximum", "min_length", "max_length":
			kept[name] = json.Number(fmt.Sprint(value))
			if n, ok := value.(float64); ok {
				kept[name] = n
			}
		case "type", "enum", "requires":
			kept[name] = value
		case "format":
			parts, ok := value.(map[string]any)
			if !ok {
				kept[name] = value
				continue
			}
			p.Format.parts = make(map[string]property)
			for part, v := range parts {
				p.Format.parts[part] = plainProperty(t, v)
			}
		}
	}
	b, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	parts := p.Format.parts
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	if parts != nil {
		p.Format.parts = parts
	}
	if pattern, ok := fields["pattern"].(string); ok {
		p.Pattern = strings.ReplaceAll(pattern, "(?^:", "(?:")
	}
	return p
}

func TestEveryFormatOfTheSchemaIsKnown(t *testing.T) {
	var walk func(property)
	walk = func(p property) {
		if name := strings.TrimSuffix(p.Format.name, "-list"); name != "" && formats[name] == nil {
			t.Errorf("the format %s has no check", name)
		}
		for _, part := range p.Format.parts {
			walk(part)
		}
	}
	s := readSchema()
	for _, properties := range s {
		for _, p := range properties {
			walk(p)
		}
	}
	for _, r := range (&Cluster{}).allRoutes() {
		if _, ok := s[r.method+" "+r.pattern]; !ok {
			t.Errorf("%s %s is answered but not in the schema", r.method, r.pattern)
		}
	}
}

func TestWhatTheSchemaRefuses(t *testing.T) {
	create := readSchema()["POST /nodes/{node}/lxc"]
	for name, value := range map[string]string{
		"memory":       "lots",
		"cores":        "0",
		"swap":         "-1",
		"hostname":     "-web",
		"unprivileged": "true",
		"unique":       "yes",
		"tags":         "-a",
		"nameserver":   "ns1.lan",
		"rootfs":       "local-lvm:8,size=lots",
		"net0":         "name=eth0,tag=4095",
		"net1":         "bridge=vmbr0",
		"pool":         "a/b/c/d",
		"colour":       "red",
		"vmid":         "99",
	} {
		params := map[string]string{"node": "pve1", "vmid": "105", "ostemplate": "local:vztmpl/a.tar.xz"}
		if wrong := verify(create, params); wrong != nil {
			t.Fatalf("the least that a create takes: %v", wrong)
		}
		params[name] = value
		if wrong := verify(create, params); wrong[name] == "" {
			t.Errorf("%s=%s is taken: %v", name, value, wrong)
		}
	}
	if wrong := verify(create, map[string]string{"node": "pve1", "vmid": "105"}); wrong["ostemplate"] == "" {
		t.Errorf("a create without OS template: %v", wrong)
	}
}
