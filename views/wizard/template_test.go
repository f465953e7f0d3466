package wizard

import (
	"testing"

	"berth/forms"
	"berth/views/template"
)

func TestACardShowsTheFirstSentence(t *testing.T) {
	for description, want := range map[string]string{
		"":                                      "",
		"Small and quick":                       "Small and quick",
		"Serves /srv/www. Further sites go on.": "Serves /srv/www.",
		"Version 2.0 of it\nin two lines.\n\nMore.": "Version 2.0 of it in two lines.",
	} {
		if got := template.FirstSentence(description); got != want {
			t.Errorf("%q is shown as %q, want %q", description, got, want)
		}
	}
}

func TestVersionsAreComparedByTheirNumbers(t *testing.T) {
	for _, v := range []struct {
		a, b string
		want int
	}{
		{"12.12-1", "12.2-1", 1},
		{"12.2-1", "12.2-1", 0},
		{"20240911-1", "20250101-1", -1},
		{"13.1-2", "13.1", 1},
		{"", "1", -1},
	} {
		if got := forms.CompareVersions(v.a, v.b); got != v.want {
			t.Errorf("%q and %q: %d, want %d", v.a, v.b, got, v.want)
		}
	}
}
