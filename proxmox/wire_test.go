package proxmox

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// oddValues have come, or could come, from a host where a value of another kind is expected.
var oddValues = []string{`"-"`, `null`, `""`, `" "`, `-1`, `-1.5e300`, `1e400`, `0.5`, `"7"`, `"NaN"`, `"inf"`, `true`, `false`, `{}`, `{"a":[1]}`, `[]`, `["x"]`, `"\ud800"`}

// One value that is not as expected costs that value: not the entry that it is in, and not the answer.
func TestAnOddValueCostsThatValueAlone(t *testing.T) {
	const good = `{"type":"lxc","vmid":101,"node":"pve1","name":"web","status":"running","uptime":7200,"maxcpu":2,"cpu":0.5,"mem":1024,"maxmem":2048,` +
		`"disk":1,"maxdisk":2,"netin":3,"netout":4,"tags":"a;b","template":0,"lock":"backup","pool":"home"}`
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(good), &all); err != nil {
		t.Fatal(err)
	}
	var host recorder
	c := newClient(t, serve(t, host.ServeHTTP))
	for key := range all {
		if key == "type" || key == "vmid" || key == "node" {
			continue // without which it is no entry
		}
		for _, odd := range oddValues {
			entry := make(map[string]json.RawMessage)
			for k, v := range all {
				entry[k] = v
			}
			entry[key] = json.RawMessage(odd)
			b, err := json.Marshal(entry)
			if err != nil {
				t.Fatal(err)
			}
			host.answerNext(`[` + string(b) + `,` + strings.Replace(good, "101", "102", 1) + `]`)
			r, err := c.Resources(t.Context())
			if err != nil || len(r.Guests) != 2 {
				t.Errorf("%s %s: %d guests, %v", key, odd, len(r.Guests), err)
				continue
			}
			g, want := r.Guests[0], r.Guests[1]
			want.VMID = 101
			differs := 0
			for i := range reflect.TypeOf(g).NumField() {
				if !reflect.DeepEqual(reflect.ValueOf(g).Field(i).Interface(), reflect.ValueOf(want).Field(i).Interface()) {
					differs++
				}
			}
			if differs > 1 {
				t.Errorf("%s %s: %d values are others:\n got %+v\nwant %+v", key, odd, differs, g, want)
			}
			if g.Uptime < 0 || g.CPU < 0 || g.CPU > 1 || g.Cores < 0 {
				t.Errorf("%s %s: %+v", key, odd, g)
			}
		}
	}
}

// An entry that is none costs that entry: the others are there.
func TestAnOddEntryCostsThatEntryAlone(t *testing.T) {
	var host recorder
	c := newClient(t, serve(t, host.ServeHTTP))
	for _, odd := range append(oddValues, `{"type":"lxc","vmid":"x","node":"pve1"}`, `{"type":"lxc","vmid":101.5,"node":"pve1"}`, `{"type":"lxc","vmid":-101,"node":"pve1"}`,
		`{"type":"lxc","vmid":103}`, `{"type":"lxc","vmid":{"a":1},"node":"pve1"}`, `{"type":["lxc"],"vmid":103,"node":"pve1"}`, `{"type":"node"}`, `{"type":"storage","node":"pve1"}`) {
		host.answerNext(`[` + odd + `,{"type":"lxc","vmid":101,"node":"pve1"},{"type":"node","node":"pve1"},{"type":"storage","node":"pve1","storage":"local"}]`)
		r, err := c.Resources(t.Context())
		if err != nil || len(r.Guests) != 1 || r.Guests[0].VMID != 101 || len(r.Nodes) != 1 || len(r.Storages) != 1 {
			t.Errorf("%s: %+v, %v", odd, r, err)
		}
	}
}

// Each list keeps its other entries, whatever one of them is.
func TestEveryListOutlivesAnOddEntry(t *testing.T) {
	var host recorder
	c := newClient(t, serve(t, host.ServeHTTP))
	lists := map[string]struct {
		entry string
		ask   func() (any, error)
	}{
		"nodes":      {`{"node":"pve1"}`, func() (any, error) { return c.nodes(t.Context()) }},
		"pools":      {`{"poolid":"lab"}`, func() (any, error) { return c.Pools(t.Context()) }},
		"storages":   {`{"storage":"local"}`, func() (any, error) { return c.Storages(t.Context(), "pve1", "rootdir") }},
		"archives":   {`{"volid":"local:vztmpl/a"}`, func() (any, error) { return c.OSTemplates(t.Context(), "pve1", "local") }},
		"appliances": {`{"template":"a"}`, func() (any, error) { return c.Appliances(t.Context(), "pve1") }},
		"bridges":    {`{"iface":"vmbr0"}`, func() (any, error) { return c.Bridges(t.Context(), "pve1") }},
		"backups":    {`{"volid":"local:backup/a","verification":"x"}`, func() (any, error) { return c.Backups(t.Context(), "pve1", "local", 101) }},
		"interfaces": {`{"name":"eth0","ip-addresses":"x"}`, func() (any, error) { return c.Interfaces(t.Context(), "pve1", 101) }},
		"tasks": {`{"upid":"UPID:pve1:000004D2:0000ABCD:68000000:vzstart:101:berth@pve!app:","starttime":"-"}`, func() (any, error) {
			return c.Tasks(t.Context(), "pve1", 101, time.Time{})
		}},
	}
	for name, l := range lists {
		for _, odd := range oddValues {
			host.answerNext(`[` + odd + `,` + l.entry + `]`)
			got, err := l.ask()
			if err != nil || reflect.ValueOf(got).Len() != 1 {
				t.Errorf("%s with %s: %+v, %v", name, odd, got, err)
			}
		}
		host.answerNext(`["a",7]`)
		if got, err := l.ask(); KindOf(err) != KindNotProxmox {
			t.Errorf("%s without any entry: %+v, %v", name, got, err)
		}
	}
}

// What does not say how a task ended is not taken for its end.
func TestATaskWithoutAReadableStatusHasNotEnded(t *testing.T) {
	var host recorder
	c := newClient(t, serve(t, host.ServeHTTP))
	for _, odd := range []string{`{}`, `{"status":{}}`, `{"status":null,"exitstatus":null}`} {
		host.answerNext(odd)
		if got, err := c.TaskStatus(t.Context(), "UPID:pve1:000004D2:0000ABCD:68000000:vzstart:101:berth@pve!app:"); KindOf(err) != KindNotProxmox {
			t.Errorf("%s: %+v, %v", odd, got, err)
		}
	}
}

func TestScalarsAreReadAsPerlWritesThem(t *testing.T) {
	for in, want := range map[string]string{
		`4`: "4 true 4", `"4"`: "4 true 4", `" 4 "`: "4 true  4 ", `4.5`: "4.5 true 4.5", `-2`: "-2 true -2", `true`: "1 true true", `"true"`: "1 true true",
		`0`: "0 false 0", `"0"`: "0 false 0", `false`: "0 false false", `null`: "9 false ", `""`: "9 false ", `"-"`: "9 true -", `{}`: "9 true as it was", `[1]`: "9 true as it was",
	} {
		n, b, s := number(9), truth(true), text("as it was")
		for _, out := range []json.Unmarshaler{&n, &b, &s} {
			if err := out.UnmarshalJSON([]byte(in)); err != nil {
				t.Errorf("%s: %v", in, err)
			}
		}
		if got := fmt.Sprintf("%v %v %v", float64(n), bool(b), string(s)); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
			t.Errorf("%s is %q, want %q", in, got, want)
		}
	}
}
