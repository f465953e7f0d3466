package templates

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"berth/store"
	"berth/views/human"
)

// document is template.yaml as it is written.
type document struct {
	Name         string          `yaml:"name"`
	Description  prose           `yaml:"description,omitempty"`
	Tags         []string        `yaml:"tags,omitempty,flow"`
	OSTemplate   string          `yaml:"os_template,omitempty"`
	Cores        int             `yaml:"cores,omitempty"`
	Memory       int             `yaml:"memory,omitempty"`
	Swap         any             `yaml:"swap,omitempty"` // a number, or none
	Disk         int             `yaml:"disk,omitempty"`
	Storage      string          `yaml:"storage,omitempty"`
	Bridge       string          `yaml:"bridge,omitempty"`
	Unprivileged bool            `yaml:"unprivileged"`
	Nesting      bool            `yaml:"nesting"`
	Buckets      []bucketEntry   `yaml:"buckets,omitempty"`
	Inputs       []store.Input   `yaml:"inputs,omitempty"`
	Scripts      []scriptEntry   `yaml:"scripts,omitempty"`
	Files        []fileEntry     `yaml:"files,omitempty"`
	Services     []store.Service `yaml:"services,omitempty"`
}

type bucketEntry struct {
	Name        string `yaml:"name"`
	Description prose  `yaml:"description,omitempty"`

	line int // where it was read
}

type scriptEntry struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description,omitempty"`
	Enabled     *bool  `yaml:"enabled,omitempty"` // nil for true

	line int
}

type fileEntry struct {
	Path   string `yaml:"path"`
	Owner  string `yaml:"owner,omitempty"`
	Mode   string `yaml:"mode,omitempty"` // octal
	Policy string `yaml:"policy"`

	line int
}

const noSwap = "none"

// prose is a text of many lines. Where it begins with white space or has a tab in it, it
// is written in quotation marks: as a block the library does not read its own output again.
type prose string

func (p prose) MarshalYAML() (any, error) {
	s := string(p)
	if strings.TrimLeft(s, " \t\n") == s && !strings.Contains(s, "\t") {
		return s, nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}, nil
}

// writeDocument writes template.yaml. The bundle names its buckets by name.
func writeDocument(b Bundle) ([]byte, error) {
	t := b.Template
	d := document{
		Name: t.Name, Description: prose(t.Description), Tags: t.Tags, OSTemplate: t.OSTemplate,
		Cores: t.Cores, Memory: t.Memory, Disk: t.Disk, Storage: t.Storage, Bridge: t.Bridge,
		Unprivileged: t.Unprivileged, Nesting: t.Nesting, Inputs: t.Inputs, Services: t.Services,
	}
	switch {
	case t.Swap < 0:
		d.Swap = noSwap
	case t.Swap > 0:
		d.Swap = t.Swap
	}
	for _, name := range t.Buckets {
		found, _ := bucket(b.Buckets, name)
		d.Buckets = append(d.Buckets, bucketEntry{Name: name, Description: prose(found.Description)})
	}
	for _, s := range t.Scripts {
		e := scriptEntry{Name: s.Name, Description: s.Description}
		if !s.Enabled {
			e.Enabled = new(bool)
		}
		d.Scripts = append(d.Scripts, e)
	}
	for _, f := range t.Files {
		e := fileEntry{Path: f.Path, Owner: f.Owner, Policy: f.Policy}
		if f.Mode != 0 {
			e.Mode = fmt.Sprintf("%04o", f.Mode)
		}
		d.Files = append(d.Files, e)
	}
	var text bytes.Buffer
	e := yaml.NewEncoder(&text)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(d), e.Close()); err != nil {
		return nil, fmt.Errorf("templates: write %s: %w", yamlFile, err)
	}
	return text.Bytes(), nil
}

// readDocument reads template.yaml strictly: a field that there is not, one that is there
// twice and a value of another kind are errors with their line.
func readDocument(text []byte) (document, store.Template, error) {
	d := document{Unprivileged: true, Nesting: true}
	t := store.Template{}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var root, more yaml.Node
	switch err := dec.Decode(&root); {
	case errors.Is(err, io.EOF):
		return d, t, &FileError{File: yamlFile, Sentence: "it is empty; it begins with name: and the template's name"}
	case err != nil:
		return d, t, syntaxError(err)
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return d, t, &FileError{File: yamlFile, Sentence: "it holds more than one document; a template is one"}
	}
	swap := func(n *yaml.Node) error {
		if n.Kind == yaml.ScalarNode && n.Value == noSwap {
			t.Swap = -1
			return nil
		}
		return readNumber(&t.Swap)(n)
	}
	if len(root.Content) == 0 {
		return d, t, wrongNode(&root, "here is the template expected")
	}
	err := readMapping(root.Content[0], "a template", map[string]reading{
		"name": readText(&t.Name), "description": readText(&t.Description), "tags": readTexts(&t.Tags),
		"os_template": readText(&t.OSTemplate), "cores": readNumber(&t.Cores), "memory": readNumber(&t.Memory), "swap": swap,
		"disk": readNumber(&t.Disk), "storage": readText(&t.Storage), "bridge": readText(&t.Bridge),
		"unprivileged": readSwitch(&d.Unprivileged), "nesting": readSwitch(&d.Nesting),
		"buckets":  readList(&d.Buckets, readBucketEntry),
		"inputs":   readList(&t.Inputs, readInput),
		"scripts":  readList(&d.Scripts, readScriptEntry),
		"files":    readList(&d.Files, readFileEntry),
		"services": readList(&t.Services, readService),
	})
	t.Unprivileged, t.Nesting = d.Unprivileged, d.Nesting
	return d, t, err
}

