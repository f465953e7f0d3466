package views

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The content security policy allows no inline style or script, and htmx runs without
// eval: a trigger's filter would then let every event pass, and a js: value would be dropped in silence.
func TestTemplatesNeedNothingInline(t *testing.T) {
	pages, err := filepath.Glob("*.templ")
	kits, failed := filepath.Glob("*/*.templ")
	if err != nil || failed != nil || len(pages) == 0 || len(kits) == 0 {
		t.Fatalf("no templates found: %v, %v", err, failed)
	}
	for _, file := range append(pages, kits...) {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for what, re := range forbidden() {
			if m := re.Find(body); m != nil {
				t.Errorf("%s has %s: %q", file, what, m)
			}
		}
	}
}

func forbidden() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"a style attribute":           regexp.MustCompile(`(?i)\sstyle\s*=`),
		"a style element":             regexp.MustCompile(`(?i)<style\b`),
		"an inline script":            regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>[^<]`),
		"an event handler":            regexp.MustCompile(`(?i)\son[a-z]+\s*=`),
		"hx-on":                       regexp.MustCompile(`(?i)\bhx-on[:=-]`),
		"a js: or javascript: value":  regexp.MustCompile(`(?i)["'{]\s*(js|javascript):`),
		"a filter in hx-trigger":      regexp.MustCompile(`(?i)hx-trigger\s*=\s*(\{[^}]*|"[^"]*)\[`),
		"a templ script or component": regexp.MustCompile(`(?m)^(script|css)\s+\w+\(`),
		"hx-boost":                    regexp.MustCompile(`(?i)\bhx-boost\b`),
		"an empty aria attribute":     regexp.MustCompile(`(?i)\saria-[a-z]+\?=`), // it would say no
		"an address outside":          regexp.MustCompile(`(?i)\s(src|href)="(https?:)?//`),
	}
}

func TestForbiddenIsFound(t *testing.T) {
	for sample, what := range map[string]string{
		`<p style="color: red">`:                         "a style attribute",
		`<p style={ css }>`:                              "a style attribute",
		"<style>":                                        "a style element",
		"<script>go()</script>":                          "an inline script",
		`<script type="module">go()</script>`:            "an inline script",
		"<button\n\tonclick={ f }>":                      "an event handler",
		`<div hx-on:click="x">`:                          "hx-on",
		`<div hx-on--after-swap="x">`:                    "hx-on",
		`<div hx-vals="js:{a: b}">`:                      "a js: or javascript: value",
		`<a href="javascript:go()">`:                     "a js: or javascript: value",
		`<div hx-trigger="keyup[ctrlKey]">`:              "a filter in hx-trigger",
		"<div hx-trigger={ \"click[\" + cond + \"]\" }>": "a filter in hx-trigger",
		"script go() {":                                  "a templ script or component",
		"<body hx-boost=\"true\">":                       "hx-boost",
		`<a aria-current?={ p.here }>`:                   "an empty aria attribute",
		`<img src="https://elsewhere.example/i.png">`:    "an address outside",
	} {
		if !forbidden()[what].MatchString(sample) {
			t.Errorf("%q is not found to be %s", sample, what)
		}
	}
}
