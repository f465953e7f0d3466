package demo

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"berth/store"
	"berth/templates"
)

// fillFolder fills a folder of templates and takes some of it over for a user, so that
// one template is new in it, one changed, one edited here, one gone and one unreadable.
func fillFolder(s *store.Store, userID, dir string) error {
	err := writeFiles(dir, map[string]string{
		"dashboard/template.yaml":         "name: House dashboard\nos_template: debian-13-standard\nmemory: 512\ndisk: 4\nunprivileged: true\n",
		"dashboard/packages/base.apt":     "nginx\n",
		"dashboard/scripts/10-publish.sh": "mkdir -p /var/www/html\nsay published\n",
		"old-wiki/template.yaml":          "name: Old wiki\nos_template: debian-12-standard\nunprivileged: true\n",
		"photos/template.yaml":            "name: Photo frame\nos_template: alpine-3.22-default\nmemory: 256\nunprivileged: true\n",
	})
	if err != nil {
		return err
	}
	found, err := templates.Compare(dir, nil, nil)
	if err != nil {
		return err
	}
	for _, d := range found {
		t, err := templates.Take(s, userID, d, false)
		if err != nil {
			return fmt.Errorf("take over %s: %w", d.Origin, err)
		}
		if d.Origin == "photos" {
			t.Memory = 512
			if _, err := s.PutTemplate(t); err != nil {
				return err
			}
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "old-wiki")); err != nil {
		return err
	}
	return writeFiles(dir, map[string]string{
		"dashboard/template.yaml":         "name: House dashboard\nos_template: debian-13-standard\nmemory: 1024\ndisk: 4\nunprivileged: true\n",
		"dashboard/scripts/10-publish.sh": "mkdir -p /var/www/html\necho 'Good morning' >/var/www/html/index.html\nsay published\n",
		"mail/template.yaml":              "name: Mail relay\nmemmory: 512\n",
		"notes/template.yaml":             "name: Notes\ndescription: Notes for the household.\nos_template: debian-13-standard\nunprivileged: true\n",
		"notes/packages/notes.apt":        "sqlite3\n",
	})
}

// addTemplate makes a template of the user's own, with a package bucket that others can share.
func addTemplate(s *store.Store, userID string) error {
	base, err := s.PutPackageBucket(store.PackageBucket{
		UserID: userID, Name: "Base tools", Description: "What every box should have.",
		Packages: []store.Package{{Manager: "apt", Name: "htop"}, {Manager: "apt", Name: "less"}, {Manager: "apk", Name: "htop"}, {Manager: "apk", Name: "less"}},
	})
	if err != nil {
		return err
	}
	t, ok := templates.Starter("starter-caddy")
	if !ok {
		return errors.New("there is no starter-caddy")
	}
	t.ID, t.UserID, t.Name, t.Buckets = "", userID, "House pages", []string{base.ID}
	_, err = s.PutTemplate(t)
	return err
}

// writeFiles writes files, by their paths below dir.
func writeFiles(dir string, files map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(files[name]), 0o600); err != nil {
			return err
		}
	}
	return nil
}
