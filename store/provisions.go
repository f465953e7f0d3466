package store

import (
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Bucket setups: job number → Provision. The values of secret inputs are with the other
// secrets, and gone when the job has ended.
var bucketProvisions = []byte("setups")

// Provision is the work of a create job inside its container. It holds copies, so that a
// template which is changed or deleted later changes no job.
type Provision struct {
	TemplateID string // "" when none
	Template   string // its name
	Files      []File
	Packages   []Package
	Scripts    []Script // those that run, in order
	Services   []Service
	Inputs     map[string]string // values of the inputs that are no secret
	Secrets    []string          // names of the inputs that are
	Labels     map[string]string // of those, by name
}

// AddSecret adds a secret input, whose value the scripts are to get. The value itself goes to AddJobProvision.
func (s *Provision) AddSecret(in Input) {
	s.Secrets = append(s.Secrets, in.Name)
	if s.Labels == nil {
		s.Labels = map[string]string{}
	}
	s.Labels[in.Name] = in.Label
}

// SecretInputs returns the secret inputs, for asking for their values again. Labels are empty where an earlier version kept
// none.
func (s Provision) SecretInputs() []Input {
	var list []Input
	for _, name := range s.Secrets {
		list = append(list, Input{Name: name, Label: s.Labels[name], Kind: InputSecret})
	}
	return list
}

// Empty tells whether there is nothing to do inside the container.
func (s Provision) Empty() bool { return len(s.Files)+len(s.Packages)+len(s.Scripts) == 0 }

func secretJob(id string) string           { return "job/" + id }
func secretDraft(userID, id string) string { return "draft/" + userID + "/" + id }

// AddJobProvision is AddJob for a job with a Provision and the values of its secret inputs, all
// in one transaction.
func (s *Store) AddJobProvision(j Job, provision Provision, secrets map[string]string) (Job, error) {
	return s.addJob(j, s.putProvision(provision, secrets))
}

// putProvision keeps a Provision with a new job, and the values of its secret inputs unless the job has ended already.
func (s *Store) putProvision(provision Provision, secrets map[string]string) func(*bolt.Tx, Job) error {
	return func(tx *bolt.Tx, j Job) error {
		key, err := jobKey(j.ID)
		if err != nil {
			return err
		}
		if err := putJSON(tx.Bucket(bucketProvisions), key, provision); err != nil || j.State.Final() {
			return err
		}
		return s.putValues(tx, secretJob(j.ID), j.UserID, secrets)
	}
}

// AddProvisionedJobs is AddJobs for create jobs that all have the same Provision and the same values of its secret inputs.
func (s *Store) AddProvisionedJobs(parent Job, children []Job, provision Provision, secrets map[string]string, refused func(*Job, *BusyError)) (Job, []Job, error) {
	return s.addJobs(parent, children, refused, s.putProvision(provision, secrets))
}

// JobProvision of a job. ErrNotFound when it has none.
func (s *Store) JobProvision(jobID string) (Provision, error) {
	key, err := jobKey(jobID)
	if err != nil {
		return Provision{}, err
	}
	var provision Provision
	err = s.db.View(func(tx *bolt.Tx) (err error) {
		provision, err = getJSON[Provision](tx.Bucket(bucketProvisions), key)
		return err
	})
	return provision, err
}

// JobSecrets returns the values of a job's secret inputs, by name. ErrNotFound when there
// are none (any more); ErrKey.
func (s *Store) JobSecrets(jobID string) (map[string]string, error) {
	var values map[string]string
	err := s.db.View(func(tx *bolt.Tx) error {
		j, err := getJob(tx, jobID)
		if err != nil {
			return err
		}
		values, err = s.getValues(tx, secretJob(jobID), j.UserID)
		return err
	})
	return values, err
}

// PutJobSecrets keeps the values of a job's secret inputs again, for a retry. ErrNotFound.
func (s *Store) PutJobSecrets(jobID string, values map[string]string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		j, err := getJob(tx, jobID)
		if err != nil {
			return err
		}
		return s.putValues(tx, secretJob(jobID), j.UserID, values)
	})
}

// PutDraftSecrets keeps the values of a draft's secret fields as typed, by name, in place of
// the ones before. ErrNotFound.
func (s *Store) PutDraftSecrets(userID, draftID string, values map[string]string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketDrafts).Get(ownedKey(userID, draftID)) == nil {
			return ErrNotFound
		}
		return s.putValues(tx, secretDraft(userID, draftID), userID, values)
	})
}

// DraftSecrets returns the values of a draft's secret fields, by name. ErrNotFound; ErrKey.
func (s *Store) DraftSecrets(userID, draftID string) (map[string]string, error) {
	var values map[string]string
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		values, err = s.getValues(tx, secretDraft(userID, draftID), userID)
		return err
	})
	return values, err
}

func (s *Store) putValues(tx *bolt.Tx, name, userID string, values map[string]string) error {
	if len(values) == 0 {
		return tx.Bucket(bucketSecrets).Delete([]byte(name))
	}
	plain, err := json.Marshal(values)
	if err != nil {
		return fmt.Errorf("store: write secret values: %w", err)
	}
	return s.putSecret(tx, name, userID, plain)
}

func (s *Store) getValues(tx *bolt.Tx, name, userID string) (map[string]string, error) {
	plain, err := s.getSecret(tx, name, userID)
	if err != nil {
		return nil, err
	}
	var values map[string]string
	if err := json.Unmarshal(plain, &values); err != nil {
		return nil, ErrKey
	}
	return values, nil
}
