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
	for _, want := range []string{"/data/berth.db was mostly empty: it now has 1 MB instead of 120.", "could not be compacted (no space left on device). Berth continues"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("said %q, want %q", said.String(), want)
		}
	}
}
