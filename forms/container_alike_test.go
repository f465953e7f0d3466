package forms

import (
	"net/url"
	"slices"
	"testing"

	"berth/store"
)

// alike is a filled-in form with rows of others.
func alike(replaced url.Values, rows ...store.DraftAlike) Container {
	f := form(replaced)
	f.Alike = rows
	return f
}

func TestSeveralAlikeHaveTheirOwnAndShareTheRest(t *testing.T) {
	t.Parallel()
	f := alike(url.Values{"ip": {"192.168.1.20/24"}, "gateway": {"192.168.1.1"}, "memory": {"1024"}},
		store.DraftAlike{VMID: " 143 ", Hostname: " web-2\t", IP: "192.168.1.21/24", IP6: "2001:db8::1/64"}, store.DraftAlike{VMID: "  "}, store.DraftAlike{VMID: "0144", Hostname: "web-3", IP: "192.168.1.22/24"})
	f.CheckAll()
	if wrong := f.Wrong(); len(wrong) > 0 {
		t.Fatalf("wrong is %v", wrong)
	}
	var got []string
	for _, one := range f.Each() {
		p := one.Params()
		got = append(got, p.Hostname+" "+p.IP+" "+p.IP6)
		if p.Memory != 1024 || p.Gateway != "192.168.1.1" || p.Storage != "local-lvm" {
			t.Errorf("%s is made with %+v", p.Hostname, p)
		}
	}
	if want := []string{"linkding 192.168.1.20/24 ", "web-2 192.168.1.21/24 ", "web-3 192.168.1.22/24 "}; !slices.Equal(got, want) {
		t.Errorf("they are %q, want %q", got, want)
	}
	if each := f.Each(); each[1].Params().VMID != 143 || each[2].Params().VMID != 144 {
		t.Errorf("the VMIDs are %d and %d", each[1].Params().VMID, each[2].Params().VMID)
	}
	if f.Get("vmid") != "142" || len(f.Errors) != 0 {
		t.Errorf("the first is changed: %v", f.Values)
	}
}

func TestWhatTwoOfSeveralWouldHaveIsTold(t *testing.T) {
	t.Parallel()
	static := url.Values{"ip": {"192.168.1.20/24"}, "ip6": {"2001:db8::20/64"}, "gateway": {"192.168.1.1"}}
	own := func(vmid, hostname, ip, ip6 string) store.DraftAlike {
		return store.DraftAlike{VMID: vmid, Hostname: hostname, IP: ip, IP6: ip6}
	}
	for name, c := range map[string]struct {
		form  url.Values
		rows  []store.DraftAlike
		field string
		want  string
	}{
		"the VMID of the first":             {rows: []store.DraftAlike{own("142", "web-2", "", "")}, field: "alike-0-vmid", want: "VMID 142 is used twice here; each container needs its own"},
		"written with zeros":                {rows: []store.DraftAlike{own("000142", "web-2", "", "")}, field: "alike-0-vmid", want: "VMID 000142 is used twice here; each container needs its own"},
		"written with spaces":               {rows: []store.DraftAlike{own("143", "web-2", "", ""), own(" 143 ", "web-3", "", "")}, field: "alike-1-vmid", want: "VMID 143 is used twice here; each container needs its own"},
		"with an empty row between":         {rows: []store.DraftAlike{own("143", "web-2", "", ""), {}, own("143", "web-3", "", "")}, field: "alike-2-vmid", want: "VMID 143 is used twice here; each container needs its own"},
		"the hostname in other letters":     {rows: []store.DraftAlike{own("143", "LinkDing", "", "")}, field: "alike-0-hostname", want: "LinkDing is used twice here; give each container its own hostname"},
		"a static address":                  {form: static, rows: []store.DraftAlike{own("143", "web-2", "192.168.1.20/25", "2001:db8::21/64")}, field: "alike-0-ip", want: "192.168.1.20 is used twice here; each container needs its own address"},
		"an IPv6 address written otherwise": {form: static, rows: []store.DraftAlike{own("143", "web-2", "192.168.1.21/24", "2001:DB8:0::20/64")}, field: "alike-0-ip6", want: "2001:DB8:0::20 is used twice here; each container needs its own address"},
		"no address where all are static":   {form: static, rows: []store.DraftAlike{own("143", "web-2", "", "2001:db8::21/64")}, field: "alike-0-ip", want: "Enter an address like 192.168.1.72/24"},
		"no VMID":                           {rows: []store.DraftAlike{own("", "web-2", "", "")}, field: "alike-0-vmid", want: "Enter the number of this container in Proxmox"},
		"no hostname":                       {rows: []store.DraftAlike{own("143", " ", "", "")}, field: "alike-0-hostname", want: "Enter a hostname"},
		"a hostname with a space":           {rows: []store.DraftAlike{own("143", "web 2", "", "")}, field: "alike-0-hostname", want: "A hostname has no spaces; use letters, digits and hyphens"},
		"a VMID that is none":               {rows: []store.DraftAlike{own("12a", "web-2", "", "")}, field: "alike-0-vmid", want: "“12a” is not a whole number: a VMID is 100 to 999999999"},
	} {
		t.Run(name, func(t *testing.T) {
			f := alike(c.form, c.rows...)
			f.CheckAll()
			if len(f.Errors) != 1 || f.Errors[c.field] != c.want {
				t.Errorf("Errors = %q, want %q at %s", f.Errors, c.want, c.field)
			}
			if wrong := f.Wrong(); len(wrong) != 1 || wrong[0].Name != c.field || foldOf(c.field) != FoldAlike {
				t.Errorf("Wrong() = %v", wrong)
			}
		})
	}
}

