package sim

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (q *request) clusterStatus() (any, *failure) {
	c := q.cluster
	all := []map[string]any{}
	if c.cfg.Name != "" {
		all = append(all, map[string]any{"type": "cluster", "id": "cluster", "name": c.cfg.Name, "nodes": len(c.members), "quorate": one(c.quorate(q.asked)), "version": len(c.members)})
	}
	for i, m := range c.members {
		all = append(all, map[string]any{"type": "node", "id": "node/" + m.name, "name": m.name, "ip": m.ip, "level": "",
			"nodeid": i + 1, "local": one(m == q.asked), "online": one(m.online(q.asked))})
	}
	return all, nil
}

// quorate tells whether more than half of the votes are present, as the member asked sees it: one for each member, and
// one for a QDevice.
func (c *Cluster) quorate(asked *member) bool {
	up, votes := 0, len(c.members)
	if c.cfg.QDevice {
		up, votes = 1, votes+1
	}
	for _, m := range c.members {
		up += one(m.online(asked))
	}
	return 2*up > votes
}

// needsQuorum tells whether a call writes to /etc/pve, which is read-only without quorum. A stop does not.
func (r route) needsQuorum() bool {
	return r.method != "GET" && !strings.HasSuffix(r.pattern, "/status/stop") && !strings.HasSuffix(r.pattern, "/status/shutdown") && r.pattern != "/nodes/{node}/tasks/{upid}"
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// online tells whether the member asked sees m up.
func (m *member) online(asked *member) bool { return m == asked || m.host.state() != "down" }

// hostUsage adds up a host's use of resources: its guests' and some of its own.
func (c *Cluster) hostUsage(m *member, now time.Time) (cpu float64, memory uint64, uptime time.Duration) {
	memory = 1600 << 20
	var busy float64
	for _, g := range c.guests {
		if g.Node == m.name {
			u := c.usage(g, now)
			busy += u.cpu * float64(g.Cores)
			memory += u.memory
		}
	}
	cpu = 0.02
	if c.cfg.Live {
		cpu += 0.01 * math.Sin(float64(now.Unix()/10))
	}
	return min(cpu+busy/float64(m.cores), 1), min(memory, m.memory), now.Sub(m.started)
}

// hostEntry is a host in the form that the lists share; its metrics take Sys.Audit.
func (q *request) hostEntry(m *member) map[string]any {
	e := map[string]any{"id": "node/" + m.name, "node": m.name, "type": "node", "level": "", "status": "online"}
	if !m.online(q.asked) {
		e["status"] = "offline"
		return e
	}
	if q.token.has("/nodes/"+m.name, "Sys.Audit") {
		cpu, memory, uptime := q.cluster.hostUsage(m, q.now)
		e["cpu"], e["maxcpu"], e["mem"], e["maxmem"], e["uptime"] = cpu, m.cores, memory, m.memory, int64(uptime.Seconds())
		e["disk"], e["maxdisk"] = m.storages[0].used, m.storages[0].size
	}
	return e
}

func (q *request) nodes() (any, *failure) {
	all := []map[string]any{}
	for _, m := range q.cluster.members {
		e := q.hostEntry(m)
		e["ssl_fingerprint"] = colons(m.cert.fingerprint)
		all = append(all, e)
	}
	return all, nil
}

// colons writes a fingerprint as Proxmox does: "AB:CD:…".
func colons(fingerprint string) string {
	var b strings.Builder
	for i := 0; i < len(fingerprint); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(fingerprint[i : i+2])
	}
	return b.String()
}

func (q *request) nodeStatus() (any, *failure) {
	m := q.member
	cpu, memory, uptime := q.cluster.hostUsage(m, q.now)
	return map[string]any{
		"cpu": cpu, "uptime": int64(uptime.Seconds()), "wait": 0.001, "pveversion": "pve-manager/" + q.cluster.cfg.Version,
		"cpuinfo": map[string]any{"cpus": m.cores, "cores": m.cores / 2, "sockets": 1, "model": "Intel(R) N305"},
		"memory":  map[string]any{"total": m.memory, "used": memory, "free": m.memory - memory},
		"loadavg": []string{fmt.Sprintf("%.2f", cpu*float64(m.cores)), "0.40", "0.35"},
		"rootfs":  map[string]any{"total": m.storages[0].size, "used": m.storages[0].used, "avail": m.storages[0].size - m.storages[0].used},
	}, nil
}

// resources lists the guests, members and storages of the whole cluster that the token may see.
func (q *request) resources() (any, *failure) {
	c, kind := q.cluster, q.params["type"]
	all := []map[string]any{}
	if kind == "" || kind == "vm" {
		for _, g := range c.sortedGuests() {
			if !q.token.hasOnGuest(g, "VM.Audit") {
				continue
			}
			e := c.entry(g, q.now)
			e["id"], e["node"], e["template"] = fmt.Sprintf("%s/%d", g.Type, g.VMID), g.Node, one(g.Template)
			e["maxcpu"] = g.Cores
			if g.Pool != "" && q.token.has("/pool/"+g.Pool, "Pool.Audit") {
				e["pool"] = g.Pool
			}
			if !c.member(g.Node).online(q.asked) {
				e["status"] = "unknown"
			}
			all = append(all, e)
		}
	}
	for _, m := range c.members {
		if kind == "" || kind == "node" {
			all = append(all, q.hostEntry(m))
		}
		if kind != "" && kind != "storage" {
			continue
		}
		for _, s := range m.storages {
			if q.mayUse(s) {
				status := "available"
				if s.inactive {
					status = "unknown"
				}
				all = append(all, map[string]any{"type": "storage", "id": "storage/" + m.name + "/" + s.name, "node": m.name, "storage": s.name,
					"status": status, "plugintype": s.kind, "content": strings.Join(s.contents, ","), "shared": 0, "disk": s.used, "maxdisk": s.size})
			}
		}
	}
	return all, nil
}

// options are the datacenter's: a token without Sys.Audit on / is told only some of them, and all are told the tags that they
// may use.
func (q *request) options() (any, *failure) {
	all := map[string]any{}
	if q.token.has("/", "Sys.Audit") {
		all["description"], all["keyboard"] = "", "en-us"
	}
	if q.cluster.colorMap != "" {
		all["tag-style"] = map[string]any{"color-map": q.cluster.colorMap, "shape": "full"}
	}
	tags := make(map[string]bool)
	for _, g := range q.cluster.guests {
		if q.token.hasOnGuest(g, "VM.Audit") {
			for _, tag := range g.Tags {
				tags[tag] = true
			}
		}
	}
	all["allowed-tags"] = append([]string{}, slices.Sorted(maps.Keys(tags))...)
	return all, nil
}

// nextID knows all guests, also those that the token may not see.
func (q *request) nextID() (any, *failure) {
	if typed := q.params["vmid"]; typed != "" {
		vmid, _ := strconv.Atoi(typed)
		if q.cluster.guests[vmid] != nil {
			return nil, refused(map[string]string{"vmid": fmt.Sprintf("VM %d already exists", vmid)})
		}
		return typed, nil
	}
	for vmid := 100; ; vmid++ {
		if q.cluster.guests[vmid] == nil {
			return strconv.Itoa(vmid), nil
		}
	}
}
