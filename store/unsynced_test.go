package store

import "testing"

func TestTheDiskIsWaitedForUnlessATestLeavesThatOut(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, s) })
	if s.db.NoSync || s.db.NoGrowSync || s.db.NoFreelistSync || s.files.Unsynced {
		t.Error("a power cut loses what was written")
	}
	if s := open(t, t.TempDir()); !s.db.NoSync || !s.db.NoGrowSync || !s.files.Unsynced {
		t.Error("tests wait for the disk")
	}
}
