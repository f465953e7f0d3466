package forms

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"maps"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"berth/proxmox"
)

// form is a filled-in form, with some fields replaced.
func form(replaced url.Values) Container {
	v := NewContainerValues("n1")
	maps.Copy(v, url.Values{
		"vmid":       {"142"},
		"hostname":   {"linkding"},
		"ostemplate": {"local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"},
		"storage":    {"local-lvm"},
		"bridge":     {"vmbr0"},
	})
	return ReadContainer(v, replaced)
}

func TestAFilledFormHasNothingWrong(t *testing.T) {
	f := form(nil)
	f.CheckAll()
	if len(f.Errors) != 0 {
		t.Errorf("Errors = %v", f.Errors)
	}
}

func TestEachBadInputHasItsSentence(t *testing.T) {
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH4QnXq4aQJqXcXmDmG0mYl1gQx4LwXvYb0E0b2Z0uYx"
	static := url.Values{"ip": {"192.168.1.72/24"}}
	static6 := url.Values{"ip6": {"2001:db8::72/64"}}
	for _, c := range []struct {
		field, typed string
		with         url.Values
		want         string
	}{
		{field: "node", typed: "", want: "Choose a node"},

		{field: "vmid", typed: "", want: "Enter the number of this container in Proxmox"},
		{field: "vmid", typed: "42", want: "42 is too low: a VMID is 100 to 999999999"},
		{field: "vmid", typed: "-142", want: "-142 is too low: a VMID is 100 to 999999999"},
		{field: "vmid", typed: "1000000000", want: "1000000000 is too high: a VMID is 100 to 999999999"},
		{field: "vmid", typed: strings.Repeat("9", 300), want: strings.Repeat("9", 19) + "… is too high: a VMID is 100 to 999999999"},
		{field: "vmid", typed: "12a", want: "“12a” is not a whole number: a VMID is 100 to 999999999"},

		{field: "hostname", typed: "", want: "Enter a hostname"},
		{field: "hostname", typed: "my box", want: "A hostname has no spaces; use letters, digits and hyphens"},
		{field: "hostname", typed: "my_box", want: "“_” is not allowed in a hostname; use letters, digits and hyphens"},
		{field: "hostname", typed: "größe", want: "“ö” is not allowed in a hostname; use letters, digits and hyphens"},
		{field: "hostname", typed: "-box", want: "“-box” begins with a hyphen; begin it with a letter or a digit"},
		{field: "hostname", typed: "box-.lan", want: "“box-” ends with a hyphen; end it with a letter or a digit"},
		{field: "hostname", typed: "box..lan", want: "A hostname cannot begin or end with a dot, or have two in a row"},
		{field: "hostname", typed: "box.", want: "A hostname cannot begin or end with a dot, or have two in a row"},
		{field: "hostname", typed: strings.Repeat("a", 65), want: "This has 65 characters; a hostname has 64 at most"},
		{field: "hostname", typed: strings.Repeat("a", 64), want: "“" + strings.Repeat("a", 39) + "…” has 64 characters; a part between dots has 63 at most"},

		{field: "tags", typed: "web a/b", want: "“a/b” is not a valid tag; a tag begins with a letter, a digit or _ and continues with these or - + ."},
		{field: "description", typed: strings.Repeat("é", 8193), want: "This has 8193 characters; a note has 8192 at most"},
		{field: "description", typed: "a\x00b", want: "It contains a character that cannot be shown; enter the note again"},

		{field: "ostemplate", typed: "", want: "Choose an OS template"},
		{field: "ostemplate", typed: "debian", want: "“debian” is not the name of an OS template; write it like local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"},
		{field: "ostemplate", typed: "local:vztmpl/../x", want: "“local:vztmpl/../x” is not the name of an OS template; write it like local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"},
		{field: "ostemplate", typed: "local:vztmpl/" + strings.Repeat("x", 300), want: "This has 313 characters; the name of an OS template has 255 at most"},
		{field: "unprivileged", typed: "maybe", want: "“maybe” is neither on (1) nor off (0)"},
		{field: "onboot", typed: "maybe", want: "“maybe” is neither on (1) nor off (0)"},
		{field: "start", typed: "maybe", want: "“maybe” is neither on (1) nor off (0)"},
		{field: "nesting", typed: "maybe", want: "“maybe” is neither on (1) nor off (0)"},
		{field: "nesting", typed: "1", with: url.Values{"unprivileged": {"0"}},
			want: "In a privileged container only root@pam itself may enable nesting, never an API token; switch nesting off, or unprivileged on"},

		{field: "cores", typed: "", want: "Enter a number: cores are 1 to 8192"},
		{field: "cores", typed: "0", want: "0 is too low: cores are 1 to 8192"},
		{field: "cores", typed: "8193", want: "8193 is too high: cores are 1 to 8192"},
		{field: "cores", typed: "1.5", want: "“1.5” is not a whole number: cores are 1 to 8192"},
		{field: "memory", typed: "15", want: "15 is too low: memory is 16 to 16777216 MiB"},
		{field: "memory", typed: "2 GiB", want: "“2 GiB” is not a whole number: memory is 16 to 16777216 MiB"},
		{field: "memory", typed: "", want: "Enter a number: memory is 16 to 16777216 MiB"},
		{field: "swap", typed: "-1", want: "-1 is too low: swap is 0 to 16777216 MiB"},
		{field: "disk", typed: "0", want: "0 is too low: a disk is 1 to 1048576 GiB"},
		{field: "disk", typed: "99999999999999999999", want: "99999999999999999999 is too high: a disk is 1 to 1048576 GiB"},
		{field: "storage", typed: "", want: "Choose a storage"},
		{field: "storage", typed: "a:b", want: "“a:b” is not a valid storage name; it has letters, digits and - _ . and begins with a letter"},
		{field: "pool", typed: "a b", want: "“a b” is not a valid pool name; it has letters, digits and - _ ."},

		{field: "bridge", typed: "", want: "Choose a bridge"},
		{field: "bridge", typed: "vmbr0,tag=1", want: "“vmbr0,tag=1” is not a valid bridge name; it has letters, digits and - _ ."},
		{field: "vlan", typed: "0", want: "0 is too low: a VLAN is 1 to 4094"},
		{field: "vlan", typed: "4095", want: "4095 is too high: a VLAN is 1 to 4094"},
		{field: "vlan", typed: "ten", want: "“ten” is not a whole number: a VLAN is 1 to 4094"},

		{field: "ip", typed: "auto", want: "SLAAC is for IPv6 only; choose DHCP, or enter an address like 192.168.1.72/24"},
		{field: "ip", typed: "", with: url.Values{"ip_mode": {"static"}}, want: "Enter an address like 192.168.1.72/24"},
		{field: "ip", typed: "", with: url.Values{"ip_mode": {"magic"}}, want: "“magic” is not an IPv4 mode; choose DHCP, static or none"},
		{field: "ip", typed: "192.168.1.300/24", want: "300 is more than 255; write it like 192.168.1.72/24"},
		{field: "ip", typed: "192.168.1/24", want: "“192.168.1” has 3 parts; an IPv4 address has four; write it like 192.168.1.72/24"},
		{field: "ip", typed: "192..1.1/24", want: "“192..1.1” has an empty part between its dots; write it like 192.168.1.72/24"},
		{field: "ip", typed: "192.168.01.2/24", want: "01 begins with a zero; write it like 192.168.1.72/24"},
		{field: "ip", typed: "pihole", want: "“pihole” is not an IPv4 address; write it like 192.168.1.72/24"},
		{field: "ip", typed: "192.168.1.72", want: "192.168.1.72 lacks its prefix length; write it like 192.168.1.72/24"},
		{field: "ip", typed: "192.168.1.72/", want: "192.168.1.72 lacks its prefix length; write it like 192.168.1.72/24"},
		{field: "ip", typed: "192.168.1.72/33", want: "/33 is longer than the address, which has 32 bits; write it like 192.168.1.72/24"},
		{field: "ip", typed: "192.168.1.72/7", want: "/7 is too short: Proxmox requires at least /8; write it like 192.168.1.72/24"},
		{field: "ip", typed: "192.168.1.72/024", want: "“/024” begins with a zero; write it like 192.168.1.72/24"},
		{field: "ip", typed: "192.168.1.72/255.255.255.0", want: "“/255.255.255.0” is not a prefix length; write it like 192.168.1.72/24"},
		{field: "ip", typed: "fd00::1/64", want: "“fd00::1” is an IPv6 address; enter it in the IPv6 field"},
		{field: "ip", typed: "192.168.1.0/24", want: "192.168.1.0 is the address of the network itself; use another one in it"},
		{field: "ip", typed: "192.168.1.255/24", want: "192.168.1.255 is the network's broadcast address; use another one in it"},
		{field: "ip", typed: "127.0.0.1/8", want: "127.0.0.1 is not an address that a container can have"},

		{field: "gateway", typed: "192.168.1.1", want: "A gateway needs a static address; leave it empty, or choose static"},
		{field: "gateway", typed: "192.168.1.1/24", with: static, want: "A gateway has no prefix length; write it like 192.168.1.1"},
		{field: "gateway", typed: "192.168.1", with: static, want: "“192.168.1” has 3 parts; an IPv4 address has four; write it like 192.168.1.1"},
		{field: "gateway", typed: "fe80::1", with: static, want: "“fe80::1” is an IPv6 address; enter it in the IPv6 gateway field"},
		{field: "gateway", typed: "192.168.2.1", with: static, want: "192.168.2.1 is not in 192.168.1.0/24, the network of the address"},
		{field: "gateway", typed: "192.168.1.72", with: static, want: "192.168.1.72 is the container's own address; the gateway is your router"},

		{field: "ip6", typed: "", with: url.Values{"ip6_mode": {"static"}}, want: "Enter an address like 2001:db8::72/64"},
		{field: "ip6", typed: "", with: url.Values{"ip6_mode": {"magic"}}, want: "“magic” is not an IPv6 mode; choose SLAAC, DHCP, static or none"},
		{field: "ip6", typed: "2001:db8::g/64", want: "“2001:db8::g” is not an IPv6 address; write it like 2001:db8::72/64"},
		{field: "ip6", typed: "10.0.0.1/24", want: "10.0.0.1 is an IPv4 address; enter it in the IPv4 field"},
		{field: "ip6", typed: "::ffff:10.0.0.1/120", want: "“::ffff:10.0.0.1” is an IPv4 address written as IPv6; write it like 2001:db8::72/64"},
		{field: "ip6", typed: "fe80::1%eth0/64", want: "Leave out “%eth0”: a static address has no zone; write it like 2001:db8::72/64"},
		{field: "ip6", typed: "2001:db8::72", want: "2001:db8::72 lacks its prefix length; write it like 2001:db8::72/64"},
		{field: "ip6", typed: "2001:db8::72/129", want: "/129 is longer than the address, which has 128 bits; write it like 2001:db8::72/64"},
		{field: "ip6", typed: "2001:db8::/64", want: "2001:db8:: is the address of the network itself; use another one in it"},
		{field: "gateway6", typed: "fe80::1", want: "A gateway needs a static address; leave it empty, or choose static"},
		{field: "gateway6", typed: "fe80::1/64", with: static6, want: "A gateway has no prefix length; write it like fe80::1"},
		{field: "gateway6", typed: "router", with: static6, want: "“router” is not an IPv6 address; write it like fe80::1"},
		{field: "gateway6", typed: "10.0.0.1", with: static6, want: "10.0.0.1 is an IPv4 address; enter it in the IPv4 gateway field"},
		{field: "gateway6", typed: "::ffff:10.0.0.1", with: static6, want: "“::ffff:10.0.0.1” is an IPv4 address written as IPv6; write it like fe80::1"},
		{field: "gateway6", typed: "fe80::1%eth0", with: static6, want: "Leave out “%eth0”: Proxmox knows the interface; write it like fe80::1"},
		{field: "gateway6", typed: "2001:db8:1::1", with: static6, want: "2001:db8:1::1 is not in 2001:db8::/64, the network of the address"},

		{field: "nameserver", typed: "192.168.1.1 dns.example", want: "“dns.example” is not the IP address of a DNS server; write it like 192.168.1.1"},
		{field: "nameserver", typed: "0.0.0.0", want: "“0.0.0.0” is not the IP address of a DNS server; write it like 192.168.1.1"},
		{field: "searchdomain", typed: "home .lan", want: "“.lan” is not a domain; write it like home.example"},

		{field: "ssh_keys", typed: key + " mira@desk\nmy key", want: "Line 2 is not a public key; one looks like ssh-ed25519 AAAA… you@desk, on one line"},
		{field: "ssh_keys", typed: "ssh-ed25519 AAAA", want: "Line 1 is not a public key; one looks like ssh-ed25519 AAAA… you@desk, on one line"},
	} {
		posted := url.Values{c.field: {c.typed}}
		maps.Copy(posted, c.with)
		f := form(posted)
		if got := f.check(c.field); got != c.want {
			t.Errorf("%s %q\n got %s\nwant %s", c.field, c.typed, got, c.want)
		}
		f.CheckAll()
		if f.Errors[c.field] != c.want {
			t.Errorf("%s %q: submitted, it says %q", c.field, c.typed, f.Errors[c.field])
		}
		if f.Values.Get(c.field) != c.typed {
			t.Errorf("%s: %q was kept of %q", c.field, f.Values.Get(c.field), c.typed)
		}
	}
}

