package proxmox

import (
	"testing"
	"time"

	"berth/proxmox/sim"
)

func TestALimitIsAboveWhatARefusalTakes(t *testing.T) {
	if sim.RefusalTime != refusalTime {
		t.Errorf("the simulated host takes %v, a real one %v", sim.RefusalTime, refusalTime)
	}
	const network = 500 * time.Millisecond // to connect, and for a slow host
	for name, limit := range map[string]time.Duration{"page": PageTime, "turn": TurnTime, "call": CallTimeout} {
		if limit < refusalTime+network {
			t.Errorf("%s: %v is too short to be refused", name, limit)
		}
	}
	if changeTime < lockTime+network || TwiceTime < 2*lockTime+network {
		t.Error("a change is cut off before Proxmox says what holds it up")
	}
	if patience(t.Context(), "PUT") != changeTime || patience(t.Context(), "GET") != CallTimeout {
		t.Error("a change is given no more time than a question")
	}
	if probeTimeout < 2*refusalTime+network {
		t.Errorf("a probe of %v ends before its second call is refused", probeTimeout)
	}
}
