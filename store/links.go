package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Bucket links: user ID/SCOPE/VMID → Links.
var bucketLinks = []byte("links")

// Bounds of links.
const (
	MaxLinks    = 12 // of a container
	MaxLinkName = 40 // characters
	MaxLinkURL  = 2000
	// maxLinked bounds the containers of a user whose links are kept: those changed longest ago are forgotten.
	maxLinked = 5000
	// closedFor is how long a found link stays after a look found its port closed: one that is closed still when somebody looks
	// after that has gone for good.
	closedFor = 24 * time.Hour
)

// LinkOrigin says where a link came from; kept, so none may change.
type LinkOrigin string

// The origins.
const (
	LinkFound    LinkOrigin = "found"    // by a look at the container's services
	LinkTemplate LinkOrigin = "template" // named by the template that the container was made from
	LinkTyped    LinkOrigin = "typed"    // added or mended by hand
)

// Link leads to an app in a container: to a page of the container itself, at the address that it has when it is opened, or
// anywhere, by URL.
type Link struct {
	Number int // its own in its container, from 1 on; never used again
	Name   string
	Icon   string `json:",omitempty"` // on its tile; "" for the first letter of its name
	URL    string `json:",omitempty"` // a whole one, http or https; "" for a page of the container
	Scheme string `json:",omitempty"` // of a page of the container: http or https
	Port   int    `json:",omitempty"`
	Path   string `json:",omitempty"` // with its query; "" is "/"
	Origin LinkOrigin
	// Found is the port that a look or a template named, also after the link was mended; 0 for none.
	Found int `json:",omitempty"`
	// Closed is the first look since its port was open that found it closed; zero for one that answers, as far as is known.
	Closed time.Time `json:",omitzero"`
}

// At returns the link's URL for a container with an address; "" where that is needed and not valid.
func (l Link) At(address netip.Addr) string {
	if l.URL != "" {
		return l.URL
	}
	if !address.IsValid() || l.Scheme != "http" && l.Scheme != "https" {
		return ""
	}
	host := net.JoinHostPort(address.String(), strconv.Itoa(l.Port))
	if l.Scheme == "http" && l.Port == 80 || l.Scheme == "https" && l.Port == 443 {
		if host = address.String(); address.Is6() {
			host = "[" + host + "]"
		}
	}
	u, err := url.Parse(l.Path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/") {
		u = &url.URL{Path: "/"} // a path that leads elsewhere is left out
	}
	return (&url.URL{Scheme: l.Scheme, Host: host, Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment}).String()
}

// Links of a container.
type Links struct {
	// Names are the hostnames under which the links are this container's: the one that it had when they were changed, and one
	// that Berth gave it since. A container with another name has taken the VMID over.
	Names   []string `json:",omitempty"`
	List    []Link   // the first one is what Open leads to; at most MaxLinks
	Refused []int    `json:",omitempty"` // ports whose link was removed by hand: none is found there again
	Last    int      // the greatest Number so far
	Changed uint64   // growing, to find those changed longest ago
}

// Of tells whether the links are those of a container with a hostname; "" is not known, and so no other's.
func (l Links) Of(name string) bool {
	return name == "" || len(l.Names) == 0 || slices.ContainsFunc(l.Names, func(n string) bool { return fold(n) == fold(name) })
}

// Link returns the link with a number.
func (l Links) Link(number int) (Link, bool) {
	i := slices.IndexFunc(l.List, func(k Link) bool { return k.Number == number })
	if i < 0 {
		return Link{}, false
	}
	return l.List[i], true
}

// maxNames bounds the names of a container that its links are known by.
const maxNames = 2

// Call notes a hostname under which the links are the container's.
func (l *Links) Call(name string) {
	if name == "" || len(l.Names) > 0 && l.Of(name) {
		return
	}
	l.Names = append(l.Names, name)
	l.Names = l.Names[max(len(l.Names)-maxNames, 0):]
}

// Add adds a link and sets its Number; false when there are MaxLinks.
func (l *Links) Add(k Link) bool {
	if len(l.List) >= MaxLinks {
		return false
	}
	l.Last++
	k.Number = l.Last
	l.List = append(l.List, k)
	return true
}

// Put replaces the link with the same number; with first, it becomes what Open leads to. ErrNotFound.
func (l *Links) Put(k Link, first bool) error {
	i := slices.IndexFunc(l.List, func(o Link) bool { return o.Number == k.Number })
	if i < 0 {
		return ErrNotFound
	}
	l.List[i] = k
	if first {
		l.List = slices.Insert(slices.Delete(l.List, i, i+1), 0, k)
	}
	return nil
}