func TestGoodInput(t *testing.T) {
	key := publicKey(t)
	for _, c := range []struct {
		field, typed string
		with         url.Values
	}{
		{field: "vmid", typed: " 999999999 "},
		{field: "hostname", typed: "Box-1.home.example"},
		{field: "hostname", typed: "1"},
		{field: "tags", typed: "web, bookmarks;_x a+b"},
		{field: "description", typed: "two\nlines"},
		{field: "cores", typed: "8192"},
		{field: "swap", typed: "0"},
		{field: "pool", typed: "home/media"},
		{field: "vlan", typed: ""},
		{field: "ip", typed: "DHCP"},
		{field: "ip", typed: "none"},
		{field: "ip", typed: "10.0.0.255/16"},
		{field: "ip", typed: "10.0.0.0/31"},
		{field: "ip", typed: "rubbish", with: url.Values{"ip_mode": {"dhcp"}}},
		{field: "gateway", typed: "rubbish", with: url.Values{"ip": {""}, "ip_mode": {"dhcp"}}},
		{field: "gateway", typed: "10.0.0.1", with: url.Values{"ip": {"203.0.113.9/32"}}},
		{field: "ip6", typed: "auto"},
		{field: "ip6", typed: "dhcp"},
		{field: "ip6", typed: ""},
		{field: "gateway6", typed: "fe80::1", with: url.Values{"ip6": {"2001:db8::72/64"}}},
		{field: "nameserver", typed: "192.168.1.1, 2001:db8::53 fe80::1%eth0"},
		{field: "searchdomain", typed: "home.example lan"},
		{field: "ssh_keys", typed: "# mine\n\n" + key + " mira@desk\n  " + key},
		{field: "nesting", typed: "0", with: url.Values{"unprivileged": {"0"}}},
	} {
		posted := url.Values{c.field: {c.typed}}
		maps.Copy(posted, c.with)
		if got := form(posted).check(c.field); got != "" {
			t.Errorf("%s %q: %s", c.field, c.typed, got)
		}
	}
}

