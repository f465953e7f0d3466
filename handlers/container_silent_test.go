package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// While a node does not answer, what goes over SSH to it says so and since when, at once: nobody waits for SSH to be
// told that it is to blame.
func TestWhatGoesOverSSHTellsOfASilentNode(t *testing.T) {
	t.Parallel()
	h, s := inhabited(t)
	h.get("/", http.StatusOK)
	h.host.Stop()
	h.app.clock.Advance(time.Minute)
	h.get("/", http.StatusOK)
	h.app.clock.Advance(3 * time.Minute)
	h.get("/", http.StatusOK)
	s.Freeze() // who asks it gets no answer
	t.Cleanup(s.Thaw)
	before := s.Connections()

	page := "/containers/" + h.node.ID + "/101"
	words := []string{"has not answered for 3 min", "refused the connection"}
	for _, path := range []string{"/services", "/services?look=1", "/services/updates", "/services/nginx.service/log", "/services/nginx.service/log?look=1", "/services/nginx.service/log?follow=1", "/console"} {
		a := h.get(page+path, http.StatusOK)
		isAWholePage(a)
		a.says(append(words, "web")...)
		a.lacks("over SSH", "Looking inside", "Reading the log", "Open the console")
	}
	h.htmxGet(page+"/services?look=1", http.StatusOK).says(words...)
	h.post(page+"/services/credentials", nil, http.StatusOK).says(words...)
	h.htmxPost(page+"/console/tickets", nil, http.StatusBadGateway).says(words...)
	state := <-h.events(page+"/services/nginx.service/log/events", "")
	if state.name != "state" || !strings.Contains(state.data, words[0]) {
		t.Errorf("the log that is followed: %+v", state)
	}
	if n := s.Connections(); n != before {
		t.Errorf("SSH was asked %d times", n-before)
	}
}
