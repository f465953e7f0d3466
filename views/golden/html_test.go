package golden

import (
	"strings"
	"testing"
)

func TestGoldenHTMLKeepsTheWhiteSpaceThatShows(t *testing.T) {
	for rendered, want := range map[string]string{
		`<ul> <li>one</li> <li>two</li> </ul>`:                                            "<ul><li>one</li><li>two</li></ul>\n",
		`<p> <a>one</a> <a>two</a><a>three</a> </p>`:                                      "<p><a>one</a> <a>two</a><a>three</a></p>\n",
		`<p>one<span> two</span> </p>`:                                                    "<p>one<span> two</span></p>\n",
		"<pre> one\n  two </pre>":                                                         "<pre> one\n  two </pre>\n",
		`<p>` + strings.Repeat("a ", 80) + ` <b>b</b><i>i</i></p>`:                        "<p>\n  " + strings.TrimSpace(strings.Repeat("a ", 80)) + "␣\n  <b>b</b><i>i</i>\n",
		`<p>` + strings.Repeat("a", 160) + `<b>b</b> <i>i</i></p>`:                        "<p>\n  " + strings.Repeat("a", 160) + "\n  <b>b</b> <i>i</i>\n",
		`<div><div><p>a</p><p title="` + strings.Repeat("t", 300) + `">b</p></div></div>`: "<div><div>\n  <p>a</p>\n  <p title=\"" + strings.Repeat("t", 300) + "\">b</p>\n",
	} {
		if got := parsed(t, rendered).print(); got != want {
			t.Errorf("%s becomes\n%swant\n%s", rendered, got, want)
		}
	}
}

func TestGoldenHTMLClosesItsElements(t *testing.T) {
	for _, rendered := range []string{`<p>`, `</p>`, `<p><b></p></b>`, `<div><p></div>`} {
		if _, err := parseHTML(rendered); err == nil {
			t.Errorf("%s is taken", rendered)
		}
	}
}

func TestAVariantTellsWhatDiffers(t *testing.T) {
	const page = `<div id="head"><h1>Jobs</h1></div><ul><li>one</li><li>two</li><li>three</li></ul><p>Ends.</p>`
	for name, tt := range map[string]struct{ variant, want string }{
		"nothing":        {page, "…\n"},
		"a text":         {`<div id="head"><h1>Job</h1></div><ul><li>one</li><li>two</li><li>three</li></ul><p>Ends.</p>`, "<div id=\"head\"><h1>Job</h1></div>\n…\n"},
		"an attribute":   {`<div id="head" hidden><h1>Jobs</h1></div><ul><li>one</li><li>two</li><li>three</li></ul><p>Ends.</p>`, "<div id=\"head\" hidden>…</div>\n…\n"},
		"one more":       {`<div id="head"><h1>Jobs</h1></div><ul><li>one</li><li>two</li><li>2½</li><li>three</li></ul><p>Ends.</p>`, "…\n<ul>…<li>2½</li>…</ul>\n…\n"},
		"one less":       {`<div id="head"><h1>Jobs</h1></div><ul><li>one</li><li>three</li></ul><p>Ends.</p>`, "…\n<ul><li>one</li><li>three</li></ul>\n…\n"},
		"nothing of it":  {``, "<!-- without <div id=\"head\"><h1>Jobs</h1></div> -->\n<!-- without <ul><li>one</li><li>two</li><li>three</li></ul> -->\n<!-- without <p>Ends.</p> -->\n"},
		"another in its": {`<div id="foot"><h1>Jobs</h1></div><ul><li>one</li><li>two</li><li>three</li></ul><p>Ends.</p>`, "<!-- without <div id=\"head\"><h1>Jobs</h1></div> -->\n<div id=\"foot\"><h1>Jobs</h1></div>\n…\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := differences(parsed(t, page), parsed(t, tt.variant)).print(); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}