func TestParamsAreWhatWasTyped(t *testing.T) {
	key := publicKey(t)
	f := form(url.Values{
		"tags":         {"web, bookmarks web"},
		"description":  {" Mira's bookmarks "},
		"cores":        {"2"},
		"memory":       {"2048"},
		"swap":         {"0"},
		"disk":         {"16"},
		"pool":         {"home"},
		"vlan":         {"30"},
		"ip_mode":      {"static"},
		"ip":           {"192.168.1.72/24"},
		"gateway":      {"192.168.1.1"},
		"ip6":          {"auto"},
		"nameserver":   {"192.168.1.1,1.1.1.1"},
		"searchdomain": {"home.example"},
		"ssh_keys":     {"# mine\r\n" + key + "\r\n"},
		"onboot":       {"0", "1"},
		"nesting":      {"0"},
	})
	f.CheckAll()
	if len(f.Errors) != 0 {
		t.Fatalf("Errors = %v", f.Errors)
	}
	want := proxmox.CreateParams{
		VMID: 142, Hostname: "linkding", OSTemplate: "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst",
		Cores: 2, Memory: 2048, Swap: 0, Disk: 16, Storage: "local-lvm", Bridge: "vmbr0", VLAN: 30,
		IP: "192.168.1.72/24", Gateway: "192.168.1.1", IP6: "auto", Nameserver: "192.168.1.1 1.1.1.1", SearchDomain: "home.example",
		SSHKeys: []string{key}, Unprivileged: true, OnBoot: true, Tags: []string{"web", "bookmarks"},
		Description: "Mira's bookmarks", Pool: "home",
	}
	if got := f.Params(); !reflect.DeepEqual(got, want) {
		t.Errorf("Params\n got %+v\nwant %+v", got, want)
	}
}

