package forms

import (
	"net/url"
	"strings"
	"testing"
)

func TestAnAddressIsTakenApartAsABrowserReadsIt(t *testing.T) {
	for typed, want := range map[string]string{
		"host":                                "host 8006",
		"host:8006":                           "host 8006",
		"host:443":                            "host 443",
		"host/":                               "host 8006",
		"//host/":                             "host 8006",
		"  host  ":                            "host 8006",
		"https://host":                        "host 443",
		"https://host/":                       "host 443",
		"HTTPS://host/#v1:0:=node%2Fpve1:4:5": "host 443",
		"https://host:8006/":                  "host 8006",
		"https://host:8443/x?y#z":             "host 8443",
		"http://host:8006/":                   "host 8006",
		"192.168.1.20":                        "192.168.1.20 8006",
		"https://192.168.1.20/":               "192.168.1.20 443",
		"2001:db8::1":                         "2001:db8::1 8006",
		"[2001:db8::1]":                       "2001:db8::1 8006",
		"[2001:db8::1]:443":                   "2001:db8::1 443",
		"https://[2001:db8::1]/":              "2001:db8::1 443",
		"https://[2001:db8::1]:8006/x":        "2001:db8::1 8006",
		"fe80::1%eth0":                        "fe80::1%eth0 8006",
		"https://[fe80::1%25eth0]:8006/":      "fe80::1%eth0 8006",

		"http://host/":           "host 8006", // nothing of Proxmox VE listens on 80
		"ftp://host/":            "not ftp",
		"ssh://root@host":        "not ssh",
		"root@host":              "no user name in it",
		"https://root:x@host/":   "no user name in it",
		"my host":                "not a host name or IP address",
		"https://my host/":       "not a host name or IP address",
		"https://":               "not a host name or IP address",
		"[2001:db8::1":           "not a host name or IP address",
		"2001:db8::1::2":         "not a host name or IP address",
		"host:eight":             "not a host name or IP address",
		"host\x00":               "not a host name or IP address",
		strings.Repeat("x", 254): "not a host name or IP address",
		"":                       "Enter the address",
		"https://host:99999/":    "port: A port is a number",
		"host:0":                 "port: A port is a number",
	} {
		var f Node
		f.Read(url.Values{"name": {"attic"}, "host": {typed}, "port": {"8006"}, "token_id": {"berth@pve!app"}})
		f.Check(true)
		got := f.Host + " " + f.Port
		if e := f.Errors["host"]; e != "" {
			got = e
		} else if e := f.Errors["port"]; e != "" {
			got = "port: " + e
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
		if len(f.Errors) > 0 {
			continue
		}
		again := Node{}
		again.Read(url.Values{"host": {f.Host}, "port": {f.Port}})
		if again.Host != f.Host || again.Port != f.Port {
			t.Errorf("%q is %s %s the first time, and %s %s when it is sent again", typed, f.Host, f.Port, again.Host, again.Port)
		}
	}
	var f Node
	f.Read(url.Values{"host": {"https://host/"}, "port": {"8443"}})
	if f.Port != "8443" {
		t.Errorf("a port that was typed gave way to %s", f.Port)
	}
}
