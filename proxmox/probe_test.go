package proxmox

import (
	"context"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// paths answers each path with what it is told, and 501 elsewhere.
type paths map[string]func(w http.ResponseWriter, r *http.Request)

func (p paths) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/api2/json")
	if h, ok := p[path]; ok {
		h(w, r)
		return
	}
	refuses(http.StatusNotImplemented, `{"data":null,"message":"Method 'GET `+path+`' not implemented"}`)(w, r)
}

func refuses(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

var noAudit = refuses(http.StatusForbidden, `{"data":null,"message":"Permission check failed (/, Sys.Audit)\n"}`)

// answering is a host that a least-rights token asks.
func answering() paths {
	return paths{
		"/version":            says(`{"version":"9.2.3","release":"9.2"}`),
		"/nodes":              says(`[{"node":"pve1","status":"online"}]`),
		"/cluster/status":     noAudit,
		"/access/permissions": says(`{"/vms":{"VM.Audit":1}}`),
	}
}

func TestProbeTellsWhatItFound(t *testing.T) {
	cfg := serve(t, answering().ServeHTTP)
	p, err := Probe(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if p.Certificate.Fingerprint != cfg.Fingerprint {
		t.Errorf("certificate %+v", p.Certificate)
	}
	if p.Latency <= 0 || p.Latency > probeTimeout {
		t.Errorf("latency %v", p.Latency)
	}
	p.Certificate, p.Latency = Certificate{}, 0
	want := Probed{
		Version: Version{"9.2.3", "9.2"}, Member: "pve1", Members: []Member{{Name: "pve1", Online: true}},
		Permissions: Permissions{"/vms": {"VM.Audit": true}},
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("\n got %+v\nwant %+v", p, want)
	}
}

func TestProbeTellsWhichMemberAnswered(t *testing.T) {
	var presented string // written between colons as Proxmox does
	host := answering()
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) { host.ServeHTTP(w, r) })
	for i := 0; i < len(cfg.Fingerprint); i += 2 {
		presented += ":" + cfg.Fingerprint[i:i+2]
	}
	presented = presented[1:]
	two := `[{"node":"pve1","ssl_fingerprint":"00:11"},{"node":"pve2","ssl_fingerprint":"` + presented + `"}]`
	tests := []struct {
		name, nodes   string
		status        http.HandlerFunc
		want, cluster string
	}{
		{"it says so", two, says(`[{"type":"cluster","name":"home","quorate":1},{"type":"node","name":"pve1","local":1},{"type":"node","name":"pve2"}]`), "pve1", "home"},
		{"by its certificate", two, noAudit, "pve2", ""},
		{"the only one, behind another certificate", `[{"node":"pve1","ssl_fingerprint":"00:11"}]`, noAudit, "pve1", ""},
		{"none has the certificate", `[{"node":"pve1","ssl_fingerprint":"00:11"},{"node":"pve2"}]`, noAudit, "", ""},
		{"all have the certificate", `[{"node":"pve1","ssl_fingerprint":"` + presented + `"},{"node":"pve2","ssl_fingerprint":"` + presented + `"}]`, noAudit, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			host["/nodes"], host["/cluster/status"] = says(tt.nodes), tt.status
			p, err := Probe(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if p.Member != tt.want || p.Cluster != tt.cluster {
				t.Errorf("member %q of %q, want %q of %q", p.Member, p.Cluster, tt.want, tt.cluster)
			}
		})
	}
}

func TestProbeNamesTheStepThatFailed(t *testing.T) {
	broken := func(path string, h http.HandlerFunc) paths {
		p := answering()
		p[path] = h
		return p
	}
	tests := []struct {
		name string
		host paths
		want Kind
	}{
		{"another web server", broken("/version", refuses(http.StatusNotFound, "<html>")), KindNotProxmox},
		{"a wrong token", broken("/version", refuses(http.StatusUnauthorized, "")), KindUnauthorized},
		{"a refused list of nodes", broken("/nodes", refuses(http.StatusInternalServerError, `{"data":null,"message":"no quorum"}`)), KindOther},
		{"no rights to be read", broken("/access/permissions", refuses(http.StatusUnauthorized, "")), KindUnauthorized},
		{"a broken cluster", broken("/cluster/status", refuses(595, "")), KindMemberDown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Probe(t.Context(), serve(t, tt.host.ServeHTTP))
			wantKind(t, err, tt.want)
		})
	}
}

func TestProbeOfATokenWithoutRightsIsNoFailure(t *testing.T) {
	host := answering()
	host["/access/permissions"] = says(`{}`)
	p, err := Probe(t.Context(), serve(t, host.ServeHTTP))
	if err != nil {
		t.Fatal(err)
	}
	if p.Permissions == nil || len(p.Permissions) != 0 {
		t.Errorf("permissions %v, want none", p.Permissions)
	}
}

func TestProbeEndsWithTheCaller(t *testing.T) {
	release := make(chan struct{})
	hang := func(http.ResponseWriter, *http.Request) { <-release }
	host := answering()
	host["/nodes"], host["/cluster/status"], host["/access/permissions"] = hang, hang, hang
	cfg := serve(t, host.ServeHTTP)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := Probe(ctx, cfg)
	wantKind(t, err, KindTimeout)
}
