package forms

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"berth/store"
)

func TestLinkAddresses(t *testing.T) {
	t.Parallel()
	own := []netip.Prefix{netip.MustParsePrefix("192.0.2.60/24"), netip.MustParsePrefix("2001:db8::60/64")}
	long := "https://jellyfin.home.lan/" + strings.Repeat("a", store.MaxLinkURL)
	for typed, want := range map[string]struct {
		link  store.Link // where nothing is wrong
		wrong string     // a part of what is said
	}{
		"https://jellyfin.home.lan/web/?a=b#c": {link: store.Link{URL: "https://jellyfin.home.lan/web/?a=b#c"}},
		"HTTPS://Jellyfin.home.lan":            {link: store.Link{URL: "https://Jellyfin.home.lan"}},
		"http://bücher.example/":               {link: store.Link{URL: "http://bücher.example/"}},
		"http://192.0.2.7:8096/":               {link: store.Link{URL: "http://192.0.2.7:8096/"}},
		"http://[2001:db8::7]:3000/x":          {link: store.Link{URL: "http://[2001:db8::7]:3000/x"}},
		"http://:8096/web/?q=1":                {link: store.Link{Scheme: "http", Port: 8096, Path: "/web/?q=1"}},
		"https://:8443":                        {link: store.Link{Scheme: "https", Port: 8443, Path: "/"}},
		"http://192.0.2.60:8096/web/":          {link: store.Link{Scheme: "http", Port: 8096, Path: "/web/"}},
		"https://192.0.2.60":                   {link: store.Link{Scheme: "https", Port: 443, Path: "/"}},
		"http://[2001:db8::60]/":               {link: store.Link{Scheme: "http", Port: 80, Path: "/"}},
		"":                                     {wrong: "Enter an address"},
		"javascript:alert(1)":                  {wrong: "begins with http"},
		"javascript://x.example/%0aalert(1)":   {wrong: "begins with http"},
		"data:text/html,x":                     {wrong: "begins with http"},
		"ftp://nas.home.lan/":                  {wrong: "begins with http"},
		"jellyfin.home.lan":                    {wrong: "begins with http"},
		"//jellyfin.home.lan/":                 {wrong: "begins with http"},
		"https:jellyfin.home.lan":              {wrong: "begins with http"},
		"https://ada:secret@home.lan/":         {wrong: "before the @"},
		"https://ada@home.lan/":                {wrong: "before the @"},
		"https://@home.lan/":                   {wrong: "before the @"},
		"https://":                             {wrong: "Enter a host or a port"},
		"https:///web/":                        {wrong: "Enter a host or a port"},
		"http://home.lan:0/":                   {wrong: "1 to 65535"},
		"http://home.lan:65536/":               {wrong: "1 to 65535"},
		"http://:99999999999999999999/":        {wrong: "1 to 65535"},
		"http://home.lan:/":                    {wrong: "after the colon"},
		"http://:/":                            {wrong: "after the colon"},
		"http://home.lan:http/":                {wrong: "Enter an address"},
		"http://[2001:db8::7/":                 {wrong: "Enter an address"},
		"http://[fe80::1%25eth0]/":             {link: store.Link{URL: "http://[fe80::1%25eth0]/"}},
		"http://home lan/":                     {wrong: "no spaces"},
		"http://home.lan\\@evil.example/":      {wrong: "no spaces and no backslashes"},
		"http://home.lan/\nx":                  {wrong: "no spaces"},
		"http://<b>.example/":                  {wrong: "not the name or address of a host"},
		long:                                   {wrong: "too long"},
	} {
		f := NewLink(store.Link{}, store.Links{})
		f.Read(url.Values{"name": {"Jellyfin"}, "url": {typed}})
		f.Check(own)
		if want.wrong != "" {
			if got := f.Errors["url"]; !strings.Contains(got, want.wrong) || len(f.Errors) != 1 {
				t.Errorf("%q: %v, want %q", typed, f.Errors, want.wrong)
			}
			continue
		}
		want.link.Name, want.link.Origin = "Jellyfin", store.LinkTyped
		if got := f.Link(); got != want.link || len(f.Errors) > 0 {
			t.Errorf("%q: %+v, %v; want %+v", typed, got, f.Errors, want.link)
		}
	}
}

func TestLinkNamesAndIcons(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]string{
		"Jellyfin": "", "日本": "", strings.Repeat("ä", store.MaxLinkName): "",
		"": "Enter a name", "  ": "Enter a name", strings.Repeat("a", store.MaxLinkName+1): "40 at most", "a\nb": "one line",
	} {
		f := NewLink(store.Link{}, store.Links{})
		f.Read(url.Values{"name": {name}, "url": {"http://:80/"}})
		if f.Check(nil); (wrong == "") != (f.Errors["name"] == "") || !strings.Contains(f.Errors["name"], wrong) {
			t.Errorf("%q: %v, want %q", name, f.Errors, wrong)
		}
	}
	for icon, ok := range map[string]bool{"": true, "J": true, "🎬": true, "❤️": true, "JF": true, "abc": false, "\u0007": false, "a b": false} {
		f := NewLink(store.Link{}, store.Links{})
		f.Read(url.Values{"name": {"x"}, "url": {"http://:80/"}, "icon": {icon}})
		if f.Check(nil); ok != (f.Errors["icon"] == "") {
			t.Errorf("%q: %v", icon, f.Errors)
		}
	}
}

// What is kept comes back as it would be typed, and is the same link when it is saved again.
func TestALinkIsEditedAsItIs(t *testing.T) {
	t.Parallel()
	found := store.Link{Number: 3, Name: "Grafana", Scheme: "https", Port: 3000, Path: "/d/1", Origin: store.LinkFound, Found: 3000}
	f := NewLink(found, store.Links{List: []store.Link{{Number: 1}, found}})
	if f.Address != "https://:3000/d/1" || !f.MayBeFirst {
		t.Errorf("the form is %+v", f)
	}
	f.Read(url.Values{"name": {"Graphs"}, "url": {f.Address}, "first": {"0", "1"}})
	f.Check(nil)
	want := found
	want.Name, want.Origin = "Graphs", store.LinkTyped
	if got := f.Link(); got != want || !f.First {
		t.Errorf("%+v, first %v", got, f.First)
	}
}
