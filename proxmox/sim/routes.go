package sim

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// route is a call that the simulated hosts answer.
type route struct {
	method, pattern string
	allow           func(*request) *failure        // before the parameters are checked; nil: whoever is signed in
	answer          func(*request) (any, *failure) // nil: there is no such call
}

func (c *Cluster) allRoutes() []route {
	const (
		guest = "/nodes/{node}/lxc/{vmid}"
		task  = "/nodes/{node}/tasks/{upid}"
	)
	audit, power, snapshot := needs("{vmid}", "VM.Audit"), needs("{vmid}", "VM.PowerMgmt"), needs("{vmid}", "VM.Snapshot")
	return []route{
		{"GET", "/version", nil, (*request).version},
		{"GET", "/access/permissions", nil, (*request).permissions},
		{"GET", "/cluster/status", needs("/", "Sys.Audit"), (*request).clusterStatus},
		{"GET", "/cluster/resources", nil, (*request).resources},
		{"GET", "/cluster/options", nil, (*request).options},
		{"GET", "/cluster/nextid", nil, (*request).nextID},
		{"GET", "/pools", nil, (*request).pools},
		{"GET", "/nodes", nil, (*request).nodes},
		{"GET", "/nodes/{node}/status", needs("/nodes/{node}", "Sys.Audit"), (*request).nodeStatus},
		{"GET", "/nodes/{node}/network", nil, (*request).bridges},
		{"GET", "/nodes/{node}/storage", nil, (*request).storages},
		{"GET", "/nodes/{node}/storage/{storage}/content", nil, (*request).storageContent},
		{"GET", "/nodes/{node}/aplinfo", nil, (*request).appliances},
		{"POST", "/nodes/{node}/aplinfo", needs("/storage/{storage}", "Datastore.AllocateTemplate"), (*request).fetchAppliance},
		{"GET", "/nodes/{node}/tasks", nil, (*request).taskList},
		{"GET", task + "/status", nil, (*request).taskStatus},
		{"GET", task + "/log", nil, (*request).taskLog},
		{"DELETE", task, nil, (*request).abortTask},
		{"GET", "/nodes/{node}/lxc", nil, (*request).containers},
		{"POST", "/nodes/{node}/lxc", nil, (*request).create},
		{"DELETE", guest, needs("{vmid}", "VM.Allocate"), (*request).destroy},
		{"GET", guest + "/config", audit, (*request).config},
		{"PUT", guest + "/config", (*request).mayUpdateSome, (*request).updateConfig},
		{"GET", guest + "/pending", audit, (*request).pending},
		{"PUT", guest + "/resize", needs("{vmid}", "VM.Config.Disk"), (*request).resize},
		{"GET", guest + "/interfaces", audit, (*request).liveInterfaces},
		{"GET", guest + "/rrddata", audit, (*request).rrdData},
		{"GET", guest + "/status/current", audit, (*request).currentStatus},
		{"POST", guest + "/status/start", power, (*request).start},
		{"POST", guest + "/status/stop", power, (*request).stop},
		{"POST", guest + "/status/shutdown", power, (*request).shutdown},
		{"POST", guest + "/status/reboot", power, (*request).reboot},
		{"GET", guest + "/feature", audit, (*request).hasFeature},
		{"GET", guest + "/snapshot", audit, (*request).snapshotList},
		{"GET", guest + "/snapshot/{snapname}/config", audit, (*request).snapshotConfig},
		{"GET", "/nodes/{node}/replication", nil, (*request).replications},
		{"POST", guest + "/snapshot", snapshot, (*request).makeSnapshot},
		{"DELETE", guest + "/snapshot/{snapname}", snapshot, (*request).deleteSnapshot},
		{"PUT", guest + "/snapshot/{snapname}/config", snapshot, (*request).noteSnapshot},
		{"POST", guest + "/snapshot/{snapname}/rollback", mayRollBack, (*request).rollBack},
		{"POST", guest + "/clone", mayClone, (*request).clone},
		{"POST", "/nodes/{node}/vzdump", nil, (*request).vzdump},
	}
}

// protected tells whether pveproxy passes the call on to pvedaemon, which runs as root: "protected" in the API schema.
func (r route) protected() bool {
	const guest = "/nodes/{node}/lxc/{vmid}"
	return r.method != "GET" || slices.Contains([]string{
		"/cluster/status", "/nodes/{node}/lxc", guest + "/feature", guest + "/interfaces", guest + "/rrddata", guest + "/snapshot", guest + "/status/current",
		"/nodes/{node}/storage", "/nodes/{node}/storage/{storage}/content", "/nodes/{node}/tasks/{upid}/log", "/nodes/{node}/tasks/{upid}/status",
	}, r.pattern)
}

// route finds the call for a path, still escaped, and takes its {names} out of it.
func (c *Cluster) route(method, path string) (route, map[string]string) {
	for _, r := range c.routes {
		if params, ok := match(r.pattern, path); ok && r.method == method {
			return r, params
		}
	}
	return route{method: method}, make(map[string]string)
}

// match compares a path with a pattern like /nodes/{node}/status.
func match(pattern, path string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	params := make(map[string]string)
	for i, w := range want {
		value, err := url.PathUnescape(got[i])
		name, isName := strings.CutPrefix(w, "{")
		if err != nil || !isName && w != value {
			return nil, false
		}
		if isName {
			params[strings.TrimSuffix(name, "}")] = value
		}
	}
	return params, true
}

func (q *request) version() (any, *failure) {
	version := q.cluster.cfg.Version
	release := version[:strings.LastIndex(version, ".")]
	return map[string]any{"version": version, "release": release, "repoid": "5cb3e0f0f1f3a9b2"}, nil
}

func (q *request) permissions() (any, *failure) {
	all := q.cluster.permissions(q.token)
	if at := q.params["path"]; at != "" {
		return map[string]any{at: all[at]}, nil
	}
	return all, nil
}

func (q *request) pools() (any, *failure) {
	all := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(q.cluster.poolNames())) {
		if q.token.has("/pool/"+name, "Pool.Audit") || q.token.has("/pool/"+name, "Pool.Allocate") {
			all = append(all, map[string]any{"poolid": name, "comment": q.cluster.pools[name]})
		}
	}
	return all, nil
}

// poolNames lists the pools that exist from the start and those that a guest is in.
func (c *Cluster) poolNames() map[string]bool {
	names := make(map[string]bool)
	for name := range c.pools {
		names[name] = true
	}
	for _, g := range c.guests {
		if g.Pool != "" {
			names[g.Pool] = true
		}
	}
	return names
}
