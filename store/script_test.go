package store_test

import (
	"strings"
	"testing"

	"berth/store"
)

func TestAScriptGoesInWithoutTheLineEndsOfWindows(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"say hello", "#!/bin/sh", "#!/usr/bin/env bash\r", "\ufeff#!/usr/bin/env bash"} {
		s := store.Script{Content: first + "\nsecond\r\nlast"}
		text := s.Text()
		if strings.ContainsAny(text, "\r\ufeff") || !strings.HasSuffix(text, "\nsecond\nlast\n") {
			t.Errorf("%q: the text is %q", first, text)
		}
	}
}
