package clienttest

import (
	"os"
	"os/exec"
	"testing"
)

// need returns the path of a foreign program, or skips; where everything is required, its absence is a failure.
func need(t *testing.T, get string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	lacking(t, "%s is not here; get it with: %s", names[0], get)
	return ""
}

// needPackage skips where a package of npm/package.json is not installed.
func needPackage(t *testing.T, name string) {
	t.Helper()
	if _, err := os.Stat("npm/node_modules/" + name); err != nil {
		lacking(t, "%s is not here; get it with: cd clienttest/npm && npm ci", name)
	}
}

func lacking(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("WATCHBILL_REQUIRE") == "all" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
