// Package markdown makes HTML of a container's note, which is Markdown. goldmark reads it; what goes out is written here, because what comes in is not to
// be trusted: every tag is one of this file, every other character is escaped, of HTML that stands in the note only
// words, links and the words of images are left (see html.go), nothing is loaded from anywhere, and a link
// leads to http, https or mailto or is none.
package markdown

import (
	"bufio"
	"bytes"
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

const (
	maxMarkdown      = 8 << 10  // characters that are read, which is what Proxmox takes
	maxMarkdownDepth = 12       // of quotes and lists in each other, and of emphasis
	maxMarkdownCells = 2000     // of all tables together, filled or not: more are shown as they were typed
	maxMarkdownHTML  = 64 << 10 // bytes that are written: a note that needs more is shown as it was typed
	maxMarkdownLink  = 2 << 10  // bytes of an address
)

// Render is a note as people read it. Its headings begin at the third level, below the page's and the panel's, and
// leave none out on the way down.
func Render(note string) templ.Component { return templ.Raw(render(note)) }

func render(note string) string {
	source := shallow(legible(firstRunes(strings.ReplaceAll(note, "\t", "    "), maxMarkdown)))
	m := writer{source: []byte(source)}
	m.blocks(noteParser().Parse(text.NewReader(m.source)), 0)
	if m.full() {
		return "<p>" + html.EscapeString(source) + "</p>"
	}
	return legible(m.String())
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// legible leaves out what is no character to read, or turns the direction of those that follow.
func legible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\n' || r == 0x7f || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
}

// markdownDeep is a line that begins more quotes and lists in each other than are shown.
var markdownDeep = regexp.MustCompile(`(?m)^((?: {0,3}(?:>|[-+*] |\d{1,9}[.)] )){12} *)([-+*>]|\d{1,9}[.)])`)

// shallow makes words of what would be in more quotes and lists than are shown, as they take long to read.
func shallow(note string) string { return markdownDeep.ReplaceAllString(note, `$1\$2`) }

// noteParser reads what people write: CommonMark with tables, deletions and bare addresses.
func noteParser() parser.Parser {
	p := goldmark.DefaultParser()
	p.AddOptions(
		parser.WithParagraphTransformers(util.Prioritized(fewCells{extension.NewTableParagraphTransformer()}, 200)),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
		parser.WithInlineParsers(
			util.Prioritized(extension.NewStrikethroughParser(), 500),
			util.Prioritized(extension.NewLinkifyParser(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})), 999),
		),
	)
	return p
}

// fewCells makes tables of paragraphs as long as there are few cells: a row of a table gets all its cells, so that
// a few thousand bytes could ask for millions.
type fewCells struct{ parser.ParagraphTransformer }

var cellsRead = parser.NewContextKey()

func (f fewCells) Transform(p *ast.Paragraph, r text.Reader, c parser.Context) {
	rows := p.Lines().Len()
	columns := 0
	for i := range min(rows, maxMarkdownCells) { // the line that makes a table of it may be any
		line := p.Lines().At(i)
		columns = max(columns, bytes.Count(line.Value(r.Source()), []byte("|"))+1)
	}
	before, _ := c.Get(cellsRead).(int)
	if columns == 1 || rows < 2 || before+rows*columns > maxMarkdownCells {
		return
	}
	f.ParagraphTransformer.Transform(p, r, c)
	if t := p.NextSibling(); p.Parent() == nil || t != nil && t.Kind() == tables.KindTable {
		c.Set(cellsRead, before+rows*columns)
	}
}

// writer is the HTML that is being written.
type writer struct {
	strings.Builder
	source []byte
	above  []int // levels of the headings that the next one may stand below
}

func (m *writer) full() bool { return m.Len() > maxMarkdownHTML }

// element writes an element around words; none when there are no words.
func (m *writer) element(name, words string) {
	if strings.TrimSpace(words) != "" {
		m.WriteString("<" + name + ">" + words + "</" + name + ">")
	}
}

