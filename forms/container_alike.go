package forms

import (
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"berth/store"
)

// maxAlike bounds the containers that a draft makes beside the first.
const maxAlike = 19

// alikePrefix begins the names of the fields of others that are made with the same form.
const alikePrefix = "alike-"

// alikeFields are what each of them has of its own, in the order of its row.
var alikeFields = []string{"vmid", "hostname", "ip", "ip6"}

// AlikeField returns the name of a field in a row, as in "alike-0-vmid"; rows count from 0.
func AlikeField(row int, field string) string { return alikePrefix + strconv.Itoa(row) + "-" + field }

// ParseAlikeField returns the row and the field of a name that AlikeField made; false for any other.
func ParseAlikeField(name string) (row int, field string, is bool) {
	number, field, _ := strings.Cut(strings.TrimPrefix(name, alikePrefix), "-")
	row, err := strconv.Atoi(number)
	is = err == nil && row >= 0 && row < maxAlike && slices.Contains(alikeFields, field) && name == AlikeField(row, field)
	return row, field, is
}

// alikeValue is a field of a row.
func alikeValue(row *store.DraftAlike, field string) *string {
	switch field {
	case "vmid":
		return &row.VMID
	case "hostname":
		return &row.Hostname
	case "ip":
		return &row.IP
	}
	return &row.IP6
}

// KeepAlike keeps the rows that were posted. A request without any leaves them as they are: rows go by ChangeAlike alone.
func KeepAlike(d *store.Draft, posted url.Values) {
	var rows []store.DraftAlike
	for i := 0; i < maxAlike && posted.Has(AlikeField(i, "vmid")); i++ {
		var row store.DraftAlike
		for _, field := range alikeFields {
			if v := posted.Get(AlikeField(i, field)); !holdsPrivateKey(v) {
				*alikeValue(&row, field) = v
			}
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		d.Alike = rows
	}
}

// ChangeAlike removes the row with the number that was posted, or adds an empty one, and returns the ID of what is typed or
// pressed next.
func ChangeAlike(d *store.Draft, posted string) (next string) {
	if row, err := strconv.Atoi(posted); err == nil {
		if row >= 0 && row < len(d.Alike) {
			d.Alike = slices.Delete(slices.Clone(d.Alike), row, row+1)
		}
		return AlikeAdd
	}
	if len(d.Alike) == maxAlike {
		return AlikeAdd
	}
	d.Alike = append(slices.Clone(d.Alike), store.DraftAlike{})
	return AlikeField(len(d.Alike)-1, "vmid")
}

// AlikeAdd is the ID of the button that adds a row.
const AlikeAdd = "alike-add"

// MayAddAlike tells whether there may be one more row.
func (f Container) MayAddAlike() bool { return len(f.Alike) < maxAlike }

// Each returns the forms of all containers that are made: the first, and one for each row in which something was typed.
func (f Container) Each() []Container {
	all := []Container{f}
	for _, row := range f.Alike {
		if !isBlank(row) {
			all = append(all, f.like(row))
		}
	}
	return all
}

// Commands are the equivalent pct create of each container. They are meaningful only for a form in which CheckAll found nothing.
func (f Container) Commands() string {
	var lines []string
	for _, one := range f.Each() {
		lines = append(lines, one.Params().PctCreate())
	}
	return strings.Join(lines, "\n")
}

// isBlank tells whether nothing was typed into a row.
func isBlank(row store.DraftAlike) bool {
	return strings.TrimSpace(row.VMID+row.Hostname+row.IP+row.IP6) == ""
}

// like is the form of another container: all the same, but for what its row holds.
func (f Container) like(row store.DraftAlike) Container {
	one := Container{Values: maps.Clone(f.Values), Errors: map[string]string{}}
	for _, field := range f.ownFields() {
		one.Values.Set(field, *alikeValue(&row, field))
		if field == "ip" || field == "ip6" {
			one.Values.Set(field+"_mode", "static") // also while the address is missing
		}
	}
	return one
}

// ownFields are those of alikeFields that count: addresses do where they are static.
func (f Container) ownFields() []string {
	fields := []string{"vmid", "hostname"}
	if f.IPMode() == "static" {
		fields = append(fields, "ip")
	}
	if f.IP6Mode() == "static" {
		fields = append(fields, "ip6")
	}
	return fields
}

// checkAlike judges what the others have of their own, as the fields of the first are judged, and finds what two would have;
// whole: also what is missing.
func (f Container) checkAlike(whole bool) {
	used := usedOnce{}
	for _, field := range f.ownFields() {
		used.again(field, f.Get(field))
	}
	for i, row := range f.Alike {
		if isBlank(row) {
			continue
		}
		one := f.like(row)
		for _, field := range f.ownFields() {
			v := one.Get(field)
			if v == "" && !whole {
				continue
			}
			name, wrong := AlikeField(i, field), one.check(field)
			if wrong == "" && used.again(field, v) {
				wrong = twiceWords(field, v)
			}
			if gateway := gatewayOf[field]; wrong == "" && gateway != "" && f.check(gateway) == "" {
				wrong = one.check(gateway) // the one of all is to be in reach of each
			}
			f.mark(name, wrong)
		}
	}
}

// gatewayOf names the gateway beside a static address.
var gatewayOf = map[string]string{"ip": "gateway", "ip6": "gateway6"}

// usedOnce are the values that a container has of its own already.
type usedOnce map[string]bool

// again tells whether a value of a field was seen before, however it was written, and notes it.
func (u usedOnce) again(field, v string) bool {
	if v == "" {
		return false
	}
	key := field + " " + strings.ToLower(v)
	if n, err := strconv.Atoi(v); err == nil && field == "vmid" {
		key = field + " " + strconv.Itoa(n)
	} else if prefix, err := netip.ParsePrefix(v); err == nil {
		key = field + " " + prefix.Addr().String()
	}
	before := u[key]
	u[key] = true
	return before
}

// twiceWords say that two of the containers would have the same.
func twiceWords(field, v string) string {
	switch field {
	case "vmid":
		return "VMID " + v + " is used twice here; each container needs its own"
	case "hostname":
		return v + " is used twice here; give each container its own hostname"
	}
	address, _, _ := strings.Cut(v, "/")
	return address + " is used twice here; each container needs its own address"
}

// wrongAlike lists what is wrong in the rows.
func (f Container) wrongAlike() []WrongField {
	var wrong []WrongField
	for i := range f.Alike {
		for _, field := range alikeFields {
			name := AlikeField(i, field)
			if s := f.Errors[name]; s != "" {
				wrong = append(wrong, WrongField{Step: "configure", Name: name, Label: ContainerLabel(field) + " in row " + strconv.Itoa(i+1), Sentence: s})
			}
		}
	}
	return wrong
}
