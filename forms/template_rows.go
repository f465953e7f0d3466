package forms

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"berth/store"
)

// RowFields are the fields of what a template has many of, by its kind. A row's fields
// have its number behind their names, from 0. The first is that which a row always has.
var RowFields = map[string][]string{
	"script":  {"script_name", "script_description", "script_enabled", "script_content"},
	"file":    {"file_path", "file_owner", "file_mode", "file_policy", "file_content", "file_binary"},
	"input":   {"input_name", "input_label", "input_kind", "input_choices", "input_default"},
	"service": {"service_name", "service_port", "service_path", "service_scheme"},
}

// RowField is the field of a row, as in "script_name.2".
func RowField(name string, i int) string { return name + "." + strconv.Itoa(i) }

// RowID is the element of a row, as in "script-2".
func RowID(kind string, i int) string { return kind + "-" + strconv.Itoa(i) }

// Rows are those of a kind, without numbers behind the names of their fields.
func (f Template) Rows(kind string) []url.Values {
	var rows []url.Values
	fields := RowFields[kind]
	for i := 0; f.Values.Has(RowField(fields[0], i)); i++ {
		row := url.Values{}
		for _, name := range fields {
			if v, ok := f.Values[RowField(name, i)]; ok {
				row[name] = v
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (f Template) setRows(kind string, rows []url.Values) {
	for i := range f.Rows(kind) {
		for _, name := range RowFields[kind] {
			f.Values.Del(RowField(name, i))
		}
	}
	for i, row := range rows {
		f.putRow(i, row)
	}
}

func (f Template) putRow(i int, row url.Values) {
	for name, v := range row {
		f.Values[RowField(name, i)] = v
	}
}

// emptyRow is a row of a kind as it begins.
func emptyRow(kind string) url.Values {
	row := url.Values{RowFields[kind][0]: {""}}
	switch kind {
	case "script":
		row.Set("script_enabled", "1")
	case "file":
		row.Set("file_policy", "replace")
	case "input":
		row.Set("input_kind", string(store.InputText))
	}
	return row
}

// ChangeRows does what a button of the rows asks for, as in "add:script", "remove:file:0"
// or "up:input:2". What cannot be done leaves the rows as they are.
func (f *Template) ChangeRows(change string) {
	verb, of, _ := strings.Cut(change, ":")
	kind, number, _ := strings.Cut(of, ":")
	if _, known := RowFields[kind]; !known {
		return
	}
	rows := f.Rows(kind)
	if verb == "add" {
		f.Focus = RowField(RowFields[kind][0], len(rows))
		f.putRow(len(rows), emptyRow(kind))
		return
	}
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(rows) {
		return
	}
	switch {
	case verb == "remove":
		rows, f.Focus = slices.Delete(rows, i, i+1), RowsID(kind)
	case verb == "up" && i > 0:
		rows[i-1], rows[i], f.Focus = rows[i], rows[i-1], RowID(kind, i-1)
	case verb == "down" && i < len(rows)-1:
		rows[i], rows[i+1], f.Focus = rows[i+1], rows[i], RowID(kind, i+1)
	}
	f.setRows(kind, rows)
}

// RowsID is the element that holds all rows of a kind.
func RowsID(kind string) string { return kind + "s" }

// RowLabels name the kinds of rows: one of them, and all.
var RowLabels = map[string]struct{ One, All string }{
	"script":  {"Script", "Scripts"},
	"file":    {"File", "Files"},
	"input":   {"Input", "Inputs"},
	"service": {"Service", "Services"},
}

// RowTitle is the heading of a row, as in "Script 2: install".
func (f Template) RowTitle(kind string, i int) string {
	title := RowLabels[kind].One + " " + strconv.Itoa(i+1)
	if name := f.Values.Get(RowField(RowFields[kind][0], i)); name != "" {
		title += ": " + name
	}
	return title
}
