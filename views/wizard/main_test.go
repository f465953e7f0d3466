package wizard

import (
	"os"
	"testing"

	"berth/views/golden"
)

func TestMain(m *testing.M) { os.Exit(golden.Main(m)) }
