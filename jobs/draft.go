package jobs

import (
	"errors"
	"log/slog"
	"strconv"
	"strings"

	"berth/store"
)

// markDraft notes the refused properties of a failed create in its draft, so that the wizard shows them at their fields. Of
// several only the first does: the fields are its own.
func (w *worker) markDraft(f *failure) {
	if w.job.DraftID == "" || len(f.Properties) == 0 {
		return
	}
	_, err := w.r.cfg.Store.UpdateDraft(w.job.UserID, w.job.DraftID, func(d *store.Draft) error {
		if typed, err := strconv.Atoi(strings.TrimSpace(d.Values.Get("vmid"))); w.job.Parent != "" && (err != nil || typed != w.job.VMID) {
			return nil
		}
		d.Refused = f.Properties
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		w.r.log.Error("a draft cannot be marked", slog.String("job", w.id), slog.Any("error", err))
	}
}

// dropDraft deletes the draft of a create job whose container was made. That of several goes with the last of them, once that
// one is done in the store.
func (r *Runner) dropDraft(j store.Job) {
	if j.DraftID == "" || r.isWanted(j) {
		return
	}
	if err := r.cfg.Store.DeleteDraft(j.UserID, j.DraftID); err != nil {
		r.log.Error("a draft cannot be removed", slog.String("job", j.ID), slog.Any("error", err))
	}
}
