package jobs

import (
	"errors"
	"log/slog"

	"berth/store"
)

// markDraft notes the refused properties of a failed create in its draft, so that the wizard shows them at their fields.
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

// dropDraft deletes the draft of a create job whose container was made.
func (r *Runner) dropDraft(j store.Job) {
	if j.DraftID == "" {
		return
	}
	if err := r.cfg.Store.DeleteDraft(j.UserID, j.DraftID); err != nil {
		r.log.Error("a draft cannot be removed", slog.String("job", j.ID), slog.Any("error", err))
	}
}
