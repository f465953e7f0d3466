package proxmox

import (
	"fmt"
	"strings"
	"testing"
)

// cluster is an answer of /cluster/resources with so many guests, as a host writes it.
func cluster(guests int) []byte {
	entries := []string{
		`{"type":"node","id":"node/pve1","node":"pve1","status":"online","level":"","maxcpu":16,"cpu":0.0312,"mem":21474836480,"maxmem":67430125568,"disk":9663676416,"maxdisk":100861726720,"uptime":3546120,"cgroup-mode":2}`,
	}
	for i := range guests {
		entries = append(entries, fmt.Sprintf(
			`{"cpu":0.0125366,"disk":1288490188,"diskread":83886080,"diskwrite":41943040,"id":"lxc/%[1]d","maxcpu":2,"maxdisk":8350298112,"maxmem":1073741824,"mem":214748364,"memhost":214748364,"name":"web-%[1]d","netin":123456789,"netout":987654321,"node":"pve%[2]d","pool":"prod","status":"running","tags":"web;prod","template":0,"type":"lxc","uptime":864000,"vmid":%[1]d}`,
			100+i, i%10+1))
	}
	return []byte(`{"data":[` + strings.Join(entries, ",") + `]}`)
}

func BenchmarkResources1000(b *testing.B) {
	a := answer{status: 200, reason: "OK", body: cluster(1000)}
	b.SetBytes(int64(len(a.body)))
	b.ReportAllocs()
	for b.Loop() {
		var data []resourceData
		if err := a.decode("GET /cluster/resources", &data); err != nil {
			b.Fatal(err)
		}
		if r := resources(data); len(r.Guests) != 1000 {
			b.Fatal(len(r.Guests))
		}
	}
}
