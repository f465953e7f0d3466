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

// How long the programs of the steps may take.
const (
	initLimit     = 3 * time.Minute
	filesLimit    = 5 * time.Minute
	packagesLimit = 30 * time.Minute
	scriptLimit   = time.Hour
	lookLimit     = time.Minute
)

// setupSteps are those that set a container up from within.
func setupSteps(setup store.Setup) []string {
	if setup.Empty() {
		return nil
	}
	steps := []string{StepInit}
	if len(setup.Files) > 0 {
		steps = append(steps, StepFiles)
	}
	if len(setup.Packages) > 0 {
		steps = append(steps, StepPackages)
	}
	for _, s := range setup.Scripts {
		steps = append(steps, StepScript+s.Name)
	}
	return append(steps, StepLook)
}

// plan is the job's setup.
func (w *worker) plan() (store.Setup, error) {
	if w.setup == nil {
		setup, err := w.r.cfg.Store.JobSetup(w.id)
		if err != nil {
			return store.Setup{}, fmt.Errorf("jobs: read how job %s sets its container up: %w", w.id, err)
		}
		w.setup = &setup
	}
	return *w.setup, nil
}

// awaitInit waits until the system in the container is up.
func (w *worker) awaitInit() (result, error) {
	return w.execute(program{
		text: initProgram(), name: "init", limit: initLimit, fresh: true,
		problem: ProblemInit,
	})
}

func (w *worker) putFiles() (result, error) {
	setup, err := w.plan()
	if err != nil {
		return result{}, err
	}
	res, err := w.execute(program{
		text: filesProgram(setup), name: "files", limit: filesLimit,
		problem: ProblemFiles,
	})
	res.detail, res.said = store.Message{Kind: MessageFiles, Args: store.Args{Count: len(setup.Files)}}, true
	return res, err
}

func (w *worker) installPackages() (result, error) {
	setup, err := w.plan()
	if err != nil {
		return result{}, err
	}
	res, err := w.execute(program{
		text: packagesProgram(setup), name: "packages", limit: packagesLimit,
		problem: ProblemPackages,
	})
	res.detail, res.said = store.Message{Kind: MessagePackages, Args: store.Args{Count: len(setup.Packages)}}, true
	return res, err
}

// checkServices tells how the services are. That one does not run is no failure: the
// container is there, and the log says what it did.
func (w *worker) checkServices() (result, error) {
	setup, err := w.plan()
	if err != nil {
		return result{}, err
	}
	return w.execute(program{
		text: lookProgram(setup), name: "look", limit: lookLimit,
		problem: ProblemLook,
	})
}

// runScript runs a script of the setup, once.
func (w *worker) runScript(name string) (result, error) {
	setup, err := w.plan()
	if err != nil {
		return result{}, err
	}
	i := slices.IndexFunc(setup.Scripts, func(s store.Script) bool { return s.Name == name })
	if i < 0 {
		return result{}, fmt.Errorf("jobs: job %s has no script %q", w.id, name)
	}
	secret, err := w.secrets(setup)
	if err != nil {
		return result{}, err
	}
	p := scriptProgram(setup.Scripts[i])
	p.limit, p.env, p.secrets = scriptLimit, w.environment(setup, secret), newSecrets(secret)
	p.problem, p.script = ProblemScript, name
	return w.execute(p)
}

// secrets are the values of the setup's secret inputs.
func (w *worker) secrets(setup store.Setup) (map[string]string, error) {
	if len(setup.Secrets) == 0 {
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

// environment is what a script finds in its variables.
func (w *worker) environment(setup store.Setup, secret map[string]string) []string {
	env := []string{
		"BERTH_VMID=" + strconv.Itoa(w.job.VMID),
		"BERTH_HOSTNAME=" + w.job.Name,
		"BERTH_TEMPLATE=" + setup.Template,
		"BERTH_ADDRESS=" + mainAddress(w.job.Addresses),
	}
	for _, values := range []map[string]string{setup.Inputs, secret} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			env = append(env, name+"="+values[name])
		}
	}
	return env
}

// mainAddress is the first of a job's addresses, which are as proxmox.Addresses orders them; "" when there is none.
func mainAddress(addresses []string) string {
	for _, text := range addresses {
		if a, err := netip.ParseAddr(text); err == nil && proxmox.Reachable(a) {
			return text
		}
	}
	return ""
}
