package templates_test

import (
	"strings"
	"testing"

	"berth/store"
	"berth/templates"
)

func TestWhatAScriptMayLackIsSaid(t *testing.T) {
	t.Parallel()
	apk := func(names ...string) (list []store.Package) {
		for _, n := range names {
			list = append(list, store.Package{Manager: "apk", Name: n})
		}
		return list
	}
	for _, tt := range []struct {
		line, os string
		packages []store.Package
		says     string
	}{
		{line: "say hello", os: "alpine-3.22-default"},
		{line: "#!/bin/sh -e", os: "alpine-3.22-default"},
		{line: "#!/usr/bin/env bash", os: "debian-13-standard"},
		{line: "#!/bin/bash", os: "local:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst"},
		{line: "#!/usr/bin/env bash", os: "alpine-3.22-default", says: "asks for bash, which alpine-3.22-default may not have, and none of the packages is known to bring it. Add the package bash"},
		{line: "#!/usr/bin/env bash", os: "alpine-3.22-default", packages: apk("curl", "bash")},
		{line: "#!/usr/bin/env bash", says: "not every OS template has"},
		{line: "#!/usr/bin/env -S python3 -u", os: "debian-13-standard", says: "Add the package python3"},
		{line: "#!/usr/bin/env -S python3 -u", os: "alpine-3.22-default", packages: apk("py3-requests")},
		{line: "#!/usr/bin/node", os: "debian-13-standard", says: "Add the package nodejs"},
		{line: "#!/opt/own", os: "debian-13-standard", says: "Add the package that brings it"},
		{line: "#!/bin/busybox sh", os: "alpine-3.22-default"},
	} {
		got := templates.Doubt(store.Script{Content: tt.line + "\n"}, tt.os, tt.packages)
		if tt.says == "" && got != "" || !strings.Contains(got, tt.says) {
			t.Errorf("%q on %q: %q, want %q", tt.line, tt.os, got, tt.says)
		}
	}
}
