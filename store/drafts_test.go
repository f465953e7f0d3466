package store_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"berth/store"
)

func TestDraft(t *testing.T) {
	s, clock := openWithClock(t)
	d, err := s.NewDraft("ada", url.Values{"vmid": {"120"}, "tags": {"a", "b"}})
	mustNot(t, err)
	clock.Advance(time.Minute)
	second, err := s.NewDraft("ada", nil)
	mustNot(t, err)
	_, err = s.NewDraft("eve", nil)
	mustNot(t, err)

	_, err = s.Draft("eve", d.ID)
	wantErr(t, err, store.ErrNotFound)
	_, err = s.UpdateDraft("eve", d.ID, func(*store.Draft) error { return nil })
	wantErr(t, err, store.ErrNotFound)
	mustNot(t, s.DeleteDraft("eve", d.ID))

	clock.Advance(time.Minute)
	d, err = s.UpdateDraft("ada", d.ID, func(d *store.Draft) error {
		d.Values.Set("hostname", "web")
		d.ID, d.UserID = "made up", "eve"
		d.Refused = map[store.Property]string{store.PropertyVMID: ""}
		return nil
	})
	mustNot(t, err)
	got, err := s.Draft("ada", d.ID)
	mustNot(t, err)
	if got.Values.Get("hostname") != "web" || len(got.Values["tags"]) != 2 || len(got.Refused) != 1 || got.UserID != "ada" {
		t.Errorf("Draft() = %+v", got)
	}
	list, err := s.Drafts("ada")
	mustNot(t, err)
	if len(list) != 2 || list[0].ID != d.ID || list[1].ID != second.ID {
		t.Errorf("Drafts() = %+v, want the last changed first", list)
	}

	no := errors.New("no")
	_, err = s.UpdateDraft("ada", d.ID, func(d *store.Draft) error {
		d.Values.Set("hostname", "other")
		return no
	})
	wantErr(t, err, no)
	if got, err := s.Draft("ada", d.ID); err != nil || got.Values.Get("hostname") != "web" {
		t.Errorf("a change that failed was kept: %+v, %v", got, err)
	}

	mustNot(t, s.DeleteDraft("ada", d.ID))
	mustNot(t, s.DeleteDraft("ada", d.ID))
	_, err = s.Draft("ada", d.ID)
	wantErr(t, err, store.ErrNotFound)
}
