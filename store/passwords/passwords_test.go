package passwords_test

import (
	"errors"
	"strings"
	"testing"

	"berth/store/passwords"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]error{
		"harbour lights":                nil,
		"étés à la mer":                 nil,
		"ééééöééüéé":                    nil, // characters, not bytes
		strings.Repeat("tide and ", 28): nil,
		"summer of the long boats":      nil,
		"correct horse battery staple":  nil,
		"love 83649150274":              nil,
		"ada 5830174629":                nil,
		"adamant reefs":                 nil,
		"ninechars":                     passwords.ErrWeak,
		"":                              passwords.ErrWeak,
		strings.Repeat("x y", 86):       passwords.ErrWeak,
		"1234567890":                    passwords.ErrCommon,
		"qwertyuiop":                    passwords.ErrCommon,
		"password123":                   passwords.ErrCommon,
		"Password123!":                  passwords.ErrCommon,
		"P@ssw0rd2026":                  passwords.ErrCommon,
		"passwordpassword":              passwords.ErrCommon,
		"PasswordPassword1":             passwords.ErrCommon,
		"1q2w3e4r5t6y":                  passwords.ErrCommon,
		"administrator":                 passwords.ErrCommon,
		"admin12345":                    passwords.ErrCommon,
		"changeme!!":                    passwords.ErrCommon,
		"proxmox2026":                   passwords.ErrCommon,
		"!!!sunshine!":                  passwords.ErrCommon,
		"aaaaaaaaaaaa":                  passwords.ErrCommon,
		"abcabcabcabc":                  passwords.ErrCommon,
		"abcdefghijkl":                  passwords.ErrCommon,
		"zyxwvutsrq":                    passwords.ErrCommon,
		strings.Repeat("x", 256):        passwords.ErrCommon,
		"ada1234567890":                 passwords.ErrName,
		"AdaAdaAdaAda":                  passwords.ErrName,
		"lovelace-ada-lovelace":         nil,
		"ada.ada.ada.":                  passwords.ErrName,
		"4d4-19920704":                  passwords.ErrName,
		"26.ada.2026":                   passwords.ErrName,
	} {
		if got := passwords.Check("Ada", password); !errors.Is(got, want) || want == nil && got != nil {
			t.Errorf("Check(%.40q) = %v, want %v", password, got, want)
		}
	}
	for name, password := range map[string]string{
		"longfellow":      "longfellow",
		"rear_admiral":    "Rear_Admiral",
		"rear-admiral":    "rearadmiral!",
		"wordsworth":      "W0rdsworth1",
		"tennyson":        "nosynnet2026",
		"keats":           "keats-keats",
		"user42":          "user42user42",
		"browning.robert": "browning.robert1889",
	} {
		if err := passwords.Check(name, password); !errors.Is(err, passwords.ErrName) {
			t.Errorf("%q is taken as the password of %q: %v", password, name, err)
		}
	}
}
