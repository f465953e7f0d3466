package store

import "strings"

// Text returns the script as it goes into a container: without the byte order mark and line
// ends of Windows, which would make it fail with messages that explain nothing.
func (s Script) Text() string {
	text := strings.ReplaceAll(strings.TrimPrefix(s.Content, "\ufeff"), "\r\n", "\n")
	text = strings.TrimSuffix(text, "\r")
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}
