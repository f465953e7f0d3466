package parts

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// TagColour is how a cluster shows a tag: colours of six hexadecimal digits; no Text where it sets none.
type TagColour struct{ Ground, Text string }

// Class is the class of a tag with these colours, for which TagSheet has a rule.
func (c TagColour) Class() string {
	if c.Text == "" {
		return "tag-" + c.Ground
	}
	return "tag-" + c.Ground + "-" + c.Text
}

// tagAttrs are the attributes of a tag.
func tagAttrs(tag string, classOf func(string) string) templ.Attributes {
	if classOf == nil {
		return nil
	}
	if class := classOf(tag); class != "" {
		return templ.Attributes{"class": class}
	}
	return nil
}

// TagSheet is a stylesheet for tags with colours of their own: no page may carry a style. It stands in no layer, and so before
// all rules of berth.css.
func TagSheet(colours []TagColour) string {
	var b strings.Builder
	for _, c := range colours {
		fmt.Fprintf(&b, ".tags .%s{color:#%s;background:#%s;border-color:#%[3]s}\n", c.Class(), c.text(), c.Ground)
	}
	return b.String()
}

// readable is the least contrast of text that WCAG allows (AA).
const readable = 4.5

// text is the colour of the tag's name: the one that the cluster sets, else the one that Proxmox would choose, where it can
// be read; else black or white, one of which can be read on every ground.
func (c TagColour) text() string {
	ground := luminance(c.Ground)
	for _, text := range []string{c.Text, proxmoxText(c.Ground)} {
		if text != "" && contrast(luminance(text), ground) >= readable {
			return text
		}
	}
	if contrast(0, ground) > contrast(1, ground) {
		return "000000"
	}
	return "ffffff"
}

// channels of a colour, 0 to 1.
func channels(hex string) [3]float64 {
	n, _ := strconv.ParseUint(hex, 16, 32) // six digits, as their reader has seen to
	return [3]float64{float64(n>>16&0xff) / 255, float64(n>>8&0xff) / 255, float64(n&0xff) / 255}
}

// luminance of a colour as WCAG reckons it, 0 to 1.
func luminance(hex string) float64 {
	linear := func(c float64) float64 {
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	c := channels(hex)
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast of two luminances, 1 to 21.
func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

// proxmoxText is the colour that Proxmox's pages choose for text on a ground: the rule of proxmox-widget-toolkit
// (getTextContrastClass), a short form of SAPC.
func proxmoxText(ground string) string {
	const blackThreshold, blackClamp = 0.022, 1.414
	c := channels(ground)
	bg := 0.2126729*math.Pow(c[0], 2.4) + 0.7151522*math.Pow(c[1], 2.4) + 0.0721750*math.Pow(c[2], 2.4)
	if bg <= blackThreshold {
		bg += math.Pow(blackThreshold-bg, blackClamp)
	}
	light, dark := math.Pow(bg, 0.65)-1, math.Pow(bg, 0.56)-0.046134502
	if math.Abs(light) >= math.Abs(dark) {
		return "ffffff"
	}
	return "000000"
}
