package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// request is a call that a member answers, after its route was found and its parameters were decoded.
type request struct {
	cluster *Cluster
	token   *token
	asked   *member // the member that was asked
	member  *member // the member that answers: that of {node}
	now     time.Time
	params  map[string]string // of the path, the query and the body
	fault   Fault             // its Task and TaskLog are for the task that the call begins
}

// failure is an answer that is no success.
type failure struct {
	status  int
	message string
	errors  map[string]string // by parameter
	empty   bool              // no body: the message stands in the status line alone
}

func died(format string, args ...any) *failure {
	return &failure{status: http.StatusInternalServerError, message: fmt.Sprintf(format, args...) + "\n"}
}

func refused(fields map[string]string) *failure {
	return &failure{status: http.StatusBadRequest, message: "Parameter verification failed.\n", errors: fields}
}

func forbidden(path, privilege string) *failure {
	return &failure{status: http.StatusForbidden, message: fmt.Sprintf("Permission check failed (%s, %s)\n", path, privilege)}
}

// Handler is the API of one member without TLS, for benchmarks.
func (c *Cluster) Handler(member string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.serve(member, w, r) })
}

const apiPrefix = "/api2/json"

// maxBody bounds the body of a request as pveproxy does, in bytes.
const maxBody = 512 << 10

// serve answers one request to a member.
func (c *Cluster) serve(name string, w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), apiPrefix)
	if !ok {
		write(w, nil, &failure{status: http.StatusNotFound, message: "no such file '" + r.URL.Path + "'", empty: true})
		return
	}
	rt, params := c.route(r.Method, path)
	fault := c.fault(r.Method, rt.pattern, params, r.URL.Query())
	if fault.Then != nil {
		fault.Then()
	}
	if fault.Delay > 0 && !c.wait(r, fault.Delay) || fault.Drop {
		panic(http.ErrAbortHandler)
	}
	data, fail := any(nil), (*failure)(nil)
	if fault.Status != 0 {
		fail = &failure{status: fault.Status, message: fault.Message, empty: fault.Status == http.StatusUnauthorized || fault.Status >= 595}
	} else {
		data, fail = c.answer(name, rt, params, r, fault)
	}
	if fail != nil && fail.status == http.StatusUnauthorized && fail.message == refusedToken && c.cfg.Refusal > 0 && !c.wait(r, c.cfg.Refusal) {
		panic(http.ErrAbortHandler)
	}
	c.note(name, r.Method, path, params, fail)
	if fault.DropAfter {
		panic(http.ErrAbortHandler)
	}
	write(w, data, fail)
}

// wait waits for d; false when the request or the cluster ended first.
func (c *Cluster) wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.life.Done():
	case <-r.Context().Done():
	}
	return false
}

