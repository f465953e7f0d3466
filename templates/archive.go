package templates

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode"

	"berth/views/human"
)

// ReadArchive reads a template from a zip or a tar.gz. Its folder may be inside another
// one. It refuses links and devices, paths that lead out of the folder, and files beyond
// the bounds. The error is a *FileError when r could be read and is no template.
func ReadArchive(r io.Reader) (Bundle, error) {
	packed, err := io.ReadAll(io.LimitReader(r, MaxArchive+1))
	if err != nil {
		return Bundle{}, err
	}
	var files tree
	switch {
	case len(packed) > MaxArchive:
		err = &FileError{Sentence: fmt.Sprintf("the archive is larger than %d MiB", MaxArchive>>20)}
	case bytes.HasPrefix(packed, []byte("PK")):
		files, err = unzip(packed)
	case bytes.HasPrefix(packed, []byte{0x1f, 0x8b}):
		files, err = untar(packed)
	default:
		err = &FileError{Sentence: "this is neither a zip nor a tar.gz"}
	}
	if err != nil {
		return Bundle{}, err
	}
	return files.inFolder().bundle()
}

func damaged(err error) error {
	if _, ok := errors.AsType[*FileError](err); ok {
		return err
	}
	return &FileError{Sentence: "the archive is damaged: it cannot be unpacked to its end"}
}

func unzip(packed []byte) (tree, error) {
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, damaged(err)
	}
	if len(r.File) > maxEntries {
		return nil, errTooMany
	}
	files := tree{}
	for _, f := range r.File {
		if f.Mode().IsDir() {
			continue
		}
		name, err := entryName(f.Name, f.Mode().IsRegular())
		if err != nil {
			return nil, err
		}
		content, err := f.Open()
		if err != nil {
			return nil, damaged(err)
		}
		if err := errors.Join(files.add(name, content), content.Close()); err != nil {
			return nil, damaged(err)
		}
	}
	return files, nil
}

func untar(packed []byte) (tree, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, damaged(err)
	}
	// What tar itself adds to a file is bounded with it: a header and its padding, or a few.
	r := tar.NewReader(io.LimitReader(unpacked, maxUnpacked+maxEntries*(8<<10)))
	files := tree{}
	for entries := 0; ; entries++ {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return files, nil
		case err != nil:
			return nil, damaged(err)
		case entries >= maxEntries:
			return nil, errTooMany
		case h.Typeflag == tar.TypeDir, h.Typeflag == tar.TypeXGlobalHeader: // the latter is git archive's
			continue
		}
		name, err := entryName(h.Name, h.Typeflag == tar.TypeReg)
		if err != nil {
			return nil, err
		}
		if err := files.add(name, r); err != nil {
			return nil, damaged(err)
		}
	}
}

// entryName is an entry's path in the archive, if it stays there.
func entryName(name string, regular bool) (string, error) {
	clean := strings.TrimPrefix(name, "./")
	switch {
	case !regular:
		return "", &FileError{File: human.Quoted(name), Sentence: "it is a link or a device; a template holds files alone"}
	case !fs.ValidPath(clean), clean == ".", strings.ContainsAny(clean, `\`), strings.ContainsFunc(clean, unicode.IsControl):
		return "", &FileError{File: human.Quoted(name), Sentence: "its path leads out of the archive, or is not plain"}
	}
	return clean, nil
}

// inFolder returns the tree without files that are none of the template's, and without the one folder around all others.
func (t tree) inFolder() tree {
	_, isYAML := t[yamlFile]
	_, isConf := t[confFile]
	if isYAML || isConf {
		return t.without()
	}
	inner, folder := tree{}, ""
	for name, content := range t {
		top, rest, below := strings.Cut(name, "/")
		switch {
		case passedOver(name):
			continue
		case !below, folder != "" && top != folder:
			return t.without()
		}
		folder = top
		inner[rest] = content
	}
	return inner.without()
}

// without returns the tree without files that are none of the template's: see passedOver.
func (t tree) without() tree {
	kept := tree{}
	for name, content := range t {
		if !passedOver(name) {
			kept[name] = content
		}
	}
	return kept
}

// WriteArchive writes a template as a tar.gz, the same bytes for the same template. It
// refuses one that Check or CheckBucket complains about, with a *FileError.
func WriteArchive(w io.Writer, b Bundle) error {
	if err := b.named().check(yamlFile); err != nil {
		return err
	}
	files, err := b.tree()
	if err != nil {
		return err
	}
	packed := gzip.NewWriter(w)
	out := tar.NewWriter(packed)
	folder := FolderName(b.Template.Name)
	for _, name := range files.names() {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: folder + "/" + name, Mode: 0o644, Size: int64(len(files[name])), ModTime: time.Unix(0, 0).UTC()}
		if strings.HasPrefix(name, scriptsDir+"/") {
			h.Mode = 0o755
		}
		if err := out.WriteHeader(h); err != nil {
			return fmt.Errorf("templates: write %s: %w", name, err)
		}
		if _, err := out.Write(files[name]); err != nil {
			return fmt.Errorf("templates: write %s: %w", name, err)
		}
	}
	if err := errors.Join(out.Close(), packed.Close()); err != nil {
		return fmt.Errorf("templates: write archive: %w", err)
	}
	return nil
}

// FolderName turns a template's name into the name of its folder or archive.
func FolderName(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if s := strings.TrimSuffix(b.String(), "-"); s != "" {
		return s
	}
	return "template"
}
