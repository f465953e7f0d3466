package fleet

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"

	"berth/proxmox/sim"
)

// points of a trail in percent.
func points(t Trail) string {
	var list []string
	for i := range t.Points {
		if share, known := t.Share(i); known {
			list = append(list, fmt.Sprint(100*share))
		} else {
			list = append(list, "–")
		}
	}
	return strings.Join(list, " ")
}

func TestATrailGetsCoarserAsItGetsLonger(t *testing.T) {
	t.Parallel()
	at := noon // a whole hour
	var trail Trail
	for poll := range 360 * 3 { // three hours
		trail = trail.with(float64(poll%2)/10, at)
		at = at.Add(Interval)
		if len(trail.Points) > trailPoints || cap(trail.Points) > 2*trailPoints {
			t.Fatalf("%d points, room for %d", len(trail.Points), cap(trail.Points))
		}
		switch poll {
		case 4:
			if got := points(trail); got != "0 10 0 10 0" || trail.Step != Interval {
				t.Errorf("after 5 polls: %s in steps of %v", got, trail.Step)
			}
		case 44:
			if len(trail.Points) != 45 || trail.Step != Interval {
				t.Errorf("full: %d points in steps of %v", len(trail.Points), trail.Step)
			}
		case 45:
			if len(trail.Points) != 23 || trail.Step != 2*Interval || !strings.HasPrefix(points(trail), "5 5 5") {
				t.Errorf("overfull: %s in steps of %v", points(trail), trail.Step)
			}
		case 359, 1079:
			if span := trail.Step * time.Duration(len(trail.Points)); span != time.Hour || trail.Points[44] != 10 {
				t.Errorf("after %d polls it spans %v, at last %s", poll+1, span, points(trail))
			}
		}
	}
	if size := unsafe.Sizeof(trail) + uintptr(cap(trail.Points)); size > 128 {
		t.Errorf("a trail takes %d bytes", size)
	}
}

func TestATrailHasGapsWhereNobodyLooked(t *testing.T) {
	t.Parallel()
	poll := func(trail Trail, seconds ...int) Trail {
		for _, s := range seconds {
			trail = trail.with(0.1, noon.Add(time.Duration(s)*time.Second))
		}
		return trail
	}
	for name, c := range map[string]struct {
		seconds []int
		want    string
		step    time.Duration
	}{
		"a gap":                   {[]int{0, 10, 50, 60}, "10 10 – – – 10 10", Interval},
		"twice in a step":         {[]int{0, 3, 12}, "10 10", Interval},
		"the clock was set back":  {[]int{0, 10, 2}, "10 10", Interval},
		"a long gap":              {[]int{0, 600}, "10 " + strings.Repeat("– ", 29) + "10", 2 * Interval},
		"so long that it is over": {[]int{0, 10, 7200, 7210}, "10 10", Interval},
	} {
		trail := poll(Trail{}, c.seconds...)
		if got := points(trail); got != c.want || trail.Step != c.step {
			t.Errorf("%s: %s in steps of %v, want %s", name, got, trail.Step, c.want)
		}
	}
	if poll(Trail{}, 0, 10, 20, 30).Worth() || !poll(Trail{}, 0, 10, 20, 30, 40).Worth() || (Trail{}).Worth() {
		t.Error("four points are worth a line, or five are not")
	}
}

func TestTheMeanOfAPointCountsEachPoll(t *testing.T) {
	t.Parallel()
	trail := Trail{Points: []uint8{pointNone}, Step: trailCoarse, slot: noon.UnixNano() / int64(trailCoarse)}
	at := time.Unix(0, trail.slot*int64(trailCoarse)).Add(trailCoarse)
	for i := range 8 {
		trail = trail.with(float64(i)/10, at.Add(time.Duration(i)*Interval))
	}
	if got := points(trail); got != "– 35" {
		t.Errorf("the mean of 0 to 70 %%: %s", got)
	}
}

func TestTrailsCostNoCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1",
		sim.Guest{VMID: 101, Name: "pihole", Status: "running", CPU: 0.25}, sim.Guest{VMID: 102, Name: "nas"}, sim.Guest{VMID: 103, Type: "qemu", Status: "running", CPU: 1})
	v := w.viewer(h.user)
	v.rested()
	for range 4 {
		v.pass(Interval)
	}
	if n := asked(h.cluster, resourcesPath); n != 5 || len(h.cluster.Calls()) != 5 {
		t.Errorf("40 s of looking: %d calls", len(h.cluster.Calls()))
	}
	trail := func(vmid int) string {
		c, _ := w.inventory(h.user).Container(h.node.Ref(vmid))
		return points(c.Trail)
	}
	if got := trail(101); got != "25 25 25 25 25" {
		t.Errorf("the one that runs: %s", got)
	}
	if got := trail(102); got != "" {
		t.Errorf("the one that does not: %s", got)
	}
	h.cluster.SetStatus(101, "stopped")
	v.pass(Interval)
	h.cluster.SetStatus(101, "running")
	v.pass(Interval)
	if got := trail(101); got != "25 25 25 25 25 – 25" {
		t.Errorf("one that was off for a while: %s", got)
	}
	h.cluster.Remove(101)
	v.pass(Interval)
	w.mu.Lock()
	defer w.mu.Unlock()
	if trails := w.users[h.user.ID].clusters[h.node.Scope].trails; len(trails) != 0 {
		t.Errorf("what is gone has trails: %v", trails)
	}
}

func BenchmarkFollow1000(b *testing.B) {
	k := &known{}
	for vmid := range 1000 {
		g := guest{}
		g.Type, g.VMID, g.Status, g.CPU = "lxc", 100+vmid, "running", 0.3
		k.Guests = append(k.Guests, g)
	}
	s := &cluster{known: k}
	at := noon
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(Interval)
		k.Seen = at
		for i := range k.Guests {
			k.Guests[i].Seen = at
		}
		s.addToTrails(k)
	}
}
