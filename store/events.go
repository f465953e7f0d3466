package store

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Buckets (a key is user ID/SCOPE/VMID/ and a growing number as eight bytes, big-endian):
//
//	events      key → Event
//	eventsopen  key → nothing: those that have not ended
var (
	bucketEvents     = []byte("events")
	bucketEventsOpen = []byte("eventsopen")
)

// MaxEvents bounds the events of a container that are kept; the oldest are dropped.
const MaxEvents = 200

// EventKind tells kinds of events apart; kept, so none may change.
type EventKind string

// The kinds.
const (
	EventConsole EventKind = "console" // a shell in the container
	EventChange  EventKind = "change"  // another configuration; Changes has it
	EventNote    EventKind = "note"    // another note on a snapshot; Snapshot has its name
)

// EventEnd is the end of an event; kept, so none may change.
type EventEnd string

// The ends of a console, and of an event that takes no time.
const (
	EndExit      EventEnd = "exit"      // the shell ended; Exit has its status
	EndLeft      EventEnd = "left"      // its page was left, or the browser is gone
	EndIdle      EventEnd = "idle"      // nothing was typed for long
	EndSignedOut EventEnd = "signedout" // its session ended
	EndLost      EventEnd = "lost"      // the connection to the host broke off
	EndFailed    EventEnd = "failed"    // there never was a shell; Detail says why
	EndShutdown  EventEnd = "shutdown"  // Berth was shut down
	EndCut       EventEnd = "cut"       // Berth crashed meanwhile: the time is unknown
	EndDone      EventEnd = "done"      // it was over at once
)

// Change of a container's setting by a form.
type Change struct {
	Setting  string // the form's field, as in "memory"
	From, To string // values as in the form; both "" where they are not kept
}

// Event is something done to a container that was no job: an entry of its history. The text
// that went through a console is never kept.
type Event struct {
	Number   uint64 // growing; set by AddEvent
	UserID   string // of who did it, and owns the container
	NodeID   string
	NodeName string // the label then: the node may be gone
	Scope    string
	VMID     int
	Name     string // the container's hostname then
	Kind     EventKind
	Began    time.Time
	Ended    time.Time // zero while it goes on, and with EndCut and EndDone
	End      EventEnd  // "" while it goes on
	Exit     int       // with EndExit
	Detail   Message   `json:",omitzero"`  // with EndFailed and EndLost: why
	Snapshot string    `json:",omitempty"` // with EventNote
	Changes  []Change  // with EventChange
}

// containerPrefix begins the keys of the events, and of the jobs on, a user's container. No part holds a slash.
func containerPrefix(userID, scope string, vmid int) []byte {
	return []byte(userID + "/" + scope + "/" + strconv.Itoa(vmid) + "/")
}

func eventKey(e Event) []byte {
	return append(containerPrefix(e.UserID, e.Scope, e.VMID), number(e.Number)...)
}

// AddEvent keeps an event and sets Number and, unless it is set, Began. One without End goes
// on: EndEvent must follow.
func (s *Store) AddEvent(e Event) (Event, error) {
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		events, open := tx.Bucket(bucketEvents), tx.Bucket(bucketEventsOpen)
		if e.Number, err = events.NextSequence(); err != nil {
			return err
		}
		if e.Began.IsZero() {
			e.Began = s.now()
		}
		key := eventKey(e)
		if err := putJSON(events, key, e); err != nil {
			return err
		}
		if e.End == "" {
			if err := open.Put(key, nil); err != nil {
				return err
			}
		}
		return dropOldEvents(tx, containerPrefix(e.UserID, e.Scope, e.VMID))
	})
	return e, err
}

// dropOldEvents drops all but the newest MaxEvents of the events with a prefix.
func dropOldEvents(tx *bolt.Tx, prefix []byte) error {
	var keys [][]byte
	c := tx.Bucket(bucketEvents).Cursor()
	for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys[:max(len(keys)-MaxEvents, 0)] {
		for _, name := range [][]byte{bucketEvents, bucketEventsOpen} {
			if err := tx.Bucket(name).Delete(k); err != nil {
				return err
			}
		}
	}
	return nil
}

// EndEvent ends an open event with End, Exit and Detail of e, and the present time. One that
// was dropped meanwhile, or has ended before, is left as it is.
func (s *Store) EndEvent(e Event) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		key, events := eventKey(e), tx.Bucket(bucketEvents)
		kept, err := getJSON[Event](events, key)
		switch {
		case errors.Is(err, ErrNotFound):
			return nil
		case err != nil:
			return err
		case kept.End != "":
			return nil
		}
		if err := tx.Bucket(bucketEventsOpen).Delete(key); err != nil {
			return err
		}
		kept.Ended, kept.End, kept.Exit, kept.Detail = s.now(), e.End, e.Exit, e.Detail
		return putJSON(events, key, kept)
	})
}

// Events of a user's container, newest first, at most limit.
func (s *Store) Events(userID, scope string, vmid, limit int) ([]Event, error) {
	prefix := containerPrefix(userID, scope, vmid)
	var list []Event
	err := s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketEvents).Cursor()
		k, v := lastBefore(c, append(containerPrefix(userID, scope, vmid), number(math.MaxUint64)...))
		for ; bytes.HasPrefix(k, prefix) && len(list) < limit; k, v = c.Prev() {
			var e Event
			if err := decode(v, &e); err != nil {
				return fmt.Errorf("store: read an event: %w", err)
			}
			list = append(list, e)
		}
		return nil
	})
	return list, err
}

// cutOpenEvents ends the events that a crash left open. It runs when the database is opened:
// no other process has it then.
func cutOpenEvents(tx *bolt.Tx) error {
	events, open := tx.Bucket(bucketEvents), tx.Bucket(bucketEventsOpen)
	c := open.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.First() {
		e, err := getJSON[Event](events, k)
		if err != nil {
			return fmt.Errorf("store: end an event: %w", err)
		}
		e.End = EndCut
		if err := putJSON(events, k, e); err != nil {
			return err
		}
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}
