package explain

import "strings"

// fill puts values into a text of the table. {name} stands for a value; [what is in brackets] is left out where a value
// in it is empty. Values are put in as they are, whatever they hold.
func fill(text string, value func(name string) string) string {
	var b strings.Builder
	for text != "" {
		outside, rest, optional := strings.Cut(text, "[")
		words, _ := fillPart(outside, value)
		b.WriteString(words)
		if !optional {
			break
		}
		var inside string
		inside, text, _ = strings.Cut(rest, "]")
		if words, whole := fillPart(inside, value); whole {
			b.WriteString(words)
		}
	}
	return b.String()
}

// fillPart puts values into a text without brackets, and tells whether none was empty.
func fillPart(text string, value func(name string) string) (words string, whole bool) {
	var b strings.Builder
	whole = true
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), whole
		}
		var name string
		name, text, _ = strings.Cut(rest, "}")
		v := value(name)
		b.WriteString(v)
		whole = whole && v != ""
	}
}
