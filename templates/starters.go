package templates

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"berth/store"
)

//go:embed all:starters
var starterFiles embed.FS

const (
	startersDir   = "starters"
	starterPrefix = "starter-"
)

// Starters are the templates that come with Berth, by name. They belong to nobody, and
// their IDs begin with "starter-". Each call reads them anew, in less than a
// millisecond each, so that nobody holds another's copy.
func Starters() []store.Template {
	entries, err := starterFiles.ReadDir(startersDir)
	if err != nil {
		panic(fmt.Sprintf("templates: list the starters that were built in: %v", err))
	}
	var list []store.Template
	for _, e := range entries {
		list = append(list, readStarter(e.Name()))
	}
	slices.SortFunc(list, func(a, b store.Template) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Starter with an ID, and whether there is one.
func Starter(id string) (store.Template, bool) {
	name, ok := strings.CutPrefix(id, starterPrefix)
	if !ok || name == "" || strings.Contains(name, "/") {
		return store.Template{}, false
	}
	if _, err := starterFiles.ReadFile(startersDir + "/" + name + "/" + yamlFile); err != nil {
		return store.Template{}, false
	}
	return readStarter(name), true
}

// readStarter reads one that was built in. That each can be read is tested, so an error
// is a binary that was never right.
func readStarter(name string) store.Template {
	folder, err := fs.Sub(starterFiles, startersDir+"/"+name)
	if err == nil {
		var b Bundle
		if b, err = readFolder(folder); err == nil {
			b.Template.ID = starterPrefix + name
			return b.Template
		}
	}
	panic(fmt.Sprintf("templates: read the starter %s that was built in: %v", name, err))
}
