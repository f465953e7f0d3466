package store

import "testing"

// reads counts the records that f reads and writes, whether they are there or not, and the walks through buckets that
// it begins.
func reads(t *testing.T, s *Store, f func() error) int64 {
	t.Helper()
	count := func() int64 {
		stats := s.db.Stats()
		return stats.TxStats.GetCursorCount()
	}
	before := count()
	if err := f(); err != nil {
		t.Fatal(err)
	}
	return count() - before
}

func addBulk(t *testing.T, s *Store, n int) (parent Job) {
	t.Helper()
	var list []Job
	for i := range n {
		list = append(list, Job{UserID: "ada", Scope: "s", VMID: 100 + i, Kind: JobStop})
	}
	parent, _, err := s.AddJobs(Job{UserID: "ada", Kind: JobBulk}, list, nil)
	if err != nil {
		t.Fatal(err)
	}
	return parent
}

func TestToCancelABulkJobTakesWorkInProportion(t *testing.T) {
	t.Parallel()
	cancel := func(n int) int64 {
		s := open(t, t.TempDir())
		parent := addBulk(t, s, n)
		return reads(t, s, func() error {
			_, list, err := s.UpdateJobs(parent.ID, func(*Job) error { return nil }, func(j *Job) []LogLine {
				j.State = JobCancelled
				return []LogLine{{Text: "Cancelled"}}
			})
			if len(list) != n {
				t.Errorf("%d of %d were changed", len(list), n)
			}
			return err
		})
	}
	if few, many := cancel(20), cancel(60); many > 3*few {
		t.Errorf("20 take %d reads, 60 take %d", few, many)
	}
}

func TestAFewJobsOnAContainerAreReadWithoutTheOthers(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	var first Job
	for i := range 120 {
		j, err := s.AddJob(Job{UserID: "ada", Scope: "s", VMID: 101, Kind: JobCreate})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.UpdateJob(j.ID, nil, func(j *Job) error {
			j.State, j.Made = JobFailed, i == 0
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = j
		}
	}
	few := reads(t, s, func() error {
		list, err := s.JobsOn("ada", "s", 101, 5)
		if len(list) != 5 || list[0].Number != 120 {
			t.Errorf("%d jobs", len(list))
		}
		return err
	})
	maker := reads(t, s, func() error {
		j, err := s.JobThatMade("ada", "s", 101)
		if j.ID != first.ID {
			t.Errorf("it was made by %+v", j)
		}
		return err
	})
	if few > 10 || maker > 5 {
		t.Errorf("five of 120 jobs take %d reads, that which made the container takes %d", few, maker)
	}
}
