package inside

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// parseOS reads os-release(5).
func parseOS(lines []string) OS {
	values := make(map[string]string)
	for _, l := range lines {
		if key, value, ok := assignment(l); ok {
			values[key] = value
		}
	}
	name, _ := strings.CutSuffix(values["NAME"], " GNU/Linux")
	os := OS{ID: plain(values["ID"]), Name: plain(values["PRETTY_NAME"]), Short: plain(name + " " + values["VERSION_ID"])}
	if os.Name == "" {
		os.Name = plain(values["NAME"] + " " + values["VERSION_ID"])
	}
	return os
}

// parseUptime reads /proc/uptime: seconds since the start, and those idle.
func parseUptime(lines []string) time.Duration {
	if len(lines) == 0 {
		return 0
	}
	first, _, _ := strings.Cut(lines[0], " ")
	seconds, err := strconv.ParseFloat(first, 64)
	if err != nil || !(seconds > 0) || seconds > math.MaxInt32 {
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}

// parseLoad reads /proc/loadavg.
func parseLoad(lines []string) []float64 {
	if len(lines) == 0 {
		return nil
	}
	words := strings.Fields(lines[0])
	if len(words) < 3 {
		return nil
	}
	var load []float64
	for _, w := range words[:3] {
		n, err := strconv.ParseFloat(w, 64)
		if err != nil || !(n >= 0) || n > 1e6 {
			return nil
		}
		load = append(load, n)
	}
	return load
}

// parseMemory reads /proc/meminfo.
func parseMemory(lines []string) Memory {
	var m Memory
	var free, reclaimable uint64
	told := false
	for _, l := range lines {
		name, rest, _ := strings.Cut(l, ":")
		n := kibibytes(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
		switch name {
		case "MemTotal":
			m.Total = n
		case "MemAvailable":
			m.Available, told = n, true
		case "MemFree":
			free = n
		case "Buffers", "Cached":
			reclaimable += n
		case "SwapTotal":
			m.SwapTotal = n
		case "SwapFree":
			m.SwapFree = n
		}
	}
	if !told { // an old kernel
		m.Available = free + reclaimable
	}
	return m
}

// kibibytes reads a number of KiB and returns it in bytes; 0 for anything else.
func kibibytes(word string) uint64 {
	n, err := strconv.ParseUint(word, 10, 53)
	if err != nil {
		return 0
	}
	return n << 10
}

// parseDisks reads `df -P -k`. File systems that the kernel or the container's start mounted for
// their own use are left out, and a mount point that comes again.
func parseDisks(lines []string) []Disk {
	var all []Disk
	seen := make(map[string]bool)
	for _, l := range lines {
		// Device and mount point may have blanks and are not quoted: the columns are counted from the percentage.
		words := strings.Fields(l)
		at := 0
		for i := 4; i < len(words)-1; i++ {
			if isPercent(words[i]) {
				at = i
				break
			}
		}
		if at == 0 {
			continue
		}
		d := Disk{
			Device: plain(strings.Join(words[:at-3], " ")), Mount: plain(strings.Join(words[at+1:], " ")),
			Total: kibibytes(words[at-3]), Used: kibibytes(words[at-2]), Available: kibibytes(words[at-1]),
		}
		if d.Total == 0 || !strings.HasPrefix(d.Mount, "/") || kernels(d) || seen[d.Mount] || len(all) == maxDisks {
			continue
		}
		seen[d.Mount] = true
		all = append(all, d)
	}
	return all
}

func isPercent(word string) bool {
	digits, ok := strings.CutSuffix(word, "%")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == "" || word == "-"
}

// kernels tells whether a file system is the kernel's or the system's own, and holds no data of users.
func kernels(d Disk) bool {
	switch d.Device {
	case "tmpfs", "devtmpfs", "udev", "none", "proc", "sysfs", "shm", "efivarfs", "overlay", "lxcfs":
		return d.Mount != "/"
	}
	for _, top := range []string{"/dev", "/proc", "/sys", "/run"} {
		if d.Mount == top || strings.HasPrefix(d.Mount, top+"/") {
			return true
		}
	}
	return false
}
