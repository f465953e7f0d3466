package template

import (
	"testing"

	"berth/store"
	"berth/views/golden"
)

func TestTemplatesFolderPage(t *testing.T) {
	here := func(name string) store.Template { return store.Template{ID: "t" + name, Name: name} }
	memory := []FolderFile{{Name: "template.yaml", Lines: []FolderLine{
		{Sign: '~'}, {' ', "name: Web"}, {'-', "memory: 512"}, {'+', "memory: 1024 # <more>"},
	}}}
	page := golden.Compare(t, "templates_folder", Folder(FolderPage{
		Folder: "/srv/templates", Read: golden.Now(),
		Entries: []FolderEntry{
			{Origin: "broken & <b>", State: "unreadable", Reason: "template.yaml, line 2: there is nothing named memmory", Here: here("Broken")},
			{Origin: "forge", Ticket: "01 forge", State: "both", Name: "Forge", Here: here("Forge"), Files: memory},
			{Origin: "mail", Ticket: "02 mail", State: "new", Name: "Mail", Files: []FolderFile{{Name: "files/logo.png", Binary: true}, memory[0]}},
			{Origin: "media", Ticket: "03 media", State: "same", Name: "Media", Here: here("Media")},
			{Origin: "old", Ticket: "04 old", State: "gone", Here: here("Old")},
			{Origin: "web", Ticket: "05 web", State: "changed", Name: "Web", Here: here("Web"), Files: memory,
				Buckets: []FolderBucket{{Name: "Base", Files: []FolderFile{{Name: "packages/Base.apt", Lines: []FolderLine{{'-', "vim"}}}}}}},
			{Origin: "wiki", Ticket: "06 wiki", State: "new", Name: "Wiki", NameTaken: true},
			{Origin: "work", Ticket: "07 work", State: "edited", Name: "Work", Here: here("Work"), Files: memory},
			{Origin: "yard", Ticket: "08 yard", State: "same", Name: "Yard", Here: here("Yard"), Buckets: []FolderBucket{{Name: "Base"}}},
		},
	}))
	page.Variant(t, "empty", Folder(FolderPage{Folder: "/srv/templates", Read: golden.Now()}))
	page.Variant(t, "wrong", Folder(FolderPage{
		Folder: "/srv/templates", Read: golden.Now(), Wrong: "Nothing was selected.",
		Entries: []FolderEntry{{Origin: "media", State: "same", Name: "Media", Here: here("Media")}},
	}))
}