// blocks writes the blocks in n.
func (m *writer) blocks(n ast.Node, depth int) {
	if depth > maxMarkdownDepth {
		m.element("p", plainWords(n, m.source))
		return
	}
	for c := n.FirstChild(); c != nil && !m.full(); c = c.NextSibling() {
		m.block(c, depth)
	}
}

func (m *writer) block(n ast.Node, depth int) {
	switch n := n.(type) {
	case *ast.Heading:
		m.heading(n.Level, m.inline(n))
	case *ast.Paragraph:
		m.element("p", m.inline(n))
	case *ast.TextBlock: // a paragraph of a list without blank lines
		m.WriteString(m.inline(n))
	case *ast.Blockquote:
		m.container("blockquote", n, depth)
	case *ast.List:
		name := "ul"
		if n.IsOrdered() {
			name = "ol"
		}
		m.container(name, n, depth)
	case *ast.ListItem:
		m.container("li", n, depth-1) // a list and its items are one step
	case *ast.CodeBlock:
		m.pre(n.Lines())
	case *ast.FencedCodeBlock:
		m.pre(n.Lines())
	case *ast.ThematicBreak:
		m.WriteString("<hr>")
	case *ast.HTMLBlock:
		raw := n.Lines().Value(m.source)
		if n.HasClosure() {
			raw = append(raw, n.ClosureLine.Value(m.source)...)
		}
		m.html(string(raw))
	case *tables.Table:
		m.table(n)
	}
}

func (m *writer) container(name string, n ast.Node, depth int) {
	m.WriteString("<" + name + ">")
	m.blocks(n, depth+1)
	m.WriteString("</" + name + ">")
}

func (m *writer) heading(level int, words string) {
	for len(m.above) > 0 && m.above[len(m.above)-1] >= level {
		m.above = m.above[:len(m.above)-1]
	}
	m.element([]string{"h3", "h4", "h5", "h6"}[min(len(m.above), 3)], words)
	m.above = append(m.above, level)
}

// pre can be scrolled where a line is long, and so takes the focus.
func (m *writer) pre(lines *text.Segments) {
	code := strings.TrimRight(string(lines.Value(m.source)), "\n")
	m.WriteString(`<pre tabindex="0"><code>` + html.EscapeString(code) + "</code></pre>")
}

func (m *writer) table(t *tables.Table) {
	m.WriteString(`<div class="scroll"><table>`)
	begun := false
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		cell, end := "<td>", "</td>"
		switch {
		case row.Kind() == tables.KindTableHeader:
			cell, end = `<th scope="col">`, "</th>"
			m.WriteString("<thead>")
		case !begun:
			m.WriteString("<tbody>")
			begun = true
		}
		m.WriteString("<tr>")
		for c := row.FirstChild(); c != nil && !m.full(); c = c.NextSibling() {
			m.WriteString(cell + m.inline(c) + end)
		}
		m.WriteString("</tr>")
		if row.Kind() == tables.KindTableHeader {
			m.WriteString("</thead>")
		}
	}
	if begun {
		m.WriteString("</tbody>")
	}
	m.WriteString("</table></div>")
}

// inline are the words of a block.
func (m *writer) inline(n ast.Node) string {
	line := inlineWriter{source: m.source, room: maxMarkdownHTML}
	line.children(n, false, 0)
	return strings.TrimRight(line.String(), " \n")
}

// inlineWriter writes the words of a block. links may not stand in links.
type inlineWriter struct {
	strings.Builder
	source []byte
	room   int // bytes that it may write
}

func (w *inlineWriter) children(n ast.Node, inLink bool, depth int) {
	raw := rawLink{at: -1}
	for c := n.FirstChild(); c != nil && w.Len() <= w.room; c = c.NextSibling() {
		if tag, ok := c.(*ast.RawHTML); ok {
			w.tag(string(tag.Segments.Value(w.source)), &raw, inLink)
			continue
		}
		w.node(c, inLink || raw.at >= 0, depth)
	}
	w.closeLink(&raw)
}

