package main

import (
	"context"
	"runtime"
	"runtime/debug"
)

// version is berth version.
func version(_ context.Context, t terminal, _ config, _ []string) error {
	t.version(versionText(), runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return nil
}

// versionText is the version that the Go tool found: a tag, or a commit and its date.
func versionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development"
	}
	return info.Main.Version
}