// Remove removes a link by hand: a look does not bring it back. ErrNotFound.
func (l *Links) Remove(number int) error {
	k, there := l.Link(number)
	if !there {
		return ErrNotFound
	}
	l.List = slices.DeleteFunc(l.List, func(o Link) bool { return o.Number == number })
	if port := cmp.Or(k.Found, k.Port); port != 0 && !slices.Contains(l.Refused, port) {
		l.Refused = append(l.Refused, port)
	}
	return nil
}

// Find adds links to pages that a look or a template named, in their order, unless there is one for the port or it was removed
// by hand. Of those that nobody mended, the scheme is as it was found last.
func (l *Links) Find(pages []Link) {
	for _, found := range pages {
		i := slices.IndexFunc(l.List, func(k Link) bool { return k.Found == found.Port || k.URL == "" && k.Port == found.Port })
		switch {
		case i >= 0 && l.List[i].Origin != LinkTyped:
			l.List[i].Scheme = found.Scheme
		case i < 0 && !slices.Contains(l.Refused, found.Port):
			found.Found = found.Port
			l.Add(found)
		}
	}
}

// Close takes what a look at now found of the ports that others can reach: a link is closed whose port is not among them, and
// open again once it is. It goes when it has been closed for closedFor. Only links that a look found are judged by one.
func (l *Links) Close(open []int, now time.Time) {
	l.List = slices.DeleteFunc(l.List, func(k Link) bool {
		return k.Origin == LinkFound && !k.Closed.IsZero() && now.Sub(k.Closed) >= closedFor && !slices.Contains(open, k.Port)
	})
	for i := range l.List {
		switch k := &l.List[i]; {
		case k.Origin != LinkFound:
		case slices.Contains(open, k.Port):
			k.Closed = time.Time{}
		case k.Closed.IsZero():
			k.Closed = now
		}
	}
}

// Typed tells whether any link was added or mended by hand.
func (l Links) Typed() bool {
	return slices.ContainsFunc(l.List, func(k Link) bool { return k.Origin == LinkTyped })
}

// LinkName makes the name of a link out of a service's: "Grafana server" of "grafana-server.service".
func LinkName(service string) string {
	name, _, _ := strings.Cut(strings.TrimSuffix(service, ".service"), "@")
	runes := []rune(strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == ' ' }), " "))
	if len(runes) == 0 {
		return ""
	}
	return strings.ToUpper(string(runes[:1])) + string(runes[1:min(len(runes), MaxLinkName)])
}

// linksOfTemplate are the links to the pages that a template's services name.
func linksOfTemplate(services []Service) []Link {
	var all []Link
	for _, s := range services {
		if s.Port != 0 && (s.Scheme != "" || s.Path != "") {
			all = append(all, Link{Name: LinkName(s.Name), Scheme: cmp.Or(s.Scheme, "http"), Port: s.Port, Path: s.Path, Origin: LinkTemplate})
		}
	}
	return all
}

// Place is a VMID of a cluster, as the links and pins of containers are kept by: they stay when a container moves to another node
// of it.
type Place struct {
	Scope string
	VMID  int
}

// placeKey is the key of what a user has beside a container.
func placeKey(userID, scope string, vmid int) []byte {
	return ownedKey(userID, scope+"/"+strconv.Itoa(vmid))
}

// Links of all of a user's containers that have any.
func (s *Store) Links(userID string) (map[Place]Links, error) {
	all := make(map[Place]Links)
	err := s.db.View(func(tx *bolt.Tx) error {
		return eachLinks(tx, userID, "", func(at Place, l Links) error {
			all[at] = l
			return nil
		})
	})
	return all, err
}

// eachLinks calls f with the links of a user's containers, of one scope unless that is "".
func eachLinks(tx *bolt.Tx, userID, scope string, f func(Place, Links) error) error {
	return eachOwned(tx.Bucket(bucketLinks), userID, func(key string, value []byte) error {
		of, number, _ := strings.Cut(key, "/")
		if scope != "" && of != scope {
			return nil
		}
		vmid, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("store: links of %s: %w", key, err)
		}
		var l Links
		if err := decode(value, &l); err != nil {
			return fmt.Errorf("store: read the links of %s: %w", key, err)
		}
		return f(Place{of, vmid}, l)
	})
}

// LinksOn returns the links of a user's container; none where it has none.
func (s *Store) LinksOn(userID, scope string, vmid int) (Links, error) {
	var l Links
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		l, err = getJSON[Links](tx.Bucket(bucketLinks), placeKey(userID, scope, vmid))
		return err
	})
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return l, err
}

// errUnchanged ends a transaction that has nothing to write.
var errUnchanged = errors.New("store: nothing changed")

