package views

import (
	"slices"
	"strings"
	"testing"
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
	"berth/views/golden"
)

// everyAlert is one of each kind.
func everyAlert() []fleet.Alert {
	now := golden.Now()
	about := func(kind fleet.AlertKind, vmid int, name string) fleet.Alert {
		return fleet.Alert{Kind: kind, NodeID: "n1", NodeName: "pve1", VMID: vmid, Name: name}
	}
	quorum := about(fleet.AlertNoQuorum, 0, "")
	quorum.Grave, quorum.Cluster, quorum.Down, quorum.Since = true, "home", []string{"nuc2", "nuc3"}, now.Add(-4*time.Minute)
	down := about(fleet.AlertDown, 0, "")
	down.Down, down.Members = []string{"nuc2"}, 2
	disk := about(fleet.AlertDisk, 101, "pihole")
	disk.Used, disk.Size = 79*golden.GiB/10, 8*golden.GiB
	memory := about(fleet.AlertMemory, 102, "")
	memory.Used, memory.Size, memory.Since = 500*golden.MiB, 512*golden.MiB, now.Add(-14*time.Minute)
	task := about(fleet.AlertTask, 103, `<b>"ct"`)
	task.Since = now.Add(-18 * time.Hour)
	task.Task = proxmox.Task{Type: "vzdump", User: "root@pam", End: task.Since, Exit: "<script>alert(1)</script>\n" + strings.Repeat("long ", 60) + "end."}
	odd := about(fleet.AlertTask, 104, "odd")
	odd.Since, odd.Task = now, proxmox.Task{Type: "pull", User: "mira@pve!app", Exit: "no"}
	off := about(fleet.AlertOff, 105, "paperless")
	off.Since = now.Add(-48 * time.Hour)
	certificate := about(fleet.AlertCertificate, 0, "")
	certificate.Certificate = proxmox.Certificate{Subject: "pve1.lan", NotAfter: now.Add(12 * 24 * time.Hour)}
	ended := certificate
	ended.NodeID, ended.Grave, ended.Certificate.NotAfter = "n2", true, now.Add(-time.Hour)
	return []fleet.Alert{quorum, down, disk, memory, task, odd, off, certificate, ended}
}

func TestAlerts(t *testing.T) {
	all := NewAlerts(everyAlert(), nil, nil, golden.Now())
	panel := golden.Compare(t, "alerts", AlertsPart(all, true))
	panel.Variant(t, "none", AlertsPart(Alerts{now: golden.Now()}, false))
	panel.Variant(t, "one", AlertsPart(NewAlerts(everyAlert()[2:3], nil, nil, golden.Now()), false))
	panel.Variant(t, "hidden", AlertsPart(NewAlerts(nil, everyAlert()[2:5], nil, golden.Now()), false))
}

func TestAlertsAreSummedUpInALine(t *testing.T) {
	every := everyAlert()
	line := func(list ...fleet.Alert) string {
		n := NewAlerts(list, nil, nil, golden.Now())
		words := []string{n.needWords() + ":"}
		for _, p := range n.phrases() {
			words = append(words, p.before+p.name+p.after)
		}
		return strings.Join(words, " ")
	}
	for want, list := range map[string][]fleet.Alert{
		"Nothing needs attention:":               nil,
		"1 needs attention: Disk of pihole 99 %": every[2:3],
		"3 need attention: Disk of pihole 99 %, memory of Container 102 full, backup of <b>\"ct\" failed": every[2:5],
		"2 need attention: 2 with “Disk nearly full”":                                                     {every[2], every[2]},
		"1 needs attention: paperless is off":                                                             every[6:7],
	} {
		if got := line(list...); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestAlertsAreBounded(t *testing.T) {
	n := Alerts{List: slices.Repeat(everyAlert(), 5), now: golden.Now()}
	listed := 0
	for _, k := range n.byKind(n.List) {
		listed += len(k.list)
	}
	if listed != 30 || n.unlisted() != 15 {
		t.Errorf("of 45, %d are listed and %d not", listed, n.unlisted())
	}
}

func TestWhatAJobIsAtWorkOnIsNoAlert(t *testing.T) {
	open := []store.Job{{NodeID: "n1", VMID: 105}, {NodeID: "n2", VMID: 103}, {NodeID: "n1", VMID: 101}, {NodeID: "n1"}}
	var kinds []string
	for _, n := range NewAlerts(everyAlert(), nil, open, golden.Now()).List {
		kinds = append(kinds, string(n.Kind))
	}
	if got := strings.Join(kinds, " "); got != "quorum down disk memory task task certificate certificate" {
		t.Errorf("left are %s", got)
	}
}
