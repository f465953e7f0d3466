package store

import (
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Bucket joblogs: job number → a bucket of line number → LogLine, both numbers as
// eight bytes, big-endian.
var bucketJobLogs = []byte("joblogs")

// LogLine of a job: a line of output of a program or task, in Text, or a message of Berth's. Numbers start at 1 and have no
// gaps.
type LogLine struct {
	N       int
	At      time.Time
	Stream  Stream
	Text    string
	Message Message `json:",omitzero"`
}

// Stream is the source of a line of a log.
type Stream string

// The streams.
const (
	StreamOut  Stream = "out"  // a program's output, or a task's
	StreamErr  Stream = "err"  // a program's errors, and Berth's messages about failures
	StreamStep Stream = "step" // Berth's messages about its steps
)

// size returns the bytes of text of a line, as maxLogSize counts them.
func (l LogLine) size() int { return len(l.Text) + len(l.Message.Said) }

// MaxLogLines bounds the lines of a job that are kept; the oldest are dropped.
const MaxLogLines = 20000

// maxLogSize bounds the bytes of text in those lines, likewise.
const maxLogSize = 8 << 20

// MaxLogText bounds the bytes of text of a line; the rest is cut off.
const MaxLogText = 2 << 10

// appendLog adds lines to the log of j, drops the oldest, and notes in j the numbers and size of those that are kept.
func (s *Store) appendLog(tx *bolt.Tx, j *Job, lines []LogLine) error {
	if len(lines) == 0 {
		return nil
	}
	key, err := jobKey(j.ID)
	if err != nil {
		return err
	}
	log, err := tx.Bucket(bucketJobLogs).CreateBucketIfNotExists(key)
	if err != nil {
		return err
	}
	if err := s.appendLines(log, j, lines); err != nil {
		return err
	}
	return dropLines(log, j)
}

// appendLines adds the last MaxLogLines of the lines to a log, and numbers all.
func (s *Store) appendLines(log *bolt.Bucket, j *Job, lines []LogLine) error {
	log.FillPercent = 0.9 // lines are only ever added at the end
	now := s.now()
	for i, line := range lines {
		line.N = j.LogLast + 1 + i
		if len(lines)-i > MaxLogLines {
			continue
		}
		if line.At.IsZero() {
			line.At = now
		}
		line.Text, line.Message.Said = cut(line.Text, MaxLogText), cut(line.Message.Said, MaxLogText)
		if err := putJSON(log, number(uint64(line.N)), line); err != nil {
			return err
		}
		j.LogSize += line.size()
	}
	j.LogFirst, j.LogLast = max(j.LogFirst, 1), j.LogLast+len(lines)
	return nil
}

// dropLines drops the oldest lines of a log that exceeds MaxLogLines or maxLogSize.
func dropLines(log *bolt.Bucket, j *Job) error {
	for ; j.LogLast-j.LogFirst >= MaxLogLines || j.LogSize > maxLogSize && j.LogFirst < j.LogLast; j.LogFirst++ {
		key := number(uint64(j.LogFirst))
		kept := log.Get(key)
		if kept == nil {
			continue
		}
		var line LogLine
		if err := decode(kept, &line); err != nil {
			return fmt.Errorf("store: read line %d of job %s: %w", j.LogFirst, j.ID, err)
		}
		j.LogSize = max(j.LogSize-line.size(), 0) // earlier versions did not count
		if err := log.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// Log returns up to limit lines of a job's log after number after (0: from the first that is kept). ErrNotFound.
func (s *Store) Log(jobID string, after, limit int) ([]LogLine, error) {
	key, err := jobKey(jobID)
	if err != nil {
		return nil, err
	}
	var lines []LogLine
	err = s.db.View(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketJobs).Get(key) == nil {
			return ErrNotFound
		}
		log := tx.Bucket(bucketJobLogs).Bucket(key)
		if log == nil {
			return nil // nothing was written yet
		}
		c := log.Cursor()
		for k, v := c.Seek(number(uint64(max(after, 0)) + 1)); k != nil && len(lines) < limit; k, v = c.Next() {
			var line LogLine
			if err := decode(v, &line); err != nil {
				return fmt.Errorf("store: read line %d of job %s: %w", binary.BigEndian.Uint64(k), jobID, err)
			}
			lines = append(lines, line)
		}
		return nil
	})
	return lines, err
}
