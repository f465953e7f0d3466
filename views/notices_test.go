package views

import (
	"slices"
	"strings"
	"testing"
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
)

// everyNotice is one of each kind.
func everyNotice() []fleet.Notice {
	now := jobNow()
	about := func(kind fleet.NoticeKind, vmid int, name string) fleet.Notice {
		return fleet.Notice{Kind: kind, NodeID: "n1", NodeName: "pve1", VMID: vmid, Name: name}
	}
	quorum := about(fleet.NoticeNoQuorum, 0, "")
	quorum.Grave, quorum.Cluster, quorum.Down, quorum.Since = true, "home", []string{"nuc2", "nuc3"}, now.Add(-4*time.Minute)
	down := about(fleet.NoticeDown, 0, "")
	down.Down, down.Members = []string{"nuc2"}, 2
	disk := about(fleet.NoticeDisk, 101, "pihole")
	disk.Used, disk.Size = 79*gib/10, 8*gib
	memory := about(fleet.NoticeMemory, 102, "")
	memory.Used, memory.Size, memory.Since = 500*mib, 512*mib, now.Add(-14*time.Minute)
	task := about(fleet.NoticeTask, 103, `<b>"ct"`)
	task.Since = now.Add(-18 * time.Hour)
	task.Task = proxmox.Task{Type: "vzdump", User: "root@pam", End: task.Since, Exit: "<script>alert(1)</script>\n" + strings.Repeat("long ", 60) + "end."}
	odd := about(fleet.NoticeTask, 104, "odd")
	odd.Since, odd.Task = now, proxmox.Task{Type: "pull", User: "mira@pve!app", Exit: "no"}
	off := about(fleet.NoticeOff, 105, "paperless")
	off.Since = now.Add(-48 * time.Hour)
	certificate := about(fleet.NoticeCertificate, 0, "")
	certificate.Certificate = proxmox.Certificate{Subject: "pve1.lan", NotAfter: now.Add(12 * 24 * time.Hour)}
	ended := certificate
	ended.NodeID, ended.Grave, ended.Certificate.NotAfter = "n2", true, now.Add(-time.Hour)
	return []fleet.Notice{quorum, down, disk, memory, task, odd, off, certificate, ended}
}

func TestNotices(t *testing.T) {
	all := NewNotices(everyNotice(), nil, jobNow())
	panel := golden(t, "alerts", NoticesPart(all, true))
	panel.variant(t, "none", NoticesPart(Notices{Now: jobNow()}, false))
	panel.variant(t, "one", NoticesPart(NewNotices(everyNotice()[2:3], nil, jobNow()), false))
}

func TestNoticesAreBounded(t *testing.T) {
	n := Notices{List: slices.Repeat(everyNotice(), 5)}
	if len(n.atOnce()) != 4 || len(n.further()) != 26 || n.unlisted() != 15 {
		t.Errorf("of 45, %d at once, %d further, %d not listed", len(n.atOnce()), len(n.further()), n.unlisted())
	}
}

func TestWhatAJobIsAtWorkOnIsNotNoticed(t *testing.T) {
	open := []store.Job{{NodeID: "n1", VMID: 105}, {NodeID: "n2", VMID: 103}, {NodeID: "n1", VMID: 101}, {NodeID: "n1"}}
	var kinds []string
	for _, n := range NewNotices(everyNotice(), open, jobNow()).List {
		kinds = append(kinds, string(n.Kind))
	}
	if got := strings.Join(kinds, " "); got != "quorum down disk memory task task certificate certificate" {
		t.Errorf("left are %s", got)
	}
}
