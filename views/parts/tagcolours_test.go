package parts

import (
	"fmt"
	"strings"
	"testing"
)

func TestTagsWearTheColoursOfTheirCluster(t *testing.T) {
	t.Parallel()
	got := TagSheet([]TagColour{{"1a5fb4", ""}, {"ffd166", ""}, {"ffd166", "800000"}, {"ffffff", "eeeeee"}, {"cc5500", ""}})
	want := `.tags .tag-1a5fb4{color:#ffffff;background:#1a5fb4;border-color:#1a5fb4}
.tags .tag-ffd166{color:#000000;background:#ffd166;border-color:#ffd166}
.tags .tag-ffd166-800000{color:#800000;background:#ffd166;border-color:#ffd166}
.tags .tag-ffffff-eeeeee{color:#000000;background:#ffffff;border-color:#ffffff}
.tags .tag-cc5500{color:#000000;background:#cc5500;border-color:#cc5500}
`
	if got != want {
		t.Errorf("the stylesheet is\n%s\nwant\n%s", got, want)
	}
}

// Whatever a cluster sets, the name of a tag can be read.
func TestTagsAreReadableOnEveryGround(t *testing.T) {
	t.Parallel()
	steps := []int{0, 32, 64, 96, 112, 120, 128, 144, 160, 192, 224, 255}
	for _, r := range steps {
		for _, g := range steps {
			for _, b := range steps {
				ground := fmt.Sprintf("%02x%02x%02x", r, g, b)
				for _, text := range []string{"", "ffffff", "000000", "808080"} {
					c := TagColour{ground, text}
					if got := contrast(luminance(c.text()), luminance(ground)); got < readable {
						t.Errorf("%+v has a contrast of %.2f", c, got)
					}
				}
			}
		}
	}
	if strings.Contains(TagSheet(nil), "{") {
		t.Error("there are rules for no colours")
	}
}
