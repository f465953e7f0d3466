package proxmox

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestTheAddressesThatOthersReachAContainerAtComeFirst(t *testing.T) {
	t.Parallel()
	const mac = "BC:24:11:00:00:01"
	link := func(name, mac string, addresses ...string) Interface {
		i := Interface{Name: name, MAC: mac}
		for _, a := range addresses {
			i.Addresses = append(i.Addresses, netip.MustParsePrefix(a))
		}
		return i
	}
	eth0 := link("eth0", strings.ToLower(mac), "2001:db8::9/64", "192.0.2.9/24")
	net0 := map[string]string{"net0": "name=eth0,bridge=vmbr0,hwaddr=" + mac}
	for what, tt := range map[string]struct {
		interfaces []Interface
		networks   map[string]string
		want       string
	}{
		"a VPN before it":               {[]Interface{link("tailscale0", "", "100.100.1.2/32"), eth0}, net0, "192.0.2.9 2001:db8::9 100.100.1.2"},
		"other VPNs":                    {[]Interface{link("wg0", "", "10.8.0.1/24"), link("tun0", "", "10.9.0.1/24"), eth0}, net0, "192.0.2.9 2001:db8::9 10.8.0.1 10.9.0.1"},
		"Docker before it":              {[]Interface{link("docker0", "02:42:00:00:00:01", "172.17.0.1/16"), link("br-0123456789ab", "", "172.18.0.1/16"), link("veth1a2b3c", "", "169.254.1.1/16"), eth0}, net0, "192.0.2.9 2001:db8::9"},
		"nothing but Docker":            {[]Interface{link("docker0", "", "172.17.0.1/16"), link("eth0", mac)}, net0, ""},
		"a second network listed first": {[]Interface{link("eth1", "", "198.51.100.9/24"), eth0}, map[string]string{"net0": net0["net0"], "net1": "name=eth1"}, "192.0.2.9 2001:db8::9 198.51.100.9"},
		"net10 after net2": {[]Interface{link("c", "", "192.0.2.3/24"), link("b", "", "192.0.2.2/24"), link("a", "", "192.0.2.1/24")},
			map[string]string{"net0": "name=a", "net2": "name=b", "net10": "name=c"}, "192.0.2.1 192.0.2.2 192.0.2.3"},
		"a bridge that a router made of net0": {[]Interface{link("wg0", "", "10.8.0.1/24"), link("br-lan", mac, "192.0.2.1/24"), link("eth0", mac)}, net0, "192.0.2.1 10.8.0.1"},
		"renamed inside":                      {[]Interface{link("tailscale0", "", "100.100.1.2/32"), link("lan", mac, "192.0.2.9/24")}, net0, "192.0.2.9 100.100.1.2"},
		"a configuration that is not known":   {[]Interface{link("docker0", "", "172.17.0.1/16"), link("tailscale0", "", "100.100.1.2/32"), eth0}, nil, "192.0.2.9 2001:db8::9 100.100.1.2"},
		"IPv6 only in net0":                   {[]Interface{link("tailscale0", "", "100.100.1.2/32"), link("eth0", mac, "2001:db8::9/64")}, net0, "2001:db8::9 100.100.1.2"},
		"a Proxmox network of a VPN's name":   {[]Interface{link("eth1", "", "198.51.100.9/24"), link("wg0", mac, "192.0.2.9/24")}, map[string]string{"net0": "name=wg0,hwaddr=" + mac}, "192.0.2.9 198.51.100.9"},
		"what leads nowhere":                  {[]Interface{link("eth0", mac, "fe80::1/64", "127.0.0.1/8", "192.0.2.9/24")}, net0, "192.0.2.9"},
	} {
		got := Addresses(tt.interfaces, tt.networks)
		var words []string
		for _, p := range got {
			words = append(words, p.Addr().String())
		}
		if strings.Join(words, " ") != tt.want {
			t.Errorf("%s: %v, want %s", what, words, tt.want)
		}
		main, ok := MainAddress(got)
		if first, _, _ := strings.Cut(tt.want, " "); ok != (first != "") || ok && main.String() != first {
			t.Errorf("%s: %v is named first", what, main)
		}
	}
	if i := []Interface{eth0}; !slices.Equal(i[0].Addresses, eth0.Addresses) || i[0].Addresses[0].Addr().Is4() {
		t.Error("what was told was changed")
	}
}