// answer checks a request in the order of PVE::HTTPServer, as the first failure is the one that a client sees: token,
// route, member, rights, pvedaemon, quorum, parameters.
func (c *Cluster) answer(name string, rt route, params map[string]string, r *http.Request, fault Fault) (any, *failure) {
	if fail := decode(params, r); fail != nil {
		return nil, fail
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.cfg.Now()
	c.settle(now)
	tok, fail := c.authenticate(r.Header.Get("Authorization"))
	if fail != nil {
		return nil, fail
	}
	if rt.answer == nil {
		return nil, &failure{status: http.StatusNotImplemented, message: fmt.Sprintf("Method '%s %s' not implemented", r.Method, strings.TrimPrefix(r.URL.Path, apiPrefix))}
	}
	asked := c.member(name)
	req := &request{cluster: c, token: tok, asked: asked, member: asked, now: now, params: params, fault: fault}
	if node, ok := params["node"]; ok {
		if fail := req.forward(node); fail != nil {
			return nil, fail
		}
	}
	if rt.allow != nil {
		if fail := rt.allow(req); fail != nil {
			return nil, fail
		}
	}
	if rt.protected() && !req.member.host.daemonRuns() {
		return nil, &failure{status: 595, message: "Connection refused", empty: true}
	}
	if rt.needsQuorum() && c.cfg.Name != "" && !c.quorate(req.member) {
		return nil, died("cluster not ready - no quorum?")
	}
	if wrong := verify(c.schema[rt.method+" "+rt.pattern], params); wrong != nil {
		return nil, refused(wrong)
	}
	return rt.answer(req)
}

// forward finds the member that a call is for, as pveproxy does.
func (q *request) forward(node string) *failure {
	if node == "localhost" {
		return nil
	}
	m := q.cluster.member(node)
	if m == nil {
		return died("hostname lookup '%s' failed - failed to get address info for: %s: Name or service not known", node, node)
	}
	q.member = m
	if m == q.asked {
		return nil
	}
	switch m.host.state() {
	case "down":
		return &failure{status: 595, message: "No route to host", empty: true}
	case "hanging":
		return &failure{status: 596, message: "Connection timed out", empty: true}
	}
	return nil
}

// decode reads the query and the body into params.
func decode(params map[string]string, r *http.Request) *failure {
	if fail := decodeForm(params, r.URL.RawQuery); fail != nil {
		return fail
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return died("%v", err)
	case len(body) > maxBody:
		return &failure{status: http.StatusRequestEntityTooLarge, message: "for data too large", empty: true}
	case r.Method == http.MethodDelete && len(body) > 0:
		return &failure{status: http.StatusNotImplemented, message: "Unexpected content for method 'DELETE'", empty: true}
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return decodeJSON(params, body)
	}
	return decodeForm(params, string(body))
}

// decodeForm splits at each & and ;, refuses a value with a raw =, and takes a name without a value as not given: all
// as decode_urlencoded does.
func decodeForm(params map[string]string, encoded string) *failure {
	for pair := range strings.FieldsFuncSeq(encoded, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || strings.Contains(value, "=") {
			return &failure{status: http.StatusBadRequest, message: "not able to decode parameters", empty: true}
		}
		n, err := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if errors.Join(err, err2) != nil {
			return &failure{status: http.StatusBadRequest, message: "not able to decode parameters", empty: true}
		}
		if v != "" {
			params[n] = v
		}
	}
	return nil
}

func decodeJSON(params map[string]string, body []byte) *failure {
	var values map[string]any
	if err := json.Unmarshal(body, &values); err != nil {
		return &failure{status: http.StatusInternalServerError, message: "malformed JSON string", empty: true}
	}
	for name, value := range values {
		if b, ok := value.(bool); ok {
			value = map[bool]int{true: 1}[b]
		}
		params[name] = fmt.Sprint(value)
	}
	return nil
}

// note keeps the call for Calls.
func (c *Cluster) note(member, method, path string, params map[string]string, fail *failure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	decoded, err := url.PathUnescape(path)
	if err != nil {
		decoded = path
	}
	call := Call{At: c.cfg.Now(), Member: member, Method: method, Path: decoded, Params: maps.Clone(params), Status: http.StatusOK}
	if fail != nil {
		call.Status = fail.status
	}
	c.calls = append(c.calls, call)
}

// write sends an answer as pveproxy does. A failure's message is also the reason phrase of the
// status line, which net/http cannot set: so such an answer is written by hand, and ends the connection.
func write(w http.ResponseWriter, data any, fail *failure) {
	body := map[string]any{"data": data}
	if fail != nil {
		body["message"] = fail.message
		if fail.errors != nil {
			body["errors"] = fail.errors
		}
	}
	b, err := json.Marshal(body)
	must(err)
	hijacker, ok := w.(http.Hijacker)
	if fail == nil || !ok {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.Header().Set("Server", "pve-api-daemon/3.0")
		if fail != nil {
			w.WriteHeader(fail.status)
		}
		_, _ = w.Write(b) // the other side may have gone
		return
	}
	if fail.empty {
		b = nil
	}
	reason := strings.ReplaceAll(strings.TrimSpace(fail.message), "\n", " ")
	conn, buf, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(buf, "HTTP/1.1 %d %s\r\nServer: pve-api-daemon/3.0\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		fail.status, reason, len(b), b)
	_ = buf.Flush() // the other side may have gone
}
