package proxmox

import (
	"context"
	"regexp"
	"strings"
)

// TagColour is how a cluster shows a tag: colours of six hexadecimal digits, in lower case.
type TagColour struct {
	Ground string
	Text   string `json:",omitempty"` // "": the cluster sets none
}

// TagColours is GET /cluster/options: the colours that a cluster sets for tags, by tag as it is written; never nil without an
// error. Hosts tell that every token, but for older ones: there it takes Sys.Audit on /, so expect KindForbidden.
func (c *Client) TagColours(ctx context.Context) (map[string]TagColour, error) {
	var data struct {
		TagStyle struct {
			ColorMap text `json:"color-map"`
		} `json:"tag-style"`
	}
	if err := c.get(ctx, "/cluster/options", nil, &data); err != nil {
		return nil, err
	}
	return tagColours(string(data.TagStyle.ColorMap)), nil
}

// maxTagColours bounds the tags of a cluster whose colours are read.
const maxTagColours = 1000

// tagColour matches an entry of a color-map: a tag, its ground, and its text unless that is left to whoever shows it.
var tagColour = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9_.+-]*):([0-9A-Fa-f]{6})(?::([0-9A-Fa-f]{6}))?$`)

// tagColours reads a color-map: "media:4a90d9;infra:ffd166:000000". What is not written so is left out.
func tagColours(colorMap string) map[string]TagColour {
	all := make(map[string]TagColour)
	for entry := range strings.SplitSeq(colorMap, ";") {
		if m := tagColour.FindStringSubmatch(entry); m != nil && len(all) < maxTagColours {
			all[m[1]] = TagColour{Ground: strings.ToLower(m[2]), Text: strings.ToLower(m[3])}
		}
	}
	return all
}
