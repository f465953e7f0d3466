package parts

import (
	"strings"

	"github.com/a-h/templ"
)

// LiveCheck makes a field be judged while it is typed; also names triggers beyond its own.
func LiveCheck(url, name string, also ...string) templ.Attributes {
	return templ.Attributes{
		"hx-post":    url + "?field=" + name,
		"hx-trigger": strings.Join(append([]string{"input changed delay:250ms", "change"}, also...), ", "),
		"hx-target":  "#" + name + "-verdict",
		"hx-sync":    "this:replace",
	}
}
