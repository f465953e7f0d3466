package markdown

import (
	"html"
	"net/url"
	"slices"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Scripts that set containers up write HTML into their notes: a frame, a logo, a heading, links to where help is.
// Its words and links are shown; its tags are not.

// breaks are elements of HTML that begin another paragraph.
var breaks = []atom.Atom{atom.P, atom.Div, atom.Center, atom.Section, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Li,
	atom.Table, atom.Tr, atom.Blockquote, atom.Pre, atom.Hr, atom.Details, atom.Summary}

// html writes what people read of a block of HTML.
func (m *writer) html(raw string) {
	w := inlineWriter{source: m.source, room: maxMarkdownHTML}
	link := rawLink{at: -1}
	paragraph := func() {
		w.closeLink(&link)
		m.element("p", strings.Trim(strings.TrimSuffix(strings.TrimSpace(w.String()), "<br>"), " \n"))
		w.Reset()
	}
	hidden := false // of a style
	for z := nethtml.NewTokenizer(strings.NewReader(raw)); !m.full(); {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			break // its end
		}
		t := z.Token()
		switch {
		case t.DataAtom == atom.Style:
			hidden = kind == nethtml.StartTagToken
		case hidden:
		case kind == nethtml.TextToken:
			w.words(t.Data)
		case slices.Contains(breaks, t.DataAtom):
			paragraph()
		default:
			w.token(t, &link, false)
		}
	}
	paragraph()
}

// words writes text of HTML, in which a space and the end of a line are the same.
func (w *inlineWriter) words(s string) {
	if s = strings.Join(strings.Fields(" "+s+" "), " "); s != "" {
		if w.Len() > 0 {
			w.WriteString(" ")
		}
		w.WriteString(html.EscapeString(s))
	}
}

// rawLink is a link of HTML that is open, and where its words begin; at is -1 when there is none.
type rawLink struct {
	href string
	at   int
}

// tag writes what people read of a tag within a line.
func (w *inlineWriter) tag(raw string, link *rawLink, inLink bool) {
	z := nethtml.NewTokenizer(strings.NewReader(raw))
	z.Next()
	w.token(z.Token(), link, inLink)
}

func (w *inlineWriter) token(t nethtml.Token, link *rawLink, inLink bool) {
	begins := t.Type == nethtml.StartTagToken || t.Type == nethtml.SelfClosingTagToken
	switch {
	case t.DataAtom == atom.A && begins:
		w.closeLink(link)
		if href := safeLink(attribute(t, "href")); href != "" && !inLink {
			*link = rawLink{href, w.Len()}
		}
	case t.DataAtom == atom.A:
		w.closeLink(link)
	case t.DataAtom == atom.Br && w.Len() > 0:
		w.WriteString("<br>")
	case t.DataAtom == atom.Img && begins:
		words := html.EscapeString(attribute(t, "alt"))
		if words == "" && link.at < 0 && safeLink(attribute(t, "src")) != "" {
			words = "image"
		}
		w.anchor(attribute(t, "src"), words, inLink || link.at >= 0)
	}
}

// closeLink puts the link around the words since it was opened; one around a picture alone shows where it leads.
func (w *inlineWriter) closeLink(link *rawLink) {
	if link.at < 0 {
		return
	}
	all := w.String()
	before, words := all[:link.at], all[link.at:]
	if strings.TrimSpace(words) == "" {
		if u, err := url.Parse(link.href); err == nil {
			words = html.EscapeString(u.Host)
		}
	}
	w.Reset()
	w.WriteString(before)
	lead := len(words) - len(strings.TrimLeft(words, " "))
	w.WriteString(words[:lead])
	w.anchor(link.href, words[lead:], false)
	link.at = -1
}

func attribute(t nethtml.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
