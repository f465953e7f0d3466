package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"berth/proxmox/sim"
)

// callsTo counts what a cluster was asked for at a path.
func callsTo(c *sim.Cluster, path string) int {
	n := 0
	for _, call := range c.Calls() {
		if call.Path == path {
			n++
		}
	}
	return n
}

func TestTheMetricsOfAContainer(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", sim.Guest{VMID: 101, Name: "pihole", Status: "running", Cores: 2, CPU: 0.25, Memory: 128 << 20, Uptime: 400 * 24 * time.Hour})
	page := "/containers/" + h.node.ID + "/101/figures"
	if _, err := ta.Fleet.Inventory(t.Context(), h.user.ID); err != nil { // as somebody looks already
		t.Fatal(err)
	}
	h.cluster.ResetCalls()
	a := h.get(page, http.StatusOK)
	isAWholePage(a)
	a.says("pihole", "CPU", "Now 25 %, 25 % on average, highest 25 %", "Memory", "Now 128 MiB", "In: now 23.9 KiB/s", "Written: now 2.5 KiB/s", "As a table")
	a.has(`<title id="title-cpu">CPU over the last hour</title>`, `aria-current="page">Metrics`, `src="/static/metrics.`)
	if rows := a.count("tr"); rows != 61 {
		t.Errorf("the table has %d rows", rows)
	}
	if calls := h.cluster.Calls(); len(calls) != 1 || calls[0].Path != "/nodes/pve1/lxc/101/rrddata" || calls[0].Params["timeframe"] != "hour" {
		t.Errorf("one look cost %v", calls)
	}
	h.get(page+"?timeframe=hour", http.StatusOK)
	if n := callsTo(h.cluster, "/nodes/pve1/lxc/101/rrddata"); n != 1 {
		t.Errorf("two looks cost %d calls", n)
	}
	h.get(page+"/recent", http.StatusSeeOther).leadsTo(page)
	recent := h.htmxGet(page+"/recent", http.StatusOK)
	recent.says("CPU, last hour highest 25 %", "Memory, last hour highest 128 MiB", "Disk, last hour", "Network, last hour highest")
	recent.lacks("<html")
	if n := callsTo(h.cluster, "/nodes/pve1/lxc/101/rrddata"); n != 1 {
		t.Errorf("with the overview's it cost %d calls", n)
	}
	for frame, words := range map[string]string{"day": "over the last day", "week": "over the last week", "month": "over the last 30 days", "year": "over the last year"} {
		a := h.get(page+"?timeframe="+frame, http.StatusOK)
		a.has(words, `aria-current="true">`+strings.ToUpper(frame[:1])+frame[1:])
	}
	h.get(page+"?timeframe=%3Cb%3E", http.StatusUnprocessableEntity).says("There are no metrics for “<b>”", "hour, day, week, month and year")
}

func TestWhereThereAreNoMetrics(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", sim.Guest{VMID: 101, Name: "pihole", Status: "running"}, sim.Guest{VMID: 102, Name: "off", Age: 9 * 24 * time.Hour})
	page := "/containers/" + h.node.ID + "/"
	h.get(page+"101/figures", http.StatusOK).says("No metrics", "The first metrics appear a minute or two after it was started")
	h.get(page+"102/figures", http.StatusOK).says("not known for")
	ta.clock.Advance(time.Minute)
	h.cluster.Inject(sim.Fault{Path: "/nodes/{node}/lxc/{vmid}/rrddata", Status: 500, Message: "out of order", Times: 1})
	h.get(page+"102/figures", http.StatusOK).says("out of order")
	h.get(page+"199/figures", http.StatusNotFound).says("There is no container 199")
	h.get(page+"99/figures", http.StatusNotFound)

	jonas := ta.harbour("jonas")
	jonas.get(page+"101/figures", http.StatusNotFound).lacks("pihole")
	ta.browser().get(page+"101/figures", http.StatusSeeOther)
}

func TestTheMetricsOfASilentNode(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", sim.Guest{VMID: 101, Name: "pihole", Status: "running", Uptime: time.Hour})
	page := "/containers/" + h.node.ID + "/101/figures"
	h.get("/", http.StatusOK)
	h.host.Stop()
	h.get(page, http.StatusOK).says("pihole", "refused the connection")
	ta.clock.Advance(time.Minute)
	a := h.get(page, http.StatusOK)
	a.says("pihole", "refused the connection")
	a.lacks("No metrics")
	isAWholePage(a)
}