func TestAnAddressOfSeveralMustReachTheGatewayOfAll(t *testing.T) {
	t.Parallel()
	f := alike(url.Values{"ip": {"192.168.1.20/24"}, "gateway": {"192.168.1.1"}}, store.DraftAlike{VMID: "143", Hostname: "web-2", IP: "10.0.0.5/24"})
	f.CheckAll()
	if f.Errors["alike-0-ip"] == "" || f.Errors["gateway"] != "" {
		t.Errorf("Errors = %q", f.Errors)
	}
}

func TestWhatIsMissingInARowIsNotToldWhileItIsTyped(t *testing.T) {
	t.Parallel()
	f := alike(nil, store.DraftAlike{VMID: "143"}, store.DraftAlike{VMID: "143"})
	f.CheckTyped()
	if len(f.Errors) != 1 || f.Errors["alike-1-vmid"] == "" {
		t.Errorf("Errors = %q", f.Errors)
	}
}

func TestRowsAreKeptAddedAndRemoved(t *testing.T) {
	t.Parallel()
	var d store.Draft
	if next := ChangeAlike(&d, "add"); next != "alike-0-vmid" || len(d.Alike) != 1 {
		t.Errorf("after one is added, %q is next and the rows are %v", next, d.Alike)
	}
	KeepAlike(&d, url.Values{"alike-0-vmid": {"143"}, "alike-0-hostname": {"a"}, "alike-1-vmid": {" 144"}, "alike-1-ip": {"x"}, "alike-3-vmid": {"no row 2 comes before it"}})
	want := []store.DraftAlike{{VMID: "143", Hostname: "a"}, {VMID: " 144", IP: "x"}}
	if !slices.Equal(d.Alike, want) {
		t.Errorf("the rows are %v, want %v", d.Alike, want)
	}
	KeepAlike(&d, url.Values{"vmid": {"142"}})
	if !slices.Equal(d.Alike, want) {
		t.Errorf("a page without rows changes them: %v", d.Alike)
	}
	for _, none := range []string{"2", "-1"} {
		if ChangeAlike(&d, none); len(d.Alike) != 2 {
			t.Errorf("row %s is removed: %v", none, d.Alike)
		}
	}
	if next := ChangeAlike(&d, "0"); next != AlikeAdd || !slices.Equal(d.Alike, want[1:]) {
		t.Errorf("after one is removed, %q is next and the rows are %v", next, d.Alike)
	}
	for range 2 * maxAlike {
		ChangeAlike(&d, "add")
	}
	if len(d.Alike) != maxAlike || (Container{Alike: d.Alike}).MayAddAlike() {
		t.Errorf("there are %d rows", len(d.Alike))
	}
}

func TestFieldsOfRowsAreKnownByTheirNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"alike-0-vmid": true, "alike-18-ip6": true, "alike-19-vmid": false, "alike-00-vmid": false, "alike--1-vmid": false, "alike-0-memory": false,
		"alike-0": false, "vmid": false, "0-vmid": false, "alike-add": false,
	} {
		if _, _, is := ParseAlikeField(name); is != want {
			t.Errorf("ParseAlikeField(%q) is %t", name, is)
		}
	}
}
