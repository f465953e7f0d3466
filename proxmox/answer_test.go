package proxmox

import (
	"bytes"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// Answers to calls that fail, of PVE's releases and of proxies in front of a host.
var failures = []struct {
	name string
	a    answer
	want Error
}{
	{
		"bad parameters",
		answer{status: 400, reason: "Parameter verification failed.", body: []byte(`{"message":"Parameter verification failed.\n","errors":{"memory":"type check ('integer') failed - got 'lots'\n","cores":7},"data":null}`)},
		Error{Kind: KindInvalid, Message: "Parameter verification failed.", Fields: map[string]string{"memory": "type check ('integer') failed - got 'lots'", "cores": "7"}},
	},
	{
		"a taken VMID, asked for",
		answer{status: 400, reason: "Parameter verification failed.", body: []byte(`{"errors":{"vmid":"VM 105 already exists"},"data":null}`)},
		Error{Kind: KindExists, Message: "Parameter verification failed.", Fields: map[string]string{"vmid": "VM 105 already exists"}},
	},
	{
		"a VMID out of bounds",
		answer{status: 400, reason: "Parameter verification failed.", body: []byte(`{"errors":{"vmid":"value must have a minimum value of 100"},"data":null}`)},
		Error{Kind: KindInvalid, Message: "Parameter verification failed.", Fields: map[string]string{"vmid": "value must have a minimum value of 100"}},
	},
	{
		"a VMID taken by a container, at create",
		answer{status: 500, reason: "CT 105 already exists on node 'pve1'", body: []byte(`{"message":"CT 105 already exists on node 'pve1'\n","data":null}`)},
		Error{Kind: KindExists, Message: "CT 105 already exists on node 'pve1'"},
	},
	{
		"a VMID taken by a machine, at create, of an older release",
		answer{status: 500, reason: "VM 105 already exists on node 'pve1'", body: []byte(`{"data":null}`)},
		Error{Kind: KindExists, Message: "VM 105 already exists on node 'pve1'"},
	},
	{
		"a wrong token",
		answer{status: 401, reason: "Authentication failed!"},
		Error{Kind: KindUnauthorized, Message: "Authentication failed!"},
	},
	{
		"no token",
		answer{status: 401, reason: "No ticket", body: []byte("No ticket")},
		Error{Kind: KindTokenLost, Message: "No ticket"},
	},
	{
		"no token, said in the status line alone",
		answer{status: 401, reason: "No ticket"},
		Error{Kind: KindTokenLost, Message: "No ticket"},
	},
	{
		"a missing right",
		answer{status: 403, reason: "Permission check failed (/vms/100, VM.Audit)", body: []byte(`{"data":null,"message":"Permission check failed (/vms/100, VM.Audit)\n"}`)},
		Error{Kind: KindForbidden, Message: "Permission check failed (/vms/100, VM.Audit)", Path: "/vms/100", Privilege: "VM.Audit"},
	},
	{
		"one of two missing rights, named in the status line alone",
		answer{status: 403, reason: "Permission check failed (/storage/local, Datastore.Audit|Datastore.AllocateSpace)", body: []byte(`{"data":null}`)},
		Error{Kind: KindForbidden, Message: "Permission check failed (/storage/local, Datastore.Audit|Datastore.AllocateSpace)", Path: "/storage/local", Privilege: "Datastore.Audit"},
	},
	{
		"a missing right without detail",
		answer{status: 403, reason: "Permission check failed", body: []byte(`{"data":null}`)},
		Error{Kind: KindForbidden, Message: "Permission check failed"},
	},
	{
		"what only root may",
		answer{status: 403, reason: "", body: []byte(`{"data":null,"message":"Permission check failed (changing feature flags (except nesting) is only allowed for root@pam)\n"}`)},
		Error{Kind: KindForbidden, Message: "Permission check failed (changing feature flags (except nesting) is only allowed for root@pam)"},
	},
	{
		"an unknown node",
		answer{status: 500, reason: "hostname lookup 'pve9' failed - failed to get address info for: pve9: Name or service not known", body: []byte(`{"data":null}`)},
		Error{Kind: KindNoSuchNode, Message: "hostname lookup 'pve9' failed - failed to get address info for: pve9: Name or service not known"},
	},
	{
		"a member that is down",
		answer{status: 595, reason: "No route to host"},
		Error{Kind: KindMemberDown, Message: "No route to host"},
	},
	{
		"a member that does not answer",
		answer{status: 596, reason: "Connection timed out"},
		Error{Kind: KindMemberDown, Message: "Connection timed out"},
	},
	{
		"an unknown container",
		answer{status: 500, reason: "Configuration file 'nodes/pve1/lxc/105.conf' does not exist", body: []byte(`{"data":null}`)},
		Error{Kind: KindNotFound, Message: "Configuration file 'nodes/pve1/lxc/105.conf' does not exist"},
	},
	{
		"an unknown task",
		answer{status: 400, reason: "Parameter verification failed.", body: []byte(`{"errors":{"upid":"no such task"},"data":null}`)},
		Error{Kind: KindNotFound, Message: "Parameter verification failed.", Fields: map[string]string{"upid": "no such task"}},
	},
	{
		"an unknown path",
		answer{status: 501, reason: "Method 'GET /nope' not implemented", body: []byte(`{"data":null}`)},
		Error{Kind: KindOther, Message: "Method 'GET /nope' not implemented"},
	},
	{
		"start of a running one",
		answer{status: 500, reason: "CT 105 already running", body: []byte(`{"message":"CT 105 already running\n","data":null}`)},
		Error{Kind: KindAlreadyRunning, Message: "CT 105 already running"},
	},
	{
		"stop of a stopped one",
		answer{status: 500, reason: "CT 105 not running", body: []byte(`{"data":null}`)},
		Error{Kind: KindNotRunning, Message: "CT 105 not running"},
	},
	{
		"a locked one",
		answer{status: 500, reason: "CT is locked (snapshot-delete)", body: []byte(`{"data":null}`)},
		Error{Kind: KindLocked, Message: "CT is locked (snapshot-delete)", Lock: "snapshot-delete"},
	},
	{
		"destroy of a running one",
		answer{status: 500, reason: "unable to destroy CT 105 - container is running", body: []byte(`{"data":null}`)},
		Error{Kind: KindStillRunning, Message: "unable to destroy CT 105 - container is running"},
	},
	{
		"a full clone of a running one",
		answer{status: 500, reason: "Full clone of a running container is only possible from a snapshot", body: []byte(`{"data":null}`)},
		Error{Kind: KindStillRunning, Message: "Full clone of a running container is only possible from a snapshot"},
	},
	{
		"the same of an older release",
		answer{status: 500, reason: "Cannot do full clones on a running container without snapshots", body: []byte(`{"data":null}`)},
		Error{Kind: KindStillRunning, Message: "Cannot do full clones on a running container without snapshots"},
	},
	{
		"a linked clone of what is no template",
		answer{status: 500, reason: "Linked clone feature for 'local-lvm:vm-105-disk-0' is not available", body: []byte(`{"data":null}`)},
		Error{Kind: KindNoFeature, Message: "Linked clone feature for 'local-lvm:vm-105-disk-0' is not available"},
	},
	{
		"a configuration that changed meanwhile",
		answer{status: 500, reason: "detected modified configuration - file changed by other user? Try again.", body: []byte(`{"data":null}`)},
		Error{Kind: KindModified, Message: "detected modified configuration - file changed by other user? Try again."},
	},
	{
		"anything else the host refuses",
		answer{status: 500, reason: "storage 'x' does not exist", body: []byte(`{"data":null}`)},
		Error{Kind: KindOther, Message: "storage 'x' does not exist"},
	},
	{
		"plain HTTP's redirect",
		answer{status: 301, reason: "Moved Permanently", header: http.Header{"Server": {"pve-api-daemon/3.0"}}, body: []byte("Moved Permanently")},
		Error{Kind: KindNotProxmox, Message: "Moved Permanently"},
	},
	{
		"a page of another server",
		answer{status: 404, reason: "Not Found", body: []byte("<html>not here</html>")},
		Error{Kind: KindNotProxmox, Message: "Not Found"},
	},
	{
		"another server's demand to sign in",
		answer{status: 401, reason: "Unauthorized", body: []byte("<html>sign in</html>")},
		Error{Kind: KindNotProxmox, Message: "Unauthorized"},
	},
	{
		"a success that is a page",
		answer{status: 200, reason: "OK", body: []byte("<html>hello</html>")},
		Error{Kind: KindNotProxmox},
	},
	{
		"a success of another API",
		answer{status: 200, reason: "OK", body: []byte(`{"status":"fine"}`)},
		Error{Kind: KindNotProxmox},
	},
	{
		"a success of another form",
		answer{status: 200, reason: "OK", body: []byte(`{"data":["9.2.3"]}`)},
		Error{Kind: KindNotProxmox},
	},
	{
		"a success without a version",
		answer{status: 200, reason: "OK", body: []byte(`{"data":{"version":{"a":1}}}`)},
		Error{Kind: KindNotProxmox},
	},
	{
		"a proxy in front that cannot reach the host",
		answer{status: 502, reason: "Bad Gateway", body: []byte("<html>bad gateway</html>")},
		Error{Kind: KindProxy, Message: "Bad Gateway"},
	},
	{
		"one that says nothing but its status",
		answer{status: 502},
		Error{Kind: KindProxy},
	},
	{
		"HAProxy without a server",
		answer{status: 503, reason: "Service Unavailable", body: []byte("<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>")},
		Error{Kind: KindProxy, Message: "Service Unavailable"},
	},
	{
		"Traefik whose host does not answer in time",
		answer{status: 504, reason: "Gateway Timeout", body: []byte("Gateway Timeout")},
		Error{Kind: KindProxy, Message: "Gateway Timeout"},
	},
	{
		"a proxy of Cloudflare that does not reach the host",
		answer{status: 522, header: http.Header{"Server": {"cloudflare"}}, body: []byte("error code: 522")},
		Error{Kind: KindProxy},
	},
	{
		"a 503 of Proxmox itself",
		answer{status: 503, reason: "busy", header: http.Header{"Server": {"pve-api-daemon/3.0"}}},
		Error{Kind: KindOther, Message: "busy"},
	},
	{
		"a host whose pvedaemon does not run",
		answer{status: 595, reason: "Connection refused"},
		Error{Kind: KindDaemonDown, Message: "Connection refused"},
	},
}

func TestWhatAFailureMeans(t *testing.T) {
	for _, tt := range failures {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.a.version()
			got := *wantKind(t, err, tt.want.Kind)
			if (got.Cause == nil) != (tt.a.status != 200) {
				t.Errorf("cause %v", got.Cause)
			}
			got.Cause = nil
			tt.want.Call, tt.want.Status = "GET /version", tt.a.status
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestAnErrorIsOneLineForTheLog(t *testing.T) {
	tests := []struct {
		err  Error
		want string
	}{
		{
			Error{Kind: KindExists, Call: "POST /nodes/pve1/lxc", Status: 500, Message: "CT 105 already exists"},
			"POST /nodes/pve1/lxc: already exists (500): CT 105 already exists",
		},
		{
			Error{Kind: KindInvalid, Call: "POST /x", Status: 400, Fields: map[string]string{"b": "two\nlines", "a": "one"}},
			"POST /x: invalid parameters (400); a: one; b: two lines",
		},
		{
			Error{Kind: KindRefused, Call: "GET /version", Cause: errors.New("dial tcp")},
			"GET /version: connection refused: dial tcp",
		},
		{Error{Kind: 99, Call: "GET /version"}, "GET /version: kind 99"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	for k := KindOther; k <= KindCancelled; k++ {
		if k.String() == "" {
			t.Errorf("kind %d has no name", int(k))
		}
	}
	if got := KindOf(errors.New("other")); got != KindOther {
		t.Errorf("an error of elsewhere is %v", got)
	}
}

func TestATaskFailsForTheReasonsOfACall(t *testing.T) {
	tests := []struct {
		status TaskStatus
		ok     bool
		fails  bool
		kind   Kind
		lock   string
	}{
		{status: TaskStatus{Running: true}},
		{status: TaskStatus{Exit: "OK"}, ok: true},
		{status: TaskStatus{Exit: "WARNINGS: 12"}, ok: true},
		{status: TaskStatus{Exit: "WARNINGS: some"}, fails: true},
		{status: TaskStatus{Exit: ""}, fails: true},
		{status: TaskStatus{Exit: "command 'lxc-start' failed: exit code 1"}, fails: true},
		{status: TaskStatus{Exit: "CT is locked (backup)"}, fails: true, kind: KindLocked, lock: "backup"},
		{status: TaskStatus{Exit: "Configuration file 'nodes/pve1/lxc/105.conf' does not exist"}, fails: true, kind: KindNotFound},
		{status: TaskStatus{Exit: "unable to find VM '105'"}, fails: true, kind: KindNotFound},
		{status: TaskStatus{Exit: "snapshot 'x' does not exist"}, fails: true, kind: KindNoSnapshot},
		{status: TaskStatus{Exit: "can't rollback, snapshot 'x' does not exist on 'tank:subvol-105-disk-0'"}, fails: true, kind: KindNoSnapshot},
		{status: TaskStatus{Exit: "can't rollback, 'x' is not most recent snapshot on 'tank:subvol-105-disk-0'"}, fails: true, kind: KindNotNewest},
		{status: TaskStatus{Exit: "snapshot name 'x' already used"}, fails: true, kind: KindNameTaken},
		{status: TaskStatus{Exit: "snapshot feature is not available"}, fails: true, kind: KindNoFeature},
		{status: TaskStatus{Exit: "you can't start a CT if it's a template"}, fails: true, kind: KindTemplate},
		{status: TaskStatus{Exit: "you can't rollback if vm is a template"}, fails: true, kind: KindTemplate},
		{status: TaskStatus{Exit: "can't remove CT 105 - protection mode enabled"}, fails: true, kind: KindProtected},
		{status: TaskStatus{Exit: "can't update CT 105 drive 'mp0' - protection mode enabled"}, fails: true, kind: KindProtected},
		{status: TaskStatus{Exit: "unable to remove CT 105 - used in HA resources and purge parameter not set."}, fails: true, kind: KindInUse},
		{status: TaskStatus{Exit: "There is a replication job '105-0' for guest '105' - Please remove that first."}, fails: true, kind: KindInUse},
		{status: TaskStatus{Exit: "can't lock file '/run/lock/lxc/pve-config-105.lock' - got timeout"}, fails: true, kind: KindBusy},
		{status: TaskStatus{Exit: "cfs-lock 'domain-ha' error: got lock request timeout"}, fails: true, kind: KindBusy},
		{status: TaskStatus{Exit: "error with cfs lock 'domain-ha': got lock request timeout"}, fails: true, kind: KindBusy},
		{status: TaskStatus{Exit: "Permission check failed (/vms/105, VM.Backup)"}, fails: true, kind: KindForbidden},
	}
	for _, tt := range tests {
		if got := tt.status.OK(); got != tt.ok {
			t.Errorf("%+v: OK %v", tt.status, got)
		}
		err := tt.status.Err()
		if (err != nil) != tt.fails {
			t.Errorf("%+v: error %v", tt.status, err)
		}
		if err != nil {
			if e := wantKind(t, err, tt.kind); e.Lock != tt.lock || e.Message != tt.status.Exit {
				t.Errorf("%+v: %+v", tt.status, e)
			}
		}
	}
}

// FuzzAnswer holds that no answer, whatever it is made of, does more harm than
// an *Error that says so in one line.
func FuzzAnswer(f *testing.F) {
	for _, tt := range failures {
		f.Add(tt.a.status, tt.a.reason, tt.a.header.Get("Server"), tt.a.body)
	}
	for _, tt := range everyCall {
		f.Add(200, "OK", "pve-api-daemon/3.0", []byte(`{"data":`+tt.answer+`}`))
	}
	f.Add(200, "OK", "", []byte(`{"data":[{"vmid":1e999,"maxcpu":"-inf","uptime":-1e300,"tags":{}}]}`))
	f.Fuzz(func(t *testing.T, status int, reason, server string, body []byte) {
		a := answer{status: status, reason: reason, header: http.Header{"Server": {server}}, body: body}
		outs := []any{
			new(versionData), new([]resourceData), new(guestData), new(map[string]map[string]truth), new(text), nil,
		}
		for _, out := range outs {
			err := a.decode("GET /x", out)
			if err == nil {
				if status < 200 || status > 299 || !bytes.Contains(bytes.ToLower(body), []byte(`data`)) && !bytes.ContainsRune(body, '\\') {
					t.Errorf("status %d with %q is a success", status, body)
				}
				continue
			}
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("%v is no *Error", err)
			}
			if e.Kind == KindOther && status == http.StatusOK {
				t.Errorf("%q: a kind for refusals without one: %v", body, e)
			}
			if e.Message != strings.TrimSpace(e.Message) {
				t.Errorf("message %q is not trimmed", e.Message)
			}
			if line := e.Error(); e.Cause == nil && strings.ContainsAny(line, "\r\n") {
				t.Errorf("%q is more than a line", line)
			}
		}
		if cfg, err := decodeConfig(body); err == nil && (cfg.Networks == nil || cfg.Mounts == nil) {
			t.Errorf("%q: %+v", body, cfg)
		}
	})
}
