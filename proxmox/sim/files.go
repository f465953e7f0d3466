package sim

import (
	"path"
	"slices"
	"strings"
)

// file is one of a container's files, or a folder.
type file struct {
	text  string
	isDir bool
}

// lines of a file, without their ends.
func (f file) lines() []string {
	if f.text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(f.text, "\n"), "\n")
}

// maxFile bounds a file of a simulated container, in bytes.
const maxFile = 64 << 20

// write puts text into a file, or appends it if behind; false where it would exceed maxFile or name is a folder.
func (b *box) write(name, text string, behind bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.files[name]
	if behind {
		text = f.text + text
	}
	if f.isDir || len(text) > maxFile {
		return false
	}
	b.makeDir(path.Dir(name))
	b.files[name] = file{text: text}
	b.notify()
	return true
}

// mkdir makes a folder, and those that lead to it.
func (b *box) mkdir(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.makeDir(name)
}

// makeDir is mkdir with b.mu held.
func (b *box) makeDir(dir string) {
	for ; b.files[dir] == (file{}); dir = path.Dir(dir) {
		b.files[dir] = file{isDir: true}
	}
}

// stat returns a file or folder; false when there is none.
func (b *box) stat(name string) (file, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, ok := b.files[name]
	return f, ok
}

// remove deletes a file, or a folder with all that is in it.
func (b *box) remove(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for other := range b.files {
		if other == name || strings.HasPrefix(other, name+"/") {
			delete(b.files, other)
		}
	}
}

// list returns the names in a folder, in order.
func (b *box) list(dir string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for name := range b.files {
		if name != "/" && path.Dir(name) == dir {
			names = append(names, path.Base(name))
		}
	}
	slices.Sort(names)
	return names
}
