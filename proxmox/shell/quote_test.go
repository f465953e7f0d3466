package shell

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

func TestQuoteLeavesPlainWordsReadable(t *testing.T) {
	tests := []struct{ word, want string }{
		{"", "''"},
		{"vmbr0", "vmbr0"},
		{"--hostname", "--hostname"},
		{"local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst", "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"},
		{"berth@pve", "berth@pve"},
		{"berth@pve!app", "'berth@pve!app'"},
		{"name=eth0,ip=dhcp", "'name=eth0,ip=dhcp'"},
		{"a b", "'a b'"},
		{"it's", `'it'\''s'`},
		{"~root", "'~root'"},
		{"$(reboot)", "'$(reboot)'"},
		{"ä", "'ä'"},
		{"a\x00b", "ab"},
	}
	for _, tt := range tests {
		if got := Quote(tt.word); got != tt.want {
			t.Errorf("Quote(%q) = %s, want %s", tt.word, got, tt.want)
		}
	}
}

// FuzzQuote holds that a real shell reads exactly the word, wherever it stands
// in a command's arguments.
func FuzzQuote(f *testing.F) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		f.Fatal("no sh to try quoting with: ", err)
	}
	for _, s := range []string{
		"", "a", "'", "''", `\`, `\'`, `'\''`, "$HOME", "`id`", "$(id)", "a\nb", "\n", "-n", "--", "~", "~root", "a=b",
		"*", "?", "[a-z]*", "{a,b}", "!", "!!", "#x", "a;b", "a&b", "a|b", "a>b", "<", "(", "\t", " ", "é", "\xff\xfe", "%s", "^x", "a\x00b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if len(word) > 64<<10 {
			return // longer than a kernel's argument
		}
		script := "printf '%s.' " + Quote(word) + " x" + Quote(word) + " " + QuoteLine("end", word)
		want := strings.ReplaceAll(word, "\x00", "")
		want = want + ".x" + want + ".end." + want + "."
		cmd := exec.Command(sh, "-s")
		cmd.Stdin = strings.NewReader(script)
		var out, complaints bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &complaints
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %s", err, &complaints)
		}
		if out.String() != want {
			t.Errorf("Quote(%q) = %s: the shell read %q", word, Quote(word), out.String())
		}
	})
}
