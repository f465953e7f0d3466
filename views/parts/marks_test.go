package parts

import (
	"os"
	"strings"
	"testing"
)

func TestAnAppIsKnownByItsName(t *testing.T) {
	t.Parallel()
	for name, glyph := range map[string]string{
		"jellyfin": "film", "Media server (Jellyfin)": "film", "paperless-ngx": "file-text", "PostgreSQL": "database", "postgres2": "database", "home-assistant": "house",
		"DNS with a blocklist": "shield-ban", "pihole.lan": "shield-ban", "code-server": "code", "n8n": "workflow", "Plain Debian": "terminal", "my-shed": "", "": "", "2048": "",
		"carpool": "", "<b>db</b>": "database",
	} {
		if got := MarkOf(name, "").Glyph; got != glyph {
			t.Errorf("%q has the glyph %q, want %q", name, got, glyph)
		}
	}
	if m := MarkOf("shed", "teal"); m.Letter != "S" || m.Hue != "teal" {
		t.Errorf("%+v", m)
	}
	if m := MarkOf("…", ""); m.Letter != "•" {
		t.Errorf("%+v", m)
	}
}

// Each glyph is in the sprite and none more; a word stands for one of them.
func TestEveryGlyphIsThere(t *testing.T) {
	t.Parallel()
	sprite, err := os.ReadFile("../../static/apps.svg")
	if err != nil {
		t.Fatal(err)
	}
	words := make(map[string]string)
	for _, of := range glyphs {
		if !strings.Contains(string(sprite), `<symbol id="`+of.glyph+`" `) {
			t.Errorf("%s is not in the sprite", of.glyph)
		}
		for w := range strings.FieldsSeq(of.words) {
			if words[w] != "" {
				t.Errorf("%s stands for %s and %s", w, words[w], of.glyph)
			}
			words[w] = of.glyph
		}
	}
	if n := strings.Count(string(sprite), "<symbol "); n != len(glyphs) {
		t.Errorf("the sprite has %d glyphs, of which %d are used", n, len(glyphs))
	}
}