// syntaxError is the library's error, which begins with "yaml: " and may go on with the line.
func syntaxError(err error) error {
	words := strings.TrimPrefix(err.Error(), "yaml: ")
	wrong := &FileError{File: yamlFile, Sentence: "it is not YAML: " + words}
	if rest, ok := strings.CutPrefix(words, "line "); ok {
		number, words, _ := strings.Cut(rest, ": ")
		if line, err := strconv.Atoi(number); err == nil {
			wrong.Line, wrong.Sentence = line, "this is not YAML: "+words
		}
	}
	return wrong
}

// reading takes a value of the document over.
type reading func(*yaml.Node) error

func wrongNode(n *yaml.Node, format string, args ...any) error {
	return &FileError{File: yamlFile, Line: n.Line, Sentence: fmt.Sprintf(format, args...)}
}

// readMapping reads the fields of what; one without a value is as if it were not there.
func readMapping(n *yaml.Node, what string, fields map[string]reading) error {
	if n.Kind != yaml.MappingNode {
		return wrongNode(n, "here are the fields of %s expected, a line each, as in name: value", what)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, known := fields[key.Value]
		switch {
		case !known || key.Kind != yaml.ScalarNode:
			return wrongNode(key, "there is no field %s in %s", human.Quoted(key.Value), what)
		case seen[key.Value]:
			return wrongNode(key, "the field %s is there twice", human.Quoted(key.Value))
		}
		seen[key.Value] = true
		if value.Kind == yaml.ScalarNode && value.ShortTag() == "!!null" {
			continue
		}
		if err := read(value); err != nil {
			return err
		}
	}
	return nil
}

func readText(into *string) reading {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!binary" {
			return wrongNode(n, "here is a text expected")
		}
		*into = n.Value
		return nil
	}
}

func readNumber(into *int) reading {
	return func(n *yaml.Node) error {
		v, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil {
			return wrongNode(n, "%s is not a whole number", human.Quoted(n.Value))
		}
		*into = v
		return nil
	}
}

func readSwitch(into *bool) reading {
	return func(n *yaml.Node) error {
		switch {
		case n.Kind == yaml.ScalarNode && slices.Contains([]string{"true", "yes", "on"}, strings.ToLower(n.Value)):
			*into = true
		case n.Kind == yaml.ScalarNode && slices.Contains([]string{"false", "no", "off"}, strings.ToLower(n.Value)):
			*into = false
		default:
			return wrongNode(n, "%s is neither true nor false", human.Quoted(n.Value))
		}
		return nil
	}
}

func readTexts(into *[]string) reading {
	return readList(into, func(n *yaml.Node) (s string, err error) {
		err = readText(&s)(n)
		return s, err
	})
}

func readList[T any](into *[]T, item func(*yaml.Node) (T, error)) reading {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.SequenceNode {
			return wrongNode(n, "here is a list expected, a line each that begins with a hyphen")
		}
		for _, c := range n.Content {
			v, err := item(c)
			if err != nil {
				return err
			}
			*into = append(*into, v)
		}
		return nil
	}
}

// readBucketEntry takes a bucket's name alone too.
func readBucketEntry(n *yaml.Node) (bucketEntry, error) {
	e := bucketEntry{line: n.Line}
	if n.Kind == yaml.ScalarNode {
		return e, readText(&e.Name)(n)
	}
	return e, readMapping(n, "a bucket", map[string]reading{"name": readText(&e.Name), "description": readText((*string)(&e.Description))})
}

func readInput(n *yaml.Node) (store.Input, error) {
	in := store.Input{Kind: store.InputText}
	err := readMapping(n, "an input", map[string]reading{
		"name": readText(&in.Name), "label": readText(&in.Label), "kind": readText((*string)(&in.Kind)),
		"choices": readTexts(&in.Choices), "default": readText(&in.Default),
	})
	return in, err
}

func readScriptEntry(n *yaml.Node) (scriptEntry, error) {
	on := true
	e := scriptEntry{Enabled: &on, line: n.Line}
	return e, readMapping(n, "a script", map[string]reading{
		"name": readText(&e.Name), "description": readText(&e.Description), "enabled": readSwitch(&on),
	})
}

func readFileEntry(n *yaml.Node) (fileEntry, error) {
	e := fileEntry{Policy: store.FileReplace, line: n.Line}
	err := readMapping(n, "a file", map[string]reading{
		"path": readText(&e.Path), "owner": readText(&e.Owner), "mode": readText(&e.Mode), "policy": readText(&e.Policy),
	})
	return e, err
}

func readService(n *yaml.Node) (store.Service, error) {
	var s store.Service
	err := readMapping(n, "a service", map[string]reading{
		"name": readText(&s.Name), "port": readNumber(&s.Port), "path": readText(&s.Path), "scheme": readText(&s.Scheme),
	})
	return s, err
}
