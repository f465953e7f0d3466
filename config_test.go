package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// environment is a process environment of a test's own.
type environment map[string]string

func (e environment) get(name string) string { return e[name] }

// configured runs what stands between a command line and its command.
func configured(t *testing.T, env environment, args ...string) (config, []problem) {
	t.Helper()
	cmd, rest, ok := findCommand(commands(), args)
	if !ok {
		t.Fatalf("no command in %q", args)
	}
	return configure(cmd, parseArgs(cmd, rest), env.get)
}

func TestConfigure(t *testing.T) {
	home := environment{"HOME": "/home/ada"}
	for _, c := range []struct {
		about string
		env   environment
		args  []string
		want  config
	}{
		{"nothing said", home, nil,
			config{listen: "127.0.0.1:8420", data: "/home/ada/.local/share/berth"}},
		{"XDG's place for data", environment{"HOME": "/home/ada", "XDG_DATA_HOME": "/d"}, nil,
			config{listen: "127.0.0.1:8420", data: "/d/berth"}},
		{"a relative one is ignored", environment{"HOME": "/home/ada", "XDG_DATA_HOME": "d"}, nil,
			config{listen: "127.0.0.1:8420", data: "/home/ada/.local/share/berth"}},
		{"the environment", environment{"BERTH_LISTEN": ":80", "BERTH_DATA": "/var/lib/berth", "BERTH_KEY_FILE": "/k", "BERTH_REDIS": "redis://r", "BERTH_TRUSTED_PROXY": "10.0.0.1, fd00::/8"}, []string{"serve"},
			config{listen: ":80", data: "/var/lib/berth", keyFile: "/k", redis: "redis://r",
				trustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32"), netip.MustParsePrefix("fd00::/8")}}},
		{"an option before the environment", environment{"BERTH_LISTEN": "wrong", "BERTH_DATA": "/d"}, []string{"--listen", "[::1]:0", "-data=/e"},
			config{listen: "[::1]:0", data: "/e"}},
		{"a folder of templates", environment{"BERTH_DATA": "/d", "BERTH_TEMPLATES": "testdata/none"}, []string{"serve", "--templates", "."},
			config{listen: "127.0.0.1:8420", data: "/d", templates: "."}},
		{"a demonstration needs no home", environment{}, []string{"demo", "--listen=127.0.0.1:0"},
			config{listen: "127.0.0.1:0"}},
		{"what another command takes is not looked at", environment{"BERTH_LISTEN": "wrong", "BERTH_DATA": "/d"}, []string{"user", "list"},
			config{listen: "127.0.0.1:8420", data: "/d"}},
	} {
		t.Run(c.about, func(t *testing.T) {
			got, problems := configured(t, c.env, c.args...)
			if len(problems) > 0 {
				t.Fatalf("problems: %+v", problems)
			}
			if !slices.Equal(got.trustedProxies, c.want.trustedProxies) {
				t.Errorf("trusted proxies %v, want %v", got.trustedProxies, c.want.trustedProxies)
			}
			got.trustedProxies, c.want.trustedProxies = nil, nil
			if got.listen != c.want.listen || got.data != c.want.data || got.keyFile != c.want.keyFile || got.redis != c.want.redis || got.templates != c.want.templates {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// Everything that is wrong is named in one go, and nothing is started.
func TestWrongSettingsAreAllNamedAtOnce(t *testing.T) {
	dir := t.TempDir()
	pem := filepath.Join(dir, "x.pem")
	if err := os.WriteFile(pem, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		about string
		env   environment
		args  []string
		want  []string // what standard error says
		never string   // what it must not say
	}{
		{"serve", environment{"BERTH_LISTEN": "8420", "BERTH_TRUSTED_PROXY": "10.0.0.0/8,proxy"},
			[]string{"--redis", "http://u:hunter2@r", "--tls-cert", pem, "--colour", "blue", "--data", dir, "--key-file", "word"},
			[]string{`BERTH_LISTEN is "8420"`, `BERTH_TRUSTED_PROXY is "10.0.0.0/8,proxy"`, "--redis must be", "--tls-cert and --tls-key go together", "--colour is not an option"}, "hunter2"},
		{"ports", nil, []string{"--listen", "h:65536", "--data", dir}, []string{`--listen is "h:65536"`}, ""},
		{"a bad certificate", nil, []string{"--tls-cert", pem, "--tls-key", pem, "--data", dir}, []string{"cannot be used", pem}, ""},
		{"no value", nil, []string{"--data=", "--listen"}, []string{"--data needs a value", "--listen needs a value"}, ""},
		{"no home", nil, nil, []string{"--data is required"}, ""},
		{"words that are left over", nil, []string{"--data", dir, "one", "two"}, []string{"one is an unexpected argument", "two is an unexpected argument"}, ""},
		{"a word that is missing", nil, []string{"user", "add", "--data", dir}, []string{"NAME is missing"}, ""},
		{"an option of another command", nil, []string{"backup", "--listen", ":1", "--data", dir}, []string{"--listen is not an option of berth backup"}, ""},
		{"a command that does not exist", nil, []string{"user", "drop"}, []string{`no command "user drop"`}, ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			var stdout, stderr strings.Builder
			status := run(t.Context(), c.args, c.env.get, strings.NewReader(""), &stdout, &stderr)
			if status != exitUsage {
				t.Errorf("exit status %d, want %d", status, exitUsage)
			}
			for _, want := range c.want {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("standard error lacks %q:\n%s", want, stderr.String())
				}
			}
			if c.never != "" && strings.Contains(stderr.String(), c.never) {
				t.Errorf("standard error holds a secret:\n%s", stderr.String())
			}
			if stdout.Len() > 0 {
				t.Errorf("standard output: %s", stdout.String())
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
				t.Errorf("the data folder has %v, %v", left, err)
			}
		})
	}
}

func TestEverySettingIsInTheUsage(t *testing.T) {
	for _, cmd := range commands() {
		var stdout, stderr strings.Builder
		args := append(strings.Fields(cmd.name), "--help")
		if status := run(t.Context(), args, environment{}.get, strings.NewReader(""), &stdout, &stderr); status != exitOK || stderr.Len() > 0 {
			t.Errorf("berth %s --help: status %d, %s", cmd.name, status, stderr.String())
		}
		for _, s := range cmd.settings {
			if !strings.Contains(stdout.String(), s.flag()+" ") || !strings.Contains(stdout.String(), s.env()+" ") {
				t.Errorf("berth %s --help lacks %s or %s", cmd.name, s.flag(), s.env())
			}
		}
		var all strings.Builder
		run(t.Context(), []string{"help"}, environment{}.get, strings.NewReader(""), &all, &stderr)
		if !strings.Contains(all.String(), "berth "+cmd.name) {
			t.Errorf("berth help lacks %s", cmd.name)
		}
	}
}
