package store

import (
	"bytes"
	"encoding/json"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// MessageTold shows a sentence, Told, that an earlier version of Berth kept.
const MessageTold MessageKind = "told"

// tellByMessages turns the sentences in jobs into messages that still show them, and the fields of forms that drafts and
// jobs named into properties.
func tellByMessages(tx *bolt.Tx) error {
	if err := rewrite(tx.Bucket(bucketJobs), tellJob); err != nil {
		return err
	}
	return rewrite(tx.Bucket(bucketDrafts), func(draft fields) error {
		var wrong map[string]string
		if err := draft.take("Errors", &wrong); err != nil || len(wrong) == 0 {
			return err
		}
		return draft.put("Refused", propertiesOfFields(wrong))
	})
}

// tellJob turns the sentences of a job into messages.
func tellJob(job fields) error {
	var steps []fields
	if err := job.take("Steps", &steps); err != nil {
		return err
	}
	for _, step := range steps {
		var detail string
		if err := step.take("Detail", &detail); err != nil {
			return err
		}
		if err := step.putTold("Detail", detail, ""); err != nil {
			return err
		}
	}
	if err := job.put("Steps", steps); err != nil {
		return err
	}
	var left, lock string
	if err := job.take("Left", &left); err != nil {
		return err
	}
	if err := job.take("LeftLock", &lock); err != nil {
		return err
	}
	if err := job.putTold("Left", left, lock); err != nil {
		return err
	}
	return tellProblem(job)
}

// tellProblem turns the sentences of a job's problem into a message. Its kind stays: what the page offers depends on it.
func tellProblem(job fields) error {
	var was *struct {
		Kind                       MessageKind
		Step, Message, Check, Said string
		Fields                     map[string]string
	}
	if err := job.take("Problem", &was); err != nil || was == nil {
		return err
	}
	return job.put("Problem", JobProblem{
		Message: Message{Kind: was.Kind, Args: Args{Told: was.Message, Check: was.Check, Said: was.Said}},
		Step:    was.Step, Properties: propertiesOfFields(was.Fields),
	})
}

// propertiesOfFields maps sentences by fields of forms to Proxmox's words by properties.
func propertiesOfFields(wrong map[string]string) map[Property]string {
	renamed := map[string]Property{
		"bridge": PropertyNetwork, "ssh_keys": PropertySSHKeys, "nesting": PropertyFeatures, "onboot": PropertyOnBoot, "searchdomain": PropertySearchDomain,
	}
	properties := make(map[Property]string, len(wrong))
	for field, sentence := range wrong {
		property, ok := renamed[field]
		if !ok {
			property = Property(field)
		}
		said, refused := strings.CutPrefix(sentence, "Proxmox refused this: ")
		if !refused {
			said = "" // it was taken
		}
		properties[property] = said
	}
	return properties
}

// fields are a record in JSON, as an earlier version kept it.
type fields map[string]json.RawMessage

// get decodes a field, if it is there.
func (r fields) get(name string, into any) error {
	if raw, ok := r[name]; ok {
		return decode(raw, into)
	}
	return nil
}

// take is get that removes the field.
func (r fields) take(name string, into any) error {
	err := r.get(name, into)
	delete(r, name)
	return err
}

func (r fields) put(name string, v any) error {
	raw, err := json.Marshal(v)
	r[name] = raw
	return err
}

// putTold puts a message for a sentence; nothing for "".
func (r fields) putTold(name, sentence, lock string) error {
	if sentence == "" {
		return nil
	}
	return r.put(name, Message{Kind: MessageTold, Args: Args{Told: sentence, Lock: lock}})
}

// rewrite changes all records of a bucket.
func rewrite(b *bolt.Bucket, change func(fields) error) error {
	var keys [][]byte // a bucket must not be changed while it is walked through
	if err := b.ForEach(func(k, _ []byte) error {
		keys = append(keys, bytes.Clone(k))
		return nil
	}); err != nil {
		return err
	}
	for _, key := range keys {
		r, err := getJSON[fields](b, key)
		if err != nil {
			return err
		}
		if err := change(r); err != nil {
			return err
		}
		if err := putJSON(b, key, r); err != nil {
			return err
		}
	}
	return nil
}
