package views

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// The part of Markdown that people write into a container's note: headings, paragraphs, lists, quotes, code,
// tables, emphasis and links. It is written here because what there is to import is twenty times as large, and
// because what comes in is not to be trusted: every tag that goes out is written by this file, every other
// character of the note goes through html.EscapeString, HTML that stands in the note is left out, nothing is
// loaded from anywhere, and a link leads to http, https or mailto or is none.

const (
	maxMarkdown      = 32 << 10 // bytes that are read: Proxmox takes 8 Ki characters
	maxMarkdownDepth = 12       // of quotes and lists in each other
	// How far the end of a bracket, a comment or an emphasis is looked for, in bytes or
	// pieces: a note that is made to take long takes no longer than another.
	maxMarkdownReach = 2 << 10
)

// Markdown is a note as people read it. Its headings begin at the third level, below the page's and the panel's, and
// leave none out on the way down.
func Markdown(note string) templ.Component { return templ.Raw(markdownHTML(note)) }

func markdownHTML(note string) string {
	if len(note) > maxMarkdown {
		note = note[:maxMarkdown]
	}
	note = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\n' || r == 0x7f || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ReplaceAll(note, "\t", "    "))
	var m markdown
	m.blocks(strings.Split(note, "\n"), 0, false)
	return m.String()
}

// markdown is the HTML that is being written.
type markdown struct {
	strings.Builder
	above []int // levels of the headings that the next one may stand below
}

