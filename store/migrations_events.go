package store

import bolt "go.etcd.io/bbolt"

// tellEventsByMessages turns the sentences in events and drafts into messages that still show them, and moves the name of a
// snapshot into a field of its own.
func tellEventsByMessages(tx *bolt.Tx) error {
	if err := rewrite(tx.Bucket(bucketEvents), tellEvent); err != nil {
		return err
	}
	return rewrite(tx.Bucket(bucketDrafts), func(draft fields) error {
		var sentences []string
		if err := draft.take("NotTaken", &sentences); err != nil || len(sentences) == 0 {
			return err
		}
		list := make([]Message, len(sentences))
		for i, s := range sentences {
			list[i] = Message{Kind: MessageTold, Args: Args{Told: s}}
		}
		return draft.put("NotTaken", list)
	})
}

func tellEvent(event fields) error {
	var kind EventKind
	if err := event.get("Kind", &kind); err != nil {
		return err
	}
	var detail string
	if err := event.take("Detail", &detail); err != nil {
		return err
	}
	if kind == EventNote {
		return event.put("Snapshot", detail)
	}
	return event.putTold("Detail", detail, "")
}
