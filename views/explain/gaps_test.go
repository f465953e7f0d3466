package explain

import (
	"strings"
	"testing"

	"berth/jobs"
	"berth/store"
)

func TestWhatAListLacksIsSaidInWholeSentences(t *testing.T) {
	t.Parallel()
	n := store.Node{ID: "n1", Name: "attic"}
	refused := store.Message{Kind: jobs.ProblemToken}
	for kind := range gaps {
		for _, m := range []store.Message{
			{Kind: kind, Args: store.Args{Name: "nas", Storages: []string{"nas", "vault"}, Said: "words of the host.\n"}},
			{Kind: kind, Args: store.Args{Name: "nas", Storages: []string{"nas", "vault"}}, Cause: &refused},
		} {
			words := Gap(n, m, true)
			if strings.ContainsAny(words, "{}[]\n") || strings.Contains(words, "..") || !strings.HasSuffix(words, ". "+gapOld) {
				t.Errorf("%s: %q", kind, words)
			}
		}
	}
	m := store.Message{Kind: GapStorageUnread, Args: store.Args{Name: "nas"}, Cause: &refused}
	if got, want := Gap(n, m, false), "The storage nas could not be read: "+Request(n, refused).Title+"."; got != want {
		t.Errorf("Gap() = %q, want %q", got, want)
	}
}
