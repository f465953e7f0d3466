package parts

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

func TestTheStyleSheetKnowsNoOtherStatus(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("../../static/berth.css")
	if err != nil {
		t.Fatal(err)
	}
	known := []Status{
		StatusRunning, StatusStopped, StatusTrouble, StatusTemplate, StatusCreating, StatusUnknown,
		StatusTodo, StatusActive, StatusDone, StatusFailed, StatusWarn,
	}
	found := regexp.MustCompile(`data-status="(\w+)"`).FindAllSubmatch(css, -1)
	if len(found) == 0 {
		t.Fatal("no style is for a status")
	}
	for _, m := range found {
		if !slices.Contains(known, Status(m[1])) {
			t.Errorf("a style is for the status %q, which nothing has", m[1])
		}
	}
}
