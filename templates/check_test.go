package templates_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"berth/store"
	"berth/templates"
)

// goodTemplate has something of everything, and nothing is wrong with it.
func goodTemplate() store.Template {
	return store.Template{
		Name: "Web server", Description: "Caddy, with a page.\n\nSee its own manual.", Tags: []string{"web", "tls"},
		OSTemplate: "debian-12-standard", Cores: 2, Memory: 1024, Swap: -1, Disk: 8, Storage: "local-lvm", Bridge: "vmbr0",
		Unprivileged: true, Nesting: true,
		Packages: []store.Package{{Manager: "apt", Name: "caddy"}, {Manager: "apt", Name: "curl", Version: "8.14.1-2"}, {Manager: "npm", Name: "@angular/cli", Version: "20.1.0"}},
		Inputs: []store.Input{
			{Name: "SITE_NAME", Label: "Name of the site", Kind: store.InputText, Default: "home.example"},
			{Name: "ADMIN_PASSWORD", Label: "Password", Kind: store.InputSecret},
			{Name: "LEVEL", Label: "How much is logged", Kind: store.InputChoice, Choices: []string{"less", "more"}, Default: "less"},
		},
		Scripts: []store.Script{
			{Name: "install", Description: "Caddy and its page", Enabled: true, Content: "service_enable caddy\n"},
			{Name: "harden", Content: "say 'nothing yet'\n"},
		},
		Files: []store.File{
			{Path: "/etc/caddy/Caddyfile", Owner: "root:caddy", Mode: 0o640, Policy: store.FileBackup, Content: []byte(":80\n")},
			{Path: "/srv/logo.png", Policy: store.FileReplace, Content: []byte{0x89, 'P', 'N', 'G', 0, 0xff}},
		},
		Services: []store.Service{{Name: "caddy", Port: 80, Path: "/", Scheme: "http"}},
	}
}

