package sim

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// schemaJSON describes the parameters of each call that is served, "METHOD /path/{name}" to name to
// property. It has the parameters that Proxmox VE 8.4 and 9.2 share, with the narrower bounds of the two.
//
//go:embed schema.json
var schemaJSON []byte

// schema maps calls, as in schemaJSON, to their parameters by name.
type schema map[string]map[string]property

// property is a parameter, or a part of one that is a property string.
type property struct {
	Type       string   `json:"type"`
	Optional   bool     `json:"optional"`
	Minimum    *float64 `json:"minimum"`
	Maximum    *float64 `json:"maximum"`
	MinLength  *int     `json:"min_length"`
	MaxLength  *int     `json:"max_length"`
	Enum       []string `json:"enum"`
	Pattern    string   `json:"pattern"`
	Format     format   `json:"format"`
	Requires   string   `json:"requires"`
	DefaultKey bool     `json:"default_key"`

	pattern *regexp.Regexp
}

// format is either a name or the parts of a property string.
type format struct {
	name  string
	parts map[string]property
}

func (f *format) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &f.name)
	}
	return json.Unmarshal(b, &f.parts)
}

func (p *property) UnmarshalJSON(b []byte) error {
	type plain property
	if err := json.Unmarshal(b, (*plain)(p)); err != nil {
		return err
	}
	if p.Pattern == "" {
		return nil
	}
	var err error
	p.pattern, err = regexp.Compile("^(?:" + p.Pattern + ")$")
	return err
}

// readSchema reads the embedded schema. It panics where that is broken, which every test would find.
func readSchema() schema {
	var s schema
	if err := json.Unmarshal(schemaJSON, &s); err != nil {
		panic(fmt.Errorf("the schema of the simulated host: %w", err))
	}
	return s
}

var numberAtEnd = regexp.MustCompile(`\d+$`)

// verify checks values against the properties, as PVE::JSONSchema::validate does, and
// returns Proxmox's error messages by parameter; nil when all are valid.
func verify(properties map[string]property, values map[string]string) map[string]string {
	wrong := make(map[string]string)
	for name, value := range values {
		p, ok := properties[name]
		if !ok {
			p, ok = properties[numberAtEnd.ReplaceAllString(name, "")+"[n]"]
		}
		if !ok {
			wrong[name] = "property is not defined in schema and the schema does not allow additional properties"
			continue
		}
		if err := p.verify(value); err != nil {
			wrong[name] = err.Error()
		}
		if _, ok := values[p.Requires]; p.Requires != "" && !ok {
			wrong[p.Requires] = "missing property - '" + name + "' requires this property"
		}
	}
	for name, p := range properties {
		if _, ok := values[name]; !ok && !p.Optional {
			wrong[name] = "property is missing and it is not optional"
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return wrong
}

func (p property) verify(value string) error {
	switch p.Type {
	case "boolean":
		if value != "0" && value != "1" {
			return fmt.Errorf("type check ('boolean') failed - got '%s'", value)
		}
	case "integer", "number":
		if err := p.verifyNumber(value); err != nil {
			return err
		}
	}
	length := utf8.RuneCountInString(value)
	switch {
	case p.MinLength != nil && length < *p.MinLength:
		return fmt.Errorf("value must be at least %d characters long", *p.MinLength)
	case p.MaxLength != nil && length > *p.MaxLength:
		return fmt.Errorf("value may only be %d characters long", *p.MaxLength)
	case p.Enum != nil && !slices.Contains(p.Enum, value):
		return fmt.Errorf("value '%s' does not have a value in the enumeration '%s'", value, strings.Join(p.Enum, ", "))
	case p.pattern != nil && !p.pattern.MatchString(value):
		return errors.New("value does not match the regex pattern")
	case p.Format.parts != nil:
		return verifyPropertyString(p.Format.parts, value)
	case p.Format.name != "":
		return verifyFormat(p.Format.name, value)
	}
	return nil
}

func (p property) verifyNumber(value string) error {
	n, err := strconv.ParseFloat(value, 64)
	if p.Type == "integer" && err == nil {
		_, err = strconv.ParseInt(value, 10, 64)
	}
	switch {
	case err != nil:
		return fmt.Errorf("type check ('%s') failed - got '%s'", p.Type, value)
	case p.Minimum != nil && n < *p.Minimum:
		return fmt.Errorf("value must have a minimum value of %v", *p.Minimum)
	case p.Maximum != nil && n > *p.Maximum:
		return fmt.Errorf("value must have a maximum value of %.0f", *p.Maximum)
	}
	return nil
}

// verifyPropertyString checks "key=value,…".
func verifyPropertyString(parts map[string]property, s string) error {
	values, err := propertyString(parts, s)
	if err != nil {
		return fmt.Errorf("invalid format - format error\n%w", err)
	}
	wrong := verify(parts, values)
	if wrong == nil {
		return nil
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		lines = append(lines, name+": "+wrong[name])
	}
	return errors.New("invalid format - format error\n" + strings.Join(lines, "\n"))
}

// propertyString takes "key=value,…" apart, as parse_property_string does; the key of the default may be left out.
func propertyString(parts map[string]property, s string) (map[string]string, error) {
	values := make(map[string]string)
	for part := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			key, value = "", part
			for name, p := range parts {
				if p.DefaultKey {
					key = name
				}
			}
			if key == "" {
				return nil, fmt.Errorf("value without key, but schema does not define a default key: %s", part)
			}
		}
		if _, twice := values[key]; twice {
			return nil, fmt.Errorf("duplicate key in comma-separated list property: %s", key)
		}
		values[key] = value
	}
	return values, nil
}
