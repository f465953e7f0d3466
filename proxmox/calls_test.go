package proxmox

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const (
	upidStart0 = "UPID:pve1:000A3F2B:0C5E1D77:69246C60:vzstart:105:berth@pve!app:"
	// In a path "!" is escaped; ":" and "@" need not be.
	upidPath = "/nodes/pve1/tasks/UPID:pve1:000A3F2B:0C5E1D77:69246C60:vzstart:105:berth@pve%21app:"
)

// apiCall is a method of Client: what it shall send, an answer in the odd
// ways in which Proxmox writes, and what it shall make of it.
type apiCall struct {
	method string // of Client
	call   func(context.Context, *Client) (any, error)
	sends  string // method, path and query, and the form behind a space
	answer string // the data
	want   any
}

// everyCall is each method of Client.
var everyCall = slices.Concat(readingCalls, changingCalls)

func TestEveryCall(t *testing.T) {
	var host recorder
	c := newClient(t, serve(t, host.ServeHTTP))
	tried := make(map[string]bool)
	for _, tt := range everyCall {
		tried[tt.method] = true
		host.answerNext(tt.answer)
		got, err := tt.call(t.Context(), c)
		if err != nil {
			t.Errorf("%s: %v", tt.method, err)
			continue
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s\n got %+v\nwant %+v", tt.method, got, tt.want)
		}
		seen := host.taken()
		if len(seen) != 1 {
			t.Errorf("%s: %d requests, want one", tt.method, len(seen))
			continue
		}
		r := seen[0]
		if r.String() != tt.sends {
			t.Errorf("%s sent\n %s, want\n %s", tt.method, r, tt.sends)
		}
		if got, want := r.header.Get("Authorization"), "PVEAPIToken="+testTokenID+"="+testSecret; got != want {
			t.Errorf("%s: authorization %q, want %q", tt.method, got, want)
		}
		if r.method == http.MethodPost || r.method == http.MethodPut {
			if got := r.header.Get("Content-Type"); got != "application/x-www-form-urlencoded" {
				t.Errorf("%s: content type %q", tt.method, got)
			}
		} else if r.body != "" {
			t.Errorf("%s: a %s with a body: Proxmox refuses it", tt.method, r.method)
		}
	}
	other := map[string]bool{"Belongings": true, // made of calls that are tried
		"Close": true, "DaemonDown": true, "Denied": true, "CallsPerMinute": true, "Certificate": true,
	}
	for m := range reflect.TypeFor[*Client]().Methods() {
		if !tried[m.Name] && !other[m.Name] {
			t.Errorf("no test calls %s", m.Name)
		}
	}
}

func TestEveryCallTellsItsFailure(t *testing.T) {
	var answer http.HandlerFunc
	c := newClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) { answer(w, r) }))
	for _, tt := range everyCall {
		answer = refuses(http.StatusInternalServerError, `{"data":null,"message":"CT is locked (backup)\n"}`)
		got, err := tt.call(t.Context(), c)
		e := wantKind(t, err, KindLocked)
		if got != nil && !reflect.ValueOf(got).IsZero() {
			t.Errorf("%s: %+v with an error", tt.method, got)
		}
		method, target, _ := strings.Cut(tt.sends, " ")
		path, _, _ := strings.Cut(strings.TrimRight(target, " "), "?")
		path, _, _ = strings.Cut(path, " ")
		if want := method + " " + unescaped(path); e.Call != want {
			t.Errorf("%s calls itself %q, want %q", tt.method, e.Call, want)
		}

		if got == nil {
			continue // it reads nothing
		}
		answer = says(`[[{"a":[]}]]`)
		_, err = tt.call(t.Context(), c)
		wantKind(t, err, KindNotProxmox)
	}
}

func TestWhatComesFromElsewhereCannotLeaveItsElementOfThePath(t *testing.T) {
	var host recorder
	c := newClient(t, serve(t, host.ServeHTTP))
	for element, want := range map[string]string{
		"a/b":    "/nodes/a%2Fb/storage/a%2Fb/content",
		"..":     "/nodes/%2E%2E/storage/%2E%2E/content",
		"a?b#c":  "/nodes/a%3Fb%23c/storage/a%3Fb%23c/content",
		"a%2Fb":  "/nodes/a%252Fb/storage/a%252Fb/content",
		"pve ö;": "/nodes/pve%20%C3%B6%3B/storage/pve%20%C3%B6%3B/content",
	} {
		host.answerNext(`[]`)
		if _, err := c.OSTemplates(t.Context(), element, element); err != nil {
			t.Errorf("%q: %v", element, err)
			continue
		}
		if got := host.taken()[0].target; got != want+"?content=vztmpl" {
			t.Errorf("%q went to %s, want %s", element, got, want)
		}
	}
	host.answerNext(`null`)
	wantKind(t, c.AbortTask(t.Context(), "UPID:../..:1:2:3:x:y:z:"), KindNotFound)
	_, err := c.TaskStatus(t.Context(), "")
	wantKind(t, err, KindNotFound)
	_, err = c.TaskLog(t.Context(), "UPID:pve1", 0)
	wantKind(t, err, KindNotFound)
	if seen := host.taken(); len(seen) != 0 {
		t.Errorf("asked the host for %v, which names no task", seen)
	}
}

func TestABackupOfAGuestOfAnotherMemberFindsNothing(t *testing.T) {
	c := newClient(t, serve(t, says(`"OK"`)))
	_, err := c.Backup(t.Context(), "pve1", 105, BackupParams{Storage: "local", Mode: ModeSnapshot})
	if e := wantKind(t, err, KindNotFound); e.Call != "POST /nodes/pve1/vzdump" {
		t.Errorf("%+v", e)
	}
}

func TestFormsEscapeWhatProxmoxSplitsAt(t *testing.T) {
	form := fullParams.values().Encode()
	got, err := url.ParseQuery(form)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, fullParams.values()) {
		t.Errorf("%s\nreads back as %v", form, got)
	}
}
