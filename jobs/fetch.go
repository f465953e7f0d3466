package jobs

import (
	"context"
	"slices"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// download fetches the OS template to the storage.
func (w *worker) download() (result, error) {
	var spec fetchSpec
	if err := w.spec(&spec); err != nil {
		return result{}, err
	}
	return w.change(change{
		types: []string{"download"},
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.DownloadAppliance(ctx, w.job.Member, spec.Storage, w.job.Name)
		},
		matchesTask: w.downloads,
		isDone:      func() (result, bool, error) { return w.stored(spec.Storage) },
		refused:     func(err error) (result, error) { return result{}, err },
	})
}

// downloads tells whether a task downloads this OS template, which only its log names.
func (w *worker) downloads(t proxmox.Task) (bool, error) {
	lines, err := w.taskLog(t.UPID)
	return slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, w.job.Name) }), err
}

// stored tells whether the OS template is on the storage.
func (w *worker) stored(storage string) (result, bool, error) {
	var templates []proxmox.OSTemplate
	err := w.ask(func(ctx context.Context, c *proxmox.Client, _ store.Node) (err error) {
		templates, err = c.OSTemplates(ctx, w.job.Member, storage)
		return err
	})
	volume := storage + ":vztmpl/" + w.job.Name
	there := slices.ContainsFunc(templates, func(t proxmox.OSTemplate) bool { return t.Volume == volume })
	return result{}, err == nil && there, err
}