// ChangeLinks changes the links of a user's container in one transaction, and tells whether they are others now. An error of
// change changes nothing. ErrNotFound for another user's node.
func (s *Store) ChangeLinks(userID string, at Ref, change func(*Links) error) (changed bool, err error) {
	err = s.db.Update(func(tx *bolt.Tx) error {
		n, err := nodeOf(tx, userID, at.NodeID)
		if err != nil {
			return err
		}
		b, key := tx.Bucket(bucketLinks), placeKey(userID, n.Scope, at.VMID)
		before, err := getJSON[Links](b, key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		after := before
		after.List, after.Names, after.Refused = slices.Clone(before.List), slices.Clone(before.Names), slices.Clone(before.Refused)
		if err := change(&after); err != nil {
			return err
		}
		if reflect.DeepEqual(after, before) {
			return errUnchanged
		}
		if err := putLinks(tx, key, after); err != nil {
			return err
		}
		return dropOldestLinks(tx, userID, maxLinked)
	})
	if errors.Is(err, errUnchanged) {
		return false, nil
	}
	return err == nil, err
}

func putLinks(tx *bolt.Tx, key []byte, l Links) (err error) {
	b := tx.Bucket(bucketLinks)
	if l.Changed, err = b.NextSequence(); err != nil {
		return err
	}
	return putJSON(b, key, l)
}

// dropOldestLinks leaves the links of as many of a user's containers as most, those changed last.
func dropOldestLinks(tx *bolt.Tx, userID string, most int) error {
	type kept struct {
		at      Place
		changed uint64
	}
	var all []kept
	err := eachLinks(tx, userID, "", func(at Place, l Links) error {
		all = append(all, kept{at, l.Changed})
		return nil
	})
	if err != nil || len(all) <= most {
		return err
	}
	slices.SortFunc(all, func(a, b kept) int { return cmp.Compare(b.changed, a.changed) })
	for _, k := range all[most:] {
		if err := tx.Bucket(bucketLinks).Delete(placeKey(userID, k.at.Scope, k.at.VMID)); err != nil {
			return err
		}
	}
	return nil
}

// noteBeside begins the links of a container that a job has made, and forgets the links and the pin of one that is gone. before is
// nil for a new job.
func noteBeside(tx *bolt.Tx, before *Job, after Job) error {
	vmid, _ := after.Makes()
	had := before != nil && before.Made
	switch {
	case vmid != 0 && !had && (isMade(before, after) || isDone(before, after)):
		if err := dropBeside(tx, after, vmid); err != nil {
			return err
		}
		return renewLinks(tx, after)
	case vmid != 0 && had && !after.Made:
		return dropBeside(tx, after, vmid)
	case after.Kind == JobDelete && isDone(before, after):
		return dropBeside(tx, after, after.VMID)
	}
	return nil
}

// renewLinks starts the links of a container that a job has made: those of its template, and none of another container that
// had the VMID before.
func renewLinks(tx *bolt.Tx, j Job) error {
	vmid, name := j.Makes()
	if err := dropLinks(tx, j, vmid); err != nil {
		return err
	}
	key, err := jobKey(j.ID)
	if err != nil {
		return err
	}
	provision, err := getJSON[Provision](tx.Bucket(bucketProvisions), key)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var l Links
	l.Find(linksOfTemplate(provision.Services))
	if len(l.List) == 0 {
		return nil
	}
	l.Call(name)
	return putLinks(tx, placeKey(j.UserID, j.Scope, vmid), l)
}

// dropLinks forgets the links of a container that is gone.
func dropLinks(tx *bolt.Tx, j Job, vmid int) error {
	return tx.Bucket(bucketLinks).Delete(placeKey(j.UserID, j.Scope, vmid))
}

// dropBeside forgets the links and the pin of a container that is gone.
func dropBeside(tx *bolt.Tx, j Job, vmid int) error {
	if err := tx.Bucket(bucketPins).Delete(placeKey(j.UserID, j.Scope, vmid)); err != nil {
		return err
	}
	return dropLinks(tx, j, vmid)
}

// moveBeside takes the links and pins of a user's containers in one scope to another that its node is in now; to "" forgets them.
// Those that are there already stay.
func moveBeside(tx *bolt.Tx, userID, from, to string) error {
	for _, name := range [][]byte{bucketLinks, bucketPins} {
		if err := moveScope(tx.Bucket(name), userID, from, to); err != nil {
			return err
		}
	}
	return nil
}

// moveScope moves a user's records of one bucket, as moveBeside does.
func moveScope(b *bolt.Bucket, userID, from, to string) error {
	moved := make(map[string][]byte)
	prefix := append(ownerPrefix(userID), []byte(from+"/")...)
	c := b.Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		moved[string(k[len(prefix):])] = bytes.Clone(v)
	}
	for vmid, value := range moved {
		if err := b.Delete(append(bytes.Clone(prefix), vmid...)); err != nil {
			return err
		}
		key := ownedKey(userID, to+"/"+vmid)
		if to == "" || b.Get(key) != nil {
			continue
		}
		if err := b.Put(key, value); err != nil {
			return err
		}
	}
	return nil
}
