package jobs_test

import (
	"flag"
	"os"
	"testing"
)

// Most of these tests wait for shells and hosts: unless somebody says otherwise, more of them run at a time than there are
// processors.
func TestMain(m *testing.M) {
	const atOnce = "6"
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		if err := flag.Set("test.parallel", atOnce); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
