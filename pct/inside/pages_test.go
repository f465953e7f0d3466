package inside

import (
	"net/netip"
	"reflect"
	"testing"

	"berth/store"
)

func TestPagesAreTheLikeliestFirst(t *testing.T) {
	t.Parallel()
	all := netip.IPv6Unspecified()
	at := func(port uint16) Listener { return Listener{Proto: "tcp", Addr: all, Port: port} }
	seen := Seen{
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.61/24")},
		Schemes:   map[uint16]string{80: "http", 443: "https", 3000: "http", 9100: "http", 9443: "https"},
		Report: Report{
			Services: []Service{
				{Name: "nginx.service", Listeners: []Listener{at(80), at(443), {Proto: "udp", Addr: all, Port: 443}}},
				{Name: "forgejo.service", Listeners: []Listener{at(3000), at(22)}},
				{Name: "hidden.service", Listeners: []Listener{{Proto: "tcp", Addr: netip.MustParseAddr("127.0.0.1"), Port: 9443}}},
			},
			Others: []Listener{{Proto: "tcp", Addr: all, Port: 9100, Process: "node_exporter"}, {Proto: "tcp", Addr: all, Port: 8080}},
		},
	}
	planned := []store.Service{{Name: "forgejo", Path: "/explore"}, {Name: "later", Port: 8080, Scheme: "http"}}
	want := []Page{
		{Service: "forgejo.service", Scheme: "http", Port: 3000, Path: "/explore", Planned: true},
		{Scheme: "http", Port: 8080, Planned: true},
		{Service: "nginx.service", Scheme: "https", Port: 443},
		{Service: "nginx.service", Scheme: "http", Port: 80},
		{Service: "node_exporter", Scheme: "http", Port: 9100},
	}
	if got := seen.Pages(planned); !reflect.DeepEqual(got, want) {
		t.Errorf("the pages are\n%+v, want\n%+v", got, want)
	}
	if p, ok := seen.PageOf("nginx.service", seen.Services[0].Listeners, nil); !ok || p.Port != 443 {
		t.Errorf("the page of nginx is %+v, %v", p, ok)
	}
	seen.Addresses = nil
	if got := seen.Pages(planned); len(got) != 0 {
		t.Errorf("without an address there are %+v", got)
	}
}
