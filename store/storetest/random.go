package storetest

import (
	"testing"

	"github.com/watchbill/watchbill/store"
)

func runRandom(t *testing.T, open func(t *testing.T) store.Store) {}
