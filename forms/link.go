package forms

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"berth/store"
)

// Link is a link of a container, as typed.
type Link struct {
	Number     int // 0 for a new one
	Name       string
	Address    string // a whole URL; without a host, as in "http://:8096/", it leads to the container
	Icon       string
	First      bool
	MayBeFirst bool // there are others, and it is not the first
	Errors     map[string]string
	Before     store.Link // as it was
	read       store.Link // made of Address by Check
}

// maxLinkIcon bounds the characters of an icon: an emoji may have a second one.
const maxLinkIcon = 2

// NewLink makes the form of a link that is among those; the zero Link is a new one.
func NewLink(l store.Link, among store.Links) Link {
	f := Link{Number: l.Number, Name: l.Name, Address: l.URL, Icon: l.Icon, Before: l}
	if l.URL == "" && l.Port != 0 {
		f.Address = fmt.Sprintf("%s://:%d%s", l.Scheme, l.Port, cmp.Or(l.Path, "/"))
	}
	f.MayBeFirst = len(among.List) > 0 && among.List[0].Number != l.Number
	return f
}

// Read takes what was typed.
func (f *Link) Read(posted url.Values) {
	text := func(name string) string { return strings.TrimSpace(posted.Get(name)) }
	f.Name, f.Address, f.Icon = text("name"), text("url"), text("icon")
	if all := posted["first"]; len(all) > 0 {
		f.First = all[len(all)-1] == "1"
	}
}

// Check judges the form. An address that is one of the container's own becomes a link to the container itself.
func (f *Link) Check(own []netip.Prefix) {
	f.Errors = make(map[string]string)
	add := func(field, wrong string) {
		if wrong != "" {
			f.Errors[field] = wrong
		}
	}
	add("name", checkLinkName(f.Name))
	add("icon", checkLinkIcon(f.Icon))
	var wrong string
	f.read, wrong = parseLink(f.Address, own)
	add("url", wrong)
}

// Link is what was typed, for the store. Check must have found nothing wrong.
func (f Link) Link() store.Link {
	l := f.read
	l.Number, l.Name, l.Icon, l.Found, l.Origin = f.Number, f.Name, f.Icon, f.Before.Found, store.LinkTyped
	return l
}

func checkLinkName(s string) string {
	switch n := utf8.RuneCountInString(s); {
	case s == "":
		return "Enter a name"
	case n > store.MaxLinkName:
		return fmt.Sprintf("This has %d characters; a name has %d at most", n, store.MaxLinkName)
	case strings.ContainsFunc(s, unprintable):
		return "A name is one line of letters, digits and signs"
	}
	return ""
}

func checkLinkIcon(s string) string {
	switch {
	case utf8.RuneCountInString(s) > maxLinkIcon:
		return "An icon is one letter or emoji"
	case strings.ContainsFunc(s, func(r rune) bool { return unprintable(r) && !unicode.Is(unicode.Mn, r) || r == ' ' }):
		return "This cannot be shown; choose a letter or an emoji"
	}
	return ""
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// parseLink makes a link of an address, or says what is wrong with it.
func parseLink(typed string, own []netip.Prefix) (l store.Link, wrong string) {
	const form = "Enter an address like https://jellyfin.home.lan/ or http://:8096/"
	switch {
	case typed == "":
		return l, form
	case len(typed) > store.MaxLinkURL:
		return l, fmt.Sprintf("This address is too long; it has %d characters at most", store.MaxLinkURL)
	case strings.ContainsFunc(typed, func(r rune) bool { return unprintable(r) || r == ' ' || r == '\\' }):
		return l, "An address has no spaces and no backslashes. " + form
	}
	scheme, rest, whole := strings.Cut(typed, "://")
	scheme = strings.ToLower(scheme)
	if !whole || scheme != "http" && scheme != "https" {
		return l, "An address begins with http:// or https://"
	}
	u, err := url.Parse(scheme + "://" + rest)
	switch {
	case err != nil:
		return l, form
	case u.User != nil:
		return l, "Leave out the name and password before the @: Berth keeps no credentials in links"
	}
	port, wrong := linkPort(u)
	if wrong != "" {
		return l, wrong
	}
	host := u.Hostname()
	switch {
	case host == "" && u.Port() == "":
		return l, "Enter a host or a port. " + form
	case host == "" || isOwn(host, own):
		return store.Link{Scheme: scheme, Port: port, Path: pathOf(u)}, ""
	case !isHost(host):
		return l, "This is not the name or address of a host. " + form
	}
	return store.Link{URL: scheme + "://" + rest}, ""
}

// linkPort is the port of an address, its scheme's where it names none.
func linkPort(u *url.URL) (port int, wrong string) {
	if u.Port() == "" {
		if strings.HasSuffix(u.Host, ":") {
			return 0, "Enter the port after the colon, or leave both out"
		}
		return map[string]int{"http": 80, "https": httpsPort}[u.Scheme], ""
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil || port < 1 || port > 65535 {
		return 0, "A port is a number from 1 to 65535"
	}
	return port, ""
}

// isOwn tells whether a host is one of a container's addresses.
func isOwn(host string, own []netip.Prefix) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(own, func(p netip.Prefix) bool { return p.Addr() == a })
}

// pathOf is what follows the host of an address.
func pathOf(u *url.URL) string {
	rest := &url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment, RawFragment: u.RawFragment}
	if rest.Path == "" {
		rest.Path = "/"
	}
	return rest.String()
}
