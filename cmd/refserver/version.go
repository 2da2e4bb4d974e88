package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

func version(_ context.Context, p *program) error {
	asJSON := p.flags.Bool("json", false, "print JSON")
	if err := p.parse(); err != nil {
		return err
	}
	v := map[string]string{"version": release(), "commit": "unknown", "go": runtime.Version(), "tzdata": tzdata()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v["commit"] = s.Value
			}
		}
	}
	if *asJSON {
		return printJSON(p.stdout, v)
	}
	_, err := fmt.Fprintf(p.stdout, "watchbill %s\ncommit %s\n%s\ntzdata %s\n", v["version"], v["commit"], v["go"], v["tzdata"])
	return err
}

// release returns the version of this build.
func release() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// tzdata says which time zones are used: the machine's, of which the file tzdata.zi names the version, or Go's own copy.
func tzdata() string {
	const zones = "/usr/share/zoneinfo"
	if _, err := os.Stat(zones); err != nil {
		return "embedded by " + runtime.Version()
	}
	f, err := os.Open(zones + "/tzdata.zi")
	if err != nil {
		return "the machine's"
	}
	defer f.Close()
	first, _ := bufio.NewReader(f).ReadString('\n')
	return strings.TrimSpace(strings.TrimPrefix(first, "# version ")) + ", the machine's"
}
