package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/scenario"
)

// tellShortest tells of the first expectation that is not always kept the shortest scenario found in which it is not.
func tellShortest(ctx context.Context, w io.Writer, f *scenario.File, all []keptIn) error {
	for i, k := range all {
		if len(k.Seeds) == 0 {
			continue
		}
		s := f.Scenario
		s.Seed = k.Seeds[0]
		var failure *sim.Failure
		_, err := await(ctx, func() (none struct{}, err error) { return none, sim.Check(s, 1, f.Expect[i]) })
		if !errors.As(err, &failure) {
			return err
		}
		text, _, _ := strings.Cut(strings.TrimPrefix(failure.Error(), "sim: "), "\nTo live it again") // which is for who writes Go
		_, err = fmt.Fprintf(w, "\n%s\nTo see the whole history: -seed %d without -runs\n", text, s.Seed)
		return err
	}
	return nil
}
