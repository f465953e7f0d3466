package markdown

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

func TestMarkdown(t *testing.T) {
	for note, want := range map[string]string{
		"":                    "",
		"One\ntwo\n\nthree\n": "<p>One\ntwo</p><p>three</p>",
		"# Top\n## Second ##\n#### Deep\n###### Deepest\n#none": "<h3>Top</h3><h4>Second</h4><h5>Deep</h5><h6>Deepest</h6><p>#none</p>",
		"### a\n# b\n### c\n## d\n###### e":                     "<h3>a</h3><h3>b</h3><h4>c</h4><h4>d</h4><h5>e</h5>",
		"Top\n===\nSecond\n---":                                 "<h3>Top</h3><h4>Second</h4>",
		"*em* _em_ **strong** __strong__ ~~gone~~":              "<p><em>em</em> <em>em</em> <strong>strong</strong> <strong>strong</strong> <del>gone</del></p>",
		"***both*** **a *b* c** snake_case_name 2*3":            "<p><em><strong>both</strong></em> <strong>a <em>b</em> c</strong> snake_case_name 2*3</p>",
		"**open *crossed** here*":                               "<p><em><em>open <em>crossed</em></em> here</em></p>",
		"~one~ ~~~three~~~":                                     "<p><del>one</del> ~~~three~~~</p>",
		"`a < b` ``a ` b`` `open":                               "<p><code>a &lt; b</code> <code>a ` b</code> `open</p>",
		"- a\n- b\n  more\n  - c\n* other":                      "<ul><li>a</li><li>b\nmore<ul><li>c</li></ul></li></ul><ul><li>other</li></ul>",
		"1. a\n2) b":                                            "<ol><li>a</li></ol><ol><li>b</li></ol>",
		"- a\n\n- b":                                            "<ul><li><p>a</p></li><li><p>b</p></li></ul>",
		"- a\nlazy\n\nafter":                                    "<ul><li>a\nlazy</li></ul><p>after</p>",
		"-":                                                     "<ul><li></li></ul>",
		"> said\n> - a\nlazy\n\nafter":                          "<blockquote><p>said</p><ul><li>a\nlazy</li></ul></blockquote><p>after</p>",
		"a\n\n---\n* * *\n___":                                  "<p>a</p><hr><hr><hr>",
		"```sh\nls <dir>\n\n  x\n```\nafter":                    `<pre tabindex="0"><code>ls &lt;dir&gt;` + "\n\n  x</code></pre><p>after</p>",
		"~~~\nopen":                                             `<pre tabindex="0"><code>open</code></pre>`,
		"    code\n\n    more\n\ntext":                          `<pre tabindex="0"><code>code` + "\n\nmore</code></pre><p>text</p>",
		"| a | b\\|c |\n|---|:-:|\n| 1 | *2* | 3 |\n| x\n\nafter": `<div class="scroll"><table><thead><tr><th scope="col">a</th><th scope="col">b|c</th></tr></thead>` +
			`<tbody><tr><td>1</td><td><em>2</em></td></tr><tr><td>x</td><td></td></tr></tbody></table></div><p>after</p>`,
		"a  \nb\\\nc":                                                      "<p>a<br>\nb<br>\nc</p>",
		"\\*no\\* \\\\ &amp; &copy; &x;":                                   "<p>*no* \\ &amp; © &amp;x;</p>",
		"[Jelly *fin*](http://192.0.2.60:8096/web \"x\")":                  `<p><a href="http://192.0.2.60:8096/web" rel="noopener noreferrer nofollow">Jelly <em>fin</em></a></p>`,
		"See https://example.org/a_(b). Or http://[bad":                    `<p>See <a href="https://example.org/a_(b)" rel="noopener noreferrer nofollow">https://example.org/a_(b)</a>. Or http://[bad</p>`,
		"<https://example.org> <mira@example.org>":                         `<p><a href="https://example.org" rel="noopener noreferrer nofollow">https://example.org</a> <a href="mailto:mira@example.org" rel="noopener noreferrer nofollow">mira@example.org</a></p>`,
		"![logo](https://example.org/x.png) ![](http://a.b/c)":             `<p><a href="https://example.org/x.png" rel="noopener noreferrer nofollow">logo</a> <a href="http://a.b/c" rel="noopener noreferrer nofollow">image</a></p>`,
		"[a [b](http://x.y) c](http://z.w) [none] [x](":                    `<p>[a <a href="http://x.y" rel="noopener noreferrer nofollow">b</a> c](<a href="http://z.w" rel="noopener noreferrer nofollow">http://z.w</a>) [none] [x](</p>`,
		"[x](javascript:alert(1)) [y](data:text/html,z) [z](/)":            "<p>x y z</p>",
		"[x](&#106;avascript:alert(1)) <javascript:alert(1)>":              "<p>x javascript:alert(1)</p>",
		"xhttps://a.b https://":                                            "<p>xhttps://a.b https://</p>",
		"a <b>bold</b> <!-- no --> <img src=x onerror=alert(1)> 1 < 2 <3":  "<p>a bold   1 &lt; 2 &lt;3</p>",
		"<script>alert(1)</script>":                                        "<p>alert(1)</p>",
		"<style>p{}</style>":                                               "",
		"[a]: http://x.y\n\n[b][a] [a]":                                    `<p><a href="http://x.y" rel="noopener noreferrer nofollow">b</a> <a href="http://x.y" rel="noopener noreferrer nofollow">a</a></p>`,
		"one <a href='http://x.y' onclick=z>*two*</a> <a href=z>three</a>": `<p>one <a href="http://x.y" rel="noopener noreferrer nofollow"><em>two</em></a> three</p>`,
		"*a <a href='http://x.y'>b* c":                                     `<p><em>a <a href="http://x.y" rel="noopener noreferrer nofollow">b</a></em> c</p>`,
		"a<br>b <img src='http://x.y' alt='a <b>'> <img src=z>":            `<p>a<br>b <a href="http://x.y" rel="noopener noreferrer nofollow">a &lt;b&gt;</a></p>`,
		"a &#x202e;&#27;b":                                                 "<p>a b</p>",
		"<div align='center'>\n  <h2>Docker</h2>":                          "<p>Docker</p>",
		"<br>":                  "",
		"\x00\x1b[31m\u202ered": "<p>[31mred</p>",
	} {
		if got := render(note); got != want {
			t.Errorf("%q\n got %q\nwant %q", note, got, want)
		}
	}
}