// What a block begins with.
var (
	mdHeading   = regexp.MustCompile(`^ {0,3}(#{1,6})(?: +(.*?))?(?: +#+)? *$`)
	mdUnderline = regexp.MustCompile(`^ {0,3}(=+|-{2,}) *$`)
	mdRule      = regexp.MustCompile(`^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$`)
	mdFence     = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})([^`]*)$")
	mdQuote     = regexp.MustCompile(`^ {0,3}> ?`)
	mdItem      = regexp.MustCompile(`^( {0,3})([-*+]|\d{1,9}[.)])( {1,4}|$)`)
	mdTableRule = regexp.MustCompile(`^ {0,3}\|?(?: *:?-+:? *\|)+ *(?::?-+:? *)?$`)
	mdCode      = regexp.MustCompile(`^ {4,}[^ <]`)
)

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

// beginsBlock tells whether a line cannot go on a paragraph.
func beginsBlock(line string) bool {
	return mdHeading.MatchString(line) || mdRule.MatchString(line) || mdFence.MatchString(line) || mdQuote.MatchString(line) || mdItem.MatchString(line)
}

// blocks writes lines; tight leaves out the p around a paragraph, as in a list without blank lines.
func (m *markdown) blocks(lines []string, depth int, tight bool) {
	if depth > maxMarkdownDepth {
		m.WriteString("<p>" + html.EscapeString(strings.Join(lines, "\n")) + "</p>")
		return
	}
	for len(lines) > 0 {
		line, taken := lines[0], 1
		switch {
		case isBlank(line):
		case mdFence.MatchString(line):
			taken = m.fence(lines)
		case mdHeading.MatchString(line):
			parts := mdHeading.FindStringSubmatch(line)
			m.heading(len(parts[1]), parts[2])
		case mdRule.MatchString(line):
			m.WriteString("<hr>")
		case mdQuote.MatchString(line):
			taken = m.quote(lines, depth)
		case mdItem.MatchString(line):
			taken = m.list(lines, depth)
		case mdCode.MatchString(line):
			taken = m.code(lines)
		case len(lines) > 1 && strings.Contains(line, "|") && mdTableRule.MatchString(lines[1]):
			taken = m.table(lines)
		default:
			taken = m.paragraph(lines, tight)
		}
		lines = lines[taken:]
	}
}

// element writes an element around words; none when there are no words.
func (m *markdown) element(name, words string) {
	if strings.TrimSpace(words) != "" {
		m.WriteString("<" + name + ">" + words + "</" + name + ">")
	}
}

func (m *markdown) heading(level int, words string) {
	for len(m.above) > 0 && m.above[len(m.above)-1] >= level {
		m.above = m.above[:len(m.above)-1]
	}
	m.element([]string{"h3", "h4", "h5", "h6"}[min(len(m.above), 3)], inline(words))
	m.above = append(m.above, level)
}

func (m *markdown) paragraph(lines []string, tight bool) (taken int) {
	for taken = 1; taken < len(lines); taken++ {
		line := lines[taken]
		if parts := mdUnderline.FindStringSubmatch(line); parts != nil {
			level := 1
			if parts[1][0] == '-' {
				level = 2
			}
			m.heading(level, strings.Join(lines[:taken], "\n"))
			return taken + 1
		}
		if isBlank(line) || beginsBlock(line) {
			break
		}
	}
	words := make([]string, taken)
	for i, line := range lines[:taken] {
		words[i] = strings.TrimLeft(line, " ")
	}
	text := inline(strings.TrimRight(strings.Join(words, "\n"), " "))
	if tight {
		m.WriteString(text)
	} else {
		m.element("p", text)
	}
	return taken
}

// fence writes code between two lines of ``` or ~~~, or up to the end.
func (m *markdown) fence(lines []string) (taken int) {
	opening := mdFence.FindStringSubmatch(lines[0])[1]
	indent := len(lines[0]) - len(strings.TrimLeft(lines[0], " "))
	var code []string
	for taken = 1; taken < len(lines); taken++ {
		end := strings.TrimSpace(lines[taken])
		if len(end) >= len(opening) && strings.Trim(end, opening[:1]) == "" {
			taken++
			break
		}
		line := lines[taken]
		for range indent {
			line = strings.TrimPrefix(line, " ")
		}
		code = append(code, line)
	}
	m.pre(code)
	return taken
}

// code writes lines that are set in by four spaces.
func (m *markdown) code(lines []string) (taken int) {
	var code []string
	for taken < len(lines) && (isBlank(lines[taken]) || strings.HasPrefix(lines[taken], "    ")) {
		code = append(code, strings.TrimPrefix(lines[taken], "    "))
		taken++
	}
	for isBlank(code[len(code)-1]) {
		code = code[:len(code)-1]
	}
	m.pre(code)
	return taken
}

// pre can be scrolled where a line is long, and so takes the focus.
func (m *markdown) pre(code []string) {
	m.WriteString(`<pre tabindex="0"><code>` + html.EscapeString(strings.Join(code, "\n")) + "</code></pre>")
}

func (m *markdown) quote(lines []string, depth int) (taken int) {
	var quoted []string
	for taken < len(lines) {
		line := lines[taken]
		switch {
		case mdQuote.MatchString(line):
			quoted = append(quoted, mdQuote.ReplaceAllString(line, ""))
		case isBlank(line) || beginsBlock(line) || isBlank(quoted[len(quoted)-1]):
			m.quoted(quoted, depth)
			return taken
		default:
			quoted = append(quoted, line)
		}
		taken++
	}
	m.quoted(quoted, depth)
	return taken
}

func (m *markdown) quoted(lines []string, depth int) {
	m.WriteString("<blockquote>")
	m.blocks(lines, depth+1, false)
	m.WriteString("</blockquote>")
}

// list writes the items with markers of one kind that follow each other.
func (m *markdown) list(lines []string, depth int) (taken int) {
	kind := markerKind(lines[0])
	var items [][]string
	loose := false
	for taken < len(lines) && mdItem.MatchString(lines[taken]) && markerKind(lines[taken]) == kind && !mdRule.MatchString(lines[taken]) {
		item, n := itemOf(lines[taken:])
		last := len(item)
		for last > 1 && isBlank(item[last-1]) {
			last--
		}
		more := taken+n < len(lines) && mdItem.MatchString(lines[taken+n])
		loose = loose || last < len(item) && more
		items = append(items, item[:last])
		taken += n
	}
	name := "ul"
	if kind != "-" && kind != "*" && kind != "+" {
		name = "ol"
	}
	m.WriteString("<" + name + ">")
	for _, item := range items {
		m.WriteString("<li>")
		m.blocks(item, depth+1, !loose)
		m.WriteString("</li>")
	}
	m.WriteString("</" + name + ">")
	return taken
}

// markerKind is the sign of a bullet, or what stands behind the number.
func markerKind(line string) string {
	marker := mdItem.FindStringSubmatch(line)[2]
	return marker[len(marker)-1:]
}

// itemOf is the first item of a list, without what its lines are set in by, and how many lines it has.
func itemOf(lines []string) (item []string, taken int) {
	marker := mdItem.FindString(lines[0])
	indent := len(marker)
	if strings.TrimSpace(marker) == marker { // nothing behind it
		indent++
	}
	item = []string{lines[0][len(marker):]}
	set := strings.Repeat(" ", indent)
	for taken = 1; taken < len(lines); taken++ {
		line := lines[taken]
		switch {
		case isBlank(line):
			item = append(item, "")
		case strings.HasPrefix(line, set):
			item = append(item, line[indent:])
		case isBlank(item[len(item)-1]) || beginsBlock(line):
			return item, taken
		default:
			item = append(item, strings.TrimLeft(line, " ")) // goes on the paragraph
		}
	}
	return item, taken
}

func (m *markdown) table(lines []string) (taken int) {
	head := tableCells(lines[0])
	m.WriteString(`<div class="scroll"><table><thead><tr>`)
	for _, c := range head {
		m.WriteString(`<th scope="col">` + inline(c) + "</th>")
	}
	m.WriteString("</tr></thead><tbody>")
	for taken = 2; taken < len(lines) && strings.Contains(lines[taken], "|") && !beginsBlock(lines[taken]); taken++ {
		row := tableCells(lines[taken])
		m.WriteString("<tr>")
		for i := range head {
			words := ""
			if i < len(row) {
				words = inline(row[i])
			}
			m.WriteString("<td>" + words + "</td>")
		}
		m.WriteString("</tr>")
	}
	m.WriteString("</tbody></table></div>")
	return taken
}

// tableCells are those of a line of a table; one that is escaped divides none.
func tableCells(line string) []string {
	line = strings.TrimSpace(line)
	line = strings.TrimPrefix(line, "|")
	if strings.HasSuffix(line, "|") && !strings.HasSuffix(line, `\|`) {
		line = line[:len(line)-1]
	}
	const bar = "\x00" // which no note has
	parts := strings.Split(strings.ReplaceAll(line, `\|`, bar), "|")
	for i, p := range parts {
		parts[i] = strings.TrimSpace(strings.ReplaceAll(p, bar, "|"))
	}
	return parts
}

// inline writes the words of a block.
func inline(s string) string { return inlineIn(s, 0, true) }

// piece is a part of a line: HTML that is done, or signs that may begin or end an emphasis.
type piece struct {
	html           string
	sign           byte // '*', '_' or '~'; 0: none
	count          int  // of the signs that are left
	opens, closes  bool
	before, behind string // tags around what is left of the signs
}

var (
	mdAutolink = regexp.MustCompile(`^<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9.-]+)>`)
	mdTag      = regexp.MustCompile(`^<[/!?]?[A-Za-z][^<>]*>`)
	mdEntity   = regexp.MustCompile(`^&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});`)
	mdBare     = regexp.MustCompile(`^https?://[^\s<>]+`)
)

// inlineIn is inline at a depth; links may not stand in links.
func inlineIn(s string, depth int, links bool) string {
	if depth > maxMarkdownDepth {
		return html.EscapeString(s)
	}
	var pieces []piece
	var text strings.Builder // not escaped yet
	flush := func() {
		if text.Len() > 0 {
			pieces = append(pieces, piece{html: html.EscapeString(text.String())})
			text.Reset()
		}
	}
	add := func(html string) {
		flush()
		pieces = append(pieces, piece{html: html})
	}
	for i := 0; i < len(s); {
		rest := s[i:]
		switch c := s[i]; {
		case c == '\\' && len(rest) > 1 && rest[1] == '\n':
			add("<br>\n")
			i += 2
		case c == '\\' && len(rest) > 1 && isPunctuation(rest[1]):
			text.WriteByte(rest[1])
			i += 2
		case c == '`':
			code, n := codeSpan(rest)
			if code == "" {
				text.WriteString(rest[:n])
			} else {
				add(code)
			}
			i += n
		case c == '<' && links && mdAutolink.MatchString(rest):
			parts := mdAutolink.FindStringSubmatch(rest)
			target := parts[1]
			if strings.Contains(target, "@") && !strings.Contains(target, ":") {
				target = "mailto:" + target
			}
			add(anchor(target, html.EscapeString(parts[1])))
			i += len(parts[0])
		case c == '<' && tagLength(rest) > 0:
			i += tagLength(rest)
		case c == '[' || c == '!' && len(rest) > 1 && rest[1] == '[':
			link, n := linkOf(rest, depth, links)
			if n == 0 {
				text.WriteByte(c)
				n = 1
			} else {
				add(link)
			}
			i += n
		case c == '&' && mdEntity.MatchString(rest):
			entity := mdEntity.FindString(rest)
			text.WriteString(html.UnescapeString(entity))
			i += len(entity)
		case c == '*' || c == '_' || c == '~':
			n := len(rest) - len(strings.TrimLeft(rest, string(c)))
			flush()
			pieces = append(pieces, signs(s, i, n))
			i += n
		case c == 'h' && links && mdBare.MatchString(rest) && !endsInWord(s[:i]):
			address := bareAddress(mdBare.FindString(rest))
			add(anchor(address, html.EscapeString(address)))
			i += len(address)
		case c == '\n':
			if strings.HasSuffix(text.String(), "  ") {
				words := strings.TrimRight(text.String(), " ")
				text.Reset()
				text.WriteString(words)
				add("<br>")
			}
			text.WriteByte('\n')
			i++
		default:
			text.WriteByte(c)
			i++
		}
	}
	flush()
	emphasize(pieces)
	var out strings.Builder
	for _, p := range pieces {
		out.WriteString(p.before + p.html)
		out.WriteString(strings.Repeat(string(p.sign), p.count))
		out.WriteString(p.behind)
	}
	return out.String()
}

// tagLength is how long the tag or comment of HTML is that s begins with; 0: none.
func tagLength(s string) int {
	if strings.HasPrefix(s, "<!--") {
		if end := strings.Index(s[:min(len(s), maxMarkdownReach)], "-->"); end >= 0 {
			return end + len("-->")
		}
		return 0
	}
	return len(mdTag.FindString(s))
}

func isPunctuation(c byte) bool { return c > ' ' && c < 0x7f && !isLetterOrDigit(rune(c)) }

func endsInWord(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// codeSpan is code between as many backticks as it begins with, and its length; without an end it is "", and the length that of the backticks.
func codeSpan(s string) (code string, n int) {
	ticks := s[:len(s)-len(strings.TrimLeft(s, "`"))]
	for at := len(ticks); at < len(s); {
		end := strings.Index(s[at:], ticks)
		if end < 0 {
			break
		}
		end += at
		run := len(s[end:]) - len(strings.TrimLeft(s[end:], "`"))
		if run == len(ticks) {
			inner := strings.ReplaceAll(s[len(ticks):end], "\n", " ")
			if len(inner) > 2 && inner[0] == ' ' && inner[len(inner)-1] == ' ' && strings.TrimSpace(inner) != "" {
				inner = inner[1 : len(inner)-1]
			}
			return "<code>" + html.EscapeString(inner) + "</code>", end + run
		}
		at = end + run
	}
	return "", len(ticks)
}

// linkOf is the link or image that s begins with and its length; 0 for none. An image is a link to it: none is loaded.
func linkOf(s string, depth int, links bool) (link string, n int) {
	image := s[0] == '!'
	begin := 1
	if image {
		begin = 2
	}
	end := closing(s, begin, '[', ']')
	if end < 0 || end+1 >= len(s) || s[end+1] != '(' {
		return "", 0
	}
	last := closing(s, end+2, '(', ')')
	if last < 0 {
		return "", 0
	}
	target, _, _ := strings.Cut(strings.TrimSpace(s[end+2:last]), " ")
	target, _, _ = strings.Cut(target, "\n")
	target = strings.TrimSuffix(strings.TrimPrefix(target, "<"), ">")
	words := inlineIn(s[begin:end], depth+1, false)
	if strings.TrimSpace(words) == "" && image {
		words = "image"
	}
	if !links {
		return words, last + 1
	}
	return anchor(html.UnescapeString(target), words), last + 1
}

// closing is where the bracket that was opened before i is closed; -1: nowhere.
func closing(s string, i int, opening, closer byte) int {
	far := min(len(s), i+maxMarkdownReach)
	for open := 1; i < far; i++ {
		switch s[i] {
		case '\\':
			i++
		case opening:
			open++
		case closer:
			if open--; open == 0 {
				return i
			}
		}
	}
	return -1
}

// anchor is a link around words that are HTML, or just the words where it may lead nowhere.
func anchor(target, words string) string {
	u, err := url.Parse(target)
	if err != nil || strings.TrimSpace(words) == "" {
		return words
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return words
		}
	case "mailto":
		if u.Opaque == "" {
			return words
		}
	default:
		return words
	}
	return `<a href="` + html.EscapeString(u.String()) + `" rel="noopener noreferrer nofollow">` + words + "</a>"
}

// bareAddress leaves out what stands behind an address and belongs to the sentence.
func bareAddress(s string) string {
	for s != "" {
		last := s[len(s)-1]
		if strings.IndexByte(`.,:;!?'"*_~`, last) < 0 && (last != ')' || strings.Count(s, "(") >= strings.Count(s, ")")) {
			break
		}
		s = s[:len(s)-1]
	}
	return s
}

// signs are n signs of emphasis at s[i], and what they can do there.
func signs(s string, i, n int) piece {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+n:])
	if i == 0 {
		before = ' '
	}
	if i+n == len(s) {
		after = ' '
	}
	space := unicode.IsSpace
	marks := func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
	opens := !space(after) && (!marks(after) || space(before) || marks(before))
	closes := !space(before) && (!marks(before) || space(after) || marks(after))
	p := piece{sign: s[i], count: n, opens: opens, closes: closes}
	switch p.sign {
	case '_': // not inside a word
		p.opens, p.closes = opens && (!closes || marks(before)), closes && (!opens || marks(after))
	case '~':
		if n != 2 {
			p.opens, p.closes = false, false
		}
	}
	return p
}

// emphasize finds the signs that belong together and puts the tags in their place.
func emphasize(pieces []piece) {
	for c := range pieces {
		for pieces[c].closes && pieces[c].count > 0 {
			o := opener(pieces, c)
			if o < 0 {
				break
			}
			count, name := 1, "em"
			switch {
			case pieces[c].sign == '~':
				count, name = 2, "del"
			case pieces[c].count >= 2 && pieces[o].count >= 2:
				count, name = 2, "strong"
			}
			pieces[o].count -= count
			pieces[c].count -= count
			pieces[o].behind = "<" + name + ">" + pieces[o].behind
			pieces[c].before += "</" + name + ">"
			for i := o + 1; i < c; i++ {
				pieces[i].opens = false // what crosses is text
			}
		}
	}
}

// opener is the nearest piece before c that opens what c closes; -1: none.
func opener(pieces []piece, c int) int {
	for o := c - 1; o >= max(c-maxMarkdownReach, 0); o-- {
		if p := pieces[o]; p.opens && p.count > 0 && p.sign == pieces[c].sign {
			return o
		}
	}
	return -1
}
