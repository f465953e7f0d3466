package jobs

import (
	"errors"
	"log/slog"

	"berth/store"
)

// markDraft puts the properties that are at fault into the draft that a create came from, so that the wizard shows it
// where it is mended.
func (w *worker) markDraft(f *failure) {
	if w.job.DraftID == "" || len(f.Properties) == 0 {
		return
	}
	_, err := w.r.cfg.Store.UpdateDraft(w.job.UserID, w.job.DraftID, func(d *store.Draft) error {
		d.Refused = f.Properties
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		w.r.log.Error("a draft cannot be marked", slog.String("job", w.id), slog.Any("error", err))
	}
}

// dropDraft forgets the draft of a create: it is a container now.
func (r *Runner) dropDraft(j store.Job) {
	if j.DraftID == "" {
		return
	}
	if err := r.cfg.Store.DeleteDraft(j.UserID, j.DraftID); err != nil {
		r.log.Error("a draft cannot be removed", slog.String("job", j.ID), slog.Any("error", err))
	}
}
