package handlers

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/crypto/ssh"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
	"berth/views/explain"
)

// flood prints on both streams until it is hung up on: some 50 MB a second, so that what is kept is not lost among
// what is yet to be collected.
func flood(c ssh.Channel) int { return floodTo(c, c.Stderr()) }

// floodOut is flood on standard output alone, which is all that a terminal has.
func floodOut(c ssh.Channel) int { return floodTo(c) }

func floodTo(streams ...io.Writer) int {
	piece := []byte(strings.Repeat("the same again and again and so on\n", 900))
	for {
		for _, s := range streams {
			if _, err := s.Write(piece); err != nil {
				return 255
			}
		}
		time.Sleep(500 * time.Microsecond)
	}
}

var beginMark = regexp.MustCompile(`berth (\S+) begin`)

// floodLater is flood once it has said that it begins with the program.
func floodLater(c ssh.Channel) int {
	var program []byte
	for piece := make([]byte, 4<<10); !beginMark.Match(program); {
		n, err := c.Read(piece)
		if err != nil {
			return 255
		}
		program = append(program, piece[:n]...)
	}
	fmt.Fprintf(c.Stderr(), "\x1eberth %s begin\n", beginMark.FindSubmatch(program)[1])
	return flood(c)
}

// heldMost returns the peak of live memory while something is done, in bytes above what was held before. Garbage does
// not count, nor what is gone at one of three readings: how much there is depends on the load of the machine.
func heldMost(do func()) int64 {
	inUse := func() int64 {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		runtime.GC()
		metrics.Read(live)
		return int64(live[0].Value.Uint64())
	}
	before := inUse()
	var most atomic.Int64
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			held := min(inUse(), inUse(), inUse()) - before
			most.Store(max(most.Load(), held))
			select {
			case <-done:
				return
			default:
			}
		}
	}()
	do()
	close(done)
	<-stopped
	return most.Load()
}

// A container whose shell never stops talking costs Berth little, wherever it is heard, and is told of.
func TestAContainerThatFloodsCostsLittle(t *testing.T) {
	const words = "prints more than Berth reads"
	h, s := inhabited(t)
	at := h.services("101")
	paths := map[string]func(){
		"its services":    func() { h.get(at+"?look=1", http.StatusOK).says(words) },
		"its updates":     func() { h.get(at+"/updates", http.StatusOK).says(words) },
		"its credentials": func() { h.post(at+"/credentials", nil, http.StatusOK).says(words) },
		"a log":           func() { h.get(at+"/nginx.service/log?look=1", http.StatusOK).says(words) },
	}
	for name, shell := range map[string]func(ssh.Channel) int{"at once": flood, "once it has begun": floodLater} {
		s.Play(sim.SSHFault{Shell: shell, Times: 1 << 10})
		for path, look := range paths {
			h.app.clock.Advance(time.Minute) // a look is shared for a while
			if held := heldMost(look); held > 8<<20 {
				t.Errorf("%s, %s: %d KiB more", path, name, held>>10)
			}
		}
		s.PlayNone()
	}
}

// Of a log that is followed and a console, what nobody takes holds up the container.
func TestAContainerThatFloodsIsHeldUp(t *testing.T) {
	h, s := inhabited(t)
	for name, follow := range map[string]func(){
		"a log that is followed": func() {
			s.Play(sim.SSHFault{Shell: floodLater, Times: 1})
			res, err := h.http.Get(h.app.server.URL + h.services("101") + "/nginx.service/log/events")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if _, err := io.CopyN(io.Discard, res.Body, 1<<20); err != nil {
				t.Error(err)
			}
		},
		"a console": func() {
			s.Play(sim.SSHFault{Shell: floodOut, Times: 1})
			ws := h.console("/containers/" + h.node.ID + "/101/console")
			defer ws.CloseNow()
			for n := 0; n < 4<<20; {
				_, data, err := ws.Read(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				n += len(data)
				if err := ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"taken":%d}`, len(data))); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		if held := heldMost(follow); held > 8<<20 {
			t.Errorf("%s: %d KiB more", name, held>>10)
		}
	}
}

// A job whose program floods keeps the end of what it says; one whose shell does so fails, and says why.
func TestAJobInAContainerThatFloodsCostsLittle(t *testing.T) {
	h, s := inhabited(t)
	s.Play(sim.SSHFault{Shell: flood, Times: 1 << 10})
	var j store.Job
	held := heldMost(func() { j = h.setUp() })
	if held > 8<<20 {
		t.Errorf("%d KiB more", held>>10)
	}
	if j.State != store.JobFailed || j.Problem == nil || j.Problem.Kind != jobs.ProblemTooMuch || !strings.Contains(explain.Job(j).Why, "prints endlessly") {
		t.Errorf("%s: %+v", j.State, j.Problem)
	}
}