// What community scripts write into the notes of their containers is HTML: its words and links stay.
func TestMarkdownOfANoteInHTML(t *testing.T) {
	note := `<div align='center'>
  <a href='https://Helper.example' target='_blank' rel='noopener noreferrer'>
    <img src='https://example.org/logo.png' style='width:81px;height:112px;'/>
  </a>

  <h2 style='font-size: 24px; margin: 20px 0;'>Docker LXC</h2>

  <p style='margin: 16px 0;'>
    <a href='https://ko-fi.example' target='_blank'>
      <img src='https://img.example/x' alt='spend Coffee' />
    </a>
  </p>

  <span style='margin: 0 10px;'>
    <i class="fa fa-github fa-fw" style="color: #f5f5f5;"></i>
    <a href='https://git.example/a?b&amp;c' target='_blank' style='color: #00617f;'>GitHub</a>
    <a href='javascript:alert(1)'>not this</a>
  </span>
</div>
`
	link := func(to, words string) string {
		return `<a href="` + to + `" rel="noopener noreferrer nofollow">` + words + "</a>"
	}
	want := "<p>" + link("https://Helper.example", "Helper.example") + "</p><p>Docker LXC</p><p>" + link("https://ko-fi.example", "spend Coffee") +
		"</p><p>" + link("https://git.example/a?b&amp;c", "GitHub") + " not this</p>"
	got := render(note)
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	wantHarmless(t, note, got)
}

// A note has 8,192 characters at most, and makes a page of a small part of a megabyte at most, whatever they are.
func TestMarkdownOfLargeNotes(t *testing.T) {
	steps := func(n int, step func(int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(step(i))
		}
		return b.String()
	}
	for name, note := range map[string]string{
		"a table of 2,000 columns":        strings.Repeat("a|", 2000) + "\n-|-\n" + strings.Repeat("|\n", 2000),
		"a table of 1,300 full columns":   strings.Repeat("a|", 1300) + "\n" + strings.Repeat("-|", 1300) + "\n" + strings.Repeat("|\n", 1300),
		"a table in a quote":              "> " + strings.Repeat("a|", 1300) + "\n> " + strings.Repeat("-|", 1300) + strings.Repeat("\n> |", 700),
		"many tables":                     strings.Repeat(strings.Repeat("a|", 40)+"\n"+strings.Repeat("-|", 40)+"\n"+strings.Repeat("|\n", 40)+"\n", 33),
		"quotes in quotes":                strings.Repeat("> ", 4000) + "x",
		"quotes in quotes without spaces": strings.Repeat(">", 8000) + "x",
		"lists in lists":                  strings.Repeat("- ", 4000) + "x",
		"numbers in numbers":              strings.Repeat("1. ", 2700) + "x",
		"lists in quotes":                 strings.Repeat("> - ", 2000) + "x",
		"lists by indentation":            steps(120, func(i int) string { return strings.Repeat(" ", i) + "- a\n" }),
		"references to a long address":    "[a]: http://x.y/" + strings.Repeat("z", 1900) + "\n\n" + strings.Repeat("[a] ", 1500),
		"many references":                 strings.Repeat("[a]: http://x\n", 500) + strings.Repeat("[a]", 400),
		"brackets":                        strings.Repeat("[", 8000),
		"stars":                           strings.Repeat("*", 8000),
		"backticks":                       steps(126, func(i int) string { return strings.Repeat("`", i+1) + " " }),
		"emphasis":                        strings.Repeat("*a_", 2700),
		"addresses":                       strings.Repeat("http://a ", 900),
		"links of HTML":                   strings.Repeat("a <a href=http://a>b", 400),
		"headings":                        strings.Repeat("# a\n", 2000),
		"tags":                            "<div>" + strings.Repeat("<p>a", 2000),
		"entities":                        strings.Repeat("&quot;", 1365),
		"more than Proxmox takes":         strings.Repeat("https://example.org\n\n", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			got := render(note)
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			if len(got) > maxMarkdownHTML {
				t.Errorf("%d bytes of HTML", len(got))
			}
			if strings.TrimSpace(got) == "" {
				t.Error("nothing of it is shown")
			}
			wantHarmless(t, name, got)
		})
	}
}

