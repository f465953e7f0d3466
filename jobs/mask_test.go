package jobs

import (
	"slices"
	"strings"
	"testing"
)

// masked writes text in pieces of n bytes and returns what may be shown of it.
func masked(s *secrets, text string, n int) string {
	m := mask{secrets: s}
	var b strings.Builder
	for piece := range slices.Chunk([]byte(text), n) {
		b.Write(m.write(piece))
	}
	b.Write(m.close())
	return b.String()
}

func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	s := newSecrets(map[string]string{
		"PASSWORD": "hunter2", "LONGER": "hunter2hunter3", "QUOTED": "it's mine", "KEY": "-----BEGIN\nabcdef\n-----END\n", "SHORT": "ab", "NONE": "",
	})
	for text, want := range map[string]string{
		"the password is hunter2.\n": "the password is ***.\n",
		"hunter2hunter2hunter3":      "******",
		"hunter2hunter4":             "***hunter4",
		"hunhunter2":                 "hun***",
		"+ echo 'it'\\''s mine'":     "+ echo ***",
		"it's mine, it's not":        "***, it's not",
		"abcdef\nx":                  "***\nx",
		"absolutely":                 "absolutely",
		"broken off at hunte":        "broken off at ***",
		"an h":                       "an h",
	} {
		for _, n := range []int{1, 2, 5, 100} {
			if got := masked(s, text, n); got != want {
				t.Errorf("%q in pieces of %d is shown as %q, want %q", text, n, got, want)
			}
		}
	}
}

func FuzzMask(f *testing.F) {
	f.Add("hunter2", "my hunter2 is hunter22", 3)
	f.Add("aab", "aaaab", 1)
	f.Fuzz(func(t *testing.T, secret, text string, n int) {
		if strings.Contains(secret, "*") || strings.TrimSpace(secret) != secret {
			return // one could be made of the stars themselves; the space around one is none
		}
		n = 1 + max(n, -n, 0)%16
		s := newSecrets(map[string]string{"SECRET": secret})
		got := masked(s, text, n)
		if whole := masked(s, text, len(text)+1); got != whole {
			t.Errorf("in pieces of %d %q, at once %q", n, got, whole)
		}
		if len(secret) >= leastSecret && strings.Contains(got, secret) {
			t.Errorf("%q is shown in %q", secret, got)
		}
	})
}
