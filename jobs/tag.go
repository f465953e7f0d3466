package jobs

import (
	"context"
	"slices"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// tag changes the tags of a container, which is no task on the host. What someone else
// changes meanwhile is not overwritten: then the tags are read anew. To do it twice does no
// harm, so that a lost answer needs no looking up.
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

// tagged are the tags that a container has afterwards, sorted. Proxmox writes them in
// lower case unless it is told otherwise, so that case makes no difference.
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
