package proxmox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRequestsAgainstTheOfficialSchema judges every request that the client can
// send by Proxmox VE's own API schema. It needs the folder with the schema of
// each release, which is not part of this repository.
func TestRequestsAgainstTheOfficialSchema(t *testing.T) {
	schemas := officialSchemas(t)
	var host recorder
	c := newClient(t, serve(t, host.ServeHTTP))
	var requests []string
	for _, tt := range everyCall {
		host.answerNext(tt.answer)
		if _, err := tt.call(t.Context(), c); err != nil {
			t.Fatalf("%s: %v", tt.method, err)
		}
		requests = append(requests, host.taken()[0].String())
	}
	for _, p := range manyParams() {
		host.answerNext(`"` + upidStart0 + `"`)
		if _, err := c.Create(t.Context(), "pve1", p); err != nil {
			t.Fatal(err)
		}
		requests = append(requests, host.taken()[0].String())
	}
	for release, s := range schemas {
		for _, r := range requests {
			if err := s.judge(r); err != nil {
				t.Errorf("Proxmox VE %s refuses\n %s\n %v", release, r, err)
			}
		}
	}
}

// TestTheSchemaRefuses holds that the judge of the test above is one.
func TestTheSchemaRefuses(t *testing.T) {
	const create = "POST /nodes/pve1/lxc vmid=105&ostemplate=local%3Avztmpl%2Fa.tar.xz"
	refused := []string{
		"GET /nope",
		"PUT /version",
		"GET /version?x=1",
		"GET /cluster/nextid?vmid=99",
		"GET /cluster/nextid?vmid=1000000000",
		"GET /cluster/nextid?vmid=1e3",
		"GET /cluster/nextid?vmid=",
		"GET /nodes/pve.1/status",
		"GET /nodes/pve1/storage?content=rootdir&enabled=true",
		"GET /nodes/pve1/storage?content=rootdir&enabled=1&enabled=1",
		"GET /nodes/pve1/storage/1local/content?content=vztmpl",
		"GET /nodes/pve1/network?type=bridges",
		"GET /nodes/pve1/lxc/7/config",
		"GET /nodes/pve1/lxc/105/config?vmid=106",
		"POST /nodes/pve1/lxc vmid=105",
		"POST /nodes/pve1/lxc/105/status/shutdown timeout=-1",
		"POST /nodes/pve1/aplinfo storage=local&template=" + strings.Repeat("a", 256),
		create + "&features=nesting=1",
		create + "&features=nestling%3D1",
		create + "&features=nesting%3D2",
		create + "&tags=a;b",
		create + "&tags=-a",
		create + "&memory=lots",
		create + "&memory=15",
		create + "&cores=0",
		create + "&cores=8193",
		create + "&swap=-1",
		create + "&hostname=-web",
		create + "&hostname=we_b",
		create + "&unprivileged=true",
		create + "&unique=1",
		create + "&ostype=beos",
		create + "&nameserver=ns1.lan",
		create + "&searchdomain=a_b",
		create + "&pool=a%2Fb%2Fc%2Fd",
		create + "&rootfs=local-lvm%3A8%2Csize%3Dlots",
		create + "&rootfs=local-lvm%3A8%2Clocal-lvm%3A9",
		create + "&net0=bridge%3Dvmbr0",
		create + "&net0=name%3Deth0%2Ctag%3D0",
		create + "&net0=name%3Deth0%2Ctag%3D4095",
		create + "&net0=name%3Deth0%2Cip%3D192.0.2.5",
		create + "&net0=name%3Deth0%2Cip%3Dauto",
		create + "&net0=name%3Deth0%2Cip6%3D192.0.2.5%2F24",
		create + "&net0=name%3Deth0%2Cgw%3D2001%3Adb8%3A%3A1",
		create + "&net0=name%3Deth0%2Ccolour%3Dred",
		create + "&net0=name%3Deth0%2Cname%3Deth1",
		create + "&net0=name%3Deth0%2Ctype%3Dtap",
		create + "&netx=name%3Deth0",
	}
	for release, s := range officialSchemas(t) {
		if err := s.judge(create); err != nil {
			t.Errorf("Proxmox VE %s: %s: %v", release, create, err)
		}
		for _, r := range refused {
			if s.judge(r) == nil {
				t.Errorf("Proxmox VE %s is said to take %s", release, r)
			}
		}
	}
}

