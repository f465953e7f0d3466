// Figures prints how large the parts of Berth are, beside what they were before issue 10 and the bounds
// that it set. With -exports it only names the exported names that no other package uses.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	onlyExports := flag.Bool("exports", false, "only name the exported names that no other package uses, and fail if there are any")
	dir := flag.String("C", ".", "the folder of the module")
	flag.Parse()
	if err := run(*dir, *onlyExports); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string, onlyExports bool) error {
	p, err := load(dir)
	if err != nil {
		return err
	}
	e := findExports(p)
	if onlyExports {
		return tellUnused(dir, e.unused())
	}
	f, err := measure(dir, e)
	if err != nil {
		return err
	}
	f.print(len(e.unused()))
	return nil
}

func tellUnused(dir string, list []*exported) error {
	root, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for _, x := range list {
		at := x.at
		if near, err := filepath.Rel(root, at); err == nil {
			at = near
		}
		fmt.Printf("%s: %s.%s\n", at, x.of.Pkg().Name(), x.name)
	}
	if len(list) > 0 {
		return fmt.Errorf("%d exported names are used by no other package: write them small, or take them away", len(list))
	}
	return nil
}

func (f figures) print(unused int) {
	fmt.Printf("%-26s %7s %7s %7s %9s %8s\n", "room", "Go", "templ", "both", "exported", "unused")
	var lines, exports []int
	for _, r := range f.rooms {
		fmt.Printf("%-26s %7d %7d %7d %9d %8d\n", r.path, r.lines, r.templ, r.both(), r.exported, r.unknown)
		lines, exports = append(lines, r.both()), append(exports, r.exported)
	}
	views := slices.IndexFunc(f.rooms, func(r room) bool { return r.path == "berth/views" })
	fmt.Printf("\n%-52s %9s %9s %9s\n", "", "before", "now", "bound")
	row := func(words, before string, now any, bound string) {
		fmt.Printf("%-52s %9s %9v %9s\n", words, before, now, bound)
	}
	b := before
	row("rooms", b.rooms, len(f.rooms), "")
	row("folders at the top", b.folders, f.folders, "14")
	row("lines of Go, without tests and what is generated", b.code, f.code, "")
	row("lines of templ", b.templ, f.templ, "")
	row("lines of a room, with templ, median", b.roomMedian, percentile(50, lines), "1499")
	row("  largest but the simulator's", b.roomMax, f.largest(), "6000")
	row("lines of a file, median/p90/max", b.file, spread(f.files), "max 500")
	row("files of Go above 500 lines, and of tests", b.long, fmt.Sprintf("%d/%d", f.long, f.longTests), "0/0")
	row("lines of a function, median/p90/max", b.function, spread(f.funcs), "p90 26")
	row("comments, % of the lines", b.comments, fmt.Sprintf("%.1f", 100*float64(f.comments)/float64(f.code)), "")
	row("lines of tests to lines of code", b.tests, fmt.Sprintf("%.2f", float64(f.tests)/float64(f.code)), "")
	row("lines of golden HTML", b.golden, f.golden, "3500")
	row("exported names of a room, median/max", b.exports, fmt.Sprintf("%d/%d", percentile(50, exports), slices.Max(exports)), "")
	row("exported names of views", b.views, f.rooms[views].exported, "150")
	row("exported names that no other package uses,", b.unused, unused, "0")
	fmt.Println("  with methods and fields")
}

// largest are the lines of the largest room but the simulated host, which is as large as the real one.
func (f figures) largest() int {
	largest := 0
	for _, r := range f.rooms {
		if filepath.Base(r.path) != "sim" {
			largest = max(largest, r.both())
		}
	}
	return largest
}

func spread(of []int) string {
	return fmt.Sprintf("%d/%d/%d", percentile(50, of), percentile(90, of), slices.Max(of))
}