func (w *inlineWriter) node(n ast.Node, inLink bool, depth int) {
	switch n := n.(type) {
	case *ast.Text:
		w.text(n)
	case *ast.String:
		w.WriteString(html.EscapeString(string(n.Value)))
	case *ast.CodeSpan:
		w.WriteString("<code>" + html.EscapeString(strings.ReplaceAll(rawWords(n, w.source), "\n", " ")) + "</code>")
	case *ast.Emphasis:
		w.around([]string{"em", "strong"}[n.Level-1], n, inLink, depth)
	case *tables.Strikethrough:
		w.around("del", n, inLink, depth)
	case *ast.Link:
		w.link(string(n.Destination), "", n, inLink, depth)
	case *ast.Image: // a link to it: none is loaded
		w.link(string(n.Destination), "image", n, inLink, depth)
	case *ast.AutoLink:
		target, label := string(n.URL(w.source)), html.EscapeString(string(n.Label(w.source)))
		if n.AutoLinkType == ast.AutoLinkEmail {
			target = "mailto:" + strings.TrimPrefix(target, "mailto:")
		}
		w.anchor(target, label, inLink)
	}
}

func (w *inlineWriter) text(n *ast.Text) {
	w.WriteString(unescaped(n.Segment.Value(w.source)))
	switch {
	case n.HardLineBreak():
		w.WriteString("<br>\n")
	case n.SoftLineBreak():
		w.WriteString("\n")
	}
}

// unescaped is text of Markdown, with its entities and backslashes resolved, as HTML.
func unescaped(b []byte) string {
	var out strings.Builder
	w := bufio.NewWriterSize(&out, 64)
	goldhtml.DefaultWriter.Write(w, b)
	_ = w.Flush() // a strings.Builder takes all
	return out.String()
}

func (w *inlineWriter) around(name string, n ast.Node, inLink bool, depth int) {
	if depth >= maxMarkdownDepth {
		w.WriteString(plainWords(n, w.source))
		return
	}
	w.WriteString("<" + name + ">")
	w.children(n, inLink, depth+1)
	w.WriteString("</" + name + ">")
}

// link writes a link around the words of n; instead stands for them where there are none.
func (w *inlineWriter) link(target, instead string, n ast.Node, inLink bool, depth int) {
	if depth >= maxMarkdownDepth {
		w.WriteString(plainWords(n, w.source))
		return
	}
	words := inlineWriter{source: w.source, room: w.room - w.Len()}
	words.children(n, true, depth+1)
	label := words.String()
	if strings.TrimSpace(label) == "" {
		label = instead
	}
	w.anchor(html.UnescapeString(string(util.UnescapePunctuations([]byte(target)))), label, inLink)
}

// anchor writes a link around words that are HTML, or just the words where it may lead nowhere.
func (w *inlineWriter) anchor(target, words string, inLink bool) {
	href := safeLink(target)
	if href == "" || inLink || strings.TrimSpace(words) == "" {
		w.WriteString(words)
		return
	}
	w.WriteString(`<a href="` + html.EscapeString(href) + `" rel="noopener noreferrer nofollow">` + words + "</a>")
}

// safeLink is an address that a note may lead to, or "".
func safeLink(target string) string {
	u, err := url.Parse(strings.TrimSpace(target))
	if err != nil || len(target) > maxMarkdownLink {
		return ""
	}
	switch {
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", u.Scheme == "mailto" && u.Opaque != "":
		return u.String()
	}
	return ""
}

// plainWords are the words in n, escaped, without any of their tags.
func plainWords(n ast.Node, source []byte) string { return html.EscapeString(rawWords(n, source)) }

// rawWords are the words in n as they were typed.
func rawWords(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(source))
			if t.SoftLineBreak() || t.HardLineBreak() {
				b.WriteByte('\n')
			}
		}
		return ast.WalkContinue, nil // there is no error to come back with
	})
	return b.String()
}
