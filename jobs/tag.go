package jobs

import (
	"context"
	"slices"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// tag changes the tags of a container, by a call without a task. Changes that somebody else
// makes meanwhile are not overwritten: the tags are read again then. After a lost answer the
// call is just repeated, as that does no harm.
func (w *worker) tag() (result, error) {
	var spec actionSpec
	if err := w.spec(&spec); err != nil {
		return result{}, err
	}
	for modified := 0; ; {
		var cfg proxmox.ContainerConfig
		err := w.ask(func(ctx context.Context, c *proxmox.Client, _ store.Node) (err error) {
			cfg, err = c.ContainerConfig(ctx, w.job.Member, w.job.VMID)
			return err
		})
		if err != nil {
			return result{}, err
		}
		tags := spec.tagged(cfg.Tags)
		if slices.Equal(tags, cfg.Tags) {
			return hasTags(tags), nil
		}
		if err := w.checkStop(); err != nil {
			return result{}, err
		}
		client, _, err := w.client()
		if err != nil {
			return result{}, err
		}
		err = client.UpdateConfig(w.r.kill, w.job.Member, w.job.VMID, proxmox.ConfigUpdate{Digest: cfg.Digest, Tags: &tags})
		switch {
		case err == nil:
			w.changed()
			return hasTags(tags), nil
		case w.r.kill.Err() != nil:
			return result{}, errStopped
		case silent(err):
			if err := w.silence(err); err != nil {
				return result{}, err
			}
		case proxmox.KindOf(err) == proxmox.KindModified && modified < maxCalls:
			modified++
		default:
			return result{}, err
		}
	}
}

// tagged returns the tags, sorted, of a container that has the given ones, after the change.
// Proxmox writes tags in lower case unless set up otherwise, so case is ignored.
func (s actionSpec) tagged(has []string) []string {
	among := func(list []string, tag string) bool {
		return slices.ContainsFunc(list, func(t string) bool { return strings.EqualFold(t, tag) })
	}
	tags := slices.DeleteFunc(slices.Clone(has), func(t string) bool { return among(s.RemoveTags, t) })
	for _, t := range s.AddTags {
		if !among(tags, t) {
			tags = append(tags, t)
		}
	}
	slices.Sort(tags)
	return tags
}

func hasTags(tags []string) result {
	return result{detail: store.Message{Kind: MessageTags, Args: store.Args{Tags: tags}}}
}
