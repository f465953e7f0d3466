package views

import "testing"

// frameOf is what a page of a container shows around its own content.
func frameOf(t *testing.T, p ContainerPage) goldenPage {
	t.Helper()
	return rendered(t, "container", ContainerFrame(p, ""))
}

func TestContainerFrame(t *testing.T) {
	shared := golden(t, "container", ContainerFrame(keptPage(nil), TabOverview))
	shared.variant(t, "silent", ContainerFrame(looked().ContainerPage, TabOverview))
}