func TestMarkdownOfAUsualTableIsOne(t *testing.T) {
	note := "| port | what |\n| --- | --- |\n" + strings.Repeat("| 80 | web |\n", 200)
	if got := strings.Count(render(note), "<tr>"); got != 201 {
		t.Errorf("%d rows", got)
	}
}

// wantHarmless fails unless HTML holds nothing but what markdown.go writes.
func wantHarmless(t *testing.T, note, got string) {
	t.Helper()
	elements := []atom.Atom{atom.P, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Li, atom.Blockquote, atom.Pre, atom.Code, atom.Hr, atom.Br, atom.Em, atom.Strong, atom.Del, atom.A,
		atom.Div, atom.Table, atom.Thead, atom.Tbody, atom.Tr, atom.Th, atom.Td}
	nodes, err := html.ParseFragment(strings.NewReader(got), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Fatal(err)
	}
	root := &html.Node{Type: html.ElementNode, Data: "div"}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	for n := range root.Descendants() {
		switch n.Type {
		case html.TextNode:
		case html.ElementNode:
			if !slices.Contains(elements, n.DataAtom) {
				t.Errorf("%q has an element %s\n%s", note, n.Data, got)
			}
			for _, a := range n.Attr {
				safe := map[string]bool{
					`href`:     n.DataAtom == atom.A && (strings.HasPrefix(a.Val, "http://") || strings.HasPrefix(a.Val, "https://") || strings.HasPrefix(a.Val, "mailto:")),
					`rel`:      a.Val == "noopener noreferrer nofollow",
					`class`:    a.Val == "scroll",
					`scope`:    a.Val == "col",
					`tabindex`: a.Val == "0",
				}
				if !safe[a.Key] {
					t.Errorf("%q has an attribute %s=%q\n%s", note, a.Key, a.Val, got)
				}
			}
		default:
			t.Errorf("%q has a node of type %d\n%s", note, n.Type, got)
		}
	}
}

// hostile are notes that try to break out, or to take forever.
func hostile() []string {
	notes := []string{
		`<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, `<svg/onload=alert(1)>`, `<a href="javascript:alert(1)">x</a>`,
		`[x](javascript:alert(1))`, `[x](JaVaScRiPt:alert(1))`, `[x]( javascript:alert(1))`, "[x](java\nscript:alert(1))", `[x](vbscript:x)`, `[x](data:text/html;base64,PHNjcmlwdD4=)`,
		`[x](https://a" onmouseover="alert(1))`, `[x](<https://a"onclick=alert(1)>)`, `![x" onerror="alert(1)](https://a)`, `[<img src=x onerror=alert(1)>](https://a)`,
		`https://a"onmouseover=alert(1)`, `<https://a"onmouseover=alert(1)>`, "```<script>\nalert(1)\n```", "`<script>`", "&lt;script&gt;alert(1)&lt;/script&gt;", `&#60;script&#62;`,
		"</div></div></main><script>", "<!--", "--><script>", "<![CDATA[<script>]]>", "<?php ?>", "<style>*{}</style>", "<iframe src=https://a>", "<base href=https://a>", `<form action=https://a><button>`,
		"[a](https://[::1]:80)", "[a](https://x:y@z/)", "| <script> |\n|---|\n| <img src=x onerror=1> |", "# <script>", "\u2028\u2029\ufeff<script>", "<scr<script>ipt>",
	}
	for _, s := range []string{"<", "<!--", "[", "![", "](", "*", "**a", "_a", "~~a", "`", "> ", "- ", "    ", "1. ", "\\", "&", "&#x0;", "|", "|-", "\n", "<a", "https://", "[a](", "``` \n", "a\n=\n"} {
		notes = append(notes, strings.Repeat(s, maxMarkdown/len(s)))
	}
	return append(notes, strings.Repeat("> ", 500)+"x", strings.Repeat("  ", 3)+strings.Repeat("- ", 500)+"x", strings.Repeat("[", 500)+"x"+strings.Repeat("](https://a)", 500))
}

func TestMarkdownOfHostileNotes(t *testing.T) {
	for _, note := range hostile() {
		wantHarmless(t, note[:min(len(note), 80)], render(note))
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, note := range hostile() {
		f.Add(note[:min(len(note), 200)])
	}
	f.Add("# A\n\n- b *c* [d](https://e)\n\n```\nf\n```\n> g\n\n|h|i|\n|-|-|\n|j|k|\n")
	f.Fuzz(func(t *testing.T, note string) { wantHarmless(t, note, render(note)) })
}
