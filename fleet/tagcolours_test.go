package fleet

import (
	"net/http"
	"testing"

	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

const optionsPath = "/cluster/options"

// tagged is a node with a container that wears tags, and somebody who looks at it.
func tagged(w *world, colorMap string) (harbour, watched) {
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "a", Status: "running", Tags: []string{"infra", "media"}, Config: net0("192.0.2.10/24")})
	h.cluster.SetTagColours(colorMap)
	return h, w.watched(h.user)
}

func (d watched) colour(tag string) proxmox.TagColour {
	d.w.t.Helper()
	return d.w.inventory(d.user).Containers[0].Colours[tag]
}

// The least rights are enough; the answer is kept over a restart.
func TestColoursOfTagsAreAskedForOnceAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h, d := tagged(w, "media:1A5FB4;worn-by-none:ffffff")
	d.alerts()
	want := proxmox.TagColour{Ground: "1a5fb4"}
	if got := d.colour("media"); got != want || d.colour("infra") != (proxmox.TagColour{}) {
		t.Errorf("media is %+v", got)
	}
	if all := w.TagColours([]store.Node{h.node}); len(all) != 1 || all[0] != want {
		t.Errorf("the colours in use are %+v", all)
	}
	d.minutes(58)
	if n := asked(h.cluster, optionsPath); n != 1 {
		t.Errorf("asked %d times in an hour", n)
	}
	h.cluster.SetTagColours("infra:ffd166:000000")
	d.minutes(4)
	if got := d.colour("infra"); got != (proxmox.TagColour{Ground: "ffd166", Text: "000000"}) || asked(h.cluster, optionsPath) != 2 {
		t.Errorf("after an hour infra is %+v", got)
	}
	d.Close()
	h.host.Stop()
	again := w.restarted(w.log.Handler())
	if all := again.TagColours([]store.Node{h.node}); len(all) != 1 || all[0].Ground != "ffd166" {
		t.Errorf("after a restart the colours are %+v", all)
	}
}

func TestWhereColoursAreRefusedNobodyAsksAgainSoon(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h, d := tagged(w, "media:1a5fb4")
	h.cluster.Inject(sim.Fault{Path: optionsPath, Status: http.StatusForbidden, Message: "Permission check failed (/, Sys.Audit)"})
	d.alerts()
	d.minutes(180)
	if n := asked(h.cluster, optionsPath); n != 1 || d.colour("media") != (proxmox.TagColour{}) {
		t.Errorf("asked %d times in three hours, media is %+v", n, d.colour("media"))
	}
}

func TestWithoutTagsNobodyAsksForTheirColours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "a"})
	h.cluster.SetTagColours("media:1a5fb4")
	w.watched(h.user).alerts()
	if n := asked(h.cluster, optionsPath); n != 0 {
		t.Errorf("asked %d times", n)
	}
}