func TestAGoodTemplateHasNothingWrong(t *testing.T) {
	for about, good := range map[string]store.Template{"with everything": goodTemplate(), "with a name alone": {Name: "Plain"}} {
		if wrong := templates.Check(good); len(wrong) > 0 {
			t.Errorf("%s: Check() = %v", about, wrong)
		}
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	for about, c := range map[string]struct {
		change func(*store.Template)
		field  string
		says   string
	}{
		"no name":                       {func(t *store.Template) { t.Name = "" }, "name", "Enter a name"},
		"a name of two lines":           {func(t *store.Template) { t.Name = "a\nb" }, "name", "one line"},
		"a long name":                   {func(t *store.Template) { t.Name = strings.Repeat("é", 101) }, "name", "101 characters"},
		"a space around the name":       {func(t *store.Template) { t.Name = " a" }, "name", "space"},
		"bytes as description":          {func(t *store.Template) { t.Description = "\xff" }, "description", "cannot be shown"},
		"a tag with a space":            {func(t *store.Template) { t.Tags = []string{"a b"} }, "tags", "“a b”"},
		"a tag twice":                   {func(t *store.Template) { t.Tags = []string{"a", "a"} }, "tags", "twice"},
		"a path as OS template":         {func(t *store.Template) { t.OSTemplate = "/tmp/x" }, "os_template", "debian-13-standard"},
		"too many cores":                {func(t *store.Template) { t.Cores = 8193 }, "cores", "1 to 8192"},
		"negative cores":                {func(t *store.Template) { t.Cores = -1 }, "cores", "too low"},
		"little memory":                 {func(t *store.Template) { t.Memory = 15 }, "memory", "16 to"},
		"less than no swap":             {func(t *store.Template) { t.Swap = -2 }, "swap", "too low"},
		"no disk":                       {func(t *store.Template) { t.Disk = -1 }, "disk", "too low"},
		"a storage with a slash":        {func(t *store.Template) { t.Storage = "a/b" }, "storage", "local-lvm"},
		"a bridge with options":         {func(t *store.Template) { t.Bridge = "vmbr0,tag=1" }, "bridge", "vmbr0"},
		"a package that is an option":   {func(t *store.Template) { t.Packages[0].Name = "-y" }, "packages_apt", "“-y”"},
		"a version of npm":              {func(t *store.Template) { t.Packages[2].Version = "1 2" }, "packages_npm", "“1 2”"},
		"a bucket twice":                {func(t *store.Template) { t.Buckets = []string{"p1", "p1"} }, "buckets", "twice"},
		"an input in lower case":        {func(t *store.Template) { t.Inputs[0].Name = "site" }, "input_name.0", "upper-case"},
		"an input that is the path":     {func(t *store.Template) { t.Inputs[0].Name = "PATH" }, "input_name.0", "meaning of its own"},
		"an input of Berth's":           {func(t *store.Template) { t.Inputs[0].Name = "BERTH_VMID" }, "input_name.0", "meaning of its own"},
		"an input twice":                {func(t *store.Template) { t.Inputs[1].Name = "SITE_NAME" }, "input_name.1", "twice"},
		"a secret with a default":       {func(t *store.Template) { t.Inputs[1].Default = "1234" }, "input_default.1", "no default"},
		"a default that is no choice":   {func(t *store.Template) { t.Inputs[2].Default = "most" }, "input_default.2", "“most”"},
		"a choice of nothing":           {func(t *store.Template) { t.Inputs[2].Choices, t.Inputs[2].Default = nil, "" }, "input_choices.2", "one per line"},
		"another kind of input":         {func(t *store.Template) { t.Inputs[0].Kind = "number" }, "input_kind.0", "text, secret or choice"},
		"a script without a name":       {func(t *store.Template) { t.Scripts[1].Name = "" }, "script_name.1", "Enter a name"},
		"a script with a path":          {func(t *store.Template) { t.Scripts[1].Name = "../x" }, "script_name.1", "lower-case"},
		"two scripts of one name":       {func(t *store.Template) { t.Scripts[1].Name = "install" }, "script_name.1", "two scripts"},
		"an empty script":               {func(t *store.Template) { t.Scripts[1].Content = " \n" }, "script_content.1", "empty"},
		"a script of Windows":           {func(t *store.Template) { t.Scripts[1].Content = "a\r\nb\r\n" }, "script_content.1", "Windows"},
		"a script of an old Mac":        {func(t *store.Template) { t.Scripts[1].Content = "a\rb\r" }, "script_content.1", "which no shell accepts"},
		"a huge script":                 {func(t *store.Template) { t.Scripts[1].Content = strings.Repeat("#", 256<<10+1) }, "script_content.1", "256 KiB at most"},
		"a file without a path":         {func(t *store.Template) { t.Files[0].Path = "" }, "file_path.0", "/etc/motd"},
		"a file beside the container":   {func(t *store.Template) { t.Files[0].Path = "/../etc/x" }, "file_path.0", "plain path"},
		"a relative file":               {func(t *store.Template) { t.Files[0].Path = "etc/x" }, "file_path.0", "begin with /"},
		"a file of the kernel's":        {func(t *store.Template) { t.Files[0].Path = "/proc/x" }, "file_path.0", "kernel"},
		"a file twice":                  {func(t *store.Template) { t.Files[1].Path = "/etc/caddy/Caddyfile" }, "file_path.1", "twice"},
		"a file that must be a folder":  {func(t *store.Template) { t.Files[1].Path = "/etc/caddy" }, "file_path.1", "folder"},
		"an owner with a command":       {func(t *store.Template) { t.Files[0].Owner = "root; id" }, "file_owner.0", "www-data"},
		"a mode beyond all bits":        {func(t *store.Template) { t.Files[0].Mode = 0o10000 }, "file_mode.0", "0644"},
		"no policy":                     {func(t *store.Template) { t.Files[0].Policy = "" }, "file_policy.0", "replace, default or backup"},
		"a huge file":                   {func(t *store.Template) { t.Files[0].Content = make([]byte, 1<<20+1) }, "file_content.0", "1024 KiB at most"},
		"a service without a name":      {func(t *store.Template) { t.Services[0].Name = "" }, "service_name.0", "name"},
		"a service that is an option":   {func(t *store.Template) { t.Services[0].Name = "--now" }, "service_name.0", "nginx"},
		"a port beyond all":             {func(t *store.Template) { t.Services[0].Port = 70000 }, "service_port.0", "65535"},
		"a page without a port":         {func(t *store.Template) { t.Services[0].Port = 0 }, "service_port.0", "port"},
		"a page that is an address":     {func(t *store.Template) { t.Services[0].Path = "javascript:x" }, "service_path.0", "/admin"},
		"a scheme that is none of ours": {func(t *store.Template) { t.Services[0].Scheme = "ftp" }, "service_path.0", "http"},
		"more than fits into one record": {func(t *store.Template) {
			for i := range 5 {
				t.Files = append(t.Files, store.File{Path: "/srv/" + strings.Repeat("x", i+1), Policy: store.FileReplace, Content: make([]byte, 1<<20)})
			}
		}, "file_content.0", "4096 KiB"},
	} {
		t.Run(about, func(t *testing.T) {
			bad := goodTemplate()
			c.change(&bad)
			wrong := templates.Check(bad)
			if !strings.Contains(wrong[c.field], c.says) {
				t.Errorf("%s is said to be %q, want something with %q", c.field, wrong[c.field], c.says)
			}
			if len(wrong) != 1 {
				t.Errorf("something is wrong with %v, want just %s", slices.Sorted(maps.Keys(wrong)), c.field)
			}
		})
	}
}

func TestACopyHasANameThatCanBe(t *testing.T) {
	for n, want := range map[int]string{1: "Web copy", 2: "Web copy 2", 11: "Web copy 11"} {
		if got := templates.CopyName("Web", n); got != want {
			t.Errorf("CopyName(%d) = %q", n, got)
		}
	}
	for _, name := range []string{strings.Repeat("é", 100), strings.Repeat("a ", 50)[:99]} {
		if wrong := templates.Check(store.Template{Name: templates.CopyName(name, 12)}); len(wrong) > 0 {
			t.Errorf("a copy of %q has %v", name, wrong)
		}
	}
}

func TestCheckBucket(t *testing.T) {
	good := store.PackageBucket{Name: "Base tools", Packages: []store.Package{{Manager: "apk", Name: "curl"}}}
	if wrong := templates.CheckBucket(good); len(wrong) > 0 {
		t.Errorf("CheckBucket() = %v", wrong)
	}
	for field, bad := range map[string]store.PackageBucket{
		"name":         {Name: "a/b"},
		"description":  {Name: "a", Description: "\x00"},
		"packages_pip": {Name: "a", Packages: []store.Package{{Manager: "pip", Name: "-r"}}},
	} {
		if wrong := templates.CheckBucket(bad); len(wrong) != 1 || wrong[field] == "" {
			t.Errorf("CheckBucket(%+v) = %v, want a sentence about %s", bad, wrong, field)
		}
	}
	for _, name := range []string{"", "own", "Own", ".hidden", "..", " x"} {
		if wrong := templates.CheckBucket(store.PackageBucket{Name: name}); wrong["name"] == "" {
			t.Errorf("%q is taken as a bucket's name", name)
		}
	}
}
