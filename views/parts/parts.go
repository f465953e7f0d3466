// Package parts holds what pages are put together from: icons, badges, banners, meters and the fields
// of forms. It knows nothing of what they show.
package parts

import (
	"math"
	"strconv"

	"berth/static"
)

// IconURL is the address of a symbol of icons.svg.
func IconURL(name string) string { return static.URL("icons.svg") + "#" + name }

func verdictIcon[S ~string](state S) string {
	switch state {
	case "free":
		return "ok"
	case "taken", "invalid":
		return "bad"
	case "checking":
		return "working"
	}
	return "question"
}

// KindIcon is the icon of a banner of a kind: info, ok, warn or bad.
func KindIcon(kind string) string {
	switch kind {
	case "ok", "bad":
		return kind
	case "warn":
		return "trouble"
	}
	return "info"
}

// bannerRole makes a screen reader speak up for what went wrong, and for nothing else.
func bannerRole(kind string) string {
	if kind == "bad" {
		return "alert"
	}
	return "note"
}

// described is the value of aria-describedby: the hint, if there is one, and the verdict.
func described(f Field) string {
	if f.Hint == "" {
		return f.Name + "-verdict"
	}
	return f.Name + "-hint " + f.Name + "-verdict"
}

// MeterValue is cut rather than rounded, so that a bar is never marked where its figure is not.
func MeterValue(percent float64) string {
	return strconv.FormatFloat(math.Floor(min(max(percent, 0), 100)*10)/10, 'f', -1, 64)
}
