//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheFolderOfTemplates(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		put := func(origin, text string) {
			t.Helper()
			dir := filepath.Join(h.folder, origin)
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "template.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		put("web", "name: Web\nmemory: 512\n")
		put("mail", "name: Mail\nmemmory: 512\n")
		b := h.open(script)
		b.signIn()
		b.visit("/templates")
		b.press("Compare with the folder")
		b.at("/templates/folder")
		b.says("It is in the folder and not among your templates.", "there is no field “memmory”")
		b.send("main form button.primary")
		b.says("Nothing was selected.")
		b.press("[data-origin=web] input[name=take]")
		b.send("main form button.primary")
		b.says("Imported: Web.", "As in the folder: Web.")

		put("web", "name: Web\nmemory: 1024\n")
		b.press("Refresh")
		b.says("It was changed in the folder since you took it over.", "memory: 512", "memory: 1024")
		b.accessible("folder of templates")
		if err := os.RemoveAll(filepath.Join(h.folder, "web")); err != nil {
			t.Fatal(err)
		}
		b.press("[data-origin=web] input[name=take]")
		b.send("main form button.primary")
		b.says("Not changed: web, because it was changed after the page was loaded.")
		b.press("[data-origin=web] input[name=take]")
		b.send("main form button.primary")
		b.says("Deleted: Web.")
	})
}
