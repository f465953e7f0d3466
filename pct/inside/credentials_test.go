package inside

import (
	"strings"
	"testing"
)

func TestCredentialsOfEveryKind(t *testing.T) {
	for line, want := range map[string]Credential{
		"A=plain":               {Key: "A", Value: "plain"},
		"export A=b c":          {Key: "A", Value: "b c"},
		"  A='it is'  ":         {Key: "A", Value: "it is"},
		`A="say \"hi\" \$x \n"`: {Key: "A", Value: `say "hi" $x \n`},
		"A=$(rm -rf /)`id`":     {Key: "A", Value: "$(rm -rf /)`id`"},
		"A='b'c'":               {Key: "A", Value: "'b'c'"},
		`A="b\"`:                {Key: "A", Value: `"b\"`},
		"A=b=c==":               {Key: "A", Value: "b=c=="},
		"A=tab\there\x1b[31m":   {Key: "A", Value: `"tab\there\x1b[31m"`, Quoted: true},
		"A=\xff":                {Key: "A", Value: `"\xff"`, Quoted: true},
		"A=turned\u202e":        {Key: "A", Value: `"turned\u202e"`, Quoted: true},
		"A=<script>&amp;":       {Key: "A", Value: "<script>&amp;"},
		"A=windows\r":           {Key: "A", Value: "windows"},
	} {
		f := credentialFile("/etc/berth/credentials/x", []byte("# comment\n\n"+line+"\n"))
		if len(f.Values) != 1 || f.Values[0] != want || f.Others != 0 {
			t.Errorf("%q: %+v", line, f)
		}
	}
	f := credentialFile("x", []byte("no line of ours\n1A=b\n"))
	if len(f.Values) != 0 || f.Others != 2 {
		t.Errorf("%+v", f)
	}
	if f := credentialFile("x", make([]byte, maxCredentialFile+1)); !f.TooBig || f.Values != nil {
		t.Errorf("%+v", f)
	}
}

func FuzzCredentials(f *testing.F) {
	f.Add("\nM file /etc/berth/credentials/a\nA='b'\nexport B=\"c\\\"\"\n\nM end\n")
	f.Fuzz(func(t *testing.T, out string) {
		for _, file := range parseCredentials([]byte(out), "M") {
			shown(t, file.Path)
			if len(file.Values) > maxCredentials {
				t.Errorf("%d values", len(file.Values))
			}
			for _, c := range file.Values {
				if c.Key == "" || strings.ContainsAny(c.Value, "\n\x00\x1b") {
					t.Errorf("%+v", c)
				}
			}
		}
	})
}
