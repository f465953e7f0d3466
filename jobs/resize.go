package jobs

import (
	"context"
	"encoding/json"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// DiskResize holds the parameters of a job that makes a disk of a container larger.
type DiskResize struct {
	Name   string // the container's name, for people
	Disk   string // "rootfs" or "mp0"
	Volume string // of the disk, as "local-lvm:vm-101-disk-0"; the job fails when it is another one by then
	Size   int    // new size in GiB
}

// resizeSpec holds the parameters of a job of a DiskResize, as the job keeps them as JSON.
type resizeSpec struct {
	Disk   string `json:"disk"`
	Volume string `json:"volume"`
	Size   int    `json:"size"`
}

// Resize begins to make a disk larger. *store.BusyError when another job is at work on the container.
func (r *Runner) Resize(userID string, at store.Ref, g DiskResize) (store.Job, error) {
	return r.add(userID, at.NodeID, store.Job{
		Kind:  store.JobResize,
		VMID:  at.VMID,
		Name:  g.Name,
		Steps: todo(StepResize),
	}, resizeSpec{g.Disk, g.Volume, g.Size}, r.cfg.Store.AddJob)
}

// DiskResizeOf returns the parameters of a job of Runner.Resize, for its page; the zero DiskResize for any other job.
func DiskResizeOf(j store.Job) DiskResize {
	var spec resizeSpec
	if j.Kind != store.JobResize || json.Unmarshal(j.Spec, &spec) != nil {
		return DiskResize{}
	}
	return DiskResize{Name: j.Name, Disk: spec.Disk, Volume: spec.Volume, Size: spec.Size}
}

// resize makes the disk larger. The call has the new size, no difference, so that a second one does nothing.
func (w *worker) resize() (result, error) {
	var spec resizeSpec
	if err := w.spec(&spec); err != nil {
		return result{}, err
	}
	if w.step().Intent.IsZero() && w.step().UPID == "" {
		if err := w.sameVolume(spec); err != nil {
			return result{}, err
		}
	}
	res, err := w.change(change{
		types:    []string{"resize"},
		outright: true,
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.Resize(ctx, w.job.Member, w.job.VMID, spec.Disk, spec.Size, "")
		},
		isDone: func() (result, bool, error) {
			v, err := w.volume(spec.Disk)
			return result{}, err == nil && v.Size >= uint64(spec.Size)<<30, err
		},
		refused: func(err error) (result, error) {
			if e, ok := refusal(err); ok && strings.Contains(e.Message, "already at specified size") {
				return result{detail: store.Message{Kind: MessageHadSize}}, nil
			}
			return result{}, err
		},
		uninterruptible: true,
	})
	if err == nil {
		err = w.fileSystemGrew(spec)
	}
	return res, err
}

// saysNotResized begins a line in the log of a resize that made only the volume larger; its task still ends well
// (resize_vm of PVE::API2::LXC).
const saysNotResized = "Failed to update the container's filesystem"

// fileSystemGrew returns ProblemFileSystem when the task's log says that the file system on the disk did not grow.
func (w *worker) fileSystemGrew(spec resizeSpec) error {
	for _, l := range w.said(warningLines) {
		if strings.HasPrefix(l, saysNotResized) {
			return fail(ProblemFileSystem, store.Args{Disk: spec.Disk, Size: spec.Size, Said: cut(l)})
		}
	}
	return nil
}

// sameVolume makes sure that the disk is still the volume that the user saw; else ProblemVolume.
func (w *worker) sameVolume(spec resizeSpec) error {
	v, err := w.volume(spec.Disk)
	if err == nil && v.Source != spec.Volume {
		err = fail(ProblemVolume, store.Args{Disk: spec.Disk})
	}
	return err
}

// volume asks for the current volume of a disk of the job's container.
func (w *worker) volume(disk string) (v proxmox.Volume, err error) {
	err = w.ask(func(ctx context.Context, c *proxmox.Client, _ store.Node) error {
		cfg, err := c.ContainerConfig(ctx, w.job.Member, w.job.VMID)
		written := cfg.Mounts[disk]
		if disk == "rootfs" {
			written = cfg.RootFS
		}
		v = proxmox.ParseVolume(written)
		return err
	})
	return v, err
}