func TestWhatWasNotPostedStays(t *testing.T) {
	f := ReadContainer(url.Values{"hostname": {"a"}, "start": {"1"}, "gateway": {"192.168.1.1"}}, url.Values{"hostname": {""}, "evil": {"x"}})
	want := url.Values{"hostname": {""}, "start": {"1"}, "gateway": {"192.168.1.1"}}
	if !reflect.DeepEqual(f.Values, want) {
		t.Errorf("Values = %v, want %v", f.Values, want)
	}
}

func TestAnAddressAloneDecidesItsMode(t *testing.T) {
	chosen := ReadContainer(nil, url.Values{"ip_mode": {"dhcp"}, "ip": {"192.168.1.72/24"}})
	if got := chosen.IPMode(); got != "dhcp" {
		t.Errorf("with a mode chosen: %s", got)
	}
	if got := chosen.Address("ip"); got != "192.168.1.72/24" {
		t.Errorf("the address that is out of sight: %q", got)
	}
	sent := ReadContainer(chosen.Values, url.Values{"ip": {"192.168.1.73/24"}})
	if got := sent.Params().IP; got != "192.168.1.73/24" {
		t.Errorf("with an address alone: %q", got)
	}
}

func TestAPrivateKeyIsNotKept(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "mira@desk")
	if err != nil {
		t.Fatal(err)
	}
	whole := string(pem.EncodeToMemory(block))
	for name, typed := range map[string]string{
		"whole":                  whole,
		"without its first line": whole[strings.Index(whole, "\n"):],
		"of PuTTY":               "PuTTY-User-Key-File-3: ssh-ed25519\n",
		"PEM":                    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n",
	} {
		f := ReadContainer(url.Values{"ssh_keys": {"before"}}, url.Values{"ssh_keys": {typed}})
		if got := f.Values.Get("ssh_keys"); got != "before" {
			t.Errorf("%s: kept %q", name, got)
		}
		if f.CheckAll(); f.Errors["ssh_keys"] != privateKeySentence {
			t.Errorf("%s: says %q", name, f.Errors["ssh_keys"])
		}
	}
}

