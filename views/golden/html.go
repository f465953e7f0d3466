package golden

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// htmlNode is an element or a text of a rendered component. Tags stay as they were rendered,
// so that nothing of them is lost in a golden file.
type htmlNode struct {
	tag      string // the name of an element; empty for a text
	start    string // its start tag, or the text
	id       string
	kids     []*htmlNode
	isInline bool // white space beside it shows
	isMark   bool // stands for what a variant shares with its page
}

var (
	voidTags   = []string{"br", "hr", "img", "input", "link", "meta"}
	inlineTags = []string{"a", "abbr", "b", "br", "code", "em", "i", "kbd", "small", "span", "strong", "svg", "time"}
	// verbatimTags hold text whose white space shows.
	verbatimTags = []string{"pre", "textarea"}
)

const whiteSpace = " \n\t"

// parseHTML reads HTML that closes all of its elements.
func parseHTML(rendered string) (*htmlNode, error) {
	root := &htmlNode{}
	open := []*htmlNode{root}
	z := html.NewTokenizer(strings.NewReader(rendered))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		raw, inside := string(z.Raw()), open[len(open)-1]
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			n := newElement(z.Token(), raw)
			inside.kids = append(inside.kids, n)
			if n.end() != "" {
				open = append(open, n)
			}
		case html.EndTagToken:
			if raw != inside.end() {
				return nil, fmt.Errorf("%s closes %s", raw, inside.start)
			}
			open = open[:len(open)-1]
		default:
			inside.kids = append(inside.kids, &htmlNode{start: raw, isInline: kind == html.TextToken})
		}
	}
	if len(open) > 1 {
		return nil, fmt.Errorf("%s is not closed", open[len(open)-1].start)
	}
	root.tidy()
	return root, nil
}

func newElement(t html.Token, raw string) *htmlNode {
	n := &htmlNode{tag: t.Data, start: raw}
	for _, a := range t.Attr {
		if a.Key == "id" {
			n.id = a.Val
		}
	}
	return n
}

func (n *htmlNode) end() string {
	if n.tag == "" || slices.Contains(voidTags, n.tag) || strings.HasSuffix(n.start, "/>") {
		return ""
	}
	return "</" + n.tag + ">"
}

// tidy takes away the white space that does not show: at the edges of blocks.
func (n *htmlNode) tidy() {
	if slices.Contains(verbatimTags, n.tag) {
		return
	}
	for _, k := range n.kids {
		if k.tag != "" {
			k.tidy()
		}
	}
	n.isInline = slices.Contains(inlineTags, n.tag) && !slices.ContainsFunc(n.kids, func(k *htmlNode) bool { return !k.isInline })
	for i, k := range n.kids {
		if k.tag != "" || !k.isInline {
			continue
		}
		first, last := i == 0 && !n.isInline, i == len(n.kids)-1 && !n.isInline
		if first || i > 0 && !n.kids[i-1].isInline {
			k.start = strings.TrimLeft(k.start, whiteSpace)
		}
		if last || i < len(n.kids)-1 && !n.kids[i+1].isInline {
			k.start = strings.TrimRight(k.start, whiteSpace)
		}
	}
	n.kids = slices.DeleteFunc(n.kids, func(k *htmlNode) bool { return k.tag == "" && k.start == "" })
}

// flat is the node in one line, but for the line breaks of its text.
func (n *htmlNode) flat() string {
	var b strings.Builder
	n.appendFlat(&b)
	return b.String()
}

func (n *htmlNode) appendFlat(b *strings.Builder) {
	b.WriteString(n.start)
	for _, k := range n.kids {
		k.appendFlat(b)
	}
	b.WriteString(n.end())
}

// goldenWidth bounds the characters of a line before its element is spread over several, goldenRow those of a row of texts.
const goldenWidth, goldenRow = 160, 260

// print is the children of the root as a golden file holds them.
func (n *htmlNode) print() string {
	var b strings.Builder
	n.printKids(&b, 0)
	return b.String()
}

// printAt writes the node at a depth: in one line where it fits, else each of its children in a
// line of its own. Then its end tag is left out, as the indentation tells where it ends; and an
// only child stands beside its parent.
func (n *htmlNode) printAt(b *strings.Builder, depth int) {
	start := ""
	for !n.isWhole() && !fits(n.flat(), depth) && !n.isRow() {
		start += n.start
		if len(n.kids) != 1 {
			writeLine(b, depth, start)
			n.printKids(b, depth+1)
			return
		}
		n = n.kids[0]
	}
	writeLine(b, depth, start+n.flat())
}

// isWhole tells that line breaks in the node would change it, or would gain nothing: all that it
// holds, or all in which it differs from its page, is one element of one line.
func (n *htmlNode) isWhole() bool {
	if n.isInline || len(n.kids) == 0 || slices.Contains(verbatimTags, n.tag) {
		return true
	}
	var own []*htmlNode
	for _, k := range n.kids {
		if !k.isMark {
			own = append(own, k)
		}
	}
	return len(own) == 1 && own[0].isWhole()
}

// isRow tells that the children hold nothing but text, and are not too many for a line.
func (n *htmlNode) isRow() bool {
	nested := func(k *htmlNode) bool {
		return k.tag == "" || slices.ContainsFunc(k.kids, func(in *htmlNode) bool { return in.tag != "" })
	}
	return !slices.ContainsFunc(n.kids, nested) && len(n.flat()) <= goldenRow
}

// printKids writes the children, inline ones that follow each other in one line if they fit.
func (n *htmlNode) printKids(b *strings.Builder, depth int) {
	var run []*htmlNode
	for _, k := range n.kids {
		if k.isInline {
			run = append(run, k)
			continue
		}
		printRun(b, run, depth)
		run = nil
		k.printAt(b, depth)
	}
	printRun(b, run, depth)
}

// printRun fills lines, and breaks them before elements. A line that is broken at white space
// ends in ␣.
func printRun(b *strings.Builder, run []*htmlNode, depth int) {
	line := ""
	for _, k := range run {
		flat := k.flat()
		if k.tag != "" && line != "" && !fits(line+flat, depth) {
			writeLine(b, depth, line)
			line = ""
		}
		line += flat
	}
	writeLine(b, depth, line)
}

func fits(line string, depth int) bool { return 2*depth+len(line) <= goldenWidth }

func writeLine(b *strings.Builder, depth int, line string) {
	if trimmed := strings.TrimRight(line, whiteSpace); trimmed != line {
		line = trimmed + "␣"
	}
	if line != "" {
		b.WriteString(strings.Repeat("  ", depth) + line + "\n")
	}
}

func parsed(t *testing.T, rendered string) *htmlNode {
	t.Helper()
	n, err := parseHTML(rendered)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
