package main

import (
	"strings"
	"syscall"
	"testing"

	"berth/store"
)

func TestWhatBecameOfALargeDatabaseIsTold(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	terminal{err: &said}.noticed([]store.Notice{
		{Kind: store.NoticeCompacted, Path: "/data/berth.db", From: 120 << 20, To: 300 << 10},
		{Kind: store.NoticeNotCompacted, Path: "/data/berth.db", Err: syscall.ENOSPC},
	})
	for _, want := range []string{"/data/berth.db was mostly free: it has 1 MB now instead of 120.", "could not be made smaller (no space left on device). Berth goes on"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("said %q, want %q", said.String(), want)
		}
	}
}
