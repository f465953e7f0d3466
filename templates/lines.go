package templates

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// FileDifference holds the lines in which one file of a template's folder differs.
type FileDifference struct {
	Name   string
	Binary bool // it is no text, so there are no lines
	Lines  []Line
}

// Line of a file, or of two.
type Line struct {
	Sign byte // '-' for one of the old, '+' for one of the new, ' ' for one of both, '~' for those left out between
	Text string
}

// around is the number of equal lines shown before and after a difference.
const around = 3

// maxTable bounds the work of comparing: old lines times new lines, without those that
// both begin and end with. Above it, all of the old is shown and then all of the new.
const maxTable = 4 << 20

// differences lists the files that are not the same, by name.
func differences(old, new tree) []FileDifference {
	names := append(old.names(), new.names()...)
	slices.Sort(names)
	var list []FileDifference
	for _, name := range slices.Compact(names) {
		before, was := old[name]
		after, is := new[name]
		switch {
		case was == is && bytes.Equal(before, after):
		case !isText(before) || !isText(after):
			list = append(list, FileDifference{Name: name, Binary: true})
		default:
			list = append(list, FileDifference{Name: name, Lines: shorten(diffLines(splitLines(before), splitLines(after)))})
		}
	}
	return list
}

func isText(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }

func splitLines(b []byte) []string {
	var list []string
	for line := range strings.Lines(string(b)) {
		list = append(list, strings.TrimSuffix(line, "\n"))
	}
	return list
}

// diffLines is a shortest way from one list of lines to another, by their longest common
// subsequence.
func diffLines(old, new []string) []Line {
	var head, tail []Line
	for len(old) > 0 && len(new) > 0 && old[0] == new[0] {
		head = append(head, Line{' ', old[0]})
		old, new = old[1:], new[1:]
	}
	for len(old) > 0 && len(new) > 0 && old[len(old)-1] == new[len(new)-1] {
		tail = append(tail, Line{' ', old[len(old)-1]})
		old, new = old[:len(old)-1], new[:len(new)-1]
	}
	slices.Reverse(tail)
	return slices.Concat(head, middle(old, new), tail)
}

func middle(old, new []string) []Line {
	var list []Line
	width := len(new) + 1
	var common []int32 // [i*width+j]: how many lines old[i:] and new[j:] have in common
	if (len(old)+1)*width <= maxTable {
		common = make([]int32, (len(old)+1)*width)
		for i := len(old) - 1; i >= 0; i-- {
			for j := len(new) - 1; j >= 0; j-- {
				if old[i] == new[j] {
					common[i*width+j] = common[(i+1)*width+j+1] + 1
				} else {
					common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
				}
			}
		}
	}
	i, j := 0, 0
	for common != nil && i < len(old) && j < len(new) {
		switch {
		case old[i] == new[j]:
			list = append(list, Line{' ', old[i]})
			i, j = i+1, j+1
		case common[(i+1)*width+j] >= common[i*width+j+1]:
			list = append(list, Line{'-', old[i]})
			i++
		default:
			list = append(list, Line{'+', new[j]})
			j++
		}
	}
	for ; i < len(old); i++ {
		list = append(list, Line{'-', old[i]})
	}
	for ; j < len(new); j++ {
		list = append(list, Line{'+', new[j]})
	}
	return list
}

// shorten leaves out equal lines that are far from a difference.
func shorten(list []Line) []Line {
	near := make([]bool, len(list))
	for i, l := range list {
		if l.Sign == ' ' {
			continue
		}
		for n := max(0, i-around); n <= min(len(list)-1, i+around); n++ {
			near[n] = true
		}
	}
	var short []Line
	for i, l := range list {
		switch {
		case near[i]:
			short = append(short, l)
		case i == 0 || near[i-1]:
			short = append(short, Line{Sign: '~'})
		}
	}
	return short
}