// manyParams are containers of all kinds, by the bounds that this package tells.
func manyParams() []CreateParams {
	var all []CreateParams
	for _, host := range []string{"", "a", strings.Repeat("a", MaxHostname-1), "web.home.arpa"} {
		for _, ip := range []string{"", "dhcp", "192.0.2.5/24", "10.0.0.0/8"} {
			for _, ip6 := range []string{"", "dhcp", "auto", "2001:db8::5/64", "fd00::ffff:192.0.2.5/128"} {
				for _, vlan := range []int{0, MinVLAN, MaxVLAN} {
					all = append(all, CreateParams{
						VMID: MinVMID, OSTemplate: "local:vztmpl/a.tar.xz", Hostname: host, Bridge: "vmbr0", IP: ip, IP6: ip6, VLAN: vlan,
						Cores: MinCores, Memory: MinMemory, Swap: MinSwap, Disk: MinDisk, Storage: "local-lvm",
					})
				}
			}
		}
	}
	for _, unprivileged := range []bool{false, true} {
		for _, nesting := range []bool{false, true} {
			for _, tags := range [][]string{nil, {"a"}, {"_x", "c++", "1.0"}} {
				all = append(all, CreateParams{
					VMID: MaxVMID, OSTemplate: strings.Repeat("a", MaxOSTemplate), Unprivileged: unprivileged, Nesting: nesting, Tags: tags,
					Cores: MaxCores, Memory: 1 << 30, Swap: 1 << 30, Disk: 1 << 20, OnBoot: unprivileged,
					Description: strings.Repeat("ä", MaxDescription), Pool: "a/b/c", Nameserver: "192.0.2.53 fe80::1%eth0 2001:db8::53", SearchDomain: "lan",
					SSHKeys: []string{"ssh-ed25519 AAAA me@desk", "ssh-rsa BBBB"},
				})
			}
		}
	}
	return all
}

// officialSchemas reads the schema of each release from the folder that
// BERTH_PVE_API names, as seen from the root of the repository.
func officialSchemas(t *testing.T) map[string]officialSchema {
	t.Helper()
	dir := os.Getenv("BERTH_PVE_API")
	if dir == "" {
		t.Skip("LEFT OUT: set BERTH_PVE_API to the folder with Proxmox VE's API schemas")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", dir) // tests run in the folder of their package
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 2 {
		t.Fatalf("%s holds %d schemas, want one for each release", dir, len(files))
	}
	schemas := make(map[string]officialSchema)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var s officialSchema
		if err := json.Unmarshal(b, &s); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		schemas[strings.TrimSuffix(filepath.Base(f), ".json")] = s
	}
	return schemas
}

// officialSchema is an API as Proxmox describes it: path to method to parameters.
type officialSchema struct {
	Paths map[string]map[string]struct {
		AllowToken truth               `json:"allow_token"`
		Parameters map[string]property `json:"parameters"`
	} `json:"paths"`
}

// property is a parameter, or a part of one that is a property string.
type property struct {
	Type       string          `json:"type"`
	Optional   truth           `json:"optional"`
	Minimum    *number         `json:"minimum"`
	Maximum    *number         `json:"maximum"`
	MinLength  *number         `json:"min_length"`
	MaxLength  *number         `json:"max_length"`
	Enum       []text          `json:"enum"`
	Pattern    string          `json:"pattern"`
	Format     json.RawMessage `json:"format"` // a name, or the properties of a property string
	Requires   string          `json:"requires"`
	DefaultKey truth           `json:"default_key"`
}

