package main

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// machine is where and how it was measured.
type machine struct {
	Date    string `json:"date"`
	CPU     string `json:"cpu"`
	CPUs    int    `json:"cpus"`
	Memory  int64  `json:"memory_bytes"`
	Go      string `json:"go"`
	System  string `json:"system"`
	Commit  string `json:"commit"`
	Load    string `json:"load"`               // of the last minute, when it began
	Server  string `json:"database,omitempty"` // the version of PostgreSQL
	Command string `json:"command"`
}

// String says it in one paragraph.
func (m machine) String() string {
	text := fmt.Sprintf("%s, %s, %s, %s, %d CPUs, %.0f GB of memory, commit %s, load %s before.",
		m.Date, m.Go, m.System, m.CPU, m.CPUs, float64(m.Memory)/1e9, m.Commit, m.Load)
	if m.Server != "" {
		text += " PostgreSQL " + m.Server + " on the same machine, as it is installed."
	}
	return text
}

// here describes this machine, as far as it tells.
func here(args []string) machine {
	m := machine{
		Date: time.Now().UTC().Format("2006-01-02 15:04 UTC"), CPUs: runtime.NumCPU(), Go: runtime.Version(),
		System: runtime.GOOS + "/" + runtime.GOARCH, Commit: "unknown", Load: "unknown", CPU: "unknown processor",
		Command: "go run ./bench/load " + strings.Join(public(args), " "),
	}
	if out, err := exec.Command("git", "describe", "--always", "--dirty").Output(); err == nil {
		m.Commit = strings.TrimSpace(string(out))
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(text), " ")
	}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
			}
		}
	}
	m.Memory = fieldOf("/proc/meminfo", "MemTotal:")
	return m
}

// public takes passwords out of addresses.
func public(args []string) (out []string) {
	for _, arg := range args {
		name, address, found := strings.Cut(arg, "=")
		if !found {
			name, address = "", arg
		}
		if u, err := url.Parse(address); err == nil && u.User != nil {
			address = u.Redacted()
		}
		if found {
			address = name + "=" + address
		}
		out = append(out, address)
	}
	return out
}

// fieldOf reads a field of a file of /proc that has one a line, in kB, as bytes.
func fieldOf(path, name string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}

// rss returns the memory that a process holds now.
func rss(pid int) int64 { return fieldOf(fmt.Sprintf("/proc/%d/status", pid), "VmRSS:") }

// peak returns the most memory that a process has held.
func peak(pid int) int64 { return fieldOf(fmt.Sprintf("/proc/%d/status", pid), "VmHWM:") }

// statOf returns the fields after the name of a process, from its state on; nil where there is no /proc or no process.
func statOf(pid int) []string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // the name may have spaces
	if len(fields) < 15 {
		return nil
	}
	return fields
}

// ticks adds fields that count hundredths of a second.
func ticks(fields ...string) (d time.Duration) {
	for _, f := range fields {
		n, _ := strconv.Atoi(f)
		d += time.Duration(n) * 10 * time.Millisecond
	}
	return d
}

// cpuOf returns the processor time that a process has used, in hundredths of a second.
func cpuOf(pid int) time.Duration {
	f := statOf(pid)
	if f == nil {
		return 0
	}
	return ticks(f[11], f[12])
}

// cpuOfAll returns the processor time of a process and of all its children, those that have ended too.
func cpuOfAll(parent int) time.Duration {
	f := statOf(parent)
	if f == nil {
		return 0
	}
	used := ticks(f[11:15]...)
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if c := statOf(pid); c != nil && c[1] == strconv.Itoa(parent) {
			used += ticks(c[11], c[12])
		}
	}
	return used
}

// parentOf returns the parent of a process, zero if it is not known.
func parentOf(pid int) int {
	f := statOf(pid)
	if f == nil {
		return 0
	}
	n, _ := strconv.Atoi(f[1])
	return n
}
