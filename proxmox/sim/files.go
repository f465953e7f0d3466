package sim

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// fileSystem is a container's files, in memory. It is safe for concurrent use.
type fileSystem struct {
	mu    sync.Mutex
	files map[string]*file // by absolute path
}

// file is one of them, a folder or a link.
type file struct {
	name  string
	data  []byte
	mode  fs.FileMode
	owner string
	link  string // where a symbolic link leads
	pipe  *pipe  // of a named pipe
}

func (f *file) Name() string       { return f.name }
func (f *file) Size() int64        { return int64(len(f.data)) }
func (f *file) Mode() fs.FileMode  { return f.mode }
func (f *file) ModTime() time.Time { return time.Unix(1_760_000_000, 0) }
func (f *file) IsDir() bool        { return f.mode.IsDir() }
func (f *file) Sys() any           { return nil }

// errTooBig is a file that a container of the demonstration has no room for.
var errTooBig = errors.New("no space left on device")

const maxFile = 64 << 20

func (s *fileSystem) add(name, content string) {
	s.mkdir(path.Dir(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = &file{name: path.Base(name), data: []byte(content), mode: 0o644}
}

func (s *fileSystem) mkdir(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		s.files = map[string]*file{"/": {name: "/", mode: fs.ModeDir | 0o755}}
	}
	for dir := name; dir != "/"; dir = path.Dir(dir) {
		if s.files[dir] == nil {
			s.files[dir] = &file{name: path.Base(dir), mode: fs.ModeDir | 0o755}
		}
	}
}

// get is a file as it is now, after its links; nil when there is none. It is a copy: others
// may be writing to the file.
func (s *fileSystem) get(name string) *file {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(name).copy()
}

func (f *file) copy() *file {
	if f == nil {
		return nil
	}
	now := *f
	return &now
}

// change makes a change to a file, after its links; false when there is none.
func (s *fileSystem) change(name string, change func(*file)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.find(name)
	if f != nil {
		change(f)
	}
	return f != nil
}

// find is the file itself. s.mu is held.
func (s *fileSystem) find(name string) *file {
	f := s.files[name]
	for range 8 {
		if f == nil || f.link == "" {
			return f
		}
		to := f.link
		if !path.IsAbs(to) {
			to = path.Join(path.Dir(name), to)
		}
		name, f = to, s.files[to]
	}
	return nil
}

// own is get for what may be a link, which is not followed.
func (s *fileSystem) own(name string) *file {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[name].copy()
}

// opened is the file itself, after its links, for a handle; nil when there is none.
func (s *fileSystem) opened(name string) (f *file, isDir bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f = s.find(name)
	return f, f != nil && f.IsDir()
}

func (s *fileSystem) put(name string, f *file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.name = path.Base(name)
	s.files[name] = f
}

// remove takes a file away, and all that is in it.
func (s *fileSystem) remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.files {
		if other == name || strings.HasPrefix(other, name+"/") {
			delete(s.files, other)
		}
	}
}

// move gives a file and all that is in it another name.
func (s *fileSystem) move(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	moved := make(map[string]*file)
	for name, f := range s.files {
		if rest, ok := strings.CutPrefix(name, from); ok && (rest == "" || rest[0] == '/') {
			moved[to+rest] = f
			delete(s.files, name)
		}
	}
	for name, f := range moved {
		f.name = path.Base(name)
		s.files[name] = f
	}
}

// list is what a folder holds, by name.
func (s *fileSystem) list(dir string) []fs.DirEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []fs.DirEntry
	for name, f := range s.files {
		if name != "/" && path.Dir(name) == dir {
			all = append(all, fs.FileInfoToDirEntry(f.copy()))
		}
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all
}

func (s *fileSystem) read(name string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.find(name)
	if f == nil || f.IsDir() {
		return nil, false
	}
	return slices.Clone(f.data), true
}

// handle is an open file.
type handle struct {
	s      *fileSystem
	f      *file
	at     int
	append bool
}

func (h *handle) Read(p []byte) (int, error) {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	if h.at >= len(h.f.data) {
		return 0, io.EOF
	}
	n := copy(p, h.f.data[h.at:])
	h.at += n
	return n, nil
}

func (h *handle) Write(p []byte) (int, error) {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	if h.append {
		h.at = len(h.f.data)
	}
	if h.at+len(p) > maxFile {
		return 0, errTooBig
	}
	if grow := h.at + len(p) - len(h.f.data); grow > 0 {
		h.f.data = append(h.f.data, make([]byte, grow)...)
	}
	copy(h.f.data[h.at:], p)
	h.at += len(p)
	return len(p), nil
}

func (h *handle) Close() error { return nil }

// device is a file of /dev, or one that is made when it is read.
type device struct {
	io.Reader
	io.Writer
}

func (device) Close() error { return nil }
