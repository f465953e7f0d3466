//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"berth/proxmox/sim"
)

// A name of as many letters as Proxmox takes, without a place to break it, pushes nothing off its page and covers no
// neighbour.
func TestVeryLongNames(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	name := strings.Repeat("longname", 7) + "1234567"
	h.cluster.Add(sim.Guest{VMID: 123456789, Name: name, Status: "running", Cores: 1, MaxMemory: 512 << 20, MaxDisk: 8 << 30,
		Tags: []string{"a-tag-that-goes-on-and-on-and-on", "another-tag-that-goes-on", "c", "d", "e"}})
	b := h.open(true)
	b.signIn()
	b.until("its card is there", `document.querySelector("[data-vmid='123456789']")`)
	b.press("[data-vmid='123456789'] .c-name a")
	b.until("its page is there", `location.pathname.endsWith("/123456789")`)
	page := b.path()
	for _, width := range []int64{390, 1280} {
		b.wide(width)
		for _, path := range []string{"/", page, page + "/services", page + "/delete", page + "/stop", page + "/clone",
			"/containers/several?do=stop&c=" + strings.TrimPrefix(page, "/containers/")} {
			b.visit(path)
			b.until(fmt.Sprintf("%s fits %d pixels", path, width), `document.documentElement.scrollWidth <= innerWidth`)
		}
		b.visit("/")
		b.until("its row stays in its place", `[...document.querySelectorAll(".rows tbody tr > *")].every(cell => cell.getBoundingClientRect().right <= cell.closest(".list").getBoundingClientRect().right + 1)`)
	}
}
