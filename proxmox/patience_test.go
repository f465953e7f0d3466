package proxmox

import (
	"testing"
	"time"

	"berth/proxmox/sim"
)

func TestALimitIsAboveWhatARefusalTakes(t *testing.T) {
	if sim.RefusalTime != RefusalTime {
		t.Errorf("the simulated host takes %v, a real one %v", sim.RefusalTime, RefusalTime)
	}
	const network = 500 * time.Millisecond // to connect, and for a slow host
	for name, limit := range map[string]time.Duration{"page": PageTime, "turn": TurnTime, "call": CallTimeout} {
		if limit < RefusalTime+network {
			t.Errorf("%s: %v is too short to be refused", name, limit)
		}
	}
	if ChangeTime < LockTime+network || TwiceTime < 2*LockTime+network {
		t.Error("a change is cut off before Proxmox says what holds it up")
	}
	if patience(t.Context(), "PUT") != ChangeTime || patience(t.Context(), "GET") != CallTimeout {
		t.Error("a change is given no more time than a question")
	}
	if ProbeTimeout < 2*RefusalTime+network {
		t.Errorf("a probe of %v ends before its second call is refused", ProbeTimeout)
	}
}
