package sim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// sent is one of Berth's programs for the shell of a container, taken apart. Berth has four of them (see known), which
// differ from call to call only in the fields below.
type sent struct {
	kind      string // its name in known
	nonce     string // of the marks around its output
	note      string // the mark of its notes
	id        string // of the run
	name      string // of the script's file
	command   string // the interpreter of the script
	script    string
	prelude   string
	env       map[string]string
	out, errs int // offsets in the run's output to read on from, in bytes
}

// known names Berth's programs by the sums of their text. A changed program has another sum and is refused, until
// somebody has checked that its answer here still equals a real shell's, and noted the new sum.
var known = map[string]string{
	// pct: Run, Start, Attend and Kill
	"4539a644b167": "run", "44062f312f0d": "start", "f5d165df81c0": "attend", "d2581366c3c8": "kill",
	// jobs: prelude.sh, and that with steps.sh
	"34c2eea61943": "prelude", "bea9fb5b9f24": "steps",
	// pct/inside: the scripts of these names
	"2a19bf7b2803": "look", "5c1809593119": "log", "eb1c601e1d09": "updates", "8081eb554e51": "credentials",
}

// sumOf is the sum of a program's text, without its comments and blank lines.
func sumOf(text string) string {
	h := sha256.New()
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			fmt.Fprintln(h, line)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

var (
	hereBegin = regexp.MustCompile(`(?m)^cat >/run/berth/(\S+) <<'(BERTH_[A-Z2-7]+)'\n`)
	exported  = regexp.MustCompile(`(?m)^([A-Za-z_]\w*)=((?:'[^']*'|\\'|[^\s'\\])*)\nexport (\w+)\n`)
	beginMark = regexp.MustCompile(`berth ([A-Z2-7]+) begin`)
	noteMark  = regexp.MustCompile(`036note ([A-Z2-7]+) `)
	overLoop  = regexp.MustCompile(`(?m)^for old in /run/berth/.*\n.*\ndone\n`)
	runBy     = regexp.MustCompile(`(?m)^berth_command=(.*)\ncommand -v .*\ncommand -v .*\n`)
	began     = regexp.MustCompile(`(?s)(KEEP_BLOCKS=\d+ setsid /bin/sh) .*?( </dev/null >/dev/null 2>&1 &\n)`)
	folder    = regexp.MustCompile(`/run/berth/([a-z0-9-]+)`)
	readFrom  = regexp.MustCompile(`(?m)^reader=\S+ out=(\d+) err=(\d+) first=.*$`)
)

// take replaces every match in the text by instead, and returns the first match and its groups; empty strings where
// nothing matches.
func take(text *string, re *regexp.Regexp, instead string) (group []string) {
	group = re.FindStringSubmatch(*text)
	*text = re.ReplaceAllString(*text, instead)
	if group == nil {
		return make([]string, re.NumSubexp()+1)
	}
	return group
}

// takeTexts takes out the texts that the program writes to files, and returns them by the files' names.
func takeTexts(text *string) map[string]string {
	texts := make(map[string]string)
	for {
		at := hereBegin.FindStringSubmatchIndex(*text)
		if at == nil {
			return texts
		}
		name, end := (*text)[at[2]:at[3]], (*text)[at[4]:at[5]]+"\n"
		body, rest, whole := strings.Cut("\n"+(*text)[at[1]:], "\n"+end)
		if !whole {
			return texts
		}
		texts[name] = strings.TrimPrefix(body+"\n", "\n")
		*text = (*text)[:at[0]] + rest
	}
}

// takeEnv takes out the variables that a program exports.
func takeEnv(text *string) map[string]string {
	env := make(map[string]string)
	*text = exported.ReplaceAllStringFunc(*text, func(all string) string {
		m := exported.FindStringSubmatch(all)
		if m[1] != m[3] {
			return all
		}
		env[m[1]] = unquoted(m[2])
		return ""
	})
	return env
}

// unquoted reads a word that Berth quoted.
func unquoted(word string) string {
	if !strings.HasPrefix(word, "'") {
		return word
	}
	return strings.ReplaceAll(word[1:len(word)-1], `'\''`, "'")
}

// readSent takes a program apart; an error for one that is not known.
func readSent(text string) (p sent, err error) {
	texts := takeTexts(&text)
	p.env = takeEnv(&text)
	p.nonce = take(&text, beginMark, "begin")[1]
	text = strings.ReplaceAll(text, p.nonce, "NONCE")
	p.note = take(&text, noteMark, "note")[1]
	take(&text, overLoop, "")
	p.command = unquoted(take(&text, runBy, "")[1])
	take(&text, began, "$1$2")
	p.id = take(&text, folder, "ID")[1]
	from := take(&text, readFrom, "")
	p.out, _ = strconv.Atoi(from[1]) // digits, or nothing
	p.errs, _ = strconv.Atoi(from[2])
	for name, content := range texts {
		switch path.Base(name) {
		case "prelude":
			p.prelude = content
		case "run":
			text += content
		default:
			p.script, p.name = content, "/run/berth/"+name
		}
	}
	p.kind = known[sumOf(text)]
	return p, wants(cmp.Or(p.kind, "program"), text)
}

// wants returns an error, with the text's sum, where known has another name than what for it, or none.
func wants(what, text string) error {
	if sum := sumOf(text); known[sum] != what {
		return fmt.Errorf("the simulated host knows no %s of Berth's with the sum %s: look whether it still answers as a real shell does, and note the sum in proxmox/sim/sent.go", what, sum)
	}
	return nil
}

// check returns an error when the program's script is one of Berth's own, or has a prelude, that is not known.
func (p sent) check() error {
	if calls, own := ownCalls(p.script); own {
		return wants("steps", strings.TrimSuffix(p.script, calls))
	}
	if p.prelude != "" {
		return wants("prelude", p.prelude)
	}
	if _, asks := p.env["MARK"]; asks && questions()[known[sumOf(p.script)]] == nil {
		return wants("question", p.script)
	}
	return nil
}