func publicKey(t *testing.T) string {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

func TestHostnamesAreThoseThatProxmoxTakes(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("a", proxmox.MaxHostnameLabel)
	for _, s := range []string{"a", "7", "web", "Web-01", "web.lan", "1.2.3.4", label, label[:31] + "." + label[:32]} {
		if sentence := checkHostname(s); sentence != "" {
			t.Errorf("%q is refused: %s", s, sentence)
		}
	}
	for _, s := range []string{"", "-web", "web-", "web_1", "web.", ".web", "a..b", "wéb", "web server", "web\n", label + "a", label[:32] + "." + label[:32]} {
		if checkHostname(s) == "" {
			t.Errorf("%q is taken", s)
		}
	}
}

func FuzzHostname(f *testing.F) {
	for _, s := range []string{"", "a", "a-b.c", "-a", "a-", "a..b", "a.", strings.Repeat("a", 64), strings.Repeat("a.", 32) + "b", "ö", "a b", "a\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		sentence := checkHostname(s)
		takes := len(s) <= proxmox.MaxHostname && proxmox.ValidDomain(s)
		if (sentence == "") != takes {
			t.Errorf("%q: Proxmox takes it: %t, the form says %q", s, takes, sentence)
		}
		checkSentence(t, sentence)
	})
}

func FuzzCIDR(f *testing.F) {
	for _, s := range []string{"", "192.168.1.72/24", "192.168.1.300/24", "1.2.3/8", "fd00::1/64", "fd00::1%eth0/64", "::ffff:1.2.3.4/96", "1.2.3.4/", "1.2.3.4/08", "/", "1.2.3.4/24/24", "1.2.3.4/-1"} {
		f.Add(s, "192.168.1.1")
	}
	f.Fuzz(func(t *testing.T, cidr, gateway string) {
		for _, check := range []func(string) string{checkCIDR4, checkCIDR6} {
			sentence := check(cidr)
			checkSentence(t, sentence)
			if sentence != "" {
				continue
			}
			if p, err := netip.ParsePrefix(cidr); err != nil || p.Bits() < minPrefix || p.Addr().Zone() != "" {
				t.Errorf("%q is taken: %v", cidr, err)
			}
		}
		for _, sentence := range []string{checkGateway(gateway, "static", cidr), checkGateway6(gateway, "static", cidr)} {
			checkSentence(t, sentence)
			if sentence == "" && gateway != "" && !netip.MustParseAddr(gateway).IsValid() {
				t.Errorf("gateway %q is taken", gateway)
			}
		}
	})
}

// checkSentence holds what is true of every sentence: one line, not too long, no raw bytes of what was typed.
func checkSentence(t *testing.T, sentence string) {
	t.Helper()
	if !utf8.ValidString(sentence) || len(sentence) > 400 || strings.ContainsFunc(sentence, unicode.IsControl) {
		t.Errorf("the sentence %q", sentence)
	}
}