// judge reads a request, "METHOD path?query form", as pveproxy does and checks
// it as PVE::JSONSchema does.
func (s officialSchema) judge(request string) error {
	method, rest, _ := strings.Cut(request, " ")
	target, form, _ := strings.Cut(rest, " ")
	path, query, _ := strings.Cut(target, "?")
	for pattern, methods := range s.Paths {
		params, ok := match(pattern, path)
		if !ok {
			continue
		}
		m, ok := methods[method]
		if !ok {
			return fmt.Errorf("%s is not for %s", pattern, method)
		}
		if !m.AllowToken {
			return fmt.Errorf("%s %s is not for tokens", method, pattern)
		}
		if err := errors.Join(read(params, query), read(params, form)); err != nil {
			return err
		}
		return check(m.Parameters, params)
	}
	return fmt.Errorf("no such path: %s", path)
}

// match compares a path with a pattern like /nodes/{node}/status.
func match(pattern, path string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	params := make(map[string]string)
	for i, w := range want {
		value, err := url.PathUnescape(got[i])
		if err != nil {
			return nil, false
		}
		if name, ok := strings.CutPrefix(w, "{"); ok {
			params[strings.TrimSuffix(name, "}")] = value
		} else if w != value {
			return nil, false
		}
	}
	return params, true
}

// read takes a form or query apart as decode_urlencoded in pve-http-server
// does: at each & and ;, then at each =.
func read(params map[string]string, encoded string) error {
	for _, pair := range strings.FieldsFunc(encoded, func(r rune) bool { return r == '&' || r == ';' }) {
		parts := strings.Split(pair, "=")
		if len(parts) != 2 || parts[1] == "" {
			return fmt.Errorf("%q is not one name and one value", pair)
		}
		name, err := url.QueryUnescape(parts[0])
		if err != nil {
			return err
		}
		value, err := url.QueryUnescape(parts[1])
		if err != nil {
			return err
		}
		if _, twice := params[name]; twice {
			return fmt.Errorf("%s is given twice", name)
		}
		params[name] = value
	}
	return nil
}

var digits = regexp.MustCompile(`\d+$`)

// check holds the values against the properties: no unknown one, no missing one, each right in itself.
func check(properties map[string]property, values map[string]string) error {
	var errs []error
	for name, value := range values {
		p, ok := properties[name]
		if !ok {
			p, ok = properties[digits.ReplaceAllString(name, "")+"[n]"]
		}
		if !ok {
			errs = append(errs, fmt.Errorf("%s: property is not defined in schema", name))
			continue
		}
		if err := p.check(value); err != nil {
			errs = append(errs, fmt.Errorf("%s=%.60q: %w", name, value, err))
		}
		if _, ok := values[p.Requires]; p.Requires != "" && !ok {
			errs = append(errs, fmt.Errorf("%s needs %s", name, p.Requires))
		}
	}
	for name, p := range properties {
		if _, ok := values[name]; !ok && !bool(p.Optional) {
			errs = append(errs, fmt.Errorf("%s: property is missing and it is not optional", name))
		}
	}
	return errors.Join(errs...)
}

func (p property) check(value string) error {
	switch p.Type {
	case "string":
	case "boolean":
		if value != "0" && value != "1" {
			return errors.New("no boolean")
		}
	case "integer":
		if _, err := strconv.Atoi(value); err != nil {
			return errors.New("no integer")
		}
	case "number":
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return errors.New("no number")
		}
	default:
		return fmt.Errorf("this test does not know the type %s", p.Type)
	}
	if n, err := strconv.ParseFloat(value, 64); p.Type == "integer" || p.Type == "number" {
		if err != nil || p.Minimum != nil && n < float64(*p.Minimum) || p.Maximum != nil && n > float64(*p.Maximum) {
			return errors.New("out of bounds")
		}
	}
	length := number(len([]rune(value)))
	if p.MinLength != nil && length < *p.MinLength || p.MaxLength != nil && length > *p.MaxLength {
		return errors.New("too short or too long")
	}
	if p.Enum != nil && !slices.Contains(p.Enum, text(value)) {
		return fmt.Errorf("none of %v", p.Enum)
	}
	if p.Pattern != "" {
		// Perl writes a compiled expression as (?^:…).
		pattern, err := regexp.Compile(`^(?:` + strings.ReplaceAll(p.Pattern, "(?^:", "(?:") + `)$`)
		if err != nil {
			return err
		}
		if !pattern.MatchString(value) {
			return fmt.Errorf("does not match %s", p.Pattern)
		}
	}
	return p.checkFormat(value)
}

