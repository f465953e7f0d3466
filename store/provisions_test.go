package store_test

import (
	"bytes"
	"maps"
	"path/filepath"
	"testing"

	"berth/store"
	"berth/store/storetest"
)

const typedSecret = "a-Password-typed-once"

var typedSecrets = map[string]string{"ADMIN_PASSWORD": typedSecret}

func addJobProvision(t testing.TB, s *store.Store) store.Job {
	t.Helper()
	j, err := s.AddJobProvision(store.Job{UserID: "ada", Kind: "create", Scope: "s", VMID: 120}, store.Provision{
		TemplateID: "t1", Template: "Web", Scripts: []store.Script{{Name: "install", Enabled: true, Content: "true\n"}},
		Inputs: map[string]string{"SITE_NAME": "home"}, Secrets: []string{"ADMIN_PASSWORD"},
	}, typedSecrets)
	mustNot(t, err)
	return j
}

func wantSecrets(t testing.TB, s *store.Store, jobID string) {
	t.Helper()
	if got, err := s.JobSecrets(jobID); err != nil || !maps.Equal(got, typedSecrets) {
		t.Errorf("JobSecrets() = %v, %v; want what was typed", got, err)
	}
}

func endJob(t testing.TB, s *store.Store, id string, as store.JobState) {
	t.Helper()
	_, err := s.UpdateJob(id, nil, func(j *store.Job) error { j.State = as; return nil })
	mustNot(t, err)
}

func TestAJobKeepsWhatItProvisions(t *testing.T) {
	s := storetest.Open(t)
	j := addJobProvision(t, s)
	provision, err := s.JobProvision(j.ID)
	mustNot(t, err)
	if provision.Empty() || provision.Template != "Web" || provision.Scripts[0].Name != "install" || provision.Inputs["SITE_NAME"] != "home" || provision.Secrets[0] != "ADMIN_PASSWORD" {
		t.Errorf("JobProvision() = %+v", provision)
	}
	wantSecrets(t, s, j.ID)

	bare, err := s.AddJob(store.Job{UserID: "ada", Scope: "s", VMID: 121})
	mustNot(t, err)
	for _, id := range []string{bare.ID, "404", "07", "no number"} {
		_, err = s.JobProvision(id)
		wantErr(t, err, store.ErrNotFound)
		_, err = s.JobSecrets(id)
		wantErr(t, err, store.ErrNotFound)
	}
	if !(store.Provision{Template: "Plain"}).Empty() {
		t.Error("a provision without files, packages and scripts is not empty")
	}
}

func TestWhatAJobProvisionsIsNotKeptWhenItIsRefused(t *testing.T) {
	s := storetest.Open(t)
	first := addJobProvision(t, s)
	_, err := s.AddJobProvision(store.Job{UserID: "ada", Kind: "create", Scope: "s", VMID: 120}, store.Provision{Template: "other"}, map[string]string{"X": "y"})
	if err == nil {
		t.Fatal("two jobs work on one VMID")
	}
	if provision, err := s.JobProvision(first.ID); err != nil || provision.Template != "Web" {
		t.Errorf("JobProvision() = %+v, %v", provision, err)
	}
	wantSecrets(t, s, first.ID)
}

func TestSecretsAreGoneWhenTheJobEnded(t *testing.T) {
	for _, state := range []store.JobState{store.JobDone, store.JobFailed, store.JobCancelled} {
		t.Run(string(state), func(t *testing.T) {
			s := storetest.Open(t)
			j := addJobProvision(t, s)
			endJob(t, s, j.ID, store.JobRunning)
			wantSecrets(t, s, j.ID)
			endJob(t, s, j.ID, store.JobWaiting)
			wantSecrets(t, s, j.ID)

			endJob(t, s, j.ID, state)
			_, err := s.JobSecrets(j.ID)
			wantErr(t, err, store.ErrNotFound)
			if provision, err := s.JobProvision(j.ID); err != nil || provision.Template != "Web" {
				t.Errorf("JobProvision() = %+v, %v; want it for a retry", provision, err)
			}

			_, err = s.ReopenJob(j.ID, func(j *store.Job) error { j.State = store.JobQueued; return nil })
			mustNot(t, err)
			_, err = s.JobSecrets(j.ID)
			wantErr(t, err, store.ErrNotFound)
			mustNot(t, s.PutJobSecrets(j.ID, typedSecrets))
			wantSecrets(t, s, j.ID)
		})
	}
}

func TestTypedSecretsAreNowhereInTheClear(t *testing.T) {
	s := storetest.Open(t)
	d, err := s.NewDraft("ada", nil)
	mustNot(t, err)
	mustNot(t, s.PutDraftSecrets("ada", d.ID, typedSecrets))
	addJobProvision(t, s)
	var b bytes.Buffer
	mustNot(t, s.Backup(&b))
	if bytes.Contains(b.Bytes(), []byte(typedSecret)) {
		t.Error("a secret stands in the database as it was typed")
	}
}

func TestRekeyAndBackupCoverTypedSecrets(t *testing.T) {
	s := storetest.Open(t)
	d, err := s.NewDraft("ada", nil)
	mustNot(t, err)
	mustNot(t, s.PutDraftSecrets("ada", d.ID, typedSecrets))
	j := addJobProvision(t, s)
	_, err = s.Rekey()
	mustNot(t, err)
	wantSecrets(t, s, j.ID)

	var b bytes.Buffer
	mustNot(t, s.Backup(&b))
	dir := filepath.Join(t.TempDir(), "new")
	mustNot(t, store.Restore(dir, store.Options{}, &b))
	restored := storetest.OpenAt(t, dir, store.Options{})
	wantSecrets(t, restored, j.ID)
	if got, err := restored.DraftSecrets("ada", d.ID); err != nil || !maps.Equal(got, typedSecrets) {
		t.Errorf("DraftSecrets() = %v, %v", got, err)
	}
}

func TestDraftSecrets(t *testing.T) {
	s := storetest.Open(t)
	d, err := s.NewDraft("ada", nil)
	mustNot(t, err)
	_, err = s.DraftSecrets("ada", d.ID)
	wantErr(t, err, store.ErrNotFound)
	mustNot(t, s.PutDraftSecrets("ada", d.ID, typedSecrets))
	wantErr(t, s.PutDraftSecrets("eve", d.ID, map[string]string{"X": "y"}), store.ErrNotFound)
	_, err = s.DraftSecrets("eve", d.ID)
	wantErr(t, err, store.ErrNotFound)
	mustNot(t, s.DeleteDraft("eve", d.ID))
	if got, err := s.DraftSecrets("ada", d.ID); err != nil || !maps.Equal(got, typedSecrets) {
		t.Errorf("DraftSecrets() = %v, %v", got, err)
	}

	mustNot(t, s.PutDraftSecrets("ada", d.ID, nil)) // all fields were emptied
	_, err = s.DraftSecrets("ada", d.ID)
	wantErr(t, err, store.ErrNotFound)

	mustNot(t, s.PutDraftSecrets("ada", d.ID, typedSecrets))
	mustNot(t, s.DeleteDraft("ada", d.ID))
	_, err = s.DraftSecrets("ada", d.ID)
	wantErr(t, err, store.ErrNotFound)
}
