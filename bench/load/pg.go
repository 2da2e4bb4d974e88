package main

import (
	"context"
	"errors"
	"io"

	"github.com/watchbill/watchbill/store"
)

func openPostgres(context.Context, string) (store.Store, io.Closer, error) {
	return nil, nil, errors.New("PostgreSQL is not built yet")
}
