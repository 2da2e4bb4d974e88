//go:build !(darwin || freebsd || linux)

package sqlite

import "math"

// freeSpace is not known here: whether there is space, writing says.
func freeSpace(string) (int64, error) { return math.MaxInt64, nil }
