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

// LogLine of a job. Numbers start at 1 and have no gaps.
type LogLine struct {
	N      int
	At     time.Time
	Stream string // "out", "err", "step"
	Text   string
}

// MaxLogLines is how many lines of a job are kept; the oldest are dropped.
const MaxLogLines = 20000

// MaxLogText is how many bytes of a line are kept.
const MaxLogText = 8 << 10

// appendLog adds lines to the log of j, and to j which of them are kept.
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
	j.LogFirst, j.LogLast, err = s.appendLines(log, j.LogFirst, j.LogLast, lines)
	return err
}

// appendLines returns the numbers of the first and the last line that are kept then.
func (s *Store) appendLines(log *bolt.Bucket, first, last int, lines []LogLine) (int, int, error) {
	log.FillPercent = 0.9 // lines are only ever added at the end
	now := s.now()
	newLast := last + len(lines)
	newFirst := max(first, 1, newLast-MaxLogLines+1)
	for n := max(first, 1); n < newFirst && n <= last; n++ {
		if err := log.Delete(number(uint64(n))); err != nil {
			return 0, 0, err
		}
	}
	for i, line := range lines {
		line.N = last + 1 + i
		if line.N < newFirst {
			continue
		}
		if line.At.IsZero() {
			line.At = now
		}
		line.Text = cut(line.Text, MaxLogText)
		if err := putJSON(log, number(uint64(line.N)), line); err != nil {
			return 0, 0, err
		}
	}
	return newFirst, newLast, nil
}

// Log returns up to limit lines after number after.
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
