package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// memory is the resident memory, MiB, from which a peak is counted.
type memory struct{ base float64 }

// startMemory gives back what is free and forgets the peak so far.
func startMemory() (memory, error) {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return memory{}, err
	}
	base, err := status("VmRSS")
	return memory{base}, err
}

// above is the peak above the base, MiB.
func (m memory) above() (float64, error) {
	peak, err := status("VmHWM")
	return peak - m.base, err
}

// status is a size in /proc/self/status, MiB.
func status(field string) (float64, error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), field+":"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("%s is not in /proc/self/status", field)
}

func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:2], " ")
}
