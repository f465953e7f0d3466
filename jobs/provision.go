package jobs

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"berth/proxmox"
	"berth/store"
)

// Limits of the programs of the steps.
const (
	initLimit     = 3 * time.Minute
	filesLimit    = 5 * time.Minute
	packagesLimit = 30 * time.Minute
	scriptLimit   = time.Hour
	lookLimit     = time.Minute
)

// provisionSteps are those that set a container up from within.
func provisionSteps(provision store.Provision) []string {
	if provision.Empty() {
		return nil
	}
	steps := []string{StepInit}
	if len(provision.Files) > 0 {
		steps = append(steps, StepFiles)
	}
	if len(provision.Packages) > 0 {
		steps = append(steps, StepPackages)
	}
	for _, s := range provision.Scripts {
		steps = append(steps, StepScript+s.Name)
	}
	return append(steps, StepLook)
}

// plan reads what the job provisions, once.
func (w *worker) plan() (store.Provision, error) {
	if w.provision == nil {
		provision, err := w.r.cfg.Store.JobProvision(w.id)
		if err != nil {
			return store.Provision{}, fmt.Errorf("jobs: read how job %s sets its container up: %w", w.id, err)
		}
		w.provision = &provision
	}
	return *w.provision, nil
}

// awaitInit waits until the system in the container is up.
func (w *worker) awaitInit() (result, error) {
	return w.execute(program{
		text: initProgram(), name: "init", limit: initLimit, fresh: true,
		problem: ProblemInit,
	})
}

func (w *worker) putFiles() (result, error) {
	provision, err := w.plan()
	if err != nil {
		return result{}, err
	}
	res, err := w.execute(program{
		text: filesProgram(provision), name: "files", limit: filesLimit,
		problem: ProblemFiles,
	})
	res.detail, res.said = store.Message{Kind: MessageFiles, Args: store.Args{Count: len(provision.Files)}}, true
	return res, err
}

func (w *worker) installPackages() (result, error) {
	provision, err := w.plan()
	if err != nil {
		return result{}, err
	}
	res, err := w.execute(program{
		text: packagesProgram(provision), name: "packages", limit: packagesLimit,
		problem: ProblemPackages,
	})
	res.detail, res.said = store.Message{Kind: MessagePackages, Args: store.Args{Count: len(provision.Packages)}}, true
	return res, err
}

// checkServices checks the services of the template. One that does not run is no failure
// of the job: the container is there, and the log says why.
func (w *worker) checkServices() (result, error) {
	provision, err := w.plan()
	if err != nil {
		return result{}, err
	}
	return w.execute(program{
		text: lookProgram(provision), name: "look", limit: lookLimit,
		problem: ProblemLook,
	})
}

// runScript runs a script that the job provisions, once.
func (w *worker) runScript(name string) (result, error) {
	provision, err := w.plan()
	if err != nil {
		return result{}, err
	}
	i := slices.IndexFunc(provision.Scripts, func(s store.Script) bool { return s.Name == name })
	if i < 0 {
		return result{}, fmt.Errorf("jobs: job %s has no script %q", w.id, name)
	}
	secret, err := w.secrets(provision)
	if err != nil {
		return result{}, err
	}
	p := scriptProgram(provision.Scripts[i])
	p.limit, p.env, p.secrets = scriptLimit, w.environment(provision, secret), newSecrets(secret)
	p.problem, p.script = ProblemScript, name
	return w.execute(p)
}

// secrets reads the values of the secret inputs. ProblemSecrets when they are gone.
func (w *worker) secrets(provision store.Provision) (map[string]string, error) {
	if len(provision.Secrets) == 0 {
		return nil, nil
	}
	values, err := w.r.cfg.Store.JobSecrets(w.id)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrKey) {
		return nil, fail(ProblemSecrets, store.Args{})
	}
	if err != nil {
		return nil, fmt.Errorf("jobs: read the secrets of job %s: %w", w.id, err)
	}
	return values, nil
}

// environment returns the variables of a script as NAME=value: Berth's own, then the inputs by name, secret ones last. See
// docs/templates.md.
func (w *worker) environment(provision store.Provision, secret map[string]string) []string {
	env := []string{
		"BERTH_VMID=" + strconv.Itoa(w.job.VMID),
		"BERTH_HOSTNAME=" + w.job.Name,
		"BERTH_TEMPLATE=" + provision.Template,
		"BERTH_ADDRESS=" + mainAddress(w.job.Addresses),
	}
	for _, values := range []map[string]string{provision.Inputs, secret} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			env = append(env, name+"="+values[name])
		}
	}
	return env
}

// mainAddress returns the first of a job's addresses, in the order of proxmox.Addresses, that others can reach; "" for none.
func mainAddress(addresses []string) string {
	for _, text := range addresses {
		if a, err := netip.ParseAddr(text); err == nil && proxmox.Reachable(a) {
			return text
		}
	}
	return ""
}