func (p property) checkFormat(value string) error {
	if len(p.Format) == 0 {
		return nil
	}
	if p.Format[0] == '{' {
		var parts map[string]property
		if err := json.Unmarshal(p.Format, &parts); err != nil {
			return err
		}
		return checkPropertyString(parts, value)
	}
	var name string
	if err := json.Unmarshal(p.Format, &name); err != nil {
		return err
	}
	values := []string{value}
	if one, ok := strings.CutSuffix(name, "-list"); ok {
		name, values = one, strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(",; \t\n", r) })
	}
	valid, ok := formats[name]
	if !ok {
		return fmt.Errorf("this test does not know the format %s", name)
	}
	for _, v := range values {
		if !valid(v) {
			return fmt.Errorf("%q is no %s", v, name)
		}
	}
	return nil
}

// checkPropertyString is parse_property_string: key=value, separated by commas,
// where the default key may be left out.
func checkPropertyString(parts map[string]property, s string) error {
	values := make(map[string]string)
	for _, part := range strings.Split(s, ",") {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			value = key
			for name, p := range parts {
				if p.DefaultKey {
					key = name
				}
			}
		}
		if _, twice := values[key]; twice {
			return fmt.Errorf("%s is given twice", key)
		}
		values[key] = value
	}
	return check(parts, values)
}

var (
	configForm = regexp.MustCompile(`^(?i)[a-z][a-z0-9_-]+$`)
	poolForm   = regexp.MustCompile(`^[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+){0,2}$`)
	tagForm    = regexp.MustCompile(`^(?i)[a-z0-9_][a-z0-9_+.-]*$`)
	nodeForm   = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$`)
	nameForm   = regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$`)
	sizeForm   = regexp.MustCompile(`^\d+(\.\d+)?[KMGT]?$`)
	storage    = regexp.MustCompile(`^(?i)[a-z][a-z0-9_.-]*[a-z0-9]$`)
	vmidForm   = regexp.MustCompile(`^[1-9][0-9]{2,8}$`)
)

// formats are those of PVE::JSONSchema and pve-container that the app's calls name.
var formats = map[string]func(string) bool{
	"pve-node":       nodeForm.MatchString,
	"pve-vmid":       vmidForm.MatchString,
	"pve-storage-id": storage.MatchString,
	"pve-storage-content": func(s string) bool {
		return slices.Contains([]string{"rootdir", "vztmpl", "images", "iso", "backup"}, s)
	},
	"pve-poolid":        poolForm.MatchString,
	"pve-configid":      configForm.MatchString,
	"pve-tag":           tagForm.MatchString,
	"pve-lxc-mp-string": func(s string) bool { return !strings.ContainsAny(s, "\n") && s != "" },
	"disk-size":         sizeForm.MatchString,
	"dns-name":          nameForm.MatchString,
	"ipv4":              func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() },
	"ipv6":              func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is6() && a.Zone() == "" },
	"pve-ipv4-config": func(s string) bool {
		p, err := netip.ParsePrefix(s)
		return s == "dhcp" || s == "manual" || err == nil && p.Addr().Is4()
	},
	"pve-ipv6-config": func(s string) bool {
		p, err := netip.ParsePrefix(s)
		return s == "dhcp" || s == "auto" || s == "manual" || err == nil && p.Addr().Is6()
	},
	"lxc-ip-with-ll-iface": func(s string) bool {
		a, err := netip.ParseAddr(s)
		return err == nil && (a.Zone() == "" || a.IsLinkLocalUnicast())
	},
}
