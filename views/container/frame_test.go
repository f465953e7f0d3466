package container

import (
	"testing"

	"berth/views/cards"
	"berth/views/golden"
)

// frameOf renders the frame of a container's pages without a content.
func frameOf(t *testing.T, p Page) golden.Page {
	t.Helper()
	return golden.Rendered(t, "container", frame(p, ""))
}

func TestContainerFrame(t *testing.T) {
	shared := golden.Compare(t, "container", frame(keptPage(nil), cards.TabOverview))
	shared.Variant(t, "silent", frame(looked().Page, cards.TabOverview))
}
