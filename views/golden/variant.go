package golden

// sharedMark stands in the golden file of a variant for what its page has as well.
const sharedMark = "…"

func newMark() *htmlNode { return &htmlNode{start: sharedMark, isMark: true} }

// differences are the nodes of a variant that its page has not, each within the elements around it.
// What both have becomes a mark, what only the page has a comment: page and differences together
// tell the whole variant.
func differences(page, variant *htmlNode) *htmlNode {
	d := &htmlNode{tag: variant.tag, start: variant.start, id: variant.id}
	for _, p := range align(page.kids, variant.kids) {
		switch {
		case p.variant == nil:
			d.kids = append(d.kids, &htmlNode{start: "<!-- without " + p.page.summary() + " -->"})
		case p.page == nil:
			d.kids = append(d.kids, p.variant)
		case p.page.flat() != p.variant.flat():
			d.kids = append(d.kids, shorter(differences(p.page, p.variant), p.variant))
		case len(d.kids) == 0 || !d.kids[len(d.kids)-1].isMark:
			d.kids = append(d.kids, newMark())
		}
	}
	return d
}

// shorter is the whole of a variant's element where its differences would take more room.
func shorter(differences, whole *htmlNode) *htmlNode {
	if whole.isInline || len(whole.flat()) <= len(differences.flat()) {
		return whole
	}
	return differences
}

// summary tells which element is missing: its start tag and the beginning of what it holds.
func (n *htmlNode) summary() string {
	const longest = 100
	text := []rune(n.flat())
	if len(text) > longest {
		text = append(text[:longest], []rune(sharedMark)...)
	}
	return string(text)
}

// nodePair is a child of a page and the child of its variant that stands for it; one of them is
// nil where the other has no counterpart.
type nodePair struct{ page, variant *htmlNode }

// align pairs children in their order so that as many as possible are the same, and then alike.
func align(page, variant []*htmlNode) (pairs []nodePair) {
	best := bestLikeness(page, variant)
	i, j := 0, 0
	for i < len(page) || j < len(variant) {
		switch {
		case i < len(page) && best[i][j] == best[i+1][j]:
			pairs = append(pairs, nodePair{page: page[i]})
			i++
		case j < len(variant) && best[i][j] == best[i][j+1]:
			pairs = append(pairs, nodePair{variant: variant[j]})
			j++
		default:
			pairs = append(pairs, nodePair{page[i], variant[j]})
			i, j = i+1, j+1
		}
	}
	return pairs
}

// bestLikeness is at [i][j] how much can be alike at best of page[i:] and variant[j:].
func bestLikeness(page, variant []*htmlNode) [][]int {
	best := make([][]int, len(page)+1)
	best[len(page)] = make([]int, len(variant)+1)
	for i := len(page) - 1; i >= 0; i-- {
		best[i] = make([]int, len(variant)+1)
		for j := len(variant) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1], best[i+1][j+1]+likenessOf(page[i], variant[j]))
		}
	}
	return best
}

// likenessOf is 0 for nodes of which one is not the other's variant, and more for the same ones
// than for those that only have the same tag and ID.
func likenessOf(page, variant *htmlNode) int {
	switch {
	case page.tag != variant.tag || page.id != variant.id:
		return 0
	case page.flat() == variant.flat():
		return 10
	case page.start == variant.start:
		return 3
	}
	return 1
}
